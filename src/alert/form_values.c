#include "alert/form_values.h"

#include "alert/foreign.h"
#include "alert/form.h"
#include "base/json.h"
#include "check/outcome.h"

struct filling {
	struct arena *arena;
	const struct foreign *foreign;
	const struct json *payload;
};

static struct str foreign_text(
	const struct filling *f, struct str text, size_t max, mustache_escape *escape)
{
	struct buf out = BUF_INIT(FORM_BYTES_MAX);
	foreign_put(&out, text, max, escape);
	struct str copy = arena_str(f->arena, buf_str(&out));
	buf_fini(&out);
	return copy;
}

static struct str words(const struct filling *f, struct str text)
{
	return foreign_text(f, text, f->foreign->words_max, f->foreign->words);
}

static void put_words(
	const struct filling *f, struct value *object, const char *key, struct str text)
{
	value_str(f->arena, object, key, words(f, text));
}

static void put_number(
	const struct filling *f, struct value *object, const char *key, const struct json *json)
{
	struct buf out = BUF_INIT(64);
	json_print(&out, json);
	value_str(f->arena, object, key, arena_str(f->arena, buf_str(&out)));
	buf_fini(&out);
}

static void put_list(
	const struct filling *f, struct value *object, const char *key, const struct json *json)
{
	struct value *list = value_list(f->arena, object, key);
	for (const struct json *item = json_first(json); item; item = json_next(item))
		value_item_text(
			f->arena, list, arena_strndup(f->arena, words(f, json_string(item))));
}

static bool is_put_apart(struct str name)
{
	return str_eq(name, STR("link")) || str_eq(name, STR("headline"));
}

/* Numbers and texts, truths, lists of texts: all that a payload has. */
static void put_member(const struct filling *f, struct value *object, const struct json *json)
{
	const char *key = arena_strndup(f->arena, json_name(json));
	switch (json_type(json)) {
	case JSON_STRING:
		if (!is_put_apart(json_name(json)))
			put_words(f, object, key, json_string(json));
		return;
	case JSON_NUMBER: put_number(f, object, key, json); return;
	case JSON_BOOL: value_bool(f->arena, object, key, json_bool(json)); return;
	case JSON_ARRAY: put_list(f, object, key, json); return;
	case JSON_OBJECT:
	case JSON_NULL: return;
	}
}

static struct str text_of(const struct filling *f, const char *name)
{
	return json_string(json_member(f->payload, name));
}

/* Without what could end one, in any of the forms that it stands in. */
static bool is_link(struct str text)
{
	if (!str_starts(text, STR("http://"), true) && !str_starts(text, STR("https://"), true))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~' || strchr("<>\"'`|()[]\\", text.p[i]))
			return false;
	return true;
}

static void put_link(const struct filling *f, struct value *root, const char *key, struct str link)
{
	if (is_link(link))
		value_str(f->arena, root, key, foreign_text(f, link, 0, f->foreign->links));
}

/* Also of an older row, which has none. */
static void put_headline(const struct filling *f, struct value *root)
{
	struct str headline = text_of(f, "headline");
	if (!headline.n)
		headline = text_of(f, "text");
	value_str(f->arena, root, "headline",
		foreign_text(f, headline, f->foreign->headline_max, f->foreign->words));
}

/* What the sentence says behind the headline. */
static void put_detail(const struct filling *f, struct value *root)
{
	struct str headline = text_of(f, "headline"), text = text_of(f, "text");
	if (headline.n && str_starts(text, headline, false) && text.n > headline.n)
		put_words(f, root, "detail", str_trim(str_from(text, headline.n + 1)));
}

/* "2025-11-22 10:00 UTC" of RFC 3339 */
static void put_last_good(const struct filling *f, struct value *root)
{
	struct str time = text_of(f, "last_good");
	if (time.n < 16)
		return;
	const char *shown = arena_printf(f->arena, "%.10s %.5s UTC", time.p, time.p + 11);
	put_words(f, root, "last_good_text", str_of(shown));
}

static void put_checks(const struct filling *f, struct value *root)
{
	const struct json *checks = json_member(f->payload, "checks");
	double total = json_number(json_member(f->payload, "checks_total"));
	struct buf out = BUF_INIT(FORM_BYTES_MAX);
	size_t n = 0;
	for (const struct json *at = json_first(checks); at && n < FORM_CHECKS_MAX;
		at = json_next(at), n++)
		buf_printf(&out, "%s%.*s", n ? ", " : "", STR_ARG(json_string(at)));
	if (total > (double)n && n)
		buf_printf(&out, " and %.0f more", total - (double)n);
	if (n > 1 || total > 1)
		put_words(f, root, "checks_text", buf_str(&out));
	buf_fini(&out);
}

/* What is over because it goes on elsewhere, or is not watched any more, is not well. */
static bool is_up(const struct filling *f, const struct outbox_row *row)
{
	struct str outcome = text_of(f, "outcome");
	return strcmp(row->event, alert_event_name(ALERT_RESOLVED)) == 0 &&
	       !json_member(f->payload, "merged_into") &&
	       (str_eq(outcome, str_of(outcome_name(OUTCOME_PASS))) ||
		       str_eq(outcome, str_of(outcome_name(OUTCOME_WARN))));
}

static void put_is(const struct filling *f, struct value *root, const struct outbox_row *row)
{
	struct value *is = value_member(f->arena, root, "is");
	value_bool(f->arena, is, row->event, true);
	value_bool(f->arena, is, "up", is_up(f, row));
	value_bool(f->arena, is, arena_strndup(f->arena, text_of(f, "severity")), true);
}

static void put_channel(const struct filling *f, struct value *root, const struct channel *channel)
{
	struct value *own = value_member(f->arena, root, "channel");
	const struct {
		const char *name, *value;
	} members[] = {{"name", channel->name}, {"url", channel->url}, {"token", channel->token},
		{"chat_id", channel->chat_id}, {"routing_key", channel->routing_key},
		{"topic", channel->topic}};
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		if (members[i].value)
			value_text(f->arena, own, members[i].name,
				arena_strdup(f->arena, members[i].value));
}

const struct value *form_values(struct arena *arena, const struct channel *channel,
	const struct outbox_row *row, const struct letter *letter)
{
	struct error ignored;
	struct json *payload = json_parse(letter->body, &ignored);
	struct filling f = {arena, foreign_at(channel->kind), payload};
	struct value *root = value_object(arena);
	put_headline(&f, root);
	put_detail(&f, root);
	put_link(&f, root, "link", text_of(&f, "link"));
	put_link(&f, root, "runbook_link", text_of(&f, "runbook"));
	put_last_good(&f, root);
	put_checks(&f, root);
	put_is(&f, root, row);
	put_channel(&f, root, channel);
	if (!text_of(&f, "thread").n)
		value_text(arena, root, "thread", row->dedup_key);
	if (letter->late_note)
		put_words(&f, root, "late_note", str_of(letter->late_note));
	for (const struct json *at = json_first(payload); at; at = json_next(at))
		put_member(&f, root, at);
	json_free(payload);
	return root;
}
