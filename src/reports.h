/* reports.h - the reports a single run was asked for: where each goes is looked at before the run,
 * and each is written, whole or not at all, when it is over. Main thread. */
#ifndef OUTRIDER_REPORTS_H
#define OUTRIDER_REPORTS_H

#include "cli.h"
#include "report/report.h"

/* Two reports may not go to the same place. */
bool reports_validate(const struct cli *cli, struct error *error) MUST_CHECK;

/* Whether each could be written now. */
bool reports_check(const struct cli *cli, struct error *error) MUST_CHECK;

/* Whether there is any, and whether one takes standard output, which then carries nothing else. */
bool reports_any(const struct cli *cli);
bool reports_on_stdout(const struct cli *cli);

/* Each that can't be written is named on standard error, and false returned; the others are. What
 * standard output could not take is left for output_flush to find. */
bool reports_write(const struct cli *cli, const struct report *report) MUST_CHECK;

#endif
