#include "config/validate.h"

#include "config/scalar.h"

#include "base/text.h"

#include <stdio.h>

enum { CHOICES_MAX = 200, WORDS_MAX = 400, MAPPING_BYTES_MAX = 60 };

static bool reason_word(struct str text)
{
	enum reason reason;
	return str_eq(text, STR("network")) ||
	       (reason_find(text, &reason) && reason != REASON_NONE);
}

static bool in_range(const struct key *key, double value)
{
	return !(key->max > key->min) || (value >= key->min && value <= key->max);
}

static bool number_fits(const struct key *key, enum key_type type, struct str text)
{
	double number;
	int64_t whole;
	if (type == COUNT)
		return scalar_int(text, &whole) && in_range(key, (double)whole);
	return scalar_number(text, &number) && in_range(key, number);
}

static bool duration_fits(const struct key *key, enum key_type type, struct str text)
{
	int64_t us;
	if (!(type == KEEP ? scalar_keep(text, &us) : text_parse_duration(text, &us)))
		return false;
	return (type == KEEP && us == 0) || in_range(key, (double)us);
}

static bool capture_fits(struct str text)
{
	return str_eq(text, STR("content")) || str_starts(text, STR("$"), false) ||
	       (str_starts(text, STR("header."), false) && scalar_is_header(str_from(text, 7)));
}

/* Whether a scalar's text is of the type. */
static bool fits(const struct key *key, enum key_type type, struct str text)
{
	bool yes;
	int64_t us;
	double part;
	struct health_rule rule;
	struct status_class status;
	switch (type) {
	case NAME: return scalar_is_name(text);
	case TAG: return scalar_is_tag(text);
	case VARIABLE: return scalar_is_variable(text);
	case WORD: return scalar_choice(text, key->choices) >= 0;
	case REASON:
		return reason_word(text) ||
		       (key->choices && scalar_choice(text, key->choices) >= 0);
	case ADDRESS: return scalar_is_address(text);
	case BOOL: return scalar_bool(text, &yes);
	case COUNT:
	case NUMBER: return number_fits(key, type, text);
	case STATUS: return scalar_status(text, &status);
	case DURATION:
	case KEEP: return duration_fits(key, type, text);
	case DATE: return scalar_date(text, &us);
	case TIME: return scalar_time(text, &us);
	case CLOCK: return scalar_clock(text, &us);
	case PERCENT: return scalar_percent(text, &part);
	case RULE: return scalar_rule(text, &rule);
	case CAPTURE: return capture_fits(text);
	case NOTHING:
	case TEXT:
	case SCALAR:
	case URL:
	case TARGET:
	case ANY:
	case MATCHER:
	case SECTION: break;
	}
	return true;
}

static void put_choices(char out[CHOICES_MAX], const char *choices)
{
	size_t n = 0;
	for (const char *c = choices; *c && n + 3 < CHOICES_MAX; c++) {
		out[n++] = *c == ' ' ? ',' : *c;
		if (*c == ' ')
			out[n++] = ' ';
	}
	out[n] = '\0';
}

static void put_range(char *out, size_t size, const struct key *key, enum key_type type)
{
	char low[TEXT_DURATION_MAX], high[TEXT_DURATION_MAX];
	if (key->max <= 0 || key->max >= 1e300)
		out[0] = '\0';
	else if (type == DURATION || type == KEEP)
		snprintf(out, size, ", from %s to %s", text_duration((int64_t)key->min, low),
			text_duration((int64_t)key->max, high));
	else
		snprintf(out, size, " from %.12g to %.12g", key->min, key->max);
}

