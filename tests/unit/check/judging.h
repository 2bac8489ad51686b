/* An answer and what is expected of it, for the tests of verdicts. */
#ifndef OUTRIDER_TESTS_UNIT_CHECK_JUDGING_H
#define OUTRIDER_TESTS_UNIT_CHECK_JUDGING_H

#include "build.h"
#include "check/verdict.h"

static struct arena arena;
static struct observation seen;
static struct secrets *secrets;
static struct expectation expectations[16];
static struct step step;

static inline int setup(void **state)
{
	(void)state;
	static const char *const lies[] = {"{'contains':'Error from'}", NULL};

	arena_init(&arena);
	observation_init(&seen, 0, 0);
	seen.http_status = 200;
	seen.ended_us = 20000;
	secrets = NULL;
	step = (struct step){.expectations = expectations};
	build_signatures = signatures_of(&arena, "lies", lies);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	observation_fini(&seen);
	secrets_free(secrets);
	arena_fini(&arena);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Begins anew within a test. */
static inline void anew(void)
{
	observation_fini(&seen);
	observation_init(&seen, 0, 0);
	seen.http_status = 200;
	seen.ended_us = 20000;
	step.n_expectations = 0;
}

static inline struct expectation *expect(enum expect_kind kind, const char *subject)
{
	struct expectation *e = &expectations[step.n_expectations++];

	*e = (struct expectation){.kind = kind, .subject = subject, .severity = OUTCOME_FAIL};
	return e;
}

static inline struct expectation *expect_status(uint16_t low, uint16_t high)
{
	struct expectation *e = expect(EXPECT_STATUS, "status");
	struct status_range *range = ARENA_NEW(&arena, struct status_range);

	*range = (struct status_range){low, high};
	e->ranges = range;
	e->n_ranges = 1;
	return e;
}

static inline struct expectation *expect_matcher(
	enum expect_kind kind, const char *subject, const char *matcher)
{
	struct expectation *e = expect(kind, subject);

	e->matcher = matcher_of(&arena, matcher);
	if (kind == EXPECT_HEADER)
		e->header = subject + strlen("header.");
	return e;
}

static inline struct expectation *expect_json(const char *path, const char *matcher)
{
	struct error error = {""};
	struct expectation *e =
		expect_matcher(EXPECT_JSON, arena_printf(&arena, "json.%s", path), matcher);

	e->path = jsonpath_compile(&arena, str_of(path), &error);
	assert_non_null(e->path);
	return e;
}

static inline struct expectation *expect_stream(enum stream_measure measure)
{
	struct expectation *e = expect(
		EXPECT_STREAM, arena_printf(&arena, "stream.%s", stream_measure_name(measure)));

	e->measure = measure;
	e->integrity = INTEGRITY_COMPLETE;
	e->done = true;
	return e;
}

static inline struct expectation *at_most(struct expectation *e, double max)
{
	e->threshold.has_max = true;
	e->threshold.max = max;
	return e;
}

static inline struct expectation *warn_above(struct expectation *e, double warn)
{
	e->threshold.has_warn = true;
	e->threshold.warn = warn;
	return e;
}

static inline struct expectation *at_least(struct expectation *e, double min)
{
	e->threshold.has_min = true;
	e->threshold.min = min;
	return e;
}

static inline void body(const char *text)
{
	buf_puts(&seen.body, text);
	seen.body_bytes += strlen(text);
}

static inline void headers(const struct header *items, size_t n)
{
	seen.headers = (struct headers){items, n};
}

/* A stream of these contents, finished or not, that came by ms. */
static inline void stream(const char *content, const char *rest, int64_t ms)
{
	struct buf text = BUF_INIT(1 << 20);

	seen.is_stream = true;
	buf_printf(&text, "data: {\"choices\":[{\"delta\":{\"content\":\"%s\"}}]}\n\n%s", content,
		rest);
	stream_feed(&seen.stream, buf_str(&text), ms * 1000);
	stream_end(&seen.stream, seen.failure == REASON_NONE ? STREAM_CLEAN : STREAM_BROKEN,
		ms * 1000);
	buf_fini(&text);
}

#define WHOLE "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"

static inline struct verdict judged(void)
{
	struct verdict brief = verdict_judge_briefly(&arena, &step, &seen, secrets);
	struct verdict verdict = verdict_judge(&arena, &step, &seen, secrets);

	assert_int_equal(brief.outcome, verdict.outcome);
	assert_int_equal(brief.reason, verdict.reason);
	assert_int_equal(brief.integrity, verdict.integrity);
	assert_string_equal(brief.message, verdict.message);
	assert_int_equal(brief.n_findings, brief.outcome == OUTCOME_PASS ? 0 : verdict.n_findings);
	return verdict;
}

static inline void assert_verdict(enum outcome outcome, enum reason reason, const char *message)
{
	struct verdict verdict = judged();

	assert_string_equal(verdict.message, message);
	assert_string_equal(outcome_name(verdict.outcome), outcome_name(outcome));
	assert_string_equal(reason_name(verdict.reason), reason_name(reason));
}

#endif
