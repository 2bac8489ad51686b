/* engine/hook.h - runs a program without a shell: in its own process group, with no signal blocked or
 * ignored and no file of ours open, input on its
 * standard input, a time limit (TERM, then KILL to the whole group), capped output. Loop thread of
 * the given base. */
#ifndef OUTRIDER_ENGINE_HOOK_H
#define OUTRIDER_ENGINE_HOOK_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

struct event_base;
struct hook;

enum { HOOK_OUTPUT_MAX = 16384, HOOK_KILL_GRACE_MS = 2000 };

struct hook_request {
	const char *const *argv; /* NULL-terminated; argv[0] is a path, or found in PATH */
	const char *const *environ; /* "NAME=value", added to ours; NULL-terminated, or NULL */
	struct str input; /* copied */
	int64_t timeout_us;
};

struct hook_result {
	bool ok; /* started, exited with 0, in time */
	int exit_status; /* -1: by a signal or never started */
	bool timed_out;
	struct str output; /* stdout and stderr, inert; borrowed for the call */
	const char *detail; /* in words when not ok */
	int error; /* why it never started, an errno; 0: it did */
	int signal; /* that ended it; 0: none did */
};

/* finished is called exactly once, never from inside hook_start. */
struct hook *hook_start(struct event_base *base, const struct hook_request *request,
	void (*finished)(void *ctx, const struct hook_result *result), void *ctx);
/* The soft limit of open files that programs get, when ours is higher (we raised it); 0: ours. Before there
 * are threads. */
void hook_limit_files(uint64_t soft);
/* Kills the group now; finished is not called. */
void hook_kill(struct hook *hook);

#endif
