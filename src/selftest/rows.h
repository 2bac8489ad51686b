/* selftest/rows.h - under what the checks are tried: the rows of the stand-in's table. Pure. */
#ifndef OUTRIDER_SELFTEST_ROWS_H
#define OUTRIDER_SELFTEST_ROWS_H

#include "cli.h"
#include "proof/matrix.h"
#include "sim/sim.h"

struct selftest_row {
	struct row row; /* without cells */
	const char *spec; /* NAME[=DURATION]; NULL: healthy */
	bool tls; /* means something with TLS only */
	int64_t pause_us; /* of a fault that pauses: what is expected must see it, not the timeout */
};

/* Healthy first, then the faults, then the variants that cli asks for, each in the table's order.
 * smallest_us: of all limits of time; legal pauses stay well below it. largest_us: of all that is
 * expected; a fault's pause is longer. NULL with an error when nothing fits a name that was given. */
const struct selftest_row *selftest_rows(struct arena *arena, const struct cli *cli,
	int64_t smallest_us, int64_t largest_us, size_t *n, struct error *error) MUST_CHECK;

#endif
