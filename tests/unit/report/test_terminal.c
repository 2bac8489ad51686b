#include "base/cells.h"
#include "records.h"
#include "report/report.h"
#include "report/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct record *const all[] = {&passing, &failing, &skipped, &known, &warned};

/* What a run of these records prints; the caller frees. */
static char *printed(struct terminal_options options, const struct record *const *records, size_t n,
	bool interrupted)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct report report = {.mode = "local",
		.duration_us = 12300000,
		.records = records,
		.n_records = n,
		.interrupted = interrupted};
	struct terminal *terminal = terminal_new(out, options, n);
	for (size_t i = 0; i < n; i++)
		terminal_started(terminal, records[i]->check);
	for (size_t i = 0; i < n; i++)
		terminal_finished(terminal, records[i]);
	terminal_summary(terminal, &report);
	terminal_free(terminal);
	fclose(out);
	return text;
}

static void assert_printed(struct terminal_options options, const struct record *const *records,
	size_t n, const char *expected)
{
	char *text = printed(options, records, n, false);
	assert_string_equal(text, expected);
	free(text);
}

#define OK "\xe2\x9c\x93"
#define BAD "\xe2\x9c\x97"
#define DASH "\xe2\x80\x93"

static const char pipe_lines[] = OK
	" gateway-health     12ms\n" BAD " gateway-stream    6.30s  first token 6.01s  2 attempts  "
	"stream.ttft: expected at most 5s, got 6.012s\n" DASH
	" voice                    env: CHUTES_API_KEY is not set\n" BAD
	" docs              850us  known issue  status: expected 200, got 404\n"
	"! slow-one          1.50s  passed after retry (2 attempts)  latency: expected at most "
	"1s, got 1.5s\n";

static const char failure[] =
	"\n"
	"Failures (1)\n" BAD " gateway-stream  stream.ttft: expected at most 5s, got 6.012s\n"
	"    Gateway streams \xc2\xb7 gateway \xc2\xb7 tests/integration/test_z.py::TestX::test_y\n"
	"    " BAD " stream.ttft\n"
	"      expected  at most 5s\n"
	"      got       6.012s\n"
	"    ! second: content\n"
	"      expected  contains \"five\"\n"
	"      got       \"one two\"\n"
	"      in        \xe2\x80\xa6one two\\n\\x1b[31m\n"
	"    note        left open after [DONE]\n"
	"    retried     2 attempts\n"
	"    answer      200, 1234 bytes, saying: one two\n"
	"    stream      complete: 5 tokens in 7 chunks, [DONE]; first token 6.01s, "
	"longest silence 6.00s, token gap 100ms\n"
	"    timeline    0s "
	"\xe2\x96\xaa\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
	"\xe2\x94\x80\xe2\x94\x80\xc2\xb7\xc2\xb7\xc2\xb7\xc2\xb7\xc2\xb7\xc2\xb7\xc2\xb7"
	"\xc2\xb7\xc2\xb7\xc2\xb7\xc2\xb7\xc2\xb7\xc2\xb7\xc2\xb7\xc2\xb7\xc2\xb7\xc2\xb7"
	"\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
	"\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
	"\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
	"\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
	"\xe2\x96\x88\xe2\x96\x88\xe2\x96\xaa] 6.30s\n"
	"                   "
	"\xe2\x94\x94\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
	"\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80 6.01s t"
	"o the first token \xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
	"\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
	"\xe2\x94\x98\n"
	"                \xe2\x96\x88 token  \xe2\x96\xaa event  \xc2\xb7 keep-alive  \xe2\x94\x80 "
	"silenc"
	"e  ] end\n"
	"    request     gateway-stream-bbbb\n"
	"    repeat      curl -d '{\"a\":1}' http://127.0.0.1:8000/v1/chat/completions\n"
	"\n"
	"5 checks: 1 passed, 1 warned, 1 failed, 1 known issue, 1 skipped in "
	"12.30s\n";

static void test_plain_lines_in_a_pipe(void **state)
{
	(void)state;
	char *expected = NULL;
	assert_true(asprintf(&expected,
			    "%s\nSkipped (1)\n" DASH " voice  env: CHUTES_API_KEY is not set\n"
			    "\nKnown issues (1)\n" BAD " docs  status: expected 200, got 404\n"
			    "    known       ticket 12\n    request     docs-cccc\n"
			    "\nWarnings (1)\n! slow-one  latency: expected at most 1s, got 1.5s\n"
			    "    request     slow-one-dddd\n%s",
			    pipe_lines, failure) > 0);
	assert_printed((struct terminal_options){.id_width = 14}, all, 5, expected);
	free(expected);
}

