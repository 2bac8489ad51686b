/* report/proof_gaps.h - the end of a self-test's report. */
#ifndef OUTRIDER_REPORT_PROOF_GAPS_H
#define OUTRIDER_REPORT_PROOF_GAPS_H

#include "report/proof.h"

/* What is missing, in plain words, and the verdict in one line. */
void proof_put_gaps(FILE *out, const struct matrix *matrix, const struct proof_options *options);

#endif
