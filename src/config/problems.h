/* config/problems.h - what is wrong with a configuration: collected in any order, printed in that
 * of the files. Owned by one load; one thread. */
#ifndef OUTRIDER_SRC_CONFIG_PROBLEMS_H
#define OUTRIDER_SRC_CONFIG_PROBLEMS_H

#include "config/config.h"
#include "config/node.h"

enum {
	PROBLEMS_MAX = 200, /* more are counted, not printed */
	DIAGNOSTICS_BYTES_MAX = 512 * 1024,
	EXCERPT_WIDTH = 66, /* with the line's number less than a terminal */
	FILES_WAIT_US =
		5000000, /* for files that block, in all: who reloads stands still meanwhile */
	SHOWN_MAX = 60, /* bytes of the file's own words in a message */
};

/* For "%.*s": not more of it than a message bears. */
#define SHOWN(text) (int)((text).n < SHOWN_MAX ? (text).n : SHOWN_MAX), (text).n ? (text).p : ""

struct problem {
	struct place place;
	size_t order;
	const char *text;
};

struct problems {
	struct arena *arena;
	struct problem *items; /* PROBLEMS_MAX at most */
	size_t n, unprinted;
	bool missing;
	int64_t wait_us; /* how long files that block are still waited for, in this load */
};

void problems_init(struct problems *problems, struct arena *arena);
/* Always false, so that `return problem(...)` reads well. The same text at the same place counts
 * once. */
bool problem(struct problems *problems, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* At the node, which is not read any more. */
bool problem_at(struct problems *problems, struct node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* At needle in the node's text, as the file has it. */
bool problem_in(struct problems *problems, const struct node *node, const char *needle,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
bool problems_any(const struct problems *problems);
/* ", did you mean 'x'?", " (known: x, y)" or "". names ends with NULL. */
const char *problems_hint(struct problems *problems, struct str word, const char *const *names);

/* Secrets are left out. */
void problems_print(const struct problems *problems, const struct secrets *secrets, bool color,
	struct diagnostics *diagnostics);

#endif