static void test_quiet_says_only_what_failed(void **state)
{
	(void)state;
	assert_printed((struct terminal_options){.id_width = 14, .quiet = true}, all, 5, failure);
	const struct record *const one[] = {&passing};
	assert_printed((struct terminal_options){.quiet = true}, one, 1,
		"1 check: 1 passed, 0 failed in 12.30s\n");
}

static void test_verbose_shows_every_expectation(void **state)
{
	(void)state;
	const struct record *const one[] = {&passing};
	assert_printed((struct terminal_options){.verbose = true, .id_width = 14}, one, 1,
		OK " gateway-health     12ms\n"
		   "    " OK " status  expected 200, got 200\n"
		   "    peer        127.0.0.1:8000, HTTP/2, TLSv1.3, TLS_AES_128_GCM_SHA256, "
		   "certificate until 2026-12-02 (9d)\n"
		   "    request     gateway-health-aaaa\n"
		   "\n1 check: 1 passed, 0 failed in 12.30s\n");
}

static void test_the_place_is_marked(void **state)
{
	(void)state;
	static const struct finding findings[] = {{.subject = "content",
		.outcome = OUTCOME_FAIL,
		.reason = REASON_MASKED,
		.expected = "no signature of lies",
		.actual = "\"It is Error 500\"",
		.detail = "found \"Error\"",
		.excerpt = "It is Error 500",
		.marked = true,
		.mark_at = 6,
		.mark_n = 5}};
	struct record record = known;
	record.known_issue = false;
	record.findings = findings;
	record.n_findings = 1;
	const struct record *const one[] = {&record};
	char *text = printed((struct terminal_options){0}, one, 1, false);
	assert_non_null(strstr(text, "      why       found \"Error\"\n"
				     "      in        It is \xc2\xab"
				     "Error\xc2\xbb 500\n"));
	free(text);
	text = printed((struct terminal_options){.color = true}, one, 1, false);
	assert_non_null(strstr(text, "\x1b[1;31mError\x1b[0m"));
	free(text);
	text = printed((struct terminal_options){.verbose = true}, one, 1, false);
	assert_non_null(strstr(text, ", got \"It is Error 500\"; found \"Error\"\n"));
	free(text);
}

static void test_verbose_shows_the_raw_answer(void **state)
{
	(void)state;
	const struct record *const one[] = {&failing};
	char *text = printed((struct terminal_options){.verbose = true}, one, 1, false);
	assert_non_null(strstr(text, "    answer      200, 1234 bytes: data: {\\n\n"));
	free(text);
}

static void test_colour_only_where_it_is_wanted(void **state)
{
	(void)state;
	const struct record *const one[] = {&passing};
	assert_printed((struct terminal_options){.color = true, .id_width = 14}, one, 1,
		"\x1b[32m" OK "\x1b[0m gateway-health     12ms\n"
		"\n\x1b[1;32m1 check: 1 passed, 0 failed in 12.30s\x1b[0m\n");
	char *text = printed((struct terminal_options){.id_width = 14}, all, 5, false);
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(text, '\r'));
	free(text);
}

static void test_what_passed_after_a_retry_says_what_failed_first(void **state)
{
	(void)state;
	const char *const note = "attempt 1 failed: timeout: not over after 5s";
	struct record retried = passing;
	retried.attempts = 2;
	retried.passed_after_retry = true;
	retried.notes = &note;
	retried.n_notes = 1;
	const struct record *const one[] = {&retried};
	assert_printed((struct terminal_options){.id_width = 14}, one, 1,
		OK " gateway-health     12ms  passed after retry (2 attempts)\n"
		   "\nPassed after retry (1)\n" OK
		   " gateway-health  passed after retry (2 attempts)\n"
		   "    note        attempt 1 failed: timeout: not over after 5s\n"
		   "    request     gateway-health-aaaa\n"
		   "\n1 check: 1 passed (1 after retry), 0 failed in 12.30s\n");
}

