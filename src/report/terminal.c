#include "base/clock.h"
#include "base/memory.h"
#include "report/details.h"
#include "report/words.h"

#include <stdlib.h>

enum {
	ID_CELLS_MIN = 12,
	ID_CELLS_MAX = 48, /* longer ids push their line's other columns to the right */
	TIME_CELLS = 7,
	RUNNING_NAMED_MAX = 64, /* in the live line; far more than fit */
};

struct terminal {
	FILE *out;
	struct terminal_options options;
	size_t total, done, failed;
	const struct check *running[RUNNING_NAMED_MAX];
	size_t n_running;
	size_t unnamed; /* running beyond the named ones */
	int64_t elapsed_us;
	bool drawn; /* the live line stands there */
};

struct terminal *terminal_new(FILE *out, struct terminal_options options, size_t total)
{
	struct terminal *terminal = MEM_NEW(struct terminal);
	terminal->out = out;
	terminal->options = options;
	terminal->total = total;
	return terminal;
}

void terminal_free(struct terminal *terminal)
{
	free(terminal);
}

/* Whole seconds: a line that is redrawn must not flicker. */
static const char *elapsed(int64_t us, char out[WORDS_TIME_MAX])
{
	int64_t s = us / US_PER_S;
	if (s >= 60)
		return words_time(s * US_PER_S, out);
	snprintf(out, WORDS_TIME_MAX, "%ds", (int)s);
	return out;
}

static void put_live(struct terminal *terminal, struct line *line)
{
	char text[WORDS_TIME_MAX];
	struct buf head = BUF_INIT(64);
	buf_printf(&head, "%zu/%zu  ", terminal->done, terminal->total);
	line_puts(line, STYLE_BOLD, buf_text(&head));
	if (terminal->failed) {
		buf_reset(&head);
		buf_printf(&head, "%zu failed  ", terminal->failed);
		line_puts(line, STYLE_BOLD_RED, buf_text(&head));
	}
	buf_fini(&head);
	line_puts(line, STYLE_DIM, elapsed(terminal->elapsed_us, text));
	for (size_t i = 0; i < terminal->n_running; i++) {
		line_puts(line, STYLE_DIM, i ? ", " : "  ");
		line_puts(line, STYLE_PLAIN, terminal->running[i]->id);
	}
	if (terminal->unnamed)
		line_puts(line, STYLE_DIM, ", \xe2\x80\xa6");
}

static void draw_live(struct terminal *terminal)
{
	if (!terminal->options.live || terminal->done == terminal->total)
		return;
	unsigned width = terminal->options.width;
	/* The last column stays free: some terminals wrap there. */
	struct line line = line_new(terminal->options.color, width > 1 ? width - 1 : width);
	put_live(terminal, &line);
	fputs("\r\x1b[K", terminal->out);
	line_draw(&line, terminal->out);
	fflush(terminal->out);
	line_fini(&line);
	terminal->drawn = true;
}

void terminal_pause(struct terminal *terminal)
{
	if (terminal->drawn)
		fputs("\r\x1b[K", terminal->out);
	terminal->drawn = false;
	fflush(terminal->out);
}

void terminal_tick(struct terminal *terminal, int64_t elapsed_us, unsigned width)
{
	terminal->elapsed_us = elapsed_us;
	terminal->options.width = width;
	draw_live(terminal);
}

void terminal_started(struct terminal *terminal, const struct check *check)
{
	if (terminal->n_running < RUNNING_NAMED_MAX)
		terminal->running[terminal->n_running++] = check;
	else
		terminal->unnamed++;
	draw_live(terminal);
}

static void forget_running(struct terminal *terminal, const struct check *check)
{
	for (size_t i = 0; i < terminal->n_running; i++) {
		if (terminal->running[i] != check)
			continue;
		for (size_t j = i + 1; j < terminal->n_running; j++)
			terminal->running[j - 1] = terminal->running[j];
		terminal->n_running--;
		return;
	}
	if (terminal->unnamed)
		terminal->unnamed--;
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
	if (record->passed_after_retry) {
		struct buf attempts = BUF_INIT(64);
		words_attempts(&attempts, record);
		line_puts(line, STYLE_YELLOW, buf_text(&attempts));
		line_puts(line, STYLE_PLAIN, "  ");
		buf_fini(&attempts);
	}
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
	terminal->done++;
	if (record->outcome == OUTCOME_FAIL && !record->known_issue)
		terminal->failed++;
	forget_running(terminal, record->check);
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
	draw_live(terminal);
}

void terminal_summary(struct terminal *terminal, const struct report *report)
{
	terminal_pause(terminal);
	details_summary(terminal->out, report, &terminal->options);
	fflush(terminal->out);
}
