#include "report/live.h"

#include "base/cells.h"
#include "base/clock.h"
#include "report/words.h"

enum {
	BAR_CELLS = 20,
	BAR_WIDTH_MIN = 72, /* of a terminal that has room for a bar */
	LONG_US = 3000000, /* how long something runs is said from then on */
	MORE_CELLS = 6, /* " +1234" */
};

#define BAR_DONE "\xe2\x94\x81"
#define BAR_LEFT "\xe2\x94\x80"

void live_started(struct live *live, const struct check *check)
{
	if (live->n_running < LIVE_RUNNING_MAX)
		live->running[live->n_running++] = (struct live_run){check, live->now_us};
	else
		live->unnamed++;
}

static void forget(struct live *live, const struct check *check)
{
	for (size_t i = 0; i < live->n_running; i++) {
		if (live->running[i].check != check)
			continue;
		for (size_t j = i + 1; j < live->n_running; j++)
			live->running[j - 1] = live->running[j];
		live->n_running--;
		return;
	}
	if (live->unnamed)
		live->unnamed--;
}

void live_ended(struct live *live, const struct check *check, bool failed)
{
	live->done++;
	live->failed += failed;
	forget(live, check);
}

/* Whole seconds: a line that is redrawn must not flicker. */
static const char *seconds(int64_t us, char out[WORDS_TIME_MAX])
{
	int64_t s = us / US_PER_S;
	if (s >= 60)
		return words_time(s * US_PER_S, out);
	snprintf(out, WORDS_TIME_MAX, "%ds", (int)s);
	return out;
}

static void put_bar(const struct live *live, struct line *line)
{
	size_t full = live->total ? live->done * BAR_CELLS / live->total : 0;
	struct buf done = BUF_INIT(BAR_CELLS * sizeof(BAR_DONE));
	struct buf left = BUF_INIT(BAR_CELLS * sizeof(BAR_LEFT) + 2);
	if (live->width < BAR_WIDTH_MIN)
		return;
	for (size_t i = 0; i < BAR_CELLS; i++)
		buf_puts(i < full ? &done : &left, i < full ? BAR_DONE : BAR_LEFT);
	buf_puts(&left, "  ");
	line_puts(line, live->failed ? STYLE_RED : STYLE_GREEN, buf_text(&done));
	line_puts(line, STYLE_DIM, buf_text(&left));
	buf_fini(&done);
	buf_fini(&left);
}

static void put_counts(const struct live *live, struct line *line)
{
	char time[WORDS_TIME_MAX];
	struct buf text = BUF_INIT(64);
	buf_printf(&text, "%zu/%zu  ", live->done, live->total);
	line_puts(line, STYLE_BOLD, buf_text(&text));
	if (live->failed) {
		buf_reset(&text);
		buf_printf(&text, "%zu failed  ", live->failed);
		line_puts(line, STYLE_BOLD_RED, buf_text(&text));
	}
	line_puts(line, STYLE_DIM, seconds(live->now_us, time));
	buf_fini(&text);
}

/* A name of what runs, and how long if that is long. */
static void put_run(const struct live *live, struct line *line, size_t index)
{
	const struct live_run *run = &live->running[index];
	int64_t age_us = live->now_us - run->since_us;
	char time[WORDS_TIME_MAX];
	line_puts(line, STYLE_DIM, index ? ", " : "  ");
	line_puts(line, STYLE_PLAIN, run->check->id);
	if (age_us >= LONG_US) {
		line_puts(line, STYLE_PLAIN, " ");
		line_puts(line, STYLE_DIM, seconds(age_us, time));
	}
}

static size_t cells_of_run(const struct live *live, size_t index)
{
	struct line alone = line_new(false, 0);
	put_run(live, &alone, index);
	size_t cells = alone.cells;
	line_fini(&alone);
	return cells;
}

/* As many as fit, and how many more there are. */
static void put_running(const struct live *live, struct line *line)
{
	size_t shown = 0;
	while (shown < live->n_running) {
		bool last = shown + 1 == live->n_running && !live->unnamed;
		size_t needed = cells_of_run(live, shown) + (last ? 0 : MORE_CELLS);
		if (shown > 0 && line->width && line->cells + needed > line->width)
			break;
		put_run(live, line, shown++);
	}
	size_t more = live->n_running - shown + live->unnamed;
	if (more) {
		struct buf text = BUF_INIT(32);
		buf_printf(&text, " +%zu", more);
		line_puts(line, STYLE_DIM, buf_text(&text));
		buf_fini(&text);
	}
}

/* Terminals that were made narrower have wrapped the line that stood there. */
static void take_away(struct live *live)
{
	size_t rows = live->width ? (live->drawn + live->width - 1) / live->width : 1;
	if (rows > 1)
		fprintf(live->out, "\r\x1b[%zuA\x1b[J", rows - 1);
	else
		fputs("\r\x1b[K", live->out);
	live->drawn = 0;
}

void live_draw(struct live *live)
{
	if (!live->wanted || live->done == live->total)
		return;
	/* The last column stays free: some terminals wrap there. */
	struct line line = line_new(live->color, live->width > 1 ? live->width - 1 : live->width);
	put_bar(live, &line);
	put_counts(live, &line);
	put_running(live, &line);
	take_away(live);
	live->drawn = line.cells;
	line_draw(&line, live->out);
	fflush(live->out);
	line_fini(&line);
}

void live_erase(struct live *live)
{
	if (live->drawn)
		take_away(live);
	fflush(live->out);
}