static void test_a_known_issue_that_passes_says_so(void **state)
{
	(void)state;
	const char *const note = "passes, though known to fail: ticket 12";
	struct record surprise = known;
	surprise.outcome = OUTCOME_PASS;
	surprise.reason = REASON_NONE;
	surprise.message = "";
	surprise.notes = &note;
	surprise.n_notes = 1;
	const struct record *const one[] = {&surprise};
	assert_printed((struct terminal_options){.quiet = true}, one, 1,
		"\nKnown issues that pass now: take the mark away (1)\n" OK " docs\n"
		"    note        passes, though known to fail: ticket 12\n"
		"    request     docs-cccc\n"
		"1 check: 1 passed, 0 failed in 12.30s\n");
}

static void test_interrupted(void **state)
{
	(void)state;
	const struct record *const one[] = {&passing};
	char *text = printed((struct terminal_options){.quiet = true}, one, 1, true);
	assert_string_equal(text, "interrupted: 1 check: 1 passed, 0 failed in 12.30s\n");
	free(text);
}

static void test_what_never_began_is_only_counted(void **state)
{
	(void)state;
	struct record never = skipped;
	never.reason = REASON_CANCELLED;
	never.message = "cancelled";
	struct record begun = never;
	begun.attempts = 1;
	begun.duration_us = 20000;
	const struct record *const three[] = {&passing, &never, &begun};
	char *text = printed((struct terminal_options){.id_width = 14}, three, 3, true);
	assert_string_equal(text,
		OK " gateway-health     12ms\n" DASH " voice              20ms  cancelled\n"
		   "\ninterrupted: 3 checks: 1 passed, 0 failed, 2 cancelled in 12.30s\n");
	free(text);
}

/* Lines as a terminal would keep them, without escape sequences. */
static size_t widest(const char *text, size_t lines)
{
	size_t most = 0;
	while (*text && lines--) {
		size_t n = strcspn(text, "\n");
		size_t cells = cells_width((struct str){text, n});
		most = cells > most ? cells : most;
		text += n + (text[n] == '\n');
	}
	return most;
}

static void test_lines_are_cut_at_the_width(void **state)
{
	(void)state;
	for (unsigned width = 1; width < 120; width++) {
		char *text = printed(
			(struct terminal_options){.width = width, .id_width = 14}, all, 5, false);
		if (widest(text, 5) > width)
			fail_msg("%zu cells of %u:\n%s", widest(text, 5), width, text);
		free(text);
	}
	char *text = printed((struct terminal_options){.width = 40, .id_width = 14}, all, 5, false);
	const char *second = strchr(text, '\n') + 1;
	*strchr(second, '\n') = '\0';
	assert_string_equal(second, BAD " gateway-stream    6.30s  first token \xe2\x80\xa6");
	free(text);
}

/* What is written while a live line of this width stands there; the caller frees. */
static char *live_text(void (*play)(struct terminal *), unsigned width, size_t total)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct terminal *terminal = terminal_new(out,
		(struct terminal_options){.live = true, .width = width, .id_width = 14}, total);
	play(terminal);
	terminal_free(terminal);
	fclose(out);
	return text;
}

static void assert_live(
	void (*play)(struct terminal *), unsigned width, size_t total, const char *expected)
{
	char *text = live_text(play, width, total);
	assert_string_equal(text, expected);
	free(text);
}

static void play_two(struct terminal *terminal)
{
	terminal_started(terminal, &health_check);
	terminal_started(terminal, &stream_check);
	terminal_now(terminal, 2000000, 30);
	terminal_finished(terminal, &passing);
	terminal_pause(terminal);
	terminal_pause(terminal);
}

static void test_the_live_line(void **state)
{
	(void)state;
	assert_live(play_two, 40, 3,
		"\r\x1b[K0/3  0s  gateway-health"
		"\r\x1b[K0/3  0s  gateway-health, gateway-stream"
		"\r\x1b[1A\x1b[J" OK " gateway-health     12ms\n"
		"\r\x1b[K1/3  2s  gateway-stream"
		"\r\x1b[K");
}

static unsigned playing_width = 42;

static void play_many(struct terminal *terminal)
{
	static const struct check *const all_checks[] = {
		&health_check, &stream_check, &voice_check, &known_check, &slow_check};
	for (size_t i = 0; i < 5; i++) {
		terminal_now(terminal, i == 4 ? 3500000 : 500000, playing_width);
		terminal_started(terminal, all_checks[i]);
	}
}