/* With its keys, where these are few. */
static const char *a_mapping(const struct key *key, char out[WORDS_MAX])
{
	const char *names[SECTION_KEYS_MAX];
	struct buf text = BUF_INIT(MAPPING_BYTES_MAX);
	key_names(key->of, names);
	for (size_t i = 0; names[i]; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", names[i]);
	snprintf(out, WORDS_MAX, text.cut ? "a mapping" : "a mapping (%s)", buf_text(&text));
	buf_fini(&text);
	return out;
}

/* What a scalar of this type looks like, in words. */
static const char *expected(const struct key *key, enum key_type type, char out[WORDS_MAX])
{
	char range[80], choices[CHOICES_MAX] = "";
	put_range(range, sizeof(range), key, type);
	if (key->choices)
		put_choices(choices, key->choices);
	switch (type) {
	case NAME: return "a name: letters, digits, _ . -, a letter or digit first";
	case TAG: return "made of letters, digits, _ . -";
	case VARIABLE: return "a variable's name: letters, digits, _, no digit first";
	case WORD: snprintf(out, WORDS_MAX, "one of %s", choices); return out;
	case REASON: return key->choices ? "a reason, 429 or network" : "a reason, or network";
	case ADDRESS: return "an address such as 127.0.0.1:8080, [::1]:8080 or :8080";
	case BOOL: return "true or false";
	case COUNT: snprintf(out, WORDS_MAX, "a whole number%s", range); return out;
	case NUMBER: snprintf(out, WORDS_MAX, "a number%s", range); return out;
	case STATUS: return "a status such as 200, or a class such as 2xx";
	case DURATION:
		snprintf(out, WORDS_MAX, "a duration such as 500ms, 5s or 10m%s", range);
		return out;
	case KEEP:
		snprintf(out, WORDS_MAX, "a duration such as 30d%s, or forever", range);
		return out;
	case DATE: return "a date such as 2027-01-31";
	case TIME: return "a time such as 2027-01-31T10:00:00Z";
	case CLOCK: return "an hour such as 02:30";
	case PERCENT: return "a share such as 99.9%";
	case RULE: return "a number such as 3, or 2 of 3 (64 at most)";
	case CAPTURE: return "content, header.NAME or a JSONPath";
	case SECTION: return a_mapping(key, out);
	case NOTHING:
	case TEXT:
	case SCALAR:
	case URL:
	case TARGET:
	case ANY:
	case MATCHER: break;
	}
	return "text";
}

static const char *hint(
	struct problems *problems, const struct key *key, enum key_type type, struct str text)
{
	const char *names[WORDS_MAX];
	size_t n = 0;
	struct arena scratch;
	if (type != WORD && type != REASON)
		return "";
	arena_init(&scratch);
	for (size_t i = 1; type == REASON && i < REASON_COUNT; i++)
		names[n++] = reason_name((enum reason)i);
	if (type == REASON)
		names[n++] = "network";
	for (const char *c = type == WORD ? key->choices : ""; *c;) {
		size_t size = strcspn(c, " ");
		names[n++] = arena_strndup(&scratch, (struct str){c, size});
		c += size + (c[size] == ' ');
	}
	names[n] = NULL;
	const char *words = problems_hint(problems, text, names);
	arena_fini(&scratch);
	return words;
}

/* What was perhaps meant by a duration: 60s by 60, 5m by "5 mins". */
static const char *duration_hint(
	struct problems *problems, const struct key *key, const struct node *node)
{
	static const struct {
		const char *words, *unit;
	} others[] = {{"sec secs second seconds", "s"}, {"min mins minute minutes", "m"},
		{"hr hrs hour hours", "h"}, {"day days", "d"}, {"week weeks", "w"},
		{"msec msecs millis", "ms"}, {"usec usecs", "us"}};
	size_t n = strspn(node->text.p, "0123456789.");
	struct str word = str_trim(str_from(node->text, n));
	bool bare = n && word.n == 0;
	int64_t us;
	const char *unit = bare ? "s" : arena_strndup(problems->arena, word);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (scalar_choice(word, others[i].words) >= 0)
			unit = others[i].unit;
	const char *meant = arena_printf(
		problems->arena, "%.*s%s", SHOWN(((struct str){node->text.p, n})), unit);
	bool ok = text_parse_duration(str_of(meant), &us) && in_range(key, (double)us) &&
		  !str_eq(str_of(meant), node->text);
	if (bare)
		return ok ? arena_printf(
				    problems->arena, ": a duration carries its unit, %s?", meant)
			  : ": a duration carries its unit";
	return ok ? arena_printf(problems->arena, ", did you mean %s?", meant) : "";
}

/* What stands there instead. What came from outside may be a secret. */
static const char *actual(const struct node *node, char out[WORDS_MAX])
{
	if (node->kind != NODE_SCALAR)
		return node->kind == NODE_LIST ? "a list" : "a mapping";
	if (node->n_foreign)
		return "what ${...} gives";
	if (node_typed(node) && scalar_type(node->text) == SCALAR_NULL)
		return "empty";
	snprintf(out, WORDS_MAX, node->plain ? "%.*s" : "\"%.*s\"", SHOWN(node->text));
	return out;
}

static bool refuse(struct problems *problems, struct node *node, const struct key *key,
	enum key_type type, const char *more)
{
	char want[WORDS_MAX], have[WORDS_MAX];
	bool named =
		node->key && !str_eq(node->key->text, str_of(key->name)); /* one of its names */
	struct str name = named ? node->key->text : str_of(key->name);
	return problem_at(problems, node, "'%.*s'%s%s must be %s, not %s%s", SHOWN(name),
		named ? " of " : "", named ? key->name : "", expected(key, type, want),
		actual(node, have), more);
}

static bool is_text_type(enum key_type type)
{
	return type == TEXT || type == URL || type == TARGET;
}

/* A number is a name as well: as it is written. */
static bool is_name_type(enum key_type type)
{
	return type == NAME || type == TAG || type == VARIABLE;
}

static bool wants_typed(enum key_type type)
{
	return type == BOOL || type == COUNT || type == NUMBER;
}

static bool validate_scalar(
	struct problems *problems, struct node *node, const struct key *key, enum key_type type)
{
	enum scalar_type plain = node->plain ? scalar_type(node->text) : SCALAR_TEXT;
	if (type == ANY || (type == MATCHER && node->kind == NODE_SCALAR))
		return true;
	bool blank = node->resolved && node->text.n == 0; /* a variable with nothing in it */
	if (plain == SCALAR_NULL && !(blank && (is_text_type(type) || type == SCALAR)))
		return refuse(problems, node, key, type, "");
	if (is_text_type(type) && plain != SCALAR_TEXT && !node->resolved)
		return refuse(problems, node, key, type, ": quote it");
	if (is_name_type(type) && plain != SCALAR_TEXT && plain != SCALAR_INT && !node->resolved)
		return refuse(problems, node, key, type, ": quote it");
	if (wants_typed(type) && !node_typed(node) && fits(key, type, node->text))
		return refuse(problems, node, key, type, ": take the quotes away");
	if (fits(key, type, node->text))
		return true;
	if (type == DURATION || type == KEEP)
		return refuse(problems, node, key, type,
			node->n_foreign ? "" : duration_hint(problems, key, node));
	return refuse(problems, node, key, type,
		node->n_foreign ? "" : hint(problems, key, type, node->text));
}

static void validate_item(struct problems *problems, struct node *node, const struct key *key)
{
	if (node->bad)
		return;
	if (node->kind == NODE_MAP && key->of)
		validate_section(problems, node, key->of);
	else if (node->kind == NODE_MAP && key->type == MATCHER)
		validate_section(problems, node, IN_MATCHER);
	else if (key->type == MATCHER && node->kind == NODE_LIST)
		problem_at(problems, node, "a list is no matcher: in: [...] is one");
	else if (key->type == ANY)
		return;
	else if (key->type == SECTION || node->kind != NODE_SCALAR)
		refuse(problems, node, key, key->type, "");
	else
		validate_scalar(problems, node, key, key->type);
}

static bool name_fits(enum key_names names, struct str name)
{
	switch (names) {
	case FREE_NAMES: return true;
	case NAMES: return scalar_is_name(name);
	case HEADER_NAMES: return scalar_is_header(name);
	case VARIABLE_NAMES: return scalar_is_variable(name);
	}
	return true;
}

static void refuse_no_list(struct problems *problems, struct node *node, const struct key *key)
{
	const char *other = key->brief == BOOL ? ", or false" : "";
	bool plain = node->kind == NODE_SCALAR && node->text.n && !node->n_foreign;
	if (plain && key->type != SECTION)
		problem_at(problems, node, "'%s' must be a list%s: [%.*s]", key->name, other,
			SHOWN(node->text));
	else
		problem_at(problems, node, "'%s' must be a list%s: %s", key->name, other,
			key->type == SECTION ? "each item begins with \"- \"" : "[...]");
}

static void validate_list(struct problems *problems, struct node *node, const struct key *key)
{
	if (node->kind != NODE_LIST) {
		refuse_no_list(problems, node, key);
		return;
	}
	if (!in_range(key, (double)node->n))
		problem_at(problems, node, "'%s' must have from %.12g to %.12g items, not %zu",
			key->name, key->min, key->max, node->n);
	for (struct node *item = node->first; item; item = item->next)
		if (item->kind == NODE_MAP && !item->bad && key->type == STATUS)
			refuse(problems, item, key, key->type, ""); /* matchers stand alone */
		else
			validate_item(problems, item, key);
}

static void validate_map(struct problems *problems, struct node *node, const struct key *key)
{
	if (node->kind != NODE_MAP) {
		problem_at(problems, node, "'%s' must be a mapping of names%s", key->name,
			node->kind == NODE_LIST ? ", not a list" : "");
		return;
	}
	if (key->shape == MAP && !in_range(key, (double)node->n))
		problem_at(problems, node, "'%s' must have from %.12g to %.12g names, not %zu",
			key->name, key->min, key->max, node->n);
	for (struct node *child = node->first; child; child = child->next) {
		if (child->bad)
			continue;
		if (!name_fits(key->names, child->key->text)) {
			problem(problems, child->key->place, "'%.*s' is no %s",
				SHOWN(child->key->text),
				key->names == HEADER_NAMES ? "header's name"
				: key->names == VARIABLE_NAMES
					? "name: letters, digits, _, no digit first"
					: "name: letters, digits, _ . -");
			child->bad = true;
		} else if (key->shape == LISTS) {
			validate_list(problems, child, key);
		} else {
			validate_item(problems, child, key);
		}
	}
}

void validate_value(struct problems *problems, struct node *node, const struct key *key)
{
	if (node->bad)
		return;
	if (node->kind == NODE_SCALAR && key->brief) {
		if (key->brief == BOOL && !node->n_foreign && !fits(key, BOOL, node->text))
			refuse_no_list(problems, node, key);
		else
			validate_scalar(problems, node, key, key->brief);
		return;
	}
	if (node->kind == NODE_MAP && key->of && key->type != SECTION) {
		validate_section(problems, node, key->of);
		return;
	}
	switch (key->shape) {
	case ONE: validate_item(problems, node, key); break;
	case LIST: validate_list(problems, node, key); break;
	case MAP:
	case LISTS: validate_map(problems, node, key); break;
	}
}

/* Where a key belongs: in a section right below this one, else anywhere; IN_NOTHING: nowhere. */
static enum section home_of(enum section around, struct str name)
{
	uint32_t homes = 0, below = 0;
	for (const struct key *key = keys; key->name; key++) {
		if (str_eq(name, str_of(key->name)))
			homes |= key->where;
		if (key->where & (uint32_t)around)
			below |= (uint32_t)key->of | (key->type == MATCHER ? IN_MATCHER : 0);
	}
	if (homes & below)
		homes &= below;
	return (enum section)(homes & (~homes + 1)); /* the first of them */
}

static void unknown_key(struct problems *problems, struct node *child, enum section section)
{
	const char *names[SECTION_KEYS_MAX];
	child->bad = true;
	if (problems->n == PROBLEMS_MAX) { /* nobody will read what was meant */
		problem(problems, child->key->place, "unknown key");
		return;
	}
	key_names(section, names);
	const char *hint = problems_hint(problems, child->key->text, names);
	if (!hint[0] || hint[0] == ' ') { /* no near one */
		enum section home = home_of(section, child->key->text);
		if (home)
			hint = arena_printf(problems->arena, ": it stands %s", section_words(home));
	}
	if (section == IN_LIFE && node_is(child->key, "max"))
		hint = ": less is worse there, give min or warn";
	problem(problems, child->key->place, "unknown key '%.*s' %s%s", SHOWN(child->key->text),
		section_words(section), hint);
}

void validate_section(struct problems *problems, struct node *map, enum section section)
{
	for (struct node *child = map->first; child; child = child->next) {
		if (child->bad)
			continue;
		const struct key *key = key_find(section, child->key->text);
		if (key)
			validate_value(problems, child, key);
		else
			unknown_key(problems, child, section);
	}
	for (const struct key *key = keys; key->name; key++)
		if (key->required && (key->where & (uint32_t)section) &&
			!node_child(map, key->name))
			problem(problems, node_key_place(map), "'%s' is missing %s", key->name,
				section_words(section));
}
