#include "config/schema_types.h"

#include "config/scalar.h"

#include "base/text.h"
#include "check/outcome.h"

#include <stdio.h>

#define NAME_PATTERN "[A-Za-z0-9][A-Za-z0-9_.-]*"
#define TAG_PATTERN "[A-Za-z0-9_.-]+"
#define VARIABLE_PATTERN "[A-Za-z_][A-Za-z0-9_]*"
#define HEADER_PATTERN "[A-Za-z0-9!#$%&'*+.^_`|~-]+"
#define DURATION_PATTERN "[0-9]+(\\.[0-9]{1,6})?(us|ms|s|m|h|d|w)"
#define DATE_PATTERN "[0-9]{4}-[0-9]{2}-[0-9]{2}"
#define WHOLE(pattern) "^(" pattern ")$"

#define REFERENCE "\\$\\{[^}]*\\}|\\{\\{[^}]*\\}\\}"

enum { HELP_MAX = 1024, PATTERN_MAX = 256 };

const char *schema_names(enum key_names names)
{
	switch (names) {
	case FREE_NAMES: break;
	case NAMES: return WHOLE(NAME_PATTERN);
	case HEADER_NAMES: return WHOLE(HEADER_PATTERN);
	case VARIABLE_NAMES: return WHOLE(VARIABLE_PATTERN);
	}
	return NULL;
}

/* What text must look like; NULL: any text will do, or the type is no matter of patterns. */
static const char *pattern_of(enum key_type type)
{
	switch (type) {
	case NAME: return WHOLE(NAME_PATTERN);
	case TAG: return WHOLE(TAG_PATTERN);
	case VARIABLE: return WHOLE(VARIABLE_PATTERN);
	case URL: return "^[Hh][Tt][Tt][Pp][Ss]?://";
	case ADDRESS: return ":[0-9]{1,5}$";
	case TARGET: return "^/";
	case STATUS: return "^[1-5]([0-9]{2}|[xX]{2})$";
	case DURATION: return WHOLE(DURATION_PATTERN);
	case KEEP: return WHOLE(DURATION_PATTERN "|forever");
	case DATE: return WHOLE(DATE_PATTERN);
	case TIME:
		return WHOLE(DATE_PATTERN "[T ][0-9]{2}:[0-9]{2}:[0-9]{2}"
					  "(Z|[+-][0-9]{2}:[0-9]{2})");
	case CLOCK: return "^([01][0-9]|2[0-3]):[0-5][0-9]$";
	case PERCENT: return "^[0-9]+(\\.[0-9]*)?%$";
	case RULE: return "^[0-9]{1,2}( of [0-9]{1,2})?$";
	case CAPTURE: return "^(content$|header\\.[^ ]+$|\\$)";
	case NOTHING:
	case TEXT:
	case WORD:
	case REASON:
	case SCALAR:
	case BOOL:
	case COUNT:
	case NUMBER:
	case ANY:
	case MATCHER:
	case SECTION: break;
	}
	return NULL;
}

/* A word, and the number that YAML takes it for where it looks like one. */
static void put_word(struct json_writer *w, struct str word)
{
	enum scalar_type type = scalar_type(word);
	if (type == SCALAR_INT || type == SCALAR_FLOAT)
		jw_raw(w, NULL, word);
	jw_str(w, NULL, word);
}

static void put_words(struct json_writer *w, const char *words)
{
	while (*words) {
		size_t n = strcspn(words, " ");
		put_word(w, (struct str){words, n});
		words += n + (words[n] == ' ');
	}
}

static void put_enum(struct json_writer *w, const struct key *key, enum key_type type)
{
	jw_array(w, "enum");
	for (int i = REASON_NONE + 1; type == REASON && i < REASON_COUNT; i++)
		jw_text(w, NULL, reason_name((enum reason)i));
	if (type == REASON)
		jw_text(w, NULL, "network");
	if (key->choices)
		put_words(w, key->choices);
	jw_array_end(w);
}

