/* What every unit test of this room includes: cmocka with its prerequisites. */
#ifndef OUTRIDER_TESTS_UNIT_ENGINE_UNIT_H
#define OUTRIDER_TESTS_UNIT_ENGINE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RUN(tests) cmocka_run_group_tests((tests), NULL, NULL)

#define assert_contains(text, part)                                                                \
	do {                                                                                       \
		if (!strstr((text), (part)))                                                       \
			fail_msg("\"%s\" does not contain \"%s\"", (text), (part));                \
	} while (0)

#endif
