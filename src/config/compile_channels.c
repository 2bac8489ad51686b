#include "config/compile.h"

#include "config/scalar.h"

/* --- what a channel is --- */

static const char *const *arguments(struct compile *c, struct view view)
{
	size_t n;
	return view_texts(view, "command", c->arena, &n);
}

static void set_channel_headers(struct compile *c, const struct node *map, struct channel *channel)
{
	if (!map)
		return;
	struct channel_header *headers = ARENA_ARRAY(c->arena, map->n, struct channel_header);
	for (const struct node *child = map->first; child; child = child->next)
		if (!child->bad)
			headers[channel->n_headers++] =
				(struct channel_header){arena_strndup(c->arena, child->key->text),
					arena_strndup(c->arena, child->text)};
	channel->headers = headers;
}

static void demand_members(struct compile *c, const struct node *node, struct view view)
{
	const struct node *type = view_get(view, "type");
	for (const struct channel_need *need = channel_needs; need->type; need++)
		if (node_is(type, need->type) && !view_has(view, need->member))
			problem(c->problems, node_key_place(node),
				"a channel of type %s needs '%s'", need->type, need->member);
}

static bool is_http(const struct node *url)
{
	return str_starts(url->text, STR("http://"), true) ||
	       str_starts(url->text, STR("https://"), true);
}

/* Where an Alertmanager is: the API's path goes behind it. */
static void check_manager_url(struct compile *c, struct node *url)
{
	if (!is_http(url))
		problem_at(c->problems, url, "a URL begins with http:// or https://");
	else if (str_find(url->text, STR("?"), false) >= 0 ||
		 str_find(url->text, STR("#"), false) >= 0)
		problem_at(c->problems, url, "the URL of an Alertmanager ends with its path");
}

static void check_peers(struct compile *c, struct view view)
{
	const struct node *peers = view_get(view, "peers");
	if (!peers || peers->kind != NODE_LIST)
		return;
	for (struct node *url = peers->first; url; url = url->next)
		if (!url->bad)
			check_manager_url(c, url);
}

static void check_channel_url(struct compile *c, struct view view)
{
	struct node *url = view_get(view, "url");
	check_peers(c, view);
	if (!url || node_is(view_get(view, "type"), "email"))
		return;
	if (node_is(view_get(view, "type"), "alertmanager"))
		check_manager_url(c, url);
	else if (!is_http(url))
		problem_at(c->problems, url, "a URL begins with http:// or https://");
}

uint32_t compile_choices(struct view view, const char *key)
{
	const struct node *list = view_get(view, key);
	const char *all = key_find(view.in, str_of(key))->choices;
	uint32_t bits = 0;
	if (!list || list->kind != NODE_LIST)
		return UINT32_MAX;
	for (const struct node *item = list->first; item; item = item->next) {
		int place = item->bad ? -1 : scalar_choice(item->text, all);
		if (place >= 0)
			bits |= UINT32_C(1) << place;
	}
	return bits;
}

/* Who hears how it goes on, or of its end, must have heard of the beginning. */
static void demand_beginning(struct compile *c, struct view view, uint32_t events)
{
	static const struct {
		enum alert_event event, first;
		const char *words;
	} later[] = {{ALERT_RESOLVED, ALERT_OPENED, "what is resolved hears of what is opened"},
		{ALERT_REMINDER, ALERT_OPENED, "what is still open hears of what is opened"},
		{ALERT_ACKNOWLEDGED, ALERT_OPENED, "what is acknowledged hears of what is opened"},
		{ALERT_BURN_OVER, ALERT_BURNING, "a burn_over hears of what is burning"}};
	for (size_t i = 0; i < sizeof(later) / sizeof(*later); i++)
		if ((events >> later[i].event & 1) && !(events >> later[i].first & 1))
			problem_at(c->problems, view_get(view, "events"), "who hears of %s",
				later[i].words);
}

static struct node *channels_of(const struct compile *c)
{
	struct view top = {c->root, NULL, IN_TOP};
	struct node *map = view_get(view_section(top, "alerts", IN_ALERTS), "channels");
	return map && map->kind == NODE_MAP ? map : NULL;
}

static enum channel_kind kind_of(struct view view)
{
	static const char *const names[] = {
#define X(id, name) name,
		CHANNEL_KINDS(X)
#undef X
	};
	const struct node *type = view_get(view, "type");
	int kind = 0;
	while (kind < CHANNEL_KIND_COUNT && !node_is(type, names[kind]))
		kind++;
	return (enum channel_kind)kind;
}

static void make_channel(struct compile *c, struct view view, struct channel *channel)
{
	struct view tls = view_section(view, "tls", IN_SERVICE_TLS);
	*channel = (struct channel){0};
	channel->name = arena_strndup(c->arena, view.own->key->text);
	channel->kind = kind_of(view);
	channel->events = compile_choices(view, "events");
	channel->severities = compile_choices(view, "severities");
	if (channel->kind == CHANNEL_ALERTMANAGER) /* the rest is its own business */
		channel->events &= 1 << ALERT_OPENED | 1 << ALERT_RESOLVED | 1 << ALERT_BURNING |
				   1 << ALERT_BURN_OVER;
	if (channel->kind == CHANNEL_PAGERDUTY) /* there it would stay open */
		channel->events &= ~(UINT32_C(1) << ALERT_FIXED);
	channel->timeout_us = view_us(view, "timeout");
	channel->url = view_text(view, "url", c->arena);
	channel->argv = arguments(c, view);
	channel->peers = view_texts(view, "peers", c->arena, &channel->n_peers);
	channel->resend_us = view_us(view, "resend");
	channel->tls_ca = compile_file(c, tls, "ca");
	channel->tls_cert = compile_file(c, tls, "cert");
	channel->tls_key = compile_file(c, tls, "key");
	set_channel_headers(c, view_get(view, "headers"), channel);
	if (channel->kind == CHANNEL_EMAIL)
		compile_mail(c, view, channel);
	compile_post(c, view, channel);
	compile_hours(c, view, channel);
}

