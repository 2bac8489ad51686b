/* store/reader_state.h - what the reading side shares: the connection, its prepared questions, the sums
 * being added up. The reader's thread. */
#ifndef OUTRIDER_SRC_STORE_READER_STATE_H
#define OUTRIDER_SRC_STORE_READER_STATE_H

#include "store/reader_incidents.h"
#include "store/sums.h"

#define READER_QUESTIONS(X)                                                                        \
	X(INSTALLATION, "installation")                                                            \
	X(CHECK, "check")                                                                          \
	X(RESULTS, "results")                                                                      \
	X(RESULTS_AFTER, "results_after")                                                          \
	X(BEGIN, "begin")                                                                          \
	X(END, "end")                                                                              \
	X(SAMPLES, "samples")                                                                      \
	X(SINGLES, "singles")                                                                      \
	X(MINUTES, "minutes")                                                                      \
	X(HOURS, "hours")                                                                          \
	X(DAYS, "days")                                                                            \
	X(COUNT_SAMPLES, "count_samples")                                                          \
	X(COUNT_MINUTES, "count_minutes")                                                          \
	X(COUNT_HOURS, "count_hours")                                                              \
	X(COUNT_DAYS, "count_days")                                                                \
	X(EACH_DAY, "each_day")                                                                    \
	X(INCIDENTS, "incidents")                                                                  \
	X(OPEN_INCIDENTS, "open_incidents")                                                        \
	X(NEWER_INCIDENTS, "newer_incidents")                                                      \
	X(RESOLVED_INCIDENTS, "resolved_incidents")                                                \
	X(INCIDENT, "incident")                                                                    \
	X(INCIDENT_MEMBERS, "incident_members")                                                    \
	X(INCIDENT_MOMENTS, "incident_moments")                                                    \
	X(EVIDENCE, "evidence")                                                                    \
	X(HAS_EVIDENCE, "has_evidence")                                                            \
	X(NEWEST_EVIDENCE, "newest_evidence")                                                      \
	X(WINDOWS, "windows")                                                                      \
	X(WINDOW, "window")                                                                        \
	X(WINDOW_CHECKS, "window_checks")                                                          \
	X(PAUSES, "pauses")                                                                        \
	X(ALERTS, "alerts")                                                                        \
	X(ALERT_COUNTS, "alert_counts")                                                            \
	X(ALERT, "alert")                                                                          \
	X(DEAD_ALERTS, "dead_alerts")                                                              \
	X(COUNT_DEAD, "count_dead")

enum reader_question {
#define X(id, name) ASK_##id,
	READER_QUESTIONS(X)
#undef X
		ASK_COUNT
};

struct reader {
	sqlite3 *db;
	sqlite3_stmt *statements[ASK_COUNT];
	uint64_t faults;
	struct sums sums; /* empty between questions */
};

struct binder reader_ask(struct reader *reader, enum reader_question question);
/* Ends a question; an open cursor would hold up checkpoints. */
void reader_done(struct reader *reader, enum reader_question question);

/* A check as the file knows it. */
struct known_check {
	uint32_t number; /* 0: it does not */
	uint64_t watermark; /* store/roll.h */
	uint64_t minutes; /* below, they are not kept */
};

struct known_check reader_check(struct reader *reader, const char *check_id);

#endif
