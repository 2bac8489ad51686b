/* alert/firing.h - a message as an Alertmanager hears it: one alert of its API v2, which is known by
 * its labels, fires until endsAt and is over after it (github.com/prometheus/alertmanager,
 * api/v2/openapi.yaml, postableAlert). Pure. */
#ifndef OUTRIDER_ALERT_FIRING_H
#define OUTRIDER_ALERT_FIRING_H

#include "base/arena.h"
#include "base/json_writer.h"

/* Behind an Alertmanager's URL. */
#define FIRING_PATH "/api/v2/alerts"

/* So many times as long as between two of them is what is said believed: we may be dead by then. */
enum { FIRING_BELIEVED = 4 };

enum {
	FIRING_LABEL_MAX = 256, /* bytes of a text; what is longer is clipped, */
	FIRING_TEXT_MAX = 1024, /* of an annotation or a URL the same */
	FIRING_ALERT_MAX = 32 * 1024, /* so that none is longer, however it is escaped */
	FIRING_BODY_MAX = 16 << 20,
};

struct firing {
	const char *opened; /* payload that told of the beginning: it has the labels, for good; */
	const char *latest; /* the one that is told now, or again: the words */
	bool resolved;
	int64_t ends_wall_us; /* when it fires: until then, unless it is said again */
};

/* One object. Labels: alertname, check, service, mode, severity, incident, where there are such;
 * annotations: summary, description, runbook_url; startsAt, endsAt, generatorURL. */
void firing_put(struct json_writer *w, struct arena *arena, const struct firing *firing);

/* "http://host:9093/" and the path of the API. */
char *firing_url(struct arena *arena, const char *base);

#endif
