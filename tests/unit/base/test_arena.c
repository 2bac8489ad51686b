#include "unit.h"

#include "base/arena.h"
#include "base/memory.h"

#include <stdlib.h>

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena);
	enum { N = 300 };
	unsigned char *pieces[N];
	size_t sizes[N];
	size_t sum = 0;
	uint32_t seed = 7;
	for (size_t i = 0; i < N; i++) {
		sizes[i] = i % 37 == 0 ? 100000 : dice(&seed) % 200;
		pieces[i] = arena_alloc(&arena, sizes[i]);
		sum += sizes[i];
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(pieces[i][k], 0);
		memset(pieces[i], (int)(i % 255 + 1), sizes[i]);
	}
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(pieces[i][k], i % 255 + 1);
	assert_int_equal(arena.used, sum);
	arena_fini(&arena);
	assert_null(arena.blocks);
	assert_int_equal(arena.used, 0);
}

static void strings_are_copied(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena);
	char text[] = "hello";
	char *copy = arena_strdup(&arena, text);
	char *part = arena_strndup(&arena, (struct str){text, 3});
	struct str whole = arena_str(&arena, STR("a\0b"));
	text[0] = 'X';
	assert_string_equal(copy, "hello");
	assert_string_equal(part, "hel");
	assert_true(str_eq(whole, STR("a\0b")));
	assert_int_equal(whole.p[3], '\0');
	assert_string_equal(arena_printf(&arena, "%s-%d", "x", 42), "x-42");
	assert_null(arena_strdup(&arena, NULL));
	assert_string_equal(arena_strndup(&arena, (struct str){NULL, 0}), "");
	arena_fini(&arena);
}

static char order[8];

static void remember(void *what)
{
	size_t n = strlen(order);
	order[n] = *(char *)what;
}

static void releases_run_last_first(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena);
	memset(order, 0, sizeof(order));
	for (int i = 0; i < 3; i++) {
		char *what = arena_alloc(&arena, 1);
		*what = (char)('a' + i);
		arena_on_fini(&arena, remember, what);
	}
	assert_string_equal(order, "");
	arena_fini(&arena);
	assert_string_equal(order, "cba");
	arena_fini(&arena);
	assert_string_equal(order, "cba");
}

static void a_reset_keeps_one_block_and_zeroes_it(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena);
	char what = 'a';
	memset(order, 0, sizeof(order));
	memset(arena_alloc(&arena, 1000), 'x', 1000);
	arena_on_fini(&arena, remember, &what);
	memset(arena_alloc(&arena, 2000), 'x', 2000); /* in a second block */
	arena_reset(&arena);
	assert_string_equal(order, "a");
	assert_int_equal(arena.used, 0);
	const struct arena_block *kept = arena.blocks;
	assert_non_null(kept);
	const char *piece = arena_alloc(&arena, 3000);
	assert_ptr_equal(arena.blocks, kept);
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(piece[i], 0);
	memset(arena_alloc(&arena, 200000), 'x', 200000);
	arena_alloc(&arena, 5000); /* the newest is too large to be kept */
	arena_reset(&arena);
	assert_null(arena.blocks);
	arena_reset(&arena);
	arena_fini(&arena);
	assert_string_equal(order, "a");
}

static void the_heap_copies(void **state)
{
	(void)state;
	assert_null(mem_strdup(NULL));
	char *copy = mem_strdup("abc");
	copy = mem_grow(copy, 100);
	assert_string_equal(copy, "abc");
	free(copy);
	char *part = mem_strndup((struct str){"abcdef", 2});
	assert_string_equal(part, "ab");
	free(part);
	int *zero = MEM_NEW(int);
	assert_int_equal(*zero, 0);
	free(zero);
	free(mem_alloc(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(releases_run_last_first),
		cmocka_unit_test(a_reset_keeps_one_block_and_zeroes_it),
		cmocka_unit_test(the_heap_copies),
	};
	return RUN(tests);
}
