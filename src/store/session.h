/* store/session.h - the prepared statements of the writing connection. The store's thread. */
#ifndef OUTRIDER_STORE_SESSION_H
#define OUTRIDER_STORE_SESSION_H

#include "base/buf.h"
#include "store/db.h"

#define SESSION_STATEMENTS(X)                                                                      \
	X(BEGIN, "begin")                                                                          \
	X(COMMIT, "commit")                                                                        \
	X(ROLLBACK, "rollback")                                                                    \
	X(MARK_PAST, "mark_past")                                                                  \
	X(INSERT_CHECK, "insert_check")                                                            \
	X(PREVIOUS_OUTCOME, "previous_outcome")                                                    \
	X(INSERT_RESULT, "insert_result")                                                          \
	X(INSERT_STREAM, "insert_stream")                                                          \
	X(INSERT_EVIDENCE, "insert_evidence")                                                      \
	X(INSERT_MISSED, "insert_missed")                                                          \
	X(PUT_STATE, "put_state")                                                                  \
	X(PUT_SLOTS, "put_slots")                                                                  \
	X(ADD_MISSED, "add_missed")                                                                \
	X(WATERMARKS, "watermarks")                                                                \
	X(UNROLLED, "unrolled")                                                                    \
	X(ROLLED_IN_MINUTE, "rolled_in_minute")                                                    \
	X(PUT_MINUTES_KEY, "put_minutes_key")                                                      \
	X(PUT_WATERMARK, "put_watermark")                                                          \
	X(GET_MINUTE, "get_minute")                                                                \
	X(PUT_MINUTE, "put_minute")                                                                \
	X(GET_HOUR, "get_hour")                                                                    \
	X(PUT_HOUR, "put_hour")                                                                    \
	X(GET_DAY, "get_day")                                                                      \
	X(PUT_DAY, "put_day")                                                                      \
	X(FORGET_STATE, "forget_state")                                                            \
	X(INSERT_WINDOW, "insert_window")                                                          \
	X(INSERT_WINDOW_CHECK, "insert_window_check")                                              \
	X(END_WINDOW, "end_window")                                                                \
	X(PUT_PAUSE, "put_pause")                                                                  \
	X(PUT_PROMISE, "put_promise")                                                              \
	X(PUT_BURN, "put_burn")                                                                    \
	X(END_BURN, "end_burn")                                                                    \
	X(TRIM_RESULT, "trim_result")                                                              \
	X(TRIM_STREAM, "trim_stream")                                                              \
	X(TRIM_MISSED, "trim_missed")                                                              \
	X(TRIM_EVIDENCE, "trim_evidence")                                                          \
	X(TRIM_MINUTE, "trim_minute")                                                              \
	X(TRIM_HOUR, "trim_hour")                                                                  \
	X(TRIM_DAY, "trim_day")                                                                    \
	X(OPEN_SINCE, "open_since")                                                                \
	X(EVIDENCE_AFTER, "evidence_after")                                                        \
	X(OLD_INCIDENT, "old_incident")                                                            \
	X(OLD_NEWS, "old_news")                                                                    \
	X(FORGET_ALERTS, "forget_alerts")                                                          \
	X(FORGET_EVENTS, "forget_events")                                                          \
	X(FORGET_CHECKS, "forget_checks")                                                          \
	X(OLD_WINDOW, "old_window")                                                                \
	X(FORGET_WINDOW_CHECKS, "forget_window_checks")                                            \
	X(FORGET_WINDOW, "forget_window")                                                          \
	X(FORGET_INCIDENT, "forget_incident")                                                      \
	X(FREE_PAGES, "free_pages")                                                                \
	X(VACUUM, "vacuum")                                                                        \
	X(USED_BYTES, "used_bytes")                                                                \
	X(OLDEST_RESULT, "oldest_result")                                                          \
	X(KNOWN_TIME, "known_time")                                                                \
	X(NOTE_TIME, "note_time")                                                                  \
	X(OPEN_INCIDENT, "open_incident")                                                          \
	X(LEAVE_INCIDENTS, "leave_incidents")                                                      \
	X(JOIN_INCIDENT, "join_incident")                                                          \
	X(REROOT_INCIDENT, "reroot_incident")                                                      \
	X(CONTINUE_INCIDENT, "continue_incident")                                                  \
	X(END_INCIDENT, "end_incident")                                                            \
	X(LEAVE_ENDED, "leave_ended")                                                              \
	X(JOIN_MERGED, "join_merged")                                                              \
	X(TELL_MERGED, "tell_merged")                                                              \
	X(INSERT_EVENT, "insert_event")                                                            \
	X(ACKNOWLEDGE_INCIDENT, "acknowledge_incident")                                            \
	X(RELEASE_INCIDENT, "release_incident")                                                    \
	X(FORGET_REMINDERS, "forget_reminders")                                                    \
	X(INSERT_MESSAGE, "insert_message")                                                        \
	X(RAISE_MESSAGE, "raise_message")                                                          \
	X(REPORT_DELIVERY, "report_delivery")                                                      \
	X(RETRY_ALERT, "retry_alert")                                                              \
	X(DISMISS_ALERT, "dismiss_alert")                                                          \
	X(OUTBOX_WAITS, "outbox_waits")                                                            \
	X(OUTBOX_GIVEN_UP, "outbox_given_up")

enum session_statement {
#define X(id, name) DO_##id,
	SESSION_STATEMENTS(X)
#undef X
		SESSION_STATEMENT_COUNT
};

struct session {
	sqlite3 *db;
	sqlite3_stmt *statements[SESSION_STATEMENT_COUNT];
	struct buf scratch; /* the evidence being written */
};

bool session_init(struct session *session, sqlite3 *db, struct error *error) MUST_CHECK;
void session_fini(struct session *session);

/* To bind a statement's parameters. */
struct binder session_bind(struct session *session, enum session_statement which);
/* Runs it; false leaves the reason in the connection. */
bool session_run(struct session *session, enum session_statement which);
/* One number of its first row; none when there is no row. */
bool session_ask(
	struct session *session, enum session_statement which, int64_t none, int64_t *answer);

#endif