static void put_types(struct json_writer *w, const char *types)
{
	jw_array(w, "type");
	put_words(w, types);
	jw_array_end(w);
}

/* What ${NAME} or {{name}} gives may be anything. */
static void put_pattern(struct json_writer *w, const char *pattern)
{
	char either[PATTERN_MAX];
	snprintf(either, sizeof(either), "%s%s" REFERENCE, pattern ? pattern : "",
		pattern ? "|" : "");
	jw_text(w, "pattern", either);
}

static void put_range(struct json_writer *w, const struct key *key)
{
	if (!(key->max > key->min) || key->max >= 1e300)
		return;
	jw_real(w, "minimum", key->min);
	jw_real(w, "maximum", key->max);
}

static void put_limits(struct json_writer *w, int64_t least, int64_t most)
{
	jw_int(w, "minimum", least);
	jw_int(w, "maximum", most);
}

/* One of the words, or a text that gives one. In each form the description, as editors show that of
 * the form that fits. */
static void put_choice(struct json_writer *w, const struct key *key, enum key_type type)
{
	jw_array(w, "anyOf");
	jw_object(w, NULL);
	schema_describe(w, key);
	put_enum(w, key, type);
	jw_object_end(w);
	jw_object(w, NULL);
	schema_describe(w, key);
	jw_text(w, "type", "string");
	put_pattern(w, NULL);
	jw_object_end(w);
	jw_array_end(w);
}

void schema_type(struct json_writer *w, const struct key *key, enum key_type type)
{
	const char *pattern = pattern_of(type);
	switch (type) {
	case ANY: return;
	case TEXT: jw_text(w, "type", "string"); return;
	case SCALAR: put_types(w, "string number boolean"); return;
	case MATCHER: put_types(w, "string number boolean null"); return;
	case WORD:
	case REASON: put_choice(w, key, type); return;
	case BOOL: put_types(w, "boolean string"); break;
	case COUNT:
	case NUMBER:
		put_types(w, type == COUNT ? "integer string" : "number string");
		put_range(w, key);
		break;
	case STATUS:
		put_types(w, "integer string");
		put_limits(w, 100, 599);
		break;
	case RULE:
		put_types(w, "integer string");
		put_limits(w, 1, HEALTH_WINDOW_MAX);
		break;
	case NAME:
	case TAG:
		put_types(w, "string integer");
		jw_int(w, "minimum", 0);
		break;
	case NOTHING:
	case VARIABLE:
	case URL:
	case ADDRESS:
	case TARGET:
	case DURATION:
	case KEEP:
	case DATE:
	case TIME:
	case CLOCK:
	case PERCENT:
	case CAPTURE:
	case SECTION: jw_text(w, "type", "string"); break;
	}
	put_pattern(w, pattern);
}

static bool has_duration(const struct key *key)
{
	return key->type == DURATION || key->type == KEEP || key->brief == DURATION;
}

void schema_describe(struct json_writer *w, const struct key *key)
{
	struct buf text = BUF_INIT(HELP_MAX);
	char low[TEXT_DURATION_MAX], high[TEXT_DURATION_MAX];
	buf_puts(&text, key->help);
	if (has_duration(key) && key->min > 0)
		buf_printf(&text, " From %s to %s.", text_duration((int64_t)key->min, low),
			text_duration((int64_t)key->max, high));
	if (key->fallback)
		buf_printf(&text, " Default: %s.", key->fallback);
	jw_str(w, "description", buf_str(&text));
	buf_fini(&text);
}

void schema_help(struct json_writer *w, const struct key *key)
{
	schema_describe(w, key);
	if (!key->fallback)
		return;
	enum scalar_type type = scalar_type(str_of(key->fallback));
	bool number = type == SCALAR_INT || type == SCALAR_BOOL;
	if (number && key->type != WORD)
		jw_raw(w, "default", str_of(key->fallback));
	else
		jw_text(w, "default", key->fallback);
}
