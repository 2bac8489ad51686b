#include "load.h"

#include "config/keys.h"
#include "config/scalar.h"
#include "config/validate.h"

static const char *const measures[] = {
#define X(id, name) name,
	STREAM_MEASURES(X)
#undef X
};

static const char *const phases[] = {
#define X(id, name) name,
	TIMING_PHASES(X)
#undef X
};

static const char *const usages[] = {
#define X(id, name) name,
	USAGE_FIELDS(X)
#undef X
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static size_t keys_in(enum section section)
{
	const char *names[SECTION_KEYS_MAX];
	size_t n = 0;
	key_names(section, names);
	while (names[n])
		n++;
	return n;
}

static void the_table_and_the_plan_have_the_same_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(measures); i++)
		assert_non_null(key_find(IN_STREAM, str_of(measures[i])));
	assert_int_equal(keys_in(IN_STREAM), COUNT_OF(measures));
	for (size_t i = 0; i < COUNT_OF(phases); i++)
		assert_non_null(key_find(IN_TIMING, str_of(phases[i])));
	assert_int_equal(keys_in(IN_TIMING), COUNT_OF(phases));
	for (size_t i = 0; i < COUNT_OF(usages); i++)
		assert_non_null(key_find(IN_USAGE, str_of(usages[i])));
	assert_int_equal(keys_in(IN_USAGE), COUNT_OF(usages));
	for (size_t i = 0; i < MATCH_OP_COUNT; i++)
		assert_non_null(key_find(IN_MATCHER, str_of(match_op_name((enum match_op)i))));
	assert_int_equal(keys_in(IN_MATCHER), MATCH_OP_COUNT + 1); /* ignore_case */
	for (size_t i = 0; i < INTEGRITY_COUNT; i++)
		assert_int_equal(scalar_choice(str_of(integrity_name((enum integrity)i)),
					 key_find(IN_STREAM, STR("integrity"))->choices),
			i);
}

static void every_row_is_whole(void **state)
{
	(void)state;
	for (const struct key *key = keys; key->name; key++) {
		assert_true(key->where != 0 && key->type != NOTHING);
		assert_true(key->help && key->help[0] && key->help[strlen(key->help) - 1] == '.');
		assert_true((key->type == WORD) <= (key->choices != NULL));
		assert_true((key->type == SECTION) <= (key->of != IN_NOTHING));
		for (int bit = 0; bit < 32; bit++) /* found by its own name, so not twice */
			if (key->where & UINT32_C(1) << bit)
				assert_ptr_equal(
					key_find((enum section)(1 << bit), str_of(key->name)), key);
	}
}

static void every_fallback_would_be_accepted(void **state)
{
	(void)state;
	struct arena arena;
	struct problems problems;
	arena_init(&arena);
	problems_init(&problems, &arena);
	for (const struct key *key = keys; key->name; key++) {
		if (!key->fallback)
			continue;
		struct node node = {
			.kind = NODE_SCALAR, .plain = true, .text = str_of(key->fallback)};
		validate_value(&problems, &node, key);
		if (problems.n)
			print_error("%s: %s\n", key->name, problems.items[0].text);
		assert_int_equal(problems.n, 0);
	}
	arena_fini(&arena);
}

static void scalars_are_typed_by_the_core_schema(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum scalar_type type;
	} rows[] = {
		{"", SCALAR_NULL},
		{"~", SCALAR_NULL},
		{"null", SCALAR_NULL},
		{"nUll", SCALAR_TEXT},
		{"true", SCALAR_BOOL},
		{"FALSE", SCALAR_BOOL},
		{"yes", SCALAR_TEXT},
		{"no", SCALAR_TEXT},
		{"on", SCALAR_TEXT},
		{"off", SCALAR_TEXT},
		{"y", SCALAR_TEXT},
		{"0", SCALAR_INT},
		{"-0", SCALAR_INT},
		{"+12", SCALAR_INT},
		{"007", SCALAR_INT},
		{"0o17", SCALAR_INT},
		{"0o18", SCALAR_TEXT},
		{"0x1F", SCALAR_INT},
		{"0xg", SCALAR_TEXT},
		{"-0x1", SCALAR_TEXT},
		{"1_000", SCALAR_TEXT},
		{"08:30", SCALAR_TEXT},
		{"1.0", SCALAR_FLOAT},
		{".5", SCALAR_FLOAT},
		{"5.", SCALAR_FLOAT},
		{"1e3", SCALAR_FLOAT},
		{"-1.5E-3", SCALAR_FLOAT},
		{"1e", SCALAR_TEXT},
		{".", SCALAR_TEXT},
		{"+", SCALAR_TEXT},
		{"-.inf", SCALAR_FLOAT},
		{".nan", SCALAR_FLOAT},
		{"-.nan", SCALAR_TEXT},
		{"2027-01-31", SCALAR_TEXT},
		{"1.2.3", SCALAR_TEXT},
		{"5s", SCALAR_TEXT},
		{"99%", SCALAR_TEXT},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(scalar_type(str_of(rows[i].text)), rows[i].type);
}

