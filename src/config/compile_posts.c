#include "config/compile.h"

#include <ctype.h>

/* --- what a receiver's own values look like; none is quoted, for most are secrets --- */

static bool is_word(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	return text.n > 0;
}

static bool has_only(struct str text, const char *others)
{
	for (size_t i = 0; i < text.n; i++)
		if (!isalnum((unsigned char)text.p[i]) && !(text.p[i] && strchr(others, text.p[i])))
			return false;
	return text.n > 0;
}

/* It stands in a path. */
static bool is_bot_token(struct str text)
{
	return has_only(text, ":_-");
}

/* A number, below zero of groups, or a channel's @name. */
static bool is_chat(struct str text)
{
	struct str digits = str_from(text, text.n && text.p[0] == '-');
	if (text.n && text.p[0] == '@')
		return has_only(str_from(text, 1), "_");
	for (size_t i = 0; i < digits.n; i++)
		if (!isdigit((unsigned char)digits.p[i]))
			return false;
	return digits.n > 0;
}

static bool is_topic(struct str text)
{
	return text.n <= 64 && has_only(text, "_-");
}

static const struct {
	enum channel_kind kind;
	const char *key;
	bool (*fits)(struct str text);
	const char *fault;
} values[] = {
	{CHANNEL_TELEGRAM, "token", is_bot_token, "a bot's token looks like 123456:ABC-def"},
	{CHANNEL_TELEGRAM, "chat_id", is_chat, "a chat is a number or the @name of a channel"},
	{CHANNEL_PAGERDUTY, "routing_key", is_word, "an integration's key is one word"},
	{CHANNEL_NTFY, "token", is_word, "a token is one word"},
	{CHANNEL_NTFY, "topic", is_topic, "a topic has letters, digits, _ and - only, 64 at most"},
};

static void check_values(struct compile *c, struct view view, enum channel_kind kind)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct node *node = values[i].kind == kind ? view_get(view, values[i].key) : NULL;
		if (node && !values[i].fits(node->text))
			problem_at(c->problems, node, "%s", values[i].fault);
	}
}

/* --- where to, and with what --- */

static bool has_own_path(enum channel_kind kind)
{
	return kind == CHANNEL_TELEGRAM || kind == CHANNEL_PAGERDUTY || kind == CHANNEL_NTFY;
}

/* Of a service that may be somebody's own: where it is; the path of its API goes behind it. */
static void compile_base(struct compile *c, struct view view, struct channel *channel)
{
	struct node *node = view_get(view, "url");
	struct str url = node ? node->text : STR("");
	if (!node)
		return;
	if (memchr(url.p, '?', url.n) || memchr(url.p, '#', url.n))
		problem_at(c->problems, node, "this URL ends before the path of the API");
	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	channel->url = arena_strndup(c->arena, url);
}

static bool posts(enum channel_kind kind)
{
	switch (kind) {
	case CHANNEL_WEBHOOK:
	case CHANNEL_SLACK:
	case CHANNEL_DISCORD:
	case CHANNEL_TELEGRAM:
	case CHANNEL_PAGERDUTY:
	case CHANNEL_NTFY: return true;
	case CHANNEL_EXEC:
	case CHANNEL_ALERTMANAGER:
	case CHANNEL_EMAIL:
	case CHANNEL_KIND_COUNT: break;
	}
	return false;
}

static void refuse(struct compile *c, struct view view, const char *key)
{
	struct node *node = view_get(view, key);
	if (node)
		problem_at(c->problems, node,
			"'%s' is of channels that post a message of ours: webhook, slack, discord, "
			"telegram, pagerduty, ntfy",
			key);
}

void compile_post(struct compile *c, struct view view, struct channel *channel)
{
	if (!posts(channel->kind)) {
		refuse(c, view, "template");
		refuse(c, view, "secret");
		return;
	}
	check_values(c, view, channel->kind);
	if (has_own_path(channel->kind))
		compile_base(c, view, channel);
	channel->template = compile_template(c, view);
	channel->secret = view_text(view, "secret", c->arena);
	channel->token = view_text(view, "token", c->arena);
	channel->chat_id = view_text(view, "chat_id", c->arena);
	channel->routing_key = view_text(view, "routing_key", c->arena);
	channel->topic = view_text(view, "topic", c->arena);
	/* What has no end would stay open there for ever. */
	if (channel->kind == CHANNEL_PAGERDUTY && !view_has(view, "events"))
		channel->events &= ~(1U << ALERT_FIXED | 1U << ALERT_OFFLINE);
}
