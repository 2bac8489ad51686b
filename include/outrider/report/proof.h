/* report/proof.h - what a self-test says: the matrix of checks and faults to a person, and all of it
 * as JSON to programs. */
#ifndef OUTRIDER_REPORT_PROOF_H
#define OUTRIDER_REPORT_PROOF_H

#include "proof/matrix.h"

#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>

struct proof_options {
	bool color, quiet, verbose;
	unsigned width; /* of the terminal; 0: unknown */
	int64_t duration_us;
	bool interrupted;
};

/* One line, drawn over; empty with done == n. */
void proof_progress(
	FILE *out, const struct proof_options *options, size_t done, size_t n, const char *phase);

/* The matrix with its legend (unless quiet), what is missing, and the verdict in one line. */
void proof_print(FILE *out, const struct matrix *matrix, const struct proof_options *options);

/* Version 1: verdict, checks, rows with a cell for each check that met it. */
void proof_json(const struct matrix *matrix, const struct proof_options *options, struct buf *out);

#endif
