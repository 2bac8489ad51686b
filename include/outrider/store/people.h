/* store/people.h - what people decided and what they were told, asked of a reader: maintenance windows, pauses,
 * the outbox. The reader's thread. */
#ifndef OUTRIDER_STORE_PEOPLE_H
#define OUTRIDER_STORE_PEOPLE_H

#include "store/reader.h"

/* A maintenance window that is in no file. */
struct window_row {
	int64_t id;
	int64_t from_wall_us, until_wall_us, created_wall_us;
	int64_t ended_wall_us; /* before its time, or withdrawn; 0: not */
	const char *title, *by; /* by: "" when nobody knows */
	const char *const *check_ids;
	size_t n_checks; /* 0: for all */
};

enum window_state { WINDOWS_ALL, WINDOW_OPEN, WINDOW_COMING, WINDOW_OVER };

enum window_state window_state(const struct window_row *row, int64_t now_wall_us);

/* Newest first, with ids below before (0: from the newest). */
size_t reader_windows(struct reader *reader, struct arena *arena, enum window_state state,
	int64_t now_wall_us, int64_t before, size_t limit, struct window_row **rows);
/* False: there is none of that id. */
bool reader_window(struct reader *reader, struct arena *arena, int64_t id, struct window_row *row);

/* A check that is paused. */
struct pause_row {
	const char *check_id, *by; /* "" when nobody knows */
	int64_t since_wall_us;
};

size_t reader_pauses(struct reader *reader, struct arena *arena, struct pause_row **rows);

enum alert_state { ALERT_WAITING, ALERT_DELIVERED, ALERT_DEAD, ALERT_DISMISSED, ALERT_STATES };

/* A row of the outbox, without what it says. */
struct alert_row {
	int64_t id;
	enum alert_state state;
	uint64_t incident;
	const char *channel, *dedup_key, *event;
	int64_t created_wall_us, next_try_wall_us;
	int64_t finished_wall_us; /* when it was delivered or given up; 0: not yet */
	unsigned tries;
	const char *error; /* of the latest try; "" */
};

struct alert_question {
	int state; /* enum alert_state; -1: all */
	const char *channel; /* NULL: all */
	int64_t before; /* ids below; 0: from the newest */
};

/* Newest first. */
size_t reader_alerts(struct reader *reader, struct arena *arena,
	const struct alert_question *question, size_t limit, struct alert_row **rows);
/* How many of each state; channel: NULL for all. */
void reader_alert_counts(struct reader *reader, const char *channel, uint64_t counts[ALERT_STATES]);

/* False: there is none of that id. superseded: something that was told later of the same incident to the same
 * channel was delivered. */
bool reader_alert(struct reader *reader, struct arena *arena, int64_t id, struct alert_row *row,
	bool *superseded);
/* Those that were given up and not dismissed, newest first; at most limit (READER_ROWS_MAX). */
size_t reader_dead_alerts(
	struct reader *reader, struct arena *arena, size_t limit, struct alert_row **rows);
uint64_t reader_count_dead(struct reader *reader);

#endif
