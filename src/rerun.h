/* rerun.h - what an earlier report (of --json) wants run again: what failed there, and what was
 * cancelled before it could. Main thread. */
#ifndef OUTRIDER_RERUN_H
#define OUTRIDER_RERUN_H

#include "check/selection.h"
#include "cli.h"
#include "config/config.h"

struct rerun {
	struct arena arena;
	struct check_list checks;
	const char *mode; /* of that run; or NULL */
};

/* Narrows selection to what the report of --rerun-failed ("-": standard input) wants run again: what
 * --fail-on calls a failure; a known issue only when ids were asked for. It may then select nothing. Warns on standard error of checks that
 * the plan has no more; an error when none is left, or the file is no such report. rerun must live
 * as long as selection; rerun_fini is due either way. */
bool rerun_narrow(struct rerun *rerun, const struct cli *cli, struct selection *selection,
	const struct plan *plan, struct error *error) MUST_CHECK;
void rerun_fini(struct rerun *rerun);

/* The path as people know it. */
const char *rerun_source(const char *path);

#endif
