#include "serve/entries.h"

#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"

enum { QUOTED_MAX = 64 }; /* bytes of a foreign name in an error */

static const char *quoted(struct arena *arena, struct str name)
{
	struct buf inert = BUF_INIT(4 * QUOTED_MAX + 4);
	text_inert(&inert, name, QUOTED_MAX);
	const char *copy = arena_strndup(arena, buf_str(&inert));
	buf_fini(&inert);
	return copy;
}

/* A form's line breaks are CRLF. */
static struct str with_lf(struct arena *arena, struct str text)
{
	char *copy = arena_strndup(arena, text);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		bool cr = text.p[i] == '\r';
		if (cr && i + 1 < text.n && text.p[i + 1] == '\n')
			continue;
		copy[n++] = cr ? '\n' : text.p[i];
	}
	copy[n] = '\0';
	return (struct str){copy, n};
}

static bool add(struct entries *entries, struct arena *arena, struct entry entry)
{
	if (!entries->all)
		entries->all = ARENA_ARRAY(arena, ENTRIES_MAX, struct entry);
	if (entries->n == ENTRIES_MAX)
		return false;
	entry.text = with_lf(arena, entry.text);
	entries->all[entries->n++] = entry;
	return true;
}

/* --- application/x-www-form-urlencoded --- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What is no escape stays as it is. */
static struct str decode(struct arena *arena, struct str raw)
{
	char *text = arena_strndup(arena, raw);
	size_t n = 0;
	for (size_t i = 0; i < raw.n; i++) {
		bool escape = raw.p[i] == '%' && i + 2 < raw.n && hex(raw.p[i + 1]) >= 0 &&
			      hex(raw.p[i + 2]) >= 0;
		if (escape) {
			text[n++] = (char)(hex(raw.p[i + 1]) * 16 + hex(raw.p[i + 2]));
			i += 2;
		} else {
			text[n++] = raw.p[i] == '+' ? ' ' : raw.p[i];
		}
	}
	text[n] = '\0';
	return (struct str){text, n};
}

static struct str cut(struct str *rest, char mark)
{
	const char *at = rest->n ? memchr(rest->p, mark, rest->n) : NULL;
	struct str part = {rest->p, at ? (size_t)(at - rest->p) : rest->n};
	*rest = str_from(*rest, part.n + 1);
	return part;
}

static unsigned read_form(
	struct str body, struct arena *arena, struct entries *entries, struct error *error)
{
	while (body.n) {
		struct str value = cut(&body, '&');
		if (!value.n)
			continue;
		struct entry entry = {.name = decode(arena, cut(&value, '=')), .kind = ENTRY_FIELD};
		entry.text = decode(arena, value);
		if (entry.text.n && !add(entries, arena, entry)) {
			error_set(error, "There are more than %d values.", ENTRIES_MAX);
			return 422;
		}
	}
	return 0;
}

/* --- application/json --- */

static bool add_value(struct entries *entries, struct arena *arena, struct str name,
	const struct json *value, bool item)
{
	struct entry entry = {.name = arena_str(arena, name)};
	if (json_type(value) == JSON_NUMBER) {
		struct buf digits = BUF_INIT(QUOTED_MAX);
		json_print(&digits, value);
		entry.text = arena_str(arena, buf_str(&digits));
		entry.kind = ENTRY_NUMBER;
		buf_fini(&digits);
	} else {
		entry.text = arena_str(arena, json_string(value));
		entry.kind = item ? ENTRY_ITEM : ENTRY_TEXT;
	}
	return add(entries, arena, entry);
}

/* False: a type that nothing has here. */
static bool add_member(struct entries *entries, struct arena *arena, const struct json *member,
	struct error *error)
{
	struct str name = json_name(member);
	enum json_type type = json_type(member);
	bool fits = true;
	if (type == JSON_NULL)
		return true;
	if (type == JSON_STRING || type == JSON_NUMBER) {
		fits = add_value(entries, arena, name, member, false);
	} else if (type == JSON_ARRAY) {
		if (!json_first(member)) /* "for these" must not become "for all" */
			return error_set(error, "%s: the list is empty.", quoted(arena, name));
		for (const struct json *i = json_first(member); i && fits; i = json_next(i)) {
			if (json_type(i) != JSON_STRING)
				return error_set(error, "%s: a list of texts is expected.",
					quoted(arena, name));
			fits = add_value(entries, arena, name, i, true);
		}
	} else {
		return error_set(error, "%s: it can't be of the type %s.", quoted(arena, name),
			json_type_name(type));
	}
	return fits || error_set(error, "There are more than %d values.", ENTRIES_MAX);
}

