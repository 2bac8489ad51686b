/* How a check did over a range of time: pictures, and their numbers in a table. */
#include "serve/check_page.h"

#include "base/clock.h"
#include "base/text.h"
#include "serve/chart.h"
#include "serve/words.h"

#include <inttypes.h>

static void add_ranges(const struct check_page *page, struct value *charts)
{
	static const char *const names[] = {"24h", "7d", "30d", "90d"};
	static const char *const labels[] = {"24 h", "7 d", "30 d", "90 d"};
	struct value *list = value_list(page->arena, charts, "ranges");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct value *item = value_item(page->arena, list);
		bool here = page->range.name && strcmp(page->range.name, names[i]) == 0;
		value_text(page->arena, item, "label", labels[i]);
		value_bool(page->arena, item, "here", here);
		value_text(page->arena, item, "href",
			arena_printf(page->arena, "%s?range=%s#history", page->path, names[i]));
	}
}

static const char *whole_seconds(struct arena *arena, int64_t wall_us)
{
	char time[TEXT_TIME_MAX];
	return arena_printf(arena, "%.19sZ", text_time(wall_us, time));
}

/* Where a script finds the same series. */
static void add_source(
	const struct check_page *page, struct value *charts, const struct series *series)
{
	char step[TEXT_DURATION_MAX];
	int64_t end_us = series->from_wall_us + series->step_us * (int64_t)series->n;
	value_text(page->arena, charts, "source",
		arena_printf(page->arena, "%s/series?from=%s&to=%s&step=%s", page->api_path,
			whole_seconds(page->arena, series->from_wall_us),
			whole_seconds(page->arena, end_us), text_duration(series->step_us, step)));
}

static void add_latency(const struct check_page *page, struct value *rows, const char *label,
	struct percentiles percentiles)
{
	if (percentiles.p50_us < 0)
		return;
	struct value *row = value_item(page->arena, rows);
	value_text(page->arena, row, "label", label);
	value_text(page->arena, row, "p50", words_latency(page->arena, percentiles.p50_us));
	value_text(page->arena, row, "p90", words_latency(page->arena, percentiles.p90_us));
	value_text(page->arena, row, "p95", words_latency(page->arena, percentiles.p95_us));
	value_text(page->arena, row, "p99", words_latency(page->arena, percentiles.p99_us));
}

static void add_count(
	const struct check_page *page, struct value *counts, const char *label, uint64_t n)
{
	if (!n)
		return;
	struct value *count = value_item(page->arena, counts);
	value_text(page->arena, count, "label", label);
	value_int(page->arena, count, "n", (int64_t)n);
}

static void add_numbers(
	const struct check_page *page, struct value *charts, const struct span_sums *sums)
{
	uint64_t good = sums->pass + sums->warn, judged = good + sums->fail;
	value_text(page->arena, charts, "uptime",
		judged ? words_percent(page->arena, (double)good / (double)judged) : "");
	struct value *counts = value_list(page->arena, charts, "counts");
	add_count(page, counts, "passed", sums->pass);
	add_count(page, counts, "warned", sums->warn);
	add_count(page, counts, "failed", sums->fail);
	add_count(page, counts, "skipped", sums->skip);
	add_count(page, counts, "in maintenance", sums->excluded);
	add_count(page, counts, "slots missed", sums->missed);
	add_count(page, counts, "tokens", sums->tokens);
	struct value *rows = value_list(page->arena, charts, "latencies");
	add_latency(page, rows, "Whole check", sums->duration);
	add_latency(page, rows, "First byte", sums->ttfb);
	add_latency(page, rows, "First token", sums->ttft);
	value_bool(page->arena, charts, "has_latencies", value_truth(rows));
}

void check_charts_add(const struct check_page *page, struct value *root)
{
	struct series series = {0};
	struct error error = {0};
	const struct check_range *range = &page->range;
	const char *id = page->check->definition->id;
	struct value *charts = value_member(page->arena, root, "charts");
	add_ranges(page, charts);
	value_text(page->arena, charts, "words", range->words);
	if (!page->reader || !reader_series(page->reader, page->arena, id, range->from_us,
				     range->to_us, range->step_us, &series, &error))
		return;
	struct span_sums sums = reader_summary(page->reader, id, range->from_us, range->to_us);
	add_numbers(page, charts, &sums);
	if (series.n == 0)
		return;
	add_source(page, charts, &series);
	chart_dates_add(page->arena, charts, &series, range->to_us, range->parts);
	chart_bars_add(page->arena, charts, &series);
	(void)chart_bands_add(page->arena, charts, "duration", &series, CHART_DURATION);
	(void)chart_bands_add(page->arena, charts, "ttft", &series, CHART_TTFT);
}
