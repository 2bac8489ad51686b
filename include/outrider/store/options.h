/* store/options.h - where results are kept and for how long. */
#ifndef OUTRIDER_STORE_OPTIONS_H
#define OUTRIDER_STORE_OPTIONS_H

#include <stdint.h>

struct store_options {
	const char *path; /* of the database; its directory must exist */
	int64_t keep_results_us; /* 0: for ever */
	int64_t keep_evidence_us;
};

#endif
