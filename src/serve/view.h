/* serve/view.h - what the board shows at one moment: values copied into the reader's arena. The
 * definitions of the checks are shared, constant, and live as long as the arena does. One thread. */
#ifndef OUTRIDER_SERVE_VIEW_H
#define OUTRIDER_SERVE_VIEW_H

#include "base/arena.h"
#include "serve/board.h"
#include "watch/maintenance.h"
#include "watch/slo.h"

enum { BOARD_RECENT_MAX = 30 };

struct board_service {
	const char *id, *title;
};

/* What a step must answer, in words, redacted and inert. */
struct board_demand {
	uint8_t step; /* from 1; 0: there is but one */
	enum outcome severity; /* OUTCOME_WARN: it only warns */
	const char *subject, *expected; /* "stream.ttft", "at most 5s" */
};

/* A check as the plan defines it. */
struct board_definition {
	const char *id, *title, *description, *runbook, *spec; /* title: never NULL */
	const char *asks; /* "POST /v1/chat/completions", of several steps the first's; redacted */
	const struct board_demand *demands;
	const char *const *tags;
	const size_t *depends_on; /* indexes */
	int64_t every_us, timeout_us;
	const char *known_issue; /* the reason; NULL: none */
	int64_t known_until_wall_us; /* 0: no end */
	struct slo slo;
	uint32_t service; /* index */
	uint32_t n_tags, n_demands;
	uint16_t n_depends_on;
	bool enabled;
	uint8_t n_steps; /* but those of cleanup */
};

struct board_plan {
	const char *mode;
	bool demo;
	const struct board_service *services;
	size_t n_services;
	const struct board_definition *checks;
	size_t n_checks;
	const struct maintenance_window *windows; /* of the file; indexes are those of checks */
	size_t n_windows;
};

/* A check's newest result. Times that were not measured are -1; texts are inert, never NULL. */
struct board_last {
	uint64_t key;
	int64_t started_wall_us, duration_us;
	enum outcome outcome;
	enum reason reason;
	bool known_issue, maintenance, passed_after_retry, is_stream;
	enum integrity integrity; /* when is_stream */
	unsigned attempts;
	int http_status; /* 0: none */
	struct timing timing;
	int64_t ttft_us;
	int64_t tls_expires_us; /* 0: no TLS */
	const char *message, *request_id, *address;
};

struct board_recent {
	uint64_t key;
	enum outcome outcome;
	enum reason reason;
};

struct board_count {
	enum outcome outcome;
	enum reason reason;
	uint64_t n;
};

struct board_check {
	const struct board_definition *definition;
	struct health health;
	int64_t since_wall_us; /* of the state; 0: not known */
	uint64_t incident; /* open; 0: none */
	ptrdiff_t root; /* of it: struct board_incident */
	bool acknowledged; /* the incident: a person takes care of it */
	int64_t next_wall_us; /* when its next run is due; 0: never, or not known */
	bool running;
	bool paused; /* by hand: it shows no state */
	uint64_t missed;
	bool has_last;
	struct board_last last;
	const struct slo_report *slo; /* NULL: no objective, or nobody has looked */
	/* not with BOARD_METRICS, which has no texts of the last one either */
	struct board_recent *recent; /* BOARD_RECENT_MAX, newest first */
	size_t n_recent;
	/* with BOARD_METRICS only; a histogram that nothing was added to is NULL */
	const struct board_count *counts;
	size_t n_counts;
	uint64_t prompt_tokens, completion_tokens;
	const struct histogram *duration, *ttft, *token_gap;
};

struct board_view {
	uint64_t newest_event; /* all up to that one is in it */
	uint64_t generation; /* rises with every change that a page shows */
	int64_t updated_wall_us; /* when the newest result or state came; 0: never */
	const struct board_plan *plan; /* never NULL; empty before the first board_load */
	struct board_check *checks; /* n_checks of the plan, in its order */
	struct board_self self;
	bool self_known;
	bool concealed; /* for a guest: serve/conceal.h */
	const char *still; /* what of the daemon stands still; NULL: nothing */
};

enum board_depth { BOARD_STATE, BOARD_METRICS };

/* Each check is consistent in itself; the loop never waits for more than a few of them to be
 * copied. The arena must be finished before the board is freed. */
struct board_view *board_view(struct board *board, struct arena *arena, enum board_depth depth);
uint64_t board_generation(struct board *board);
/* The plan as it is now. It lives as long as the arena does. */
const struct board_plan *board_plan(struct board *board, struct arena *arena);

/* The index of the check of that id; n_checks: none. */
size_t board_find(const struct board_plan *plan, const char *id);

#endif
