/* inspect/explain.h - --explain: checks as they would run, and where each of their values comes from. */
#ifndef OUTRIDER_EXPLAIN_H
#define OUTRIDER_EXPLAIN_H

#include "cli.h"
#include "inspect/paper.h"

/* Returns the exit status. */
int explain_run(const struct cli *cli);

/* The request of one step as it would be sent; {{names}} stay. */
void explain_request(struct paper *paper, const struct config *config, size_t check, size_t step);

#endif
