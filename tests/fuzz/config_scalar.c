/* Scalars: what counts as a number is one in JSON too; what counts as a name, an address or a URL can
 * break nothing where it is put. */
#include "fuzz.h"

#include "base/json.h"
#include "config/scalar.h"

#include <math.h>

static bool has_blank(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f)
			return true;
	return false;
}

static void numbers_agree(struct str text)
{
	struct buf json = BUF_INIT(SIZE_MAX);
	struct error error = {0};
	int64_t whole;
	double number;
	enum scalar_type type = scalar_type(text);
	bool is_number = type == SCALAR_INT || type == SCALAR_FLOAT;
	bool read = scalar_number(text, &number);
	HOLDS(!scalar_int(text, &whole) || type == SCALAR_INT);
	HOLDS(!read || is_number);
	if (is_number && scalar_json_number(text, &json)) {
		struct json *tree = json_parse(buf_str(&json), &error);
		HOLDS(tree && json_type(tree) == JSON_NUMBER);
		HOLDS(!read || json_number(tree) == number);
		json_free(tree);
	}
	buf_fini(&json);
}

static void times_make_sense(struct str text)
{
	int64_t us;
	double part;
	struct health_rule rule;
	struct status_class status;
	if (scalar_date(text, &us))
		HOLDS(us >= 0 && us % (86400 * INT64_C(1000000)) == 0);
	if (scalar_time(text, &us))
		HOLDS(us > -INT64_C(86400) * 1000000 && us < INT64_C(253402387200) * 1000000);
	if (scalar_keep(text, &us))
		HOLDS(us >= 0);
	if (scalar_percent(text, &part))
		HOLDS(part > 0 && part < 1);
	if (scalar_rule(text, &rule))
		HOLDS(rule.k >= 1 && rule.k <= rule.n && rule.n <= HEALTH_WINDOW_MAX);
	if (scalar_status(text, &status))
		HOLDS(status.low >= 100 && status.high <= 599 && status.low <= status.high);
}

static void words_break_nothing(struct str text)
{
	struct str secret;
	size_t at = 0;
	if (scalar_is_name(text) || scalar_is_tag(text) || scalar_is_variable(text) ||
		scalar_is_header(text) || scalar_is_address(text))
		HOLDS(text.n && !has_blank(text));
	if (!scalar_url_fault(text, &secret)) {
		HOLDS(!has_blank(text) && !memchr(text.p, '?', text.n));
		HOLDS(!secret.n || (secret.p > text.p && secret.p + secret.n < text.p + text.n));
	}
	if (!scalar_target_fault(text, &at) && str_find(text, STR("{{"), false) < 0)
		HOLDS(text.p[0] == '/' && !has_blank(text) && !memchr(text.p, '#', text.n));
	HOLDS(at <= text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = input_of(data, size);
	numbers_agree(text);
	times_make_sense(text);
	words_break_nothing(text);
	HOLDS(scalar_choice(text, "one two three") <= 2);
	return 0;
}
