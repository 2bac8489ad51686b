/* store/look.h - a look at a database from outside: nothing is created, locked or written. Blocks
 * for a second or two at most. Any thread. */
#ifndef OUTRIDER_STORE_LOOK_H
#define OUTRIDER_STORE_LOOK_H

#include "base/error.h"

#include <stdint.h>

enum store_state {
	STORE_MISSING, /* it will be made */
	STORE_SOUND,
	STORE_UNCHECKED, /* opens, but too large to be checked in that time */
	STORE_UNUSABLE, /* damaged, another program's, newer than we are, unreadable: the error */
};

struct store_look {
	enum store_state state;
	int version, latest; /* of its tables; the newest we know */
	bool demo; /* it holds a generated history: for --demo only */
	int64_t bytes; /* with its log */
	long holder; /* the process of the daemon that has it open; 0: none */
};

struct store_look store_look(const char *path, struct error *error);

/* "SQLite 3.40.1" */
const char *store_library(void);

#endif
