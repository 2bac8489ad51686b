#include "serve/history.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "serve/words.h"

#include <stdlib.h>

#define DAY_US (INT64_C(86400) * US_PER_S)

/* What is remembered of one check; there may be ten thousand. Rows: newest first; only the newest one has its
 * message. */
struct memory {
	char *id;
	int64_t looked_wall_us; /* 0: never */
	int64_t looked_long_wall_us; /* into the windows beyond a day; 0: never */
	struct window_sums windows[WINDOW_COUNT];
	int64_t days_from_wall_us; /* where the first of HISTORY_DAYS begins */
	struct slo_count *days; /* the last n_days of them; before, there was nothing */
	size_t n_days;
	struct result_row *rows;
	size_t n_rows;
	char *message;
};

struct history {
	char *path;
	struct reader *reader;
	int64_t retry_wall_us;
	struct memory *memories; /* one for each check of the plan, in its order */
	size_t n;
	size_t cursor; /* where the next refresh begins */
	uint64_t generation;
	bool behind;
	int64_t calm_wall_us; /* when nothing was old; 0: never */
};

struct history *history_new(const char *path)
{
	struct history *history = MEM_NEW(struct history);
	history->path = mem_strdup(path);
	return history;
}

static void memory_fini(struct memory *memory)
{
	free(memory->id);
	free(memory->days);
	free(memory->rows);
	free(memory->message);
}

static void resize(struct history *history, size_t n)
{
	for (size_t i = n; i < history->n; i++)
		memory_fini(&history->memories[i]);
	history->memories = mem_grow(history->memories, (n + 1) * sizeof(*history->memories));
	for (size_t i = history->n; i < n; i++)
		history->memories[i] = (struct memory){0};
	history->n = n;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	resize(history, 0);
	free(history->memories);
	if (history->reader)
		reader_close(history->reader);
	free(history->path);
	free(history);
}

struct reader *history_reader(struct history *history, int64_t now_wall_us)
{
	if (history->reader || !history->path)
		return history->reader;
	if (llabs(now_wall_us - history->retry_wall_us) < HISTORY_RETRY_S * US_PER_S)
		return NULL;
	struct error error = {0};
	history->reader = reader_open(history->path, &error);
	if (!history->reader)
		log_write(LOG_WARN, "serve.history", LOG_STR("error", error.text));
	history->retry_wall_us = now_wall_us;
	return history->reader;
}

bool history_is_readable(struct history *history, int64_t now_wall_us)
{
	return !history->path || history_reader(history, now_wall_us);
}

uint64_t history_faults(const struct history *history)
{
	return history->reader ? reader_faults(history->reader) : 0;
}

static const struct {
	const char *name;
	int64_t us;
} windows[WINDOW_COUNT] = {
	[WINDOW_24H] = {"24h", DAY_US},
	[WINDOW_7D] = {"7d", 7 * DAY_US},
	[WINDOW_30D] = {"30d", 30 * DAY_US},
	[WINDOW_90D] = {"90d", 90 * DAY_US},
};

static const struct window_sums nothing = {-1, {-1, -1, -1, -1}, {-1, -1, -1, -1}};

const char *window_name(enum window window)
{
	return windows[window].name;
}

/* A day more, for results of a clock that is ahead of ours. */
static struct window_sums look(
	struct reader *reader, const char *id, enum window window, int64_t now_wall_us)
{
	struct span_sums sums =
		reader_summary(reader, id, now_wall_us - windows[window].us, now_wall_us + DAY_US);
	uint64_t good = sums.pass + sums.warn;
	uint64_t judged = good + sums.fail;
	return (struct window_sums){
		judged ? (double)good / (double)judged : -1, sums.duration, sums.ttft};
}

static bool same_percentiles(struct percentiles a, struct percentiles b)
{
	return a.p50_us == b.p50_us && a.p90_us == b.p90_us && a.p95_us == b.p95_us &&
	       a.p99_us == b.p99_us;
}

static bool same(const struct window_sums *a, const struct window_sums *b)
{
	return a->uptime <= b->uptime && a->uptime >= b->uptime &&
	       same_percentiles(a->duration, b->duration) && same_percentiles(a->ttft, b->ttft);
}

static bool is_empty(struct slo_count count)
{
	return count.good == 0 && count.bad == 0;
}

