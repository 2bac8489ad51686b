#include "base/clock.h"
#include "base/memory.h"
#include "report/details.h"
#include "report/fold.h"
#include "report/live.h"
#include "report/words.h"

#include <stdint.h>
#include <stdlib.h>

enum {
	ID_CELLS_MIN = 12,
	ID_CELLS_MAX = 48, /* longer ids push their line's other columns to the right */
	TIME_CELLS = 7,
};

struct terminal {
	FILE *out;
	struct terminal_options options;
	struct live live;
};

struct terminal *terminal_new(FILE *out, struct terminal_options options, size_t total)
{
	struct terminal *terminal = MEM_NEW(struct terminal);
	terminal->out = out;
	terminal->options = options;
	terminal->live = (struct live){.out = out,
		.wanted = options.live,
		.color = options.color,
		.width = options.width,
		.total = total};
	return terminal;
}

void terminal_free(struct terminal *terminal)
{
	free(terminal);
}

void terminal_now(struct terminal *terminal, int64_t elapsed_us, unsigned width)
{
	terminal->live.now_us = elapsed_us;
	terminal->live.width = terminal->options.width = width;
}

void terminal_tick(struct terminal *terminal)
{
	live_draw(&terminal->live);
}

void terminal_pause(struct terminal *terminal)
{
	live_erase(&terminal->live);
}

void terminal_started(struct terminal *terminal, const struct check *check)
{
	live_started(&terminal->live, check);
	live_draw(&terminal->live);
}

static size_t id_cells(const struct terminal_options *options)
{
	size_t cells = options->id_width;
	if (cells < ID_CELLS_MIN)
		cells = ID_CELLS_MIN;
	if (cells > ID_CELLS_MAX)
		cells = ID_CELLS_MAX;
	if (options->width && cells > options->width / 2)
		cells = options->width / 2;
	return cells;
}

static void put_remarks(struct line *line, const struct record *record)
{
	char text[WORDS_TIME_MAX];
	if (record->is_stream && record->stream.ttft_us >= 0) {
		line_puts(line, STYLE_DIM, "first token ");
		line_puts(line, STYLE_PLAIN, words_time(record->stream.ttft_us, text));
		line_puts(line, STYLE_PLAIN, "  ");
	}
	struct buf attempts = BUF_INIT(64);
	words_attempts(&attempts, record);
	line_puts(line, record->passed_after_retry ? STYLE_YELLOW : STYLE_DIM, buf_text(&attempts));
	line_puts(line, STYLE_PLAIN, attempts.n ? "  " : "");
	buf_fini(&attempts);
	bool passes = record->outcome == OUTCOME_PASS || record->outcome == OUTCOME_WARN;
	if (record->known_issue && passes)
		line_puts(line, STYLE_BOLD_YELLOW, "PASSES, though a known issue  ");
	else if (record->known_issue)
		line_puts(line, STYLE_YELLOW, "known issue  ");
}

static void put_result(
	struct line *line, const struct terminal_options *options, const struct record *record)
{
	char text[WORDS_TIME_MAX];
	enum style style = words_style(record->outcome, record->known_issue);
	bool ran = record->outcome != OUTCOME_SKIP || record->attempts > 0;
	line_puts(line, style, words_glyph(record->outcome));
	line_puts(line, STYLE_PLAIN, " ");
	line_column(line, STYLE_PLAIN, record->check_id, id_cells(options));
	line_column_right(
		line, STYLE_PLAIN, ran ? words_time(record->duration_us, text) : "", TIME_CELLS);
	put_remarks(line, record);
	struct buf why = BUF_INIT(LINE_BYTES_MAX);
	words_why(&why, record);
	line_puts(line, STYLE_PLAIN, buf_text(&why));
	buf_fini(&why);
}

void terminal_finished(struct terminal *terminal, const struct record *record)
{
	const struct terminal_options *options = &terminal->options;
	live_ended(&terminal->live, record->check, words_standing(record) == STANDING_FAILED);
	bool untouched = record->reason == REASON_CANCELLED && record->attempts == 0;
	if (options->quiet || untouched) /* the counts say how many were cancelled */
		return;
	terminal_pause(terminal);
	struct line line = line_new(options->color, options->width);
	put_result(&line, options, record);
	line_end(&line, terminal->out);
	line_fini(&line);
	if (options->verbose)
		details_expectations(terminal->out, record, options->color);
	fflush(terminal->out);
	live_draw(&terminal->live);
}

/* As details_summary, in the width there is. */
static void put_folded(struct terminal *terminal, const struct report *report)
{
	struct buf folded = BUF_INIT(SIZE_MAX);
	char *text = NULL;
	size_t n = 0;
	FILE *file = open_memstream(&text, &n);
	if (!file)
		mem_exhausted();
	details_summary(file, report, &terminal->options);
	fclose(file);
	fold_text(&folded, (struct str){text, n}, terminal->options.width, DETAILS_CURL);
	fwrite(buf_text(&folded), 1, folded.n, terminal->out);
	free(text);
	buf_fini(&folded);
}

void terminal_summary(struct terminal *terminal, const struct report *report)
{
	terminal_pause(terminal);
	if (terminal->options.width)
		put_folded(terminal, report);
	else
		details_summary(terminal->out, report, &terminal->options);
	fflush(terminal->out);
}
