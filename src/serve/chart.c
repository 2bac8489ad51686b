#include "serve/chart.h"

#include "base/clock.h"
#include "base/text.h"
#include "serve/axis.h"
#include "serve/words.h"

enum {
	POINT_WIDTH = 10, /* of a piece of time, in the picture's units */
	BANDS_HEIGHT = 160,
	BARS_HEIGHT = 24,
	AXIS_PARTS = 4,
	CLIP_TIMES = 4, /* so much higher than the others, the slowest few would hide them */
	PATH_BYTES = 32 * SERIES_POINTS_MAX,
};

#define CLIP_ROOM 1.25
#define DAY_US (INT64_C(86400) * US_PER_S)

static const struct percentiles *measured(const struct span_sums *point, enum chart_metric metric)
{
	return metric == CHART_TTFT ? &point->ttft : &point->duration;
}

struct bands {
	struct arena *arena;
	const struct series *series;
	enum chart_metric metric;
	int64_t top_us;
};

static int64_t p50(const struct percentiles *p)
{
	return p->p50_us;
}
static int64_t p90(const struct percentiles *p)
{
	return p->p90_us;
}
static int64_t p99(const struct percentiles *p)
{
	return p->p99_us;
}

typedef int64_t pick(const struct percentiles *percentiles);

static int64_t highest(const struct bands *b, pick *of)
{
	int64_t most = -1;
	for (size_t i = 0; i < b->series->n; i++) {
		int64_t us = of(measured(&b->series->points[i], b->metric));
		most = us > most ? us : most;
	}
	return most;
}

/* What is shown up to; few that are far above the rest are cut off. */
static int64_t top_of(const struct bands *b, int64_t highest_us)
{
	int64_t usual_us = highest(b, p90);
	int64_t top_us = highest_us;
	if (highest_us > CLIP_TIMES * usual_us)
		top_us = (int64_t)((double)usual_us * CLIP_ROOM) + 1;
	int64_t step = axis_step(top_us, AXIS_PARTS);
	return step * AXIS_PARTS;
}

static int y_of(const struct bands *b, int64_t us)
{
	double share = (double)us / (double)b->top_us;
	return share >= 1 ? 0 : (int)((1 - share) * BANDS_HEIGHT + 0.5);
}

static int64_t value_at(const struct bands *b, size_t i, pick *of)
{
	return of(measured(&b->series->points[i], b->metric));
}

/* The points from i on that have a value: where they end. */
static size_t run_end(const struct bands *b, size_t i)
{
	while (i < b->series->n && value_at(b, i, p50) >= 0)
		i++;
	return i;
}

static void put_point(struct buf *d, const struct bands *b, size_t i, pick *of)
{
	buf_printf(d, " %zu %d", i * POINT_WIDTH + POINT_WIDTH / 2, y_of(b, value_at(b, i, of)));
}

/* Forth, from the left edge of the first piece to the right edge of the last one. */
static void put_line(struct buf *d, const struct bands *b, size_t from, size_t to, pick *of)
{
	buf_printf(d, "M%zu %d", from * POINT_WIDTH, y_of(b, value_at(b, from, of)));
	for (size_t i = from; i < to; i++)
		put_point(d, b, i, of);
	buf_printf(d, "H%zu", to * POINT_WIDTH);
}

static void put_band(
	struct buf *d, const struct bands *b, size_t from, size_t to, pick *upper, pick *lower)
{
	put_line(d, b, from, to, upper);
	buf_printf(d, "V%d", y_of(b, value_at(b, to - 1, lower)));
	for (size_t i = to; i-- > from;)
		if (i == to - 1)
			buf_printf(d, "L%zu %d", i * POINT_WIDTH + POINT_WIDTH / 2,
				y_of(b, value_at(b, i, lower)));
		else
			put_point(d, b, i, lower);
	buf_printf(d, "H%zuz", from * POINT_WIDTH);
}

static void add_path(
	const struct bands *b, struct value *chart, const char *key, pick *upper, pick *lower)
{
	struct buf d = BUF_INIT(2 * PATH_BYTES);
	for (size_t i = 0; i < b->series->n;) {
		size_t end = run_end(b, i);
		if (end > i && lower)
			put_band(&d, b, i, end, upper, lower);
		else if (end > i)
			put_line(&d, b, i, end, upper);
		i = end > i ? end : i + 1;
	}
	value_str(b->arena, chart, key, arena_str(b->arena, buf_str(&d)));
	buf_fini(&d);
}

static void add_axis(const struct bands *b, struct value *chart)
{
	struct value *marks = value_list(b->arena, chart, "marks");
	for (int i = AXIS_PARTS; i >= 0; i--) {
		struct value *mark = value_item(b->arena, marks);
		value_int(
			b->arena, mark, "y", (int64_t)BANDS_HEIGHT * (AXIS_PARTS - i) / AXIS_PARTS);
		value_text(
			b->arena, mark, "label", axis_label(b->arena, b->top_us / AXIS_PARTS * i));
	}
}