static void words_of_the_check_language(void **state)
{
	(void)state;
	struct health_rule rule;
	int64_t us;
	double part;
	assert_true(scalar_rule(STR("2 of 3"), &rule) && rule.k == 2 && rule.n == 3);
	assert_true(scalar_rule(STR("5"), &rule) && rule.k == 5 && rule.n == 5);
	assert_false(scalar_rule(STR("0"), &rule) || scalar_rule(STR("3 of 2"), &rule) ||
		     scalar_rule(STR("1 of 65"), &rule) || scalar_rule(STR("2 of "), &rule));
	for (int i = 1; i < 10000; i++) { /* 99.9 / 100 is another number than 0.999 */
		char text[16], same[16];
		snprintf(text, sizeof(text), "%d.%02d%%", i / 100, i % 100);
		snprintf(same, sizeof(same), "0.%04d", i);
		assert_true(scalar_percent(str_of(text), &part));
		assert_memory_equal(&part, &(double){strtod(same, NULL)}, sizeof(part));
	}
	assert_false(scalar_percent(STR("100%"), &part) || scalar_percent(STR("0%"), &part) ||
		     scalar_percent(STR("%"), &part) || scalar_percent(STR("0.99"), &part));
	assert_true(scalar_date(STR("2024-02-29"), &us) && us == INT64_C(1709164800) * 1000000);
	assert_false(scalar_date(STR("2023-02-29"), &us) || scalar_date(STR("2023-2-1"), &us) ||
		     scalar_date(STR("2023-01-01x"), &us) || scalar_date(STR("2023-13-01"), &us));
	assert_true(scalar_time(STR("2024-02-29T01:00:00+01:00"), &us) &&
		    us == INT64_C(1709164800) * 1000000);
	assert_false(scalar_time(STR("2024-02-29T01:00:00"), &us) ||
		     scalar_time(STR("2024-02-29T24:00:00Z"), &us) ||
		     scalar_time(STR("2024-02-29"), &us));
}

static void addresses_and_urls(void **state)
{
	(void)state;
	static const char *const good[] = {"http://h", "HTTPS://h:1/", "http://a.b-c_d/x/y",
		"http://[::1]:80", "http://u:p@h", "http://127.0.0.1:65535/p%20q"};
	static const char *const wrong[] = {"", "h", "ftp://h", "http://", "http://:80",
		"http:///x", "http://h:65536", "http://h:x", "http://a b", "http://h/\xc3\xa4",
		"http://h?x", "http://h#x", "http://{{h}}", "http://[::1", "http://u@", "//h",
		"http:/h"};
	size_t at;
	struct str secret;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_null(scalar_url_fault(str_of(good[i]), &secret));
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_non_null(scalar_url_fault(str_of(wrong[i]), &secret));
	assert_null(scalar_url_fault(STR("http://user:pa:ss@h/x@y"), &secret));
	assert_true(str_eq(secret, STR("pa:ss")));
	assert_true(scalar_is_address(STR("127.0.0.1:0")) && scalar_is_address(STR("[::1]:80")) &&
		    scalar_is_address(STR(":8080")) && scalar_is_address(STR("localhost:80")));
	assert_false(scalar_is_address(STR("8080")) || scalar_is_address(STR("::1")) ||
		     scalar_is_address(STR("h:")) || scalar_is_address(STR("h:65536")));
	assert_null(scalar_target_fault(STR("/a?b={{ c d }}&e=%20"), &at));
	assert_non_null(scalar_target_fault(STR("{{a}}/b"), &at));
	assert_non_null(scalar_target_fault(STR("http://h/"), &at));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_and_the_plan_have_the_same_names),
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(every_fallback_would_be_accepted),
		cmocka_unit_test(scalars_are_typed_by_the_core_schema),
		cmocka_unit_test(words_of_the_check_language),
		cmocka_unit_test(addresses_and_urls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
