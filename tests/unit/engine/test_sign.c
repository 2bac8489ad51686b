#include "engine/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void signs(struct str key, struct str text, const char *hex)
{
	char out[SIGN_HEX_MAX];
	assert_string_equal(sign_sha256(key, text, out), hex);
}

/* RFC 4231, 4.3 and 4.7: a short key, and one that is longer than a block. */
static void the_rfcs_own(void **state)
{
	(void)state;
	char key[131];
	memset(key, 0xaa, sizeof(key));
	signs(STR("Jefe"), STR("what do ya want for nothing?"),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	signs((struct str){key, sizeof(key)},
		STR("Test Using Larger Than Block-Size Key - Hash Key First"),
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void nothing_is_signed_too(void **state)
{
	(void)state;
	signs((struct str){NULL, 0}, (struct str){NULL, 0},
		"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rfcs_own),
		cmocka_unit_test(nothing_is_signed_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
