/* store/options.h - where results are kept and for how long. */
#ifndef OUTRIDER_STORE_OPTIONS_H
#define OUTRIDER_STORE_OPTIONS_H

#include <stdint.h>

struct store_options {
	const char *path; /* of the database; its directory must exist */
	int64_t keep_results_us; /* 0: for ever */
	int64_t keep_evidence_us;
	unsigned roll_after; /* so many results of a check are rolled up soon; 0: as is best */
	int64_t (*mono_us)(void); /* the clocks it goes by; NULL: the system's */
	int64_t (*wall_us)(void);
};

#endif