static unsigned read_json(
	struct str body, struct arena *arena, struct entries *entries, struct error *error)
{
	struct json *root = json_parse(body, error);
	bool good = true;
	if (!root) {
		error_wrap(error, "The body is no JSON");
		return 400;
	}
	if (json_type(root) != JSON_OBJECT)
		good = error_set(error, "The body is no JSON object.");
	for (const struct json *i = good ? json_first(root) : NULL; i && good; i = json_next(i))
		good = add_member(entries, arena, i, error);
	json_free(root);
	return good ? 0 : 422;
}

/* --- what is asked for --- */

static const struct entry_rule *rule_of(
	const struct entry_rule *rules, size_t n, const struct entry *entry)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(entry->name, str_of(rules[i].name)))
			return &rules[i];
	return NULL;
}

static bool is_kind(const struct entry_rule *rule, enum entry_kind kind)
{
	switch (kind) {
	case ENTRY_FIELD: return true;
	case ENTRY_TEXT: return !rule->list;
	case ENTRY_NUMBER: return rule->number;
	case ENTRY_ITEM: return rule->list;
	}
	return false;
}

/* What is wrong with a text, or NULL. */
static const char *wrong_with(const struct entry_rule *rule, struct str text)
{
	if (!utf8_valid(text))
		return "it is not UTF-8";
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool allowed = rule->lines && (c == '\n' || c == '\t');
		if ((c < 0x20 && !allowed) || c == 0x7f)
			return rule->lines ? "it has control characters"
					   : "it has line breaks or control characters";
	}
	if (!str_trim(text).n)
		return "it is empty";
	return NULL;
}

static bool was_before(const struct entries *entries, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (str_eq(entries->all[i].name, entries->all[at].name))
			return true;
	return false;
}

static bool unknown(struct arena *arena, struct str name, const struct entry_rule *rules, size_t n,
	struct error *error)
{
	const char *names = n ? rules[0].name : "nothing";
	for (size_t i = 1; i < n; i++)
		names = arena_printf(arena, "%s, %s", names, rules[i].name);
	return error_set(
		error, "%s: it is not known; what can be given: %s.", quoted(arena, name), names);
}

static bool holds(struct arena *arena, const struct entries *entries, size_t at,
	const struct entry_rule *rules, size_t n_rules, struct error *error)
{
	const struct entry *entry = &entries->all[at];
	const struct entry_rule *rule = rule_of(rules, n_rules, entry);
	if (!rule)
		return unknown(arena, entry->name, rules, n_rules, error);
	if (!is_kind(rule, entry->kind))
		return error_set(error, "%s: %s is expected.", rule->name,
			rule->list     ? "a list of texts"
			: rule->number ? "a text or a number"
				       : "a text");
	if (!rule->list && was_before(entries, at))
		return error_set(error, "%s: it is given twice.", rule->name);
	if (entry->text.n > rule->max)
		return error_set(error, "%s: it is longer than %zu bytes.", rule->name, rule->max);
	const char *wrong = wrong_with(rule, entry->text);
	return !wrong || error_set(error, "%s: %s.", rule->name, wrong);
}

static unsigned read_body(
	const struct http_request *request, struct entries *entries, struct error *error)
{
	struct str rest = str_of(request->content_type);
	struct str type = str_trim(cut(&rest, ';'));
	if (str_ieq(type, STR("application/json")))
		return read_json(request->body, request->arena, entries, error);
	if (str_ieq(type, STR("application/x-www-form-urlencoded")))
		return read_form(request->body, request->arena, entries, error);
	error_set(error, "The body is application/json or application/x-www-form-urlencoded.");
	return 415;
}

unsigned entries_read(const struct http_request *request, const struct entry_rule *rules,
	size_t n_rules, struct entries *entries, struct error *error)
{
	*entries = (struct entries){0};
	unsigned status = request->body.n ? read_body(request, entries, error) : 0;
	for (size_t i = 0; i < entries->n && !status; i++)
		if (!holds(request->arena, entries, i, rules, n_rules, error))
			status = 422;
	if (status)
		entries->n = 0;
	return status;
}

const char *entries_text(const struct entries *entries, const char *name)
{
	for (size_t i = 0; i < entries->n; i++)
		if (str_eq(entries->all[i].name, str_of(name)))
			return entries->all[i].text.p;
	return NULL;
}

size_t entries_list(const struct entries *entries, struct arena *arena, const char *name,
	const char *const **texts)
{
	const char **found = ARENA_ARRAY(arena, entries->n + 1, const char *);
	size_t n = 0;
	for (size_t i = 0; i < entries->n; i++)
		if (str_eq(entries->all[i].name, str_of(name)))
			found[n++] = entries->all[i].text.p;
	*texts = found;
	return n;
}
