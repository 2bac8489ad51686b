#include "unit.h"

#include "base/siphash.h"

/* Of the authors' list vectors_sip128: the key is 00 01 .. 0f, the text 00 01 02 .. of n bytes. */
static void reference_values(void **state)
{
	(void)state;
	static const struct {
		size_t n;
		uint64_t half[2];
	} cases[] = {
		{0, {UINT64_C(0xe6a825ba047f81a3), UINT64_C(0x930255c71472f66d)}},
		{9, {UINT64_C(0xabbad90a06994426), UINT64_C(0xed716dbb028b7fc4)}},
	};
	unsigned char key[SIPHASH_KEY], text[16];
	for (unsigned char i = 0; i < 16; i++)
		key[i] = text[i] = i;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct siphash hash = siphash(key, (struct str){(const char *)text, cases[i].n});
		assert_true(hash.half[0] == cases[i].half[0]);
		assert_true(hash.half[1] == cases[i].half[1]);
	}
}

static void another_key_another_hash(void **state)
{
	(void)state;
	unsigned char a[SIPHASH_KEY] = {0}, b[SIPHASH_KEY] = {[15] = 1};
	struct siphash first = siphash(a, STR("text")), again = siphash(a, STR("text"));
	struct siphash keyed = siphash(b, STR("text")), other = siphash(a, STR("texu"));
	assert_true(siphash_same(&first, &again));
	assert_false(siphash_same(&first, &keyed));
	assert_false(siphash_same(&first, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reference_values),
		cmocka_unit_test(another_key_another_hash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
