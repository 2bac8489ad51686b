/* A stream's picture on a terminal of 80 columns. */
#include "report/timeline_view.h"

#include "base/cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/* after the four above */
#include <cmocka.h>

static char *drawn(const struct record *record, bool color)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	assert_non_null(out);
	timeline_view(out, color, "timeline", record);
	fclose(out);
	return text;
}

static void assert_narrow(const char *text)
{
	for (const char *end; (end = strchr(text, '\n')); text = end + 1)
		assert_true(cells_width((struct str){text, (size_t)(end - text)}) <= 80);
}

/* A line of the picture that holds it, whatever stands around. */
static void assert_shows(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in\n%s", part, text);
}

static void a_stall_behind_pings_is_seen(void **state)
{
	(void)state;
	struct frame frames[20] = {{500000, 60, FRAME_TOKEN, 0}, {1000000, 60, FRAME_TOKEN, 0}};
	struct record record = {.is_stream = true, .integrity = INTEGRITY_COMPLETE};
	size_t n = 2;
	for (int s = 2; s <= 15; s++)
		frames[n++] = (struct frame){s * 1000000, 4, FRAME_COMMENT, 0};
	frames[n++] = (struct frame){16000000, 60, FRAME_TOKEN, 0};
	frames[n++] = (struct frame){16000000, 6, FRAME_DONE, 0};
	record.evidence.frames = frames;
	record.evidence.n_frames = n;
	record.stream = (struct measures){.ttft_us = 500000,
		.token_gap_us = 15000000,
		.token_gap_at_us = 1000000,
		.line_gap_us = 1000000,
		.end_us = 16000000};
	char *text = drawn(&record, false);
	assert_shows(text, " 15.00s without a token ");
	assert_shows(text, "\xe2\x96\x88] 16.00s\n");
	assert_shows(
		text, "\xe2\x96\x88 token  \xc2\xb7 keep-alive  \xe2\x94\x80 silence  ] end\n");
	assert_narrow(text);
	free(text);
	record.stream.end_us =
		INT64_C(350) * 86400 * 1000000; /* whatever the time, and in colours */
	record.integrity = INTEGRITY_TRUNCATED;
	text = drawn(&record, true);
	assert_shows(text, "\x1b[1;31m\xc3\x97");
	free(text);
}

static void a_short_pause_has_no_word(void **state)
{
	(void)state;
	struct frame frames[10];
	struct record record = {.is_stream = true, .integrity = INTEGRITY_UNDONE};
	for (int i = 0; i < 10; i++)
		frames[i] = (struct frame){i * 1000, 60, FRAME_REASONING, 0};
	record.evidence.frames = frames;
	record.evidence.n_frames = 10;
	record.stream = (struct measures){
		.ttft_us = -1, .token_gap_us = 1000, .token_gap_at_us = 0, .end_us = 9000};
	char *text = drawn(&record, false);
	assert_null(strstr(text, "without"));
	assert_shows(text, "reasoning");
	free(text);
}

/* Wherever a pause stands, its words are there and the line is narrow. */
static void a_pause_finds_room_for_its_words(void **state)
{
	(void)state;
	static const struct frame frames[] = {{0, 60, FRAME_TOKEN, 0}, {9999000, 6, FRAME_DONE, 0}};
	struct record record = {.is_stream = true, .integrity = INTEGRITY_COMPLETE};
	record.evidence.frames = frames;
	record.evidence.n_frames = 2;
	for (int64_t length = 1250; length <= 10000; length += 250)
		for (int64_t at = 0; at + length <= 10000; at += 250) {
			record.stream = (struct measures){.ttft_us = 0,
				.token_gap_us = length * 1000,
				.token_gap_at_us = at * 1000,
				.end_us = 10000000};
			char *text = drawn(&record, false);
			assert_shows(text, " without a token");
			assert_narrow(text);
			free(text);
		}
}

static void what_has_no_time_has_no_picture(void **state)
{
	(void)state;
	static const struct frame frame = {0, 60, FRAME_TOKEN, 0};
	struct record record = {.is_stream = true};
	char *text = drawn(&record, false);
	assert_string_equal(text ? text : "", "");
	free(text);
	record.evidence.frames = &frame;
	record.evidence.n_frames = 1;
	text = drawn(&record, false);
	assert_string_equal(text ? text : "", "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stall_behind_pings_is_seen),
		cmocka_unit_test(a_short_pause_has_no_word),
		cmocka_unit_test(a_pause_finds_room_for_its_words),
		cmocka_unit_test(what_has_no_time_has_no_picture),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
