/* A daemon without a loop, sockets and a disk: the watching of a real configuration on a virtual clock, and
 * beside it a plain count of the slots that there were. */
#ifndef OUTRIDER_TESTS_WEEKS_WORLD_H
#define OUTRIDER_TESTS_WEEKS_WORLD_H

#include "daemon/watch_adhoc.h"
#include "unit/config/load.h"
#include "weeks/fake_store.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

enum { SETS_MAX = 64, FILES = 4, LATEST_MAX = 64 };

/* What was due of one check, counted by its interval alone. */
struct truth {
	bool on;
	int64_t every_us, first_us; /* of the slots since it is on */
	uint64_t before; /* those of the times before that */
	int64_t extra_us; /* announced; INT64_MAX: none */
	uint64_t extras; /* that were due */
};

struct flight {
	bool active, maintained;
	struct watch_set *set;
	size_t index;
	int64_t began_us, ends_us;
};

struct world {
	struct store store;
	struct loaded files[FILES];
	const char *path[FILES];
	struct watch_set *set; /* older ones behind it, as long as anything runs */
	struct adhoc adhoc;
	struct moment now;
	struct zone zone;
	uint64_t random;
	struct flight flights[FAKE_CHECKS_MAX + 1]; /* by number */
	struct truth truths[FAKE_CHECKS_MAX + 1];
	int64_t given_us; /* when the oldest of what is not committed was given; 0: all is */
	bool taking; /* slots of this very moment are taken, and no longer only due */
	bool failing; /* what runs fails */
	/* what the tests look at, by number */
	uint64_t sent[FAKE_CHECKS_MAX + 1], sent_today[FAKE_CHECKS_MAX + 1], flagged;
	int64_t today;
};

void world_init(
	struct world *world, const char *const files[FILES], int64_t wall_us, uint64_t seed);
void world_fini(struct world *world);
uint32_t world_random(struct world *world, uint32_t below);
uint32_t world_number(struct world *world, const char *id);

void world_start(struct world *world, size_t file); /* from what the store's file holds */
void world_kill(struct world *world, int64_t away_us);
/* The same behind a boot of the machine: the monotonic clock begins anew. */
void world_reboot(struct world *world, size_t file);
void world_reload(struct world *world, size_t file);
/* Time passes, and nothing is done in it. */
void world_sleep(struct world *world, int64_t us);
void world_run(struct world *world, int64_t us);
/* Every slot before now is a result, missed, under way or owed; fails otherwise. */
void world_check(struct world *world, const char *after);

#endif
