/* report/github.h - what GitHub's runner is told on standard output (its workflow commands). While
 * people's words are printed it obeys none, so that no service can give it one. Main thread. */
#ifndef OUTRIDER_REPORT_GITHUB_H
#define OUTRIDER_REPORT_GITHUB_H

#include "report/report.h"

enum { GITHUB_TOKEN_BYTES = 16 };

struct github {
	char token[2 * GITHUB_TOKEN_BYTES + 1]; /* nobody can guess it: it ends the silence */
};

struct github github_new(void);

/* Before the checks' lines, and behind them: they fold away. */
void github_fold(const struct github *github, size_t n_checks, FILE *out);
void github_unfold(const struct github *github, FILE *out);

/* At the end: an annotation for each check that is not simply green, at its place in the check
 * file. Paths are named as below GITHUB_WORKSPACE. */
void github_annotate(const struct github *github, const struct report *report, FILE *out);

#endif
