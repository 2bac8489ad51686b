#include "proof/points.h"

#include "unit/check/unit.h"

static struct expectation expectations[] = {
	{.kind = EXPECT_STATUS, .subject = "status", .severity = OUTCOME_FAIL},
	{.kind = EXPECT_JSON, .subject = "json.$.a", .severity = OUTCOME_FAIL},
	{.kind = EXPECT_LATENCY,
		.subject = "latency",
		.severity = OUTCOME_FAIL,
		.threshold = {.has_warn = true}},
	{.kind = EXPECT_STREAM, .subject = "stream.integrity", .severity = OUTCOME_WARN},
	{.kind = EXPECT_STREAM,
		.subject = "stream.ttft",
		.severity = OUTCOME_FAIL,
		.threshold = {.has_warn = true, .has_max = true}},
};

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static const struct point *points_of_steps(const struct step *steps, size_t n_steps, size_t want)
{
	struct check check = {.steps = steps, .n_steps = (uint16_t)n_steps};
	for (size_t i = 0; i < n_steps; i++)
		check.n_ordinary += !steps[i].cleanup;
	size_t n;
	const struct point *points = points_of(&arena, &check, &n);
	assert_int_equal(n, want);
	return points;
}

static void points_are_expectations(void **state)
{
	(void)state;
	const struct step steps[] = {
		{.name = "one", .expectations = expectations, .n_expectations = 5},
		{.name = "two", .expectations = expectations, .n_expectations = 1},
		{.cleanup = true, .expectations = expectations, .n_expectations = 1},
	};
	const struct point *points = points_of_steps(steps, COUNT(steps), 6);
	assert_string_equal(points[1].step, "one");
	assert_string_equal(points[1].subject, "json.$.a");
	assert_int_equal(points[1].worst, OUTCOME_FAIL);
	assert_int_equal(points[2].worst, OUTCOME_WARN);
	assert_int_equal(points[3].worst, OUTCOME_WARN);
	assert_int_equal(points[4].worst, OUTCOME_FAIL);
	assert_string_equal(points[5].step, "two");
}

struct heard {
	const char *subject;
	enum outcome outcome;
};

/* One letter for each point: x fell, . did not. */
static void assert_fell(const struct point *points, size_t n, const struct heard *heard,
	size_t n_heard, const char *want)
{
	struct finding findings[8] = {{0}};
	bool fell[8];
	char got[9] = "";
	for (size_t i = 0; i < n_heard; i++)
		findings[i] =
			(struct finding){.subject = heard[i].subject, .outcome = heard[i].outcome};
	memset(fell, 1, sizeof(fell));
	points_judge(points, n, findings, n_heard, fell);
	for (size_t i = 0; i < n; i++)
		got[i] = fell[i] ? 'x' : '.';
	assert_string_equal(got, want);
}

#define HEARD(points, n, want, ...)                                                                \
	assert_fell(points, n, (const struct heard[]){__VA_ARGS__},                                \
		sizeof((const struct heard[]){__VA_ARGS__}) / sizeof(struct heard), want)

static void findings_tell_which_fell(void **state)
{
	(void)state;
	const struct step step = {.expectations = expectations, .n_expectations = 5};
	const struct point *points = points_of_steps(&step, 1, 5);
	assert_null(points[0].step);
	HEARD(points, 5, "x....", {"status", OUTCOME_FAIL}, {"json.$.a", OUTCOME_PASS});
	HEARD(points, 5, ".....", {"transfer", OUTCOME_FAIL}, {"status", OUTCOME_PASS});
	HEARD(points, 5, "...x.", {"transfer", OUTCOME_FAIL}, {"stream.integrity", OUTCOME_WARN});
	HEARD(points, 5, "..x..", {"latency", OUTCOME_WARN}, {"stream.ttft", OUTCOME_WARN});
	HEARD(points, 5, "....x", {"stream.ttft", OUTCOME_FAIL}, {"capture.a", OUTCOME_FAIL});
	assert_fell(points, 5, NULL, 0, ".....");
}

/* Steps without a name are told apart by their order: who came to the second passed the first. */
static void nameless_steps_are_told_apart(void **state)
{
	(void)state;
	const struct step steps[] = {
		{.expectations = expectations, .n_expectations = 2},
		{.expectations = expectations, .n_expectations = 2},
	};
	const struct point *points = points_of_steps(steps, COUNT(steps), 4);
	assert_string_equal(points[2].step, "step 2");
	HEARD(points, 4, "..x.", {"status", OUTCOME_PASS}, {"json.$.a", OUTCOME_PASS},
		{"status", OUTCOME_FAIL}, {"json.$.a", OUTCOME_PASS});
	HEARD(points, 4, ".x..", {"status", OUTCOME_PASS}, {"json.$.a", OUTCOME_FAIL});
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(points_are_expectations),
		TEST(findings_tell_which_fell),
		TEST(nameless_steps_are_told_apart),
	};
	return RUN(tests);
}
