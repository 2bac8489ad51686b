/* The store as the weeks see it: what was given is noted at once and in the file after a commit; a kill
 * loses what was not. Counts instead of rows. */
#ifndef OUTRIDER_TESTS_WEEKS_FAKE_STORE_H
#define OUTRIDER_TESTS_WEEKS_FAKE_STORE_H

#include "store/store.h"

enum { FAKE_CHECKS_MAX = 32 };

struct fake_counts {
	uint64_t results, missed;
};

struct fake_check {
	char id[32];
	struct stored_state state;
	bool known;
	int64_t paused_us;
	struct fake_counts counts;
};

struct fake_file {
	struct fake_check checks[FAKE_CHECKS_MAX + 1]; /* by number, from 1 */
	uint32_t n;
	struct adhoc_window windows[ADHOC_WINDOWS_MAX];
	struct adhoc_kept kept;
	uint64_t opened_inside; /* incidents that a result inside a maintenance window opened */
};

struct store {
	struct fake_file now, file;
};

void fake_commit(struct store *store);
void fake_kill(struct store *store, int64_t wall_us);

#endif
