/* daemon/state.h - what the loop owns. Shared by daemon.c (opening, stopping), reload.c and
 * runs.c (what becomes due, what comes back). */
#ifndef OUTRIDER_DAEMON_STATE_H
#define OUTRIDER_DAEMON_STATE_H

#include "alert/courier.h"
#include "base/drift.h"
#include "base/pulse.h"
#include "daemon/causes.h"
#include "daemon/daemon.h"
#include "daemon/heartbeat.h"
#include "daemon/notify.h"
#include "daemon/offline.h"
#include "daemon/watch_adhoc.h"
#include "engine/executor.h"
#include "engine/transfer.h"
#include "serve/server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

struct event;

enum { DAEMON_THREADS = 3 }; /* beside the loop: store, http, courier */

struct flight;
TAILQ_HEAD(flights, flight);

/* Between the server's thread, which asks, and the loop. */
struct wishes {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	int wake; /* an eventfd: the loop's base has no locks */
	struct event *event; /* NULL: not open */
	enum wish_stage { WISH_NONE, WISH_WAITS, WISH_TAKEN, WISH_DONE } stage;
	const struct wish *wish; /* both the asking thread's */
	struct wish_answer *answer;
	bool closed; /* the loop takes none any more */
};

struct daemon {
	const struct daemon_options *options;
	struct event_base *base;
	struct event *signals[3];
	struct event *due, *tick, *drained, *beat;
	struct notify notify;
	struct drift drift; /* of the wall clock */
	struct pulse pulses[DAEMON_THREADS];
	int64_t burns_us; /* of the latest look at budgets */
	int64_t beat_us; /* of the latest look at them */
	bool stuck; /* one of them stands still, which the log has */
	int64_t status_us; /* when the manager is told again how many results there are */
	uint64_t results; /* since the start */
	struct transfers *transfers;
	struct executor *executor;
	struct offline offline;
	struct causes causes;
	struct heartbeat *heartbeat;
	struct store *store;
	struct board *board;
	struct server *server;
	struct wishes wishes;
	int socket; /* passed by the service manager to listen on; 0: none */
	struct courier *courier;
	pthread_mutex_t courier_lock; /* the store's thread wakes it, until it is gone */
	char *database; /* the file, as long as the daemon runs */
	struct watch_set *set; /* the newest; older ones with runs hang behind it */
	struct flights flights; /* runs under way or in line, of all sets */
	struct adhoc adhoc; /* maintenance windows that are in no file */
	int64_t boot; /* of the machine, as clock_boot */
	struct board_self self;
	atomic_bool store_failing;
	atomic_size_t alerts_pending; /* rows of the outbox, after the latest commit */
	bool stopping;
	bool short_of_descriptors; /* which the log has */
	unsigned unlooked; /* runs begun since the latest look whether there are any, */
	int64_t looked_us; /* which was then */
	bool dropping; /* the store's queue is full: said once */
};

/* A configuration that the daemon can run, or NULL; why: the first of the errors that were said. */
struct config *daemon_load(const struct daemon_options *options, struct error *why);
/* SIGHUP: takes the configuration as it is now, or keeps the old one; the log says which, and what is
 * different. */
void daemon_reload(struct daemon *d);
/* A new set, to the board and the log. */
void daemon_show_set(struct daemon *d);
/* A check's state and missed slots, to the board. */
void daemon_show_state(struct daemon *d, size_t index);
/* To those who listen. */
void daemon_show_changes(struct daemon *d, const struct incident_changes *changes);
/* The same of what a pause or a new set changed. */
void daemon_show_untold(struct daemon *d);
/* When its next run is due, to the board; a check's state shows that too. */
void daemon_show_next(struct daemon *d, size_t index);
/* Maintenance windows that have begun or ended. */
void daemon_look_at_windows(struct daemon *d);
/* Error budgets that are spent too fast, or no longer are. */
void daemon_look_at_burns(struct daemon *d);
/* Incidents that stay open, or are taken care of by nobody any more. */
void daemon_look_at_reminders(struct daemon *d);
/* What the daemon says of itself: once a second, and after a reload. */
void daemon_show_self(struct daemon *d);

/* For the service manager: a line of how things are, and the end; and a timer that feeds the watchdog as
 * long as every thread moves. */
void daemon_tell_status(struct daemon *d);
void daemon_tell_stopping(struct daemon *d);
bool daemon_start_beat(struct daemon *d) MUST_CHECK;
/* The dead man's switch, from now on. */
void daemon_start_heart(struct daemon *d);

/* What is asked for through the server; refuse: before the server stops; close: after. */
struct wish_granter wishes_open(struct daemon *d);
void wishes_refuse(struct daemon *d);
void wishes_close(struct daemon *d);

struct moment daemon_now(const struct daemon *d);

/* A set takes over, from the one before (NULL: the first) and its runs that are still under way: the
 * database learns whose slots begin and end. */
void runs_take_over(struct daemon *d, struct watch_set *set, struct watch_set *before);
/* Sets the timer for the next check that is due. */
void runs_arm(struct daemon *d);
/* That timer. */
void runs_due(struct daemon *d);
/* Whether a run is under way or waits in line. */
bool runs_pending(const struct daemon *d);
/* Frees the sets of earlier configurations that no run holds. */
void runs_drop_idle_sets(struct daemon *d);

/* Learns from the database what today's runs have cost, where a budget asks for it. */
void budget_restore(struct daemon *d, struct watch_set *set);
/* The record of a run that its budget does not allow, which counts as the slot's; NULL: it does. */
struct record *budget_hold_back(struct daemon *d, size_t index);

/* A run begins; should the process end before it does, the next one knows. */
void budget_note(struct daemon *d, size_t index);
/* Such runs of the process before: each is its slot's result, a skip that has sent something. */
void budget_charge(struct daemon *d, struct watch_set *set);

/* The executor's question: whether the check of a run is still watched. */
bool runs_wanted(void *ctx, void *cookie);
/* The executor's news. */
void runs_started(void *ctx, const struct check *check, void *cookie);
void runs_finished(void *ctx, struct record *record, void *cookie);
/* One that failed for no fault of the monitor's network. */
void runs_go_on(struct daemon *d, struct record *record, void *cookie);
/* Where the check of a run stands in the newest set; -1: nowhere. */
ptrdiff_t runs_place(const struct daemon *d, const void *cookie);
/* A finished run that needs no more looking at. */
void runs_land(struct daemon *d, struct record *record, void *cookie);

#endif
