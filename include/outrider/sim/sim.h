/* sim/sim.h - the stand-in Janus: five services over real HTTP on loopback, healthy unless told
 * otherwise, and a sixth, "control", that no fault touches. Belongs to the thread of its
 * event_base. */
#ifndef OUTRIDER_SIM_SIM_H
#define OUTRIDER_SIM_SIM_H

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct sim;

enum { SIM_FAULTS_MAX = 64, SIM_SERVICES = 6, SIM_HEADERS_MAX = 12 };

struct sim_header {
	const char *name, *value;
};

/* What one request of one check gets instead of the service's own answer. X-Request-ID tells them:
 * "CHECK-KEY" is the first of a run, "CHECK-KEY.2" the second. Faults edit it as they edit any. */
struct sim_answer {
	const char *check;
	unsigned ordinal; /* from 1 */
	int status;
	const char *content_type; /* NULL: none */
	const struct sim_header *headers; /* more of them, at most SIM_HEADERS_MAX */
	size_t n_headers;
	struct str body;
	/* Not NULL: a chat that says this, streamed if asked for, in the service's own shape; status,
	 * content_type and body are not looked at. */
	const char *content;
};

struct sim_options {
	/* Of the gateway; baseline-cli, baseline-langchain, memory, ui and control follow. 0: free
	 * ports. */
	int base_port;
	const char *const *faults; /* NAME[=DURATION][@CHECKS] each; read during sim_new only */
	size_t n_faults;
	bool story; /* a looped schedule of faults, until faults are set by hand */
	bool tls; /* all services speak TLS; control does not */
	int64_t latency_us; /* more, before the head of every answer */
	/* Before every event of a stream, as a clock ticks: a pause makes up for it when the one before
	 * was a little late. 0: as the services pause. */
	int64_t pace_us;
	const struct sim_answer *answers; /* borrowed until sim_free */
	size_t n_answers;
};

/* NULL with an error when a port is taken or a fault unknown. Any number of them share an
 * event_base, and the certificates that a process makes once. */
struct sim *sim_new(
	struct event_base *base, const struct sim_options *options, struct error *error) MUST_CHECK;
void sim_free(struct sim *sim);

/* "gateway", "baseline-cli", "baseline-langchain", "memory", "ui", "control": in this order, then
 * NULL. */
const char *const *sim_services(void);
/* "http://127.0.0.1:8000" (https with tls), or NULL when there is no such service. Lives as long
 * as sim. */
const char *sim_url(const struct sim *sim, const char *service);
/* The certificate to trust, PEM; NULL without tls. Lives as long as the process. */
const char *sim_ca(const struct sim *sim);

/* Replaces all faults by these; on an error everything stays as it was. CHECKS: globs separated by
 * commas, against the check id in X-Request-ID. */
bool sim_set_faults(
	struct sim *sim, const char *const *specs, size_t n, struct error *error) MUST_CHECK;

/* What DURATION is. */
enum sim_span {
	SIM_SPAN_NONE,
	SIM_SPAN_SINCE_SET, /* how long the row hits */
	SIM_SPAN_PAUSE, /* of one pause in an answer */
	SIM_SPAN_EACH, /* of a pause before every part of an answer */
};

struct sim_fault {
	const char *name;
	bool legal; /* a variant that must pass, not a fault that must be seen */
	const char *group; /* a title: rows of one stand together */
	const char *services; /* "gateway baseline-cli", or "all" */
	const char *help;
	enum sim_span span;
	int64_t span_us; /* when DURATION is not given; 0: takes none */
	bool tls; /* an error without tls */
	bool connection; /* acts before a request is known: takes no @CHECKS */
};

/* The faults it knows, at most n of them into out; returns how many there are. */
size_t sim_faults(struct sim_fault *out, size_t n);
/* Whether spec names a known fault rightly. */
bool sim_fault_valid(const char *spec, struct error *error) MUST_CHECK;

#endif
