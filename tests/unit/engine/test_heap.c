#include "unit.h"

#include "engine/heap.h"

#include <stdlib.h>
#include <string.h>

enum { KEEPS = HEAP_KEPT_MAX > 0 };

static void what_was_freed_is_the_next_one(void **state)
{
	(void)state;
	heap_begin();
	static const size_t sizes[] = {0, 1, 64, 65, 4097, HEAP_PIECE_MAX};
	for (size_t i = 0; i < COUNT(sizes); i++) {
		void *first = heap_alloc(sizes[i]);
		assert_non_null(first);
		memset(first, 0xa5, sizes[i]);
		heap_free(first);
		assert_int_equal(heap_kept() > 0, KEEPS);
		void *second = heap_alloc(sizes[i]);
		if (KEEPS)
			assert_ptr_equal(second, first);
		memset(second, 0xa5, sizes[i]);
		assert_int_equal(heap_kept(), 0);
		heap_free(second);
		unsigned char *zeroed = heap_alloc_zeroed(sizes[i], 1);
		for (size_t at = 0; at < sizes[i]; at++)
			assert_int_equal(zeroed[at], 0);
		free(zeroed); /* a piece is malloc's own */
	}
	heap_end();
}

/* A piece of one size must never come back for a request that is larger. */
static void a_piece_has_the_room_that_is_asked_for(void **state)
{
	(void)state;
	heap_begin();
	char *pieces[200];
	for (size_t round = 0; round < 50; round++) {
		for (size_t i = 0; i < COUNT(pieces); i++) {
			size_t size = 1 + (i * 97 + round * 31) % 2000;
			pieces[i] = i % 3 ? heap_alloc(size) : heap_grow(NULL, size);
			memset(pieces[i], (int)i, size); /* AddressSanitizer and malloc look */
		}
		for (size_t i = 0; i < COUNT(pieces); i++) {
			assert_int_equal((unsigned char)pieces[i][0], i);
			heap_free(pieces[i]);
		}
	}
	char *strange = strdup("from elsewhere");
	heap_free(strange);
	heap_free(NULL);
	heap_end();
}

static void what_grows_keeps_its_bytes(void **state)
{
	(void)state;
	heap_begin();
	size_t size = 1;
	char *text = heap_grow(NULL, size);
	text[0] = 'a';
	for (; size < 4 * HEAP_PIECE_MAX; size += size / 3 + 1) {
		text = heap_grow(text, size + size / 3 + 1);
		assert_non_null(text);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(text[i], 'a');
		memset(text, 'a', size + size / 3 + 1);
	}
	text = heap_grow(text, 3);
	assert_int_equal(text[2], 'a');
	heap_free(text);
	char *copy = heap_strdup("copied");
	assert_string_equal(copy, "copied");
	heap_free(copy);
	heap_end();
}

static void no_more_is_kept_than_the_limit(void **state)
{
	(void)state;
	enum { N = 2 * 512 * 1024 / HEAP_PIECE_MAX };
	void *pieces[N];
	heap_begin();
	for (size_t i = 0; i < N; i++)
		pieces[i] = heap_alloc(HEAP_PIECE_MAX);
	for (size_t i = 0; i < N; i++)
		heap_free(pieces[i]);
	assert_true(heap_kept() <= HEAP_KEPT_MAX);
	heap_free(heap_alloc(HEAP_PIECE_MAX + 1));
	assert_true(heap_kept() <= HEAP_KEPT_MAX);
	heap_end();
}

static void the_last_end_gives_all_back(void **state)
{
	(void)state;
	heap_begin();
	heap_begin();
	heap_free(heap_alloc(1000));
	heap_end();
	assert_int_equal(heap_kept() > 0, KEEPS);
	heap_end();
	assert_int_equal(heap_kept(), 0);
	heap_free(heap_alloc(1000)); /* who never began keeps nothing */
	assert_int_equal(heap_kept(), 0);
}

static void what_is_too_much_is_refused(void **state)
{
	(void)state;
	assert_null(heap_alloc_zeroed(SIZE_MAX / 2, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_freed_is_the_next_one),
		cmocka_unit_test(a_piece_has_the_room_that_is_asked_for),
		cmocka_unit_test(what_grows_keeps_its_bytes),
		cmocka_unit_test(no_more_is_kept_than_the_limit),
		cmocka_unit_test(the_last_end_gives_all_back),
		cmocka_unit_test(what_is_too_much_is_refused),
	};
	return RUN(tests);
}
