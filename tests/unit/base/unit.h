/* What every unit test of this room includes: cmocka with its prerequisites. */
#ifndef OUTRIDER_TESTS_UNIT_BASE_UNIT_H
#define OUTRIDER_TESTS_UNIT_BASE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RUN(tests) cmocka_run_group_tests((tests), NULL, NULL)

/* A repeatable stream of numbers for property tests. */
static inline uint32_t dice(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

#endif
