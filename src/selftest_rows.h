/* selftest_rows.h - under what the checks are tried: the rows of the stand-in's table. Pure. */
#ifndef OUTRIDER_SELFTEST_ROWS_H
#define OUTRIDER_SELFTEST_ROWS_H

#include "cli.h"
#include "proof/matrix.h"
#include "sim/sim.h"

struct selftest_row {
	struct row row; /* without cells */
	const char *spec; /* NAME[=DURATION]; NULL: healthy */
	bool tls; /* means something with TLS only */
};

/* Healthy first, then the faults, then the variants that cli asks for, each in the table's order.
 * smallest_us: of all limits of time; legal pauses stay well below it. NULL with an error when
 * nothing fits a name that was given. */
const struct selftest_row *selftest_rows(struct arena *arena, const struct cli *cli,
	int64_t smallest_us, size_t *n, struct error *error) MUST_CHECK;

#endif