/* --- which checks it hears of --- */

static bool has_service(const struct made *made, struct str word)
{
	return made->to->service && str_eq(str_of(made->to->service->id), word);
}

static bool has_tag(const struct made *made, struct str word)
{
	for (size_t i = 0; i < made->to->n_tags; i++)
		if (str_eq(str_of(made->to->tags[i]), word))
			return true;
	return false;
}

static const struct narrowing {
	const char *key, *nothing;
	bool (*matches)(const struct made *made, struct str word);
} narrowings[] = {
	{"services", "no check asks a service", has_service},
	{"tags", "no check has the tag", has_tag},
};

/* Takes the channel from the checks that no word of its list means. */
static void narrow(struct compile *c, struct view view, const struct narrowing *by, uint64_t bit)
{
	const struct node *list = view_get(view, by->key);
	if (!list || list->kind != NODE_LIST)
		return;
	bool *meant = ARENA_ARRAY(c->scratch, c->n_made + 1, bool);
	for (const struct node *item = list->first; item; item = item->next) {
		bool any = item->bad;
		for (size_t i = 0; !item->bad && i < c->n_made; i++)
			if (by->matches(&c->made[i], item->text))
				any = meant[i] = true;
		if (!any)
			problem(c->problems, item->place, "%s '%.*s'", by->nothing,
				SHOWN(item->text));
	}
	for (size_t i = 0; i < c->n_made; i++)
		if (!meant[i])
			c->made[i].policy->channels &= ~bit;
}

static void unknown_channel(struct compile *c, const struct node *map, const struct node *item)
{
	const char **names = ARENA_ARRAY(c->scratch, (map ? map->n : 0) + 1, const char *);
	size_t n = 0;
	for (const struct node *channel = map ? map->first : NULL; channel; channel = channel->next)
		names[n++] = channel->key->text.p;
	problem(c->problems, item->place, "unknown channel '%.*s'%s", SHOWN(item->text),
		problems_hint(c->problems, item->text, names));
}

/* The bit of a channel that delivers; 0: it does not. */
static uint64_t bit_of(const struct alert_options *alert, struct str name)
{
	for (size_t i = 0; i < alert->n_channels; i++)
		if (str_eq(str_of(alert->channels[i].name), name))
			return UINT64_C(1) << i;
	return 0;
}

static uint64_t all_bits(size_t n)
{
	return n < CHANNELS_MAX ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

/* What the check itself says of it. */
static uint64_t wanted(struct compile *c, const struct made *made, const struct node *map)
{
	struct view view = {made->check, c->defaults, IN_CHECK};
	const struct node *alerts = view_get(view, "alerts");
	uint64_t bits = 0;
	if (!view_has(view, "alerts") || node_is(alerts, "true"))
		return all_bits(c->config->alert.n_channels);
	if (!alerts || alerts->kind != NODE_LIST)
		return 0;
	for (const struct node *item = alerts->first; item; item = item->next) {
		if (!item->bad && !node_child(map, item->text.p))
			unknown_channel(c, map, item);
		else if (!item->bad)
			bits |= bit_of(&c->config->alert, item->text);
	}
	return bits;
}

/* Paths are put behind it. */
static const char *compile_link(struct compile *c)
{
	struct view top = {c->root, NULL, IN_TOP};
	struct node *node = view_get(view_section(top, "alerts", IN_ALERTS), "link");
	struct str secret = {NULL, 0};
	if (!node)
		return NULL;
	struct str link = node->text;
	const char *fault = scalar_url_fault(link, &secret);
	if (memchr(link.p, '?', link.n) || memchr(link.p, '#', link.n) || secret.n)
		fault = "a link to the pages has no query, no fragment and no password";
	if (fault)
		problem_at(c->problems, node, "%s", fault);
	while (link.n && link.p[link.n - 1] == '/')
		link.n--;
	return arena_strndup(c->arena, link);
}

void compile_channels(struct compile *c)
{
	struct node *map = channels_of(c);
	size_t n = map && map->n < CHANNELS_MAX ? map->n : CHANNELS_MAX;
	struct channel *channels = ARENA_ARRAY(c->arena, n, struct channel);
	struct view views[CHANNELS_MAX];
	struct alert_options *to = &c->config->alert;
	to->channels = channels;
	to->link = compile_link(c);
	for (struct node *node = map ? map->first : NULL; node; node = node->next) {
		struct view view = {node, NULL, IN_CHANNEL};
		if (node->bad || node->kind != NODE_MAP || to->n_channels == n)
			continue;
		demand_members(c, node, view);
		check_channel_url(c, view);
		make_channel(c, view, &channels[to->n_channels]);
		if (channels[to->n_channels].kind == CHANNEL_KIND_COUNT)
			continue;
		views[to->n_channels] = view;
		demand_beginning(c, view, channels[to->n_channels++].events);
	}
	for (size_t i = 0; i < c->n_made; i++)
		c->made[i].policy->channels = wanted(c, &c->made[i], map);
	for (size_t i = 0; i < to->n_channels; i++)
		for (size_t k = 0; k < sizeof(narrowings) / sizeof(*narrowings); k++)
			narrow(c, views[i], &narrowings[k], UINT64_C(1) << i);
}
