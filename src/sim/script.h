/* sim/script.h - an answer as a list of timed actions on a connection, so that any lie on the wire
 * is a script. Pure: the runner takes `now` and says what to do next. The arena of the request owns
 * the actions and their bytes. */
#ifndef OUTRIDER_SIM_SCRIPT_H
#define OUTRIDER_SIM_SCRIPT_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { SCRIPT_ACTIONS_MAX = 16384, SCRIPT_LATE_MAX_US = 20000 };

/* What bytes are, for the journal: of an answer its head and body, of a stream its events. */
#define SCRIPT_MARKS(X)                                                                            \
	X(HEAD, "head")                                                                            \
	X(BODY, "body") /* a piece of it */                                                        \
	X(COMMENT, "comment")                                                                      \
	X(ROLE, "role") /* from here on: events */                                                 \
	X(EMPTY, "empty")                                                                          \
	X(REASONING, "reasoning")                                                                  \
	X(TOKEN, "token")                                                                          \
	X(NOTE, "note") /* a token that finishes as well */                                        \
	X(FINISH, "finish")                                                                        \
	X(USAGE, "usage")                                                                          \
	X(OTHER, "other")                                                                          \
	X(DONE, "done")

enum script_mark {
#define X(id, name) MARK_##id,
	SCRIPT_MARKS(X)
#undef X
		MARKS_N
};

const char *script_mark_name(enum script_mark mark);

/* Several, when events share a chunk. Each is an enum script_mark. */
struct marks {
	const uint8_t *p;
	size_t n;
};

#define MARKS_NONE ((struct marks){NULL, 0})
struct marks mark_of(enum script_mark mark);

enum action_kind {
	ACTION_WAIT, /* us */
	ACTION_SEND, /* bytes */
	ACTION_DRIP, /* bytes, `step` at a time, us apart */
	ACTION_REPEAT, /* bytes, `times` times (0: for ever), us apart */
	ACTION_HOLD, /* silence until the peer leaves */
	ACTION_FIN, /* close our side, nothing more */
	ACTION_RESET, /* RST */
};

struct action {
	enum action_kind kind;
	struct marks marks;
	struct str bytes;
	int64_t us;
	size_t step, times;
};

struct script {
	struct arena *arena;
	struct action *actions;
	size_t n, cap;
	bool close; /* no further request on this connection */
	/* A wait counts from when the last one was to end, not from when it did, unless that is
	 * SCRIPT_LATE_MAX_US ago or more than half of the wait. */
	bool steady;
	uint64_t tag; /* the journal's entry; 0: none */
};

void script_init(struct script *script, struct arena *arena);
void script_wait(struct script *script, int64_t us); /* nothing for us <= 0 */
void script_send(struct script *script, struct str bytes, struct marks marks);
/* The bytes as one chunk; nothing for no bytes (it would be the last chunk). extension: behind its
 * size, "" for none; trailers: lines, "" for none. */
void script_chunk(
	struct script *script, struct str bytes, const char *extension, struct marks marks);
void script_last_chunk(struct script *script, const char *trailers);
void script_repeat(struct script *script, struct str bytes, int64_t us, size_t times);
void script_hold(struct script *script);
void script_fin(struct script *script);
void script_reset(struct script *script);

/* Every send becomes a drip of `step` bytes, us apart. */
void script_tear(struct script *script, size_t step, int64_t us);

struct script_run {
	const struct script *script;
	size_t at; /* action */
	size_t offset; /* bytes of it that are out, in this round */
	size_t rounds; /* of a repeat */
	int64_t due_us; /* when the last wait was to end; 0: there was none */
	int64_t wake_us; /* 0: not sleeping */
};

enum step_kind { STEP_WRITE, STEP_SLEEP, STEP_HOLD, STEP_FIN, STEP_RESET, STEP_END };

struct step {
	enum step_kind kind;
	struct str bytes; /* STEP_WRITE: as many as the socket takes */
	int64_t until_us; /* STEP_SLEEP */
};

struct script_run script_start(const struct script *script);
struct step script_step(struct script_run *run, int64_t now_us);
/* n bytes of a STEP_WRITE are out. Returns the marks when an action's bytes are all out, else
 * none. */
struct marks script_wrote(struct script_run *run, size_t n, int64_t now_us);

#endif
