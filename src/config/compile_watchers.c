#include "config/compile.h"

#include "base/clock.h"
#include "config/scalar.h"

#include <stdlib.h>

#define DAY_US (86400 * US_PER_S)

static void demand_web(struct compile *c, struct node *url)
{
	if (url && !url->bad && !str_starts(url->text, STR("http://"), true) &&
		!str_starts(url->text, STR("https://"), true))
		problem_at(c->problems, url, "a URL begins with http:// or https://");
}

static int falling(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x < y) - (x > y);
}

/* How long a certificate has left when it is told of. */
static void compile_certificates(struct compile *c, struct view alerts)
{
	static const int64_t usual[] = {21 * DAY_US, 14 * DAY_US, 7 * DAY_US, 3 * DAY_US, DAY_US};
	const struct node *list = view_get(alerts, "certificates");
	struct alert_options *to = &c->config->alert;
	to->certificates_us = usual;
	to->n_certificates = sizeof(usual) / sizeof(*usual);
	if (!list || list->kind != NODE_LIST)
		return;
	int64_t *all = ARENA_ARRAY(c->arena, list->n + 1, int64_t);
	size_t n = 0;
	for (struct node *item = list->first; item; item = item->next)
		if (!item->bad && scalar_keep(item->text, &all[n]) && all[n] > 0)
			n++;
		else if (!item->bad)
			problem_at(c->problems, item, "not a duration such as 12h or 7d");
	qsort(all, n, sizeof(*all), falling);
	to->certificates_us = all;
	to->n_certificates = n;
}

void compile_watchers(struct compile *c)
{
	struct view top = {c->root, NULL, IN_TOP};
	struct view alerts = view_section(top, "alerts", IN_ALERTS);
	const struct node *canaries = view_get(alerts, "canaries");
	struct alert_options *to = &c->config->alert;
	for (struct node *item = canaries ? canaries->first : NULL; item; item = item->next)
		demand_web(c, item);
	demand_web(c, view_get(alerts, "heartbeat"));
	compile_certificates(c, alerts);
	to->canaries = view_texts(alerts, "canaries", c->arena, &to->n_canaries);
	to->heartbeat_url = view_text(alerts, "heartbeat", c->arena);
	to->heartbeat_every_us = view_us(alerts, "heartbeat_every");
}