static void test_what_does_not_fit_is_counted(void **state)
{
	(void)state;
	playing_width = 42;
	char *text = live_text(play_many, 42, 50);
	assert_non_null(strstr(text, "\r\x1b[K0/50  0s  gateway-health +2"));
	assert_non_null(strstr(text, "\r\x1b[K0/50  3s  gateway-health 3s +4"));
	assert_null(strstr(text, "\xe2\x80\xa6"));
	free(text);
}

static void play_a_failure(struct terminal *terminal)
{
	terminal_started(terminal, &stream_check);
	terminal_started(terminal, &health_check);
	terminal_finished(terminal, &failing);
}

static void test_a_bar_where_there_is_room(void **state)
{
	(void)state;
	char *text = live_text(play_a_failure, 100, 4);
	const char *last = strrchr(text, '\r');
	assert_string_equal(last,
		"\r\x1b[K\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81"
		"\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
		"\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
		"\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
		"  1/4  1 failed  0s  gateway-health");
	free(text);
}

static void test_the_live_line_never_wraps(void **state)
{
	(void)state;
	for (unsigned width = 2; width < 120; width++) {
		playing_width = width;
		char *text = live_text(play_many, width, 50);
		for (char *line = strtok(text, "\r"); line; line = strtok(NULL, "\r"))
			if (strncmp(line, "\x1b[K", 3) == 0)
				assert_true(cells_width(str_of(line + 3)) < width);
		free(text);
	}
}

static const char *time_words(int64_t us)
{
	static char text[WORDS_TIME_MAX];
	return words_time(us, text);
}

static void test_times_at_a_glance(void **state)
{
	(void)state;
	assert_string_equal(time_words(-1), "-");
	assert_string_equal(time_words(0), "0us");
	assert_string_equal(time_words(999), "999us");
	assert_string_equal(time_words(1499), "1ms");
	assert_string_equal(time_words(999499), "999ms");
	assert_string_equal(time_words(999500), "1.00s");
	assert_string_equal(time_words(2104999), "2.10s");
	assert_string_equal(time_words(59994999), "59.99s");
	assert_string_equal(time_words(59995000), "1m00s");
	assert_string_equal(time_words(185000000), "3m05s");
	assert_string_equal(time_words(3600000000), "1h00m");
}

static void test_cells(void **state)
{
	(void)state;
	assert_int_equal(cells_width(STR("abc")), 3);
	assert_int_equal(cells_width(STR("a\xcc\x88")), 1);
	assert_int_equal(cells_width(STR("\xe6\xbc\xa2\xe5\xad\x97")), 4);
	assert_int_equal(cells_width(STR("\xf0\x9f\x9a\x80")), 2);
	assert_int_equal(cells_width(STR(OK)), 1);
	assert_int_equal(cells_width(STR("\xff\xfe")), 2);
	assert_int_equal(cells_fit(STR("\xe6\xbc\xa2\xe5\xad\x97"), 3).n, 3);
	assert_int_equal(cells_fit(STR("a\xcc\x88"
				       "b"),
				 1)
				 .n,
		3);
	assert_int_equal(cells_fit(STR("abc"), 0).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_lines_in_a_pipe),
		cmocka_unit_test(test_quiet_says_only_what_failed),
		cmocka_unit_test(test_verbose_shows_every_expectation),
		cmocka_unit_test(test_the_place_is_marked),
		cmocka_unit_test(test_verbose_shows_the_raw_answer),
		cmocka_unit_test(test_colour_only_where_it_is_wanted),
		cmocka_unit_test(test_what_passed_after_a_retry_says_what_failed_first),
		cmocka_unit_test(test_a_known_issue_that_passes_says_so),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_what_never_began_is_only_counted),
		cmocka_unit_test(test_lines_are_cut_at_the_width),
		cmocka_unit_test(test_the_live_line),
		cmocka_unit_test(test_what_does_not_fit_is_counted),
		cmocka_unit_test(test_a_bar_where_there_is_room),
		cmocka_unit_test(test_the_live_line_never_wraps),
		cmocka_unit_test(test_times_at_a_glance),
		cmocka_unit_test(test_cells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
