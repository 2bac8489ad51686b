/* serve/history.h - what the database remembers, for pages: looked up seldom, kept in memory for
 * HISTORY_FRESH_S. Works without a database: then nothing is remembered. The server's thread. */
#ifndef OUTRIDER_SERVE_HISTORY_H
#define OUTRIDER_SERVE_HISTORY_H

#include "serve/view.h"
#include "store/reader.h"

enum {
	HISTORY_FRESH_S = 60,
	HISTORY_FRESH_LONG_S = 600, /* of windows beyond a day, */
	HISTORY_YOUNG_DAYS =
		2, /* unless the check ran on so few days: then they are as fresh as the day's */
	HISTORY_FRESH_BAD_S = 5, /* of a check that fails now: its numbers move */
	HISTORY_RETRY_S = 5, /* until a database that would not open is tried again */
	HISTORY_SPEND_US = 50000, /* time for one refresh; the rest waits for the next one */
	HISTORY_IDLE_S = 3600, /* how old it gets when nobody asks */
	HISTORY_CALM_S = 60, /* between looks for what is that old */
	HISTORY_IDLE_CHECKS_MAX = 200, /* of more nothing is looked up before somebody asks */
	HISTORY_DAYS = 90,
};

struct history;

/* path: NULL for none. It is opened when first asked for. */
struct history *history_new(const char *path);
void history_free(struct history *history);

/* The reader, or NULL when there is none now. */
struct reader *history_reader(struct history *history, int64_t now_wall_us);
/* False: there is a database and no way to read it now. */
bool history_is_readable(struct history *history, int64_t now_wall_us);
/* Questions so far that the database could not answer to their end. */
uint64_t history_faults(const struct history *history);

/* Refreshes what is old of the view's checks. */
void history_refresh(struct history *history, const struct board_view *view, int64_t now_wall_us);
/* The same when nobody asks, once a second: goes on where the last refresh ran out of time, and looks up
 * checks that never were, or long ago. So the first who asks sees nearly all. Of many checks
 * that costs too much time and memory for nobody. */
void history_tick(struct history *history, struct board *board, int64_t now_wall_us);
/* Rises when a refresh changed what is known. */
uint64_t history_generation(const struct history *history);
/* The last refresh ran out of time: the next one goes on. */
bool history_behind(const struct history *history);

/* After a refresh with the same view: fills in results from before the board began. */
void history_fill(const struct history *history, struct arena *arena, struct board_view *view);

/* Spans of time up to now. */
enum window { WINDOW_24H, WINDOW_7D, WINDOW_30D, WINDOW_90D, WINDOW_COUNT };

const char *window_name(enum window window); /* "24h" */

struct window_sums {
	double uptime; /* share of passes and warnings among what was judged; -1: nothing was */
	struct percentiles duration, ttft;
};

/* Of the check at index. */
struct window_sums history_window(const struct history *history, size_t index, enum window window);

/* Days of UTC, the last of them today: what was good and bad of the check at index. False: nobody has looked
 * yet, or there is no database. */
struct history_days {
	int64_t from_wall_us; /* where the first begins */
	struct slo_count days[HISTORY_DAYS];
};
bool history_days(const struct history *history, size_t index, struct history_days *days);

#endif
