/* store/options.h - where results are kept and for how long. */
#ifndef OUTRIDER_STORE_OPTIONS_H
#define OUTRIDER_STORE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* How long what is kept; 0: for ever. */
struct store_keep {
	int64_t results_us, evidence_us;
	int64_t minutes_us, hours_us, days_us; /* the rollups */
	int64_t incidents_us; /* after their end, with their alerts */
	int64_t max_bytes; /* of the file and its log; 0: no matter */
};

struct store_options {
	const char *path; /* of the database; its directory must exist */
	struct store_keep keep;
	bool demo; /* for a history that is made up (store/past.h), and for nothing else */
	unsigned roll_after; /* so many results of a check are rolled up soon; 0: as is best */
	int64_t (*mono_us)(void); /* the clocks it goes by; NULL: the system's */
	int64_t (*wall_us)(void);
};

#endif
