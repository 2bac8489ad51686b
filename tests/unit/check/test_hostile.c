/* The worst answers under the limits are judged in bounded time and memory: the loop must go on.
 * Measured in time of the processor, with bounds far above what it takes and far below what a
 * quadratic reading would. */
#include "judging.h"

#include "base/clock.h"
#include "check/run.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
enum { SLOWER = 10 };
#else
enum { SLOWER = 1 };
#endif

enum { JUDGE_MS_MAX = 1000, MEMBERS = 64 * 1024, MANY = 1024 };

static void fill(const char *first, const char *unit, const char *last, size_t times)
{
	struct buf many = BUF_INIT(1 << 20);

	anew();
	for (int i = 0; i < MANY; i++)
		buf_puts(&many, unit);
	buf_puts(&seen.body, first);
	for (; times >= MANY; times -= MANY)
		buf_putstr(&seen.body, buf_str(&many));
	for (; times; times--)
		buf_puts(&seen.body, unit);
	buf_puts(&seen.body, last);
	assert_false(seen.body.cut);
	buf_fini(&many);
}

static void fill_up(const char *first, const char *unit, const char *last)
{
	fill(first, unit, last, (BODY_BYTES_MAX - strlen(first) - strlen(last)) / strlen(unit));
}

static struct verdict timed(const char *name)
{
	int64_t start = clock_cpu_us();
	struct verdict verdict = verdict_judge(&arena, &step, &seen, secrets);
	int64_t ms = (clock_cpu_us() - start) / US_PER_MS;

	print_message("%5lld ms %s: %s\n", (long long)ms, name, verdict.message);
	assert_true(ms < JUDGE_MS_MAX * SLOWER);
	return verdict;
}

