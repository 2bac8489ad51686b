/* What every unit test of this room includes: cmocka with its prerequisites, and short words. */
#ifndef OUTRIDER_TESTS_UNIT_SIM_UNIT_H
#define OUTRIDER_TESTS_UNIT_SIM_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#include "base/str.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RUN(tests) cmocka_run_group_tests((tests), NULL, NULL)

#define assert_str(got, expected)                                                                  \
	do {                                                                                       \
		struct str got_ = (got);                                                           \
		if (!str_eq(got_, str_of(expected)))                                               \
			fail_msg("got \"%.*s\", expected \"%s\"", STR_ARG(got_), (expected));      \
	} while (0)

#endif
