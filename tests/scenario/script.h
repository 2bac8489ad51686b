/* tests/scenario/script.h - a scenario file: blocks, each a check and what happens to it.
 *
 *   === the name of the block
 *   get: /health                        a check's keys; its id is check, its service gateway
 *                                       (http) unless it says secure (https)
 *   ---
 *   at 20 headers 200                   times in ms; a timer that is due before fires by itself
 *   at 25 body "{\"status\":\"ok\"}"
 *   at 26 done ok
 *   expect finish pass status=200
 *
 * Events: connected, headers STATUS [NAME: VALUE; ...], body "...", json STATUS "..." (headers and
 * body), stream (the headers of one), token "...", reasoning "...", ping, stop, [DONE],
 * done ok|REASON ["in words"], timer, start, cancel. The first event is a start at 0, unless the
 * script has one of its own.
 * Demands: expect send|wait|abort|pause|finish, then the outcome, FACT=TEXT, FACT contains "...",
 * FACT ends "...", FACT lacks "...", note and finding among all of them.
 * Directives: torn (replay with bodies torn at every byte), by-hand (an aborted transfer ends only
 * when the script says so), evidence, whole, wall UNIX-SECONDS. */
#ifndef OUTRIDER_TESTS_SCENARIO_SCRIPT_H
#define OUTRIDER_TESTS_SCENARIO_SCRIPT_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>

enum { WORDS_MAX = 48 };

struct word {
	struct str text; /* NUL follows it */
	bool quoted;
};

struct line {
	unsigned number;
	const char *raw; /* from the third word on: headers are read by themselves */
	struct word words[WORDS_MAX];
	size_t n;
};

struct block {
	const char *name;
	unsigned number; /* of its first line */
	const char *yaml; /* a whole configuration */
	struct line *lines;
	size_t n_lines;
};

struct script {
	const char *path;
	struct block *blocks;
	size_t n_blocks;
};

/* Ends the program with FILE:LINE when the file cannot be read. */
struct script script_read(struct arena *arena, const char *path);

_Noreturn void script_die(const char *path, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

bool word_is(const struct line *line, size_t at, const char *text);

#endif
