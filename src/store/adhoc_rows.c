#include "store/adhoc_rows.h"

#include "base/clock.h"
#include "base/memory.h"
#include "store/sql.h"

#include <stdlib.h>

enum { ASK_LAST, ASK_WINDOWS, ASK_CHECKS, ASK_COUNT };

static const char *const names[ASK_COUNT] = {"last_window", "load_windows", "load_window_checks"};

enum { WINDOW_CHECKS_MAX = 10000 };

static void read_checks(struct arena *arena, sqlite3_stmt *stmt, struct adhoc_window *window)
{
	struct binder b = bind_to(stmt);
	uint32_t *numbers = NULL;
	bind_int(&b, window->id);
	bind_int(&b, WINDOW_CHECKS_MAX);
	while (stmt_row(stmt)) {
		if (!numbers)
			numbers = ARENA_ARRAY(arena, WINDOW_CHECKS_MAX, uint32_t);
		numbers[window->n_numbers++] = (uint32_t)sqlite3_column_int64(stmt, 0);
	}
	window->numbers = numbers;
}

static void read_windows(
	struct arena *arena, sqlite3_stmt *const *statements, struct adhoc_kept *kept)
{
	struct adhoc_window *windows = ARENA_ARRAY(arena, ADHOC_WINDOWS_MAX, struct adhoc_window);
	sqlite3_stmt *stmt = statements[ASK_WINDOWS];
	struct binder b = bind_to(stmt);
	bind_int(&b, clock_wall_us());
	bind_int(&b, ADHOC_WINDOWS_MAX);
	while (stmt_row(stmt)) {
		struct adhoc_window *window = &windows[kept->n++];
		*window = (struct adhoc_window){
			.id = sqlite3_column_int64(stmt, 0),
			.from_us = sqlite3_column_int64(stmt, 1),
			.until_us = sqlite3_column_int64(stmt, 2),
		};
		read_checks(arena, statements[ASK_CHECKS], window);
	}
	kept->windows = windows;
	if (stmt_row(statements[ASK_LAST]))
		kept->last_id = sqlite3_column_int64(statements[ASK_LAST], 0);
	sqlite3_reset(statements[ASK_LAST]);
}

bool adhoc_rows_load(sqlite3 *db, struct arena *arena, struct adhoc_kept *kept, struct error *error)
{
	sqlite3_stmt *statements[ASK_COUNT];
	*kept = (struct adhoc_kept){0};
	if (!db_prepare_all(db, "sql/store.sql", names, ASK_COUNT, statements, error))
		return false;
	read_windows(arena, statements, kept);
	db_finalize_all(statements, ASK_COUNT);
	return true;
}

static bool insert_window(struct session *session, const struct adhoc_news *news)
{
	struct binder b = session_bind(session, DO_INSERT_WINDOW);
	bind_int(&b, news->window.id);
	bind_int(&b, news->window.from_us);
	bind_int(&b, news->window.until_us);
	bind_text(&b, news->title ? news->title : "");
	bind_int(&b, news->at_us);
	bind_text(&b, news->by);
	if (!session_run(session, DO_INSERT_WINDOW))
		return false;
	for (size_t i = 0; i < news->window.n_numbers; i++) {
		b = session_bind(session, DO_INSERT_WINDOW_CHECK);
		bind_int(&b, news->window.id);
		bind_int(&b, news->window.numbers[i]);
		if (!session_run(session, DO_INSERT_WINDOW_CHECK))
			return false;
	}
	return true;
}

static bool end_window(struct session *session, const struct adhoc_news *news)
{
	struct binder b = session_bind(session, DO_END_WINDOW);
	bind_int(&b, news->at_us);
	bind_int(&b, news->window.id);
	return session_run(session, DO_END_WINDOW);
}

/* paused_us: -1: not any more. */
static bool put_pause(
	struct session *session, uint32_t check_number, int64_t paused_us, const char *by)
{
	struct binder b = session_bind(session, DO_PUT_PAUSE);
	bind_measure(&b, paused_us);
	bind_text(&b, by);
	bind_int(&b, check_number);
	return session_run(session, DO_PUT_PAUSE);
}

static bool retry_alert(struct session *session, const struct adhoc_news *news)
{
	struct binder b = session_bind(session, DO_RETRY_ALERT);
	bind_int(&b, news->at_us);
	bind_int(&b, news->alert);
	return session_run(session, DO_RETRY_ALERT);
}

static bool dismiss_alert(struct session *session, const struct adhoc_news *news)
{
	struct binder b = session_bind(session, DO_DISMISS_ALERT);
	bind_int(&b, news->alert);
	return session_run(session, DO_DISMISS_ALERT);
}

bool adhoc_rows_write(struct session *session, uint32_t check_number, const struct adhoc_news *news)
{
	switch (news->kind) {
	case ADHOC_WINDOW: return insert_window(session, news);
	case ADHOC_WINDOW_END: return end_window(session, news);
	case ADHOC_PAUSE: return put_pause(session, check_number, news->at_us, news->by);
	case ADHOC_RESUME: return put_pause(session, check_number, -1, NULL);
	case ADHOC_ALERT_RETRY: return retry_alert(session, news);
	case ADHOC_ALERT_DISMISS: return dismiss_alert(session, news);
	}
	return true;
}

void adhoc_news_free(struct adhoc_news *news)
{
	if (!news)
		return;
	free(news->numbers);
	free(news->title);
	free(news->by);
	free(news);
}