/* Whether anything is different now. */
static bool recall_days(struct memory *memory, struct reader *reader, int64_t now_wall_us)
{
	struct slo_count all[HISTORY_DAYS] = {{0}};
	int64_t from = now_wall_us - now_wall_us % DAY_US - (HISTORY_DAYS - 1) * DAY_US;
	reader_days(reader, memory->id, from, all, HISTORY_DAYS);
	size_t n = HISTORY_DAYS;
	while (n > 0 && is_empty(all[HISTORY_DAYS - n]))
		n--;
	const struct slo_count *days = all + HISTORY_DAYS - n;
	if (from == memory->days_from_wall_us && n == memory->n_days &&
		(n == 0 || memcmp(days, memory->days, n * sizeof(*days)) == 0))
		return false;
	memory->days_from_wall_us = from;
	memory->days = mem_grow(memory->days, (n + 1) * sizeof(*days));
	memcpy(memory->days, days, n * sizeof(*days));
	memory->n_days = n;
	return true;
}

/* There is nothing to look for beyond the shorter window, which has all of the check's days. */
static bool adds_nothing(const struct memory *memory, enum window window)
{
	return window > WINDOW_24H && (int64_t)memory->n_days <= windows[window - 1].us / DAY_US;
}

/* So few results that each of them moves the long windows too. */
static bool is_young(const struct memory *memory)
{
	size_t lived = 0;
	for (size_t i = 0; i < memory->n_days; i++)
		lived += !is_empty(memory->days[i]);
	return lived <= HISTORY_YOUNG_DAYS;
}

/* After its days. Whether anything is different now. */
static bool recall_windows(struct memory *memory, struct reader *reader, int64_t now_wall_us)
{
	int64_t age_us = llabs(now_wall_us - memory->looked_long_wall_us);
	bool all = age_us >= HISTORY_FRESH_LONG_S * US_PER_S || is_young(memory);
	bool changed = false;
	for (enum window i = WINDOW_24H; i < WINDOW_COUNT; i++) {
		struct window_sums before = memory->windows[i];
		if (adds_nothing(memory, i))
			memory->windows[i] = memory->windows[i - 1];
		else if (all || i == WINDOW_24H)
			memory->windows[i] = look(reader, memory->id, i, now_wall_us);
		changed = changed || !same(&before, &memory->windows[i]);
	}
	if (all)
		memory->looked_long_wall_us = now_wall_us;
	return changed;
}

static void recall_rows(struct memory *memory, struct reader *reader, int64_t now_wall_us)
{
	uint64_t newest = reader_newest(reader, memory->id, now_wall_us);
	struct arena arena;
	arena_init(&arena);
	struct result_row *rows = NULL;
	size_t n = reader_results(reader, &arena, memory->id, newest, BOARD_RECENT_MAX, &rows);
	memory->n_rows = n < BOARD_RECENT_MAX ? n : BOARD_RECENT_MAX;
	memory->rows = mem_grow(memory->rows, (memory->n_rows + 1) * sizeof(*memory->rows));
	for (size_t i = 0; i < memory->n_rows; i++) {
		memory->rows[i] = rows[i];
		memory->rows[i].message = "";
	}
	free(memory->message);
	memory->message = n ? mem_strdup(rows[0].message) : NULL;
	if (memory->message)
		memory->rows[0].message = memory->message;
	arena_fini(&arena);
}

static void recall(struct history *history, struct memory *memory, const struct board_check *check,
	int64_t now_wall_us)
{
	size_t rows_before = memory->n_rows;
	bool changed = recall_days(memory, history->reader, now_wall_us);
	changed = recall_windows(memory, history->reader, now_wall_us) || changed;
	if (check->n_recent < BOARD_RECENT_MAX)
		recall_rows(memory, history->reader, now_wall_us);
	memory->looked_wall_us = now_wall_us;
	if (changed || rows_before != memory->n_rows)
		history->generation++;
}

static bool is_old(const struct memory *memory, const struct board_check *check, bool idle,
	int64_t now_wall_us)
{
	bool bad = check->has_last && check->last.outcome == OUTCOME_FAIL;
	int64_t fresh_s = idle ? HISTORY_IDLE_S : bad ? HISTORY_FRESH_BAD_S : HISTORY_FRESH_S;
	return llabs(now_wall_us - memory->looked_wall_us) >= fresh_s * US_PER_S;
}