static void bodies_at_the_cap(void **state)
{
	(void)state;
	static const struct {
		const char *first, *unit, *last;
		bool json;
	} rows[] = {
		{"\"", "a", "\"", true},
		{"\"", "\\n", "\"", true},
		{"\"", "\\u00e9", "\"", true},
		{"\"", "\\ud800", "\"", true},
		{"\"", "\xf0\x9f\x98\x80", "\"", true},
		{"1", " ", "", true},
		{"1", "1", "", true},
		{"[1", ",1", "]", false},
		{"[1", ",11111111111111111111111111111111111111111111111111.11111111111111111", "]",
			true},
		{"[[]", ",[]", "]", false},
		{"[\"\"", ",\"\"", "]", false},
		{"{\"a\":1", ",\"a\":1", "}", false},
		{"", "[", "", false},
		{"", "{\"a\":", "", false},
		{"[\"\\u0000\"", ",\"\\u0000\"", "]", false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fill_up(rows[i].first, rows[i].unit, rows[i].last);
		expect_json("$", "{'exists':true}");
		expect_json("$[*]", "{'exists':true}");
		expect_json("$[-1]", "{'exists':true}");
		expect_json("$", "{'equals':{'a':1,'b':2}}");
		struct verdict verdict = timed(rows[i].unit);
		assert_int_equal(verdict.findings[0].outcome == OUTCOME_PASS, rows[i].json);
		assert_true(rows[i].json || verdict.reason == REASON_MALFORMED);
	}
}

static void as_many_values_as_may_be(void **state)
{
	(void)state;
	fill("[0", ",1", "]", JSON_VALUES_MAX - 2);
	expect_json("$", "{'min_items':1}");
	expect_json("$", "{'all':{'min':0}}");
	expect_json("$", "{'contains':7}");
	expect_json("$[*]", "{'min_items':1}");
	struct verdict verdict = timed("the most values");
	assert_int_equal(verdict.findings[0].outcome, OUTCOME_PASS);
	assert_int_equal(verdict.findings[1].outcome, OUTCOME_PASS);
	assert_int_equal(verdict.findings[2].outcome, OUTCOME_FAIL);
	assert_string_equal(verdict.findings[3].actual, "more values than can be judged");
	fill("[0", ",1", "]", JSON_VALUES_MAX - 1);
	expect_json("$", "{'min_items':1}");
	verdict = timed("one value more");
	assert_non_null(strstr(verdict.message, "more values than can be read"));
}

static void put_members(const char *name, size_t n)
{
	anew();
	buf_puts(&seen.body, "{\"first\":[1]");
	for (size_t i = 0; i < n; i++)
		buf_printf(&seen.body, ",\"%s%zu\":%zu", name, i, i);
	buf_puts(&seen.body, ",\"last\":{\"x\":1}}");
}

static void large_objects(void **state)
{
	(void)state;
	put_members("k", MEMBERS);
	expect_json("$.first[0]", "{'equals':1}");
	expect_json("$.last.x", "{'equals':1}");
	expect_json("$['k32768']", "{'equals':32768}");
	expect_json("$", "{'not':{'equals':{'first':[1],'k1':1}}}");
	expect_json("$", "{'type':'object','not_empty':true}");
	assert_int_equal(timed("64k members").outcome, OUTCOME_PASS);
	fill("[{}", ",{\"a\":1,\"b\":2,\"c\":3,\"a\":1}", "]", MEMBERS / 2);
	expect_json("$", "{'contains':{'a':1,'b':2,'c':3}}");
	expect_json("$", "{'none':{'equals':{'a':1,'b':3,'c':2}}}");
	assert_int_equal(timed("32k objects").outcome, OUTCOME_PASS);
}

static void patterns_share_a_budget(void **state)
{
	(void)state;
	fill("[\"\"", ",\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"", "]", MEMBERS);
	expect_json("$", "{'any':{'matches':'^(a|aa)+$'}}");
	struct verdict verdict = timed("64k texts, a slow pattern");
	assert_int_equal(verdict.outcome, OUTCOME_FAIL);
	assert_string_equal(verdict.findings[0].detail, "the pattern takes too long on this text");
	step.n_expectations = 0; /* nor is it decided when it is turned round */
	expect_json("$", "{'none':{'matches':'^(a|aa)+$'}}");
	expect_json("$[1]", "{'not':{'matches':'^(a|aa)+$'}}");
	verdict = timed("the same turned round");
	assert_int_equal(verdict.findings[0].outcome, OUTCOME_FAIL);
	fill_up("", "a", "");
	expect_matcher(EXPECT_BODY, "body", "{'matches':'[a-z]+@[a-z]+'}");
	assert_int_equal(timed("8 MiB without the sign").outcome, OUTCOME_FAIL);
	fill_up("", "a", "");
	expect_matcher(EXPECT_BODY, "body", "{'not':{'contains':'AAAB','ignore_case':true}}");
	assert_int_equal(timed("8 MiB without regard to case").outcome, OUTCOME_PASS);
}

static void secrets_in_a_large_answer(void **state)
{
	(void)state;
	secrets = secrets_new();
	for (int i = 0; i < 10; i++)
		assert_true(
			secrets_add(secrets, str_of(arena_printf(&arena, "sk-%d-abcdefgh", i))));
	fill_up("\"", "\\u0073k-", "\"");
	expect_json("$", "{'equals':1}");
	expect_matcher(EXPECT_BODY, "body", "{'equals':'x'}");
	assert_int_equal(timed("8 MiB of beginnings of secrets").outcome, OUTCOME_FAIL);
}

static struct command tell(struct run *run, struct event event)
{
	return run_step(run, &event);
}

static void what_is_captured_has_a_limit(void **state)
{
	(void)state;
	static const struct status_range ok[] = {{200, 299}};
	const struct expectation status = {.kind = EXPECT_STATUS,
		.subject = "status",
		.severity = OUTCOME_FAIL,
		.ranges = ok,
		.n_ranges = 1};
	const struct capture capture = {.name = "x",
		.from = CAPTURE_JSON,
		.path = jsonpath_compile(&arena, STR("$"), &(struct error){""})};
	const struct step steps[] = {{.expectations = &status,
		.n_expectations = 1,
		.captures = &capture,
		.n_captures = 1}};
	const struct service service = {.id = "s", .url = "http://h"};
	const struct check check = {.id = "c",
		.service = &service,
		.steps = steps,
		.n_steps = 1,
		.n_ordinary = 1,
		.timeout_us = 60 * US_PER_S};
	for (size_t more = 0; more < 2; more++) {
		struct run *run = run_new(
			&(struct plan){.n_checks = 0}, &check, (struct run_identity){.key = 1});
		fill("\"", "\xe2\x80\xae", "\"", CAPTURE_BYTES_MAX / 3 + more);
		tell(run, (struct event){.kind = EVENT_START});
		tell(run, (struct event){.kind = EVENT_HEADERS, .head = {200, {NULL, 0}}});
		tell(run, (struct event){.kind = EVENT_BODY, .body = buf_str(&seen.body)});
		struct command last = tell(
			run, (struct event){.kind = EVENT_DONE, .done = {.timing = TIMING_NONE}});
		assert_int_equal(last.kind, CMD_FINISH);
		struct record *record = run_record_take(run);
		assert_int_equal(record->outcome, more ? OUTCOME_FAIL : OUTCOME_PASS);
		if (more)
			assert_string_equal(record->message,
				"capture.x: expected a value, got more than 256 KiB");
		record_free(record);
		run_free(run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bodies_at_the_cap),
		TEST(as_many_values_as_may_be),
		TEST(large_objects),
		TEST(patterns_share_a_budget),
		TEST(secrets_in_a_large_answer),
		TEST(what_is_captured_has_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
