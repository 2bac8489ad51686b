#include "config/compile.h"

static void demand_web(struct compile *c, struct node *url)
{
	if (url && !url->bad && !str_starts(url->text, STR("http://"), true) &&
		!str_starts(url->text, STR("https://"), true))
		problem_at(c->problems, url, "a URL begins with http:// or https://");
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
	to->canaries = view_texts(alerts, "canaries", c->arena, &to->n_canaries);
	to->heartbeat_url = view_text(alerts, "heartbeat", c->arena);
	to->heartbeat_every_us = view_us(alerts, "heartbeat_every");
}
