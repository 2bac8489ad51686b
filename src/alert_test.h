/* alert_test.h - outrider --alert-test CHANNEL. */
#ifndef OUTRIDER_ALERT_TEST_H
#define OUTRIDER_ALERT_TEST_H

#include "cli.h"

/* Returns the exit status. */
int alert_test_run(const struct cli *cli);

#endif