static void recall_if_old(struct history *history, const struct board_view *view, size_t index,
	bool idle, int64_t now_wall_us)
{
	struct memory *memory = &history->memories[index];
	const char *id = view->plan->checks[index].id;
	if (!memory->id || strcmp(memory->id, id) != 0) {
		memory_fini(memory);
		*memory = (struct memory){.id = mem_strdup(id)};
	}
	if (is_old(memory, &view->checks[index], idle, now_wall_us))
		recall(history, memory, &view->checks[index], now_wall_us);
}

/* False: time ran out before all were looked at. */
static bool refresh(
	struct history *history, const struct board_view *view, bool idle, int64_t now_wall_us)
{
	size_t n = view->plan->n_checks;
	if (!history_reader(history, now_wall_us) || n == 0)
		return true;
	if (history->n != n)
		resize(history, n);
	int64_t end_us = clock_mono_us() + HISTORY_SPEND_US;
	size_t seen = 0;
	for (; seen < n && clock_mono_us() < end_us; seen++) {
		history->cursor = (history->cursor + 1) % n;
		recall_if_old(history, view, history->cursor, idle, now_wall_us);
	}
	return seen == n;
}

void history_refresh(struct history *history, const struct board_view *view, int64_t now_wall_us)
{
	history->behind = !refresh(history, view, false, now_wall_us);
}

void history_tick(struct history *history, struct board *board, int64_t now_wall_us)
{
	int64_t calm_us = llabs(now_wall_us - history->calm_wall_us);
	if (!history->behind && calm_us < HISTORY_CALM_S * US_PER_S)
		return;
	struct arena arena;
	arena_init(&arena);
	bool many = board_plan(board, &arena)->n_checks > HISTORY_IDLE_CHECKS_MAX;
	const struct board_view *view =
		many && !history->behind ? NULL : board_view(board, &arena, BOARD_STATE);
	if (history->behind)
		history_refresh(history, view, now_wall_us);
	else if (many || refresh(history, view, true, now_wall_us))
		history->calm_wall_us = now_wall_us;
	arena_fini(&arena);
}

bool history_behind(const struct history *history)
{
	return history->behind;
}

uint64_t history_generation(const struct history *history)
{
	return history->generation;
}

static const struct memory *memory_of(
	const struct history *history, const struct board_view *view, size_t index)
{
	if (index >= history->n)
		return NULL;
	const struct memory *memory = &history->memories[index];
	bool same = memory->id && strcmp(memory->id, view->plan->checks[index].id) == 0;
	return same ? memory : NULL;
}

static void fill_last(struct arena *arena, struct board_check *check, const struct result_row *row)
{
	check->has_last = true;
	check->last = (struct board_last){
		.key = row->key,
		.started_wall_us = row->started_wall_us,
		.duration_us = row->duration_us,
		.outcome = row->outcome,
		.reason = row->reason,
		.http_status = row->http_status,
		.timing = TIMING_NONE,
		.ttft_us = row->ttft_us,
		.message = words_inert(arena, row->message, RECORD_MESSAGE_MAX),
		.request_id = "",
		.address = "",
	};
	check->last.timing.ttfb_us = row->ttfb_us;
}

static void fill_check(struct arena *arena, struct board_check *check, const struct memory *memory)
{
	uint64_t oldest = check->n_recent ? check->recent[check->n_recent - 1].key : UINT64_MAX;
	for (size_t i = 0; i < memory->n_rows && check->n_recent < BOARD_RECENT_MAX; i++) {
		const struct result_row *row = &memory->rows[i];
		if (row->key >= oldest)
			continue;
		check->recent[check->n_recent++] =
			(struct board_recent){row->key, row->outcome, row->reason};
	}
	if (!check->has_last && memory->n_rows)
		fill_last(arena, check, &memory->rows[0]);
}

void history_fill(const struct history *history, struct arena *arena, struct board_view *view)
{
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		const struct memory *memory = memory_of(history, view, i);
		if (memory)
			fill_check(arena, &view->checks[i], memory);
	}
}

struct window_sums history_window(const struct history *history, size_t index, enum window window)
{
	if (index >= history->n || !history->memories[index].looked_wall_us)
		return nothing;
	return history->memories[index].windows[window];
}

bool history_days(const struct history *history, size_t index, struct history_days *days)
{
	if (index >= history->n || !history->memories[index].looked_wall_us)
		return false;
	const struct memory *memory = &history->memories[index];
	*days = (struct history_days){.from_wall_us = memory->days_from_wall_us};
	for (size_t i = 0; i < memory->n_days; i++)
		days->days[HISTORY_DAYS - memory->n_days + i] = memory->days[i];
	return true;
}
