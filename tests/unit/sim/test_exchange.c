#include "unit.h"

#include "sim/exchange.h"

#include <string.h>

enum { MANY = 20000 };

/* A proof compares answers and knows an id by a digit in it. */
static void ids_have_a_digit(void **state)
{
	struct arena arena;
	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < MANY; i++) {
		const char *hex = exchange_hex(&arena, 6);
		assert_int_equal(strspn(hex, "0123456789abcdef"), 6);
		assert_int_equal(strlen(hex), 6);
		if (!strpbrk(hex, "0123456789"))
			fail_msg("no digit in \"%s\"", hex);
	}
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_have_a_digit),
	};
	return RUN(tests);
}