bool chart_bands_add(struct arena *arena, struct value *object, const char *key,
	const struct series *series, enum chart_metric metric)
{
	struct bands b = {arena, series, metric, 0};
	int64_t highest_us = highest(&b, p99);
	if (highest_us < 0)
		return false;
	b.top_us = top_of(&b, highest_us);
	struct value *chart = value_member(arena, object, key);
	value_int(arena, chart, "width", (int64_t)series->n * POINT_WIDTH);
	value_int(arena, chart, "height", BANDS_HEIGHT);
	add_path(&b, chart, "wide", p99, p90);
	add_path(&b, chart, "narrow", p90, p50);
	add_path(&b, chart, "line", p50, NULL);
	add_axis(&b, chart);
	if (highest_us > b.top_us)
		value_text(arena, chart, "above", words_latency(arena, highest_us));
	return true;
}

/* --- bars --- */

enum bar { BAR_NONE, BAR_PASS, BAR_WARN, BAR_FAIL, BAR_SKIP, BAR_COUNT };

static const char *const bar_classes[] = {"none", "pass", "warn", "fail", "skip"};

static enum bar bar_of(const struct span_sums *point)
{
	if (point->fail)
		return BAR_FAIL;
	if (point->warn)
		return BAR_WARN;
	if (point->pass)
		return BAR_PASS;
	return point->skip || point->excluded ? BAR_SKIP : BAR_NONE;
}

/* From the top: how tall a bar stands tells as much as its colour does. */
static void put_bar(struct buf *out, size_t i, enum bar bar)
{
	static const char *const strokes[BAR_COUNT] = {
		"22v2", "7v17", "2v5m0 3v14", "0v24", "19v5"};
	buf_printf(out, "M%zu %s", i * POINT_WIDTH + POINT_WIDTH / 2, strokes[bar]);
}

/* Of a piece of time in which some failed, the share that did not, above it. */
static void put_good_share(struct buf *out, size_t i, const struct span_sums *point)
{
	uint64_t good = point->pass + point->warn;
	uint64_t height = good * (BARS_HEIGHT - 8) / (good + point->fail);
	if (height)
		buf_printf(out, "M%zu 0v%u", i * POINT_WIDTH + POINT_WIDTH / 2, (unsigned)height);
}

static void add_bars(
	struct arena *arena, struct value *paths, const char *class, const struct buf *d)
{
	if (!d->n)
		return;
	struct value *path = value_item(arena, paths);
	value_text(arena, path, "class", class);
	value_str(arena, path, "d", arena_str(arena, buf_str(d)));
}

void chart_bars_add(struct arena *arena, struct value *object, const struct series *series)
{
	struct value *bars = value_member(arena, object, "bars");
	struct buf shares = BUF_INIT(PATH_BYTES);
	value_int(arena, bars, "width", (int64_t)series->n * POINT_WIDTH);
	value_int(arena, bars, "height", BARS_HEIGHT);
	struct value *paths = value_list(arena, bars, "paths");
	for (unsigned bar = 0; bar < BAR_COUNT; bar++) {
		struct buf d = BUF_INIT(PATH_BYTES);
		for (size_t i = 0; i < series->n; i++) {
			if (bar_of(&series->points[i]) != bar)
				continue;
			put_bar(&d, i, (enum bar)bar);
			if (bar == BAR_FAIL)
				put_good_share(&shares, i, &series->points[i]);
		}
		add_bars(arena, paths, bar_classes[bar], &d);
		buf_fini(&d);
	}
	add_bars(arena, paths, "pass", &shares);
	buf_fini(&shares);
}

/* --- time --- */

/* "14:30" of short times, "24 Nov" of long ones. */
static const char *date_of(struct arena *arena, int64_t wall_us, int64_t length_us)
{
	static const char months[][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	char time[TEXT_TIME_MAX];
	text_time(wall_us, time);
	unsigned month = (unsigned)(time[5] - '0') * 10 + (unsigned)(time[6] - '0') - 1;
	if (length_us <= 2 * DAY_US)
		return arena_printf(arena, "%.5s", time + 11);
	return arena_printf(arena, "%d\xc2\xa0%s", (time[8] - '0') * 10 + time[9] - '0',
		months[month < 12 ? month : 0]);
}

void chart_dates_add(struct arena *arena, struct value *object, const struct series *series,
	int64_t until_us, unsigned parts)
{
	struct value *dates = value_list(arena, object, "dates");
	int64_t length_us = series->step_us * (int64_t)series->n;
	for (unsigned i = 0; i <= parts; i++) {
		char time[TEXT_TIME_MAX];
		int64_t wall_us = series->from_wall_us + length_us / parts * i;
		if (wall_us > until_us)
			wall_us = until_us;
		struct value *date = value_item(arena, dates);
		value_text(arena, date, "iso", arena_strdup(arena, text_time(wall_us, time)));
		value_text(arena, date, "label", date_of(arena, wall_us, length_us));
	}
}
