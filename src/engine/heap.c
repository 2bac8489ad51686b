#include "engine/heap.h"

#include <assert.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A list for each size, by steps: its pieces have room for so many. */
enum { STEP = 64, LISTS = HEAP_PIECE_MAX / STEP };

struct piece {
	struct piece *next;
};

static _Thread_local struct {
	struct piece *lists[LISTS + 1];
	size_t bytes;
	unsigned users;
} kept;

void heap_begin(void)
{
	kept.users++;
}

void heap_end(void)
{
	assert(kept.users);
	if (--kept.users)
		return;
	for (size_t i = 0; i <= LISTS; i++)
		while (kept.lists[i]) {
			struct piece *piece = kept.lists[i];
			kept.lists[i] = piece->next;
			free(piece);
		}
	kept.bytes = 0;
}

size_t heap_kept(void)
{
	return kept.bytes;
}

void *heap_alloc(size_t size)
{
	if (size > HEAP_PIECE_MAX)
		return malloc(size);
	size_t steps = size ? (size + STEP - 1) / STEP : 1;
	struct piece *piece = kept.lists[steps];
	if (!piece)
		return malloc(steps * STEP);
	kept.lists[steps] = piece->next;
	kept.bytes -= steps * STEP;
	return piece;
}

void *heap_alloc_zeroed(size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return NULL;
	void *piece = heap_alloc(count * size);
	return piece ? memset(piece, 0, count * size) : NULL;
}

void *heap_grow(void *piece, size_t size)
{
	size_t room = piece ? malloc_usable_size(piece) : 0;
	if (size > HEAP_PIECE_MAX || room > HEAP_PIECE_MAX)
		return realloc(piece, size);
	if (piece && size <= room)
		return piece;
	void *larger = heap_alloc(size);
	if (larger && piece) {
		memcpy(larger, piece, room);
		heap_free(piece);
	}
	return larger;
}

char *heap_strdup(const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = heap_alloc(n);
	return copy ? memcpy(copy, text, n) : NULL;
}

void heap_free(void *memory)
{
	struct piece *piece = memory;
	if (!piece)
		return;
	size_t steps = malloc_usable_size(piece) / STEP;
	if (!kept.users || steps == 0 || steps > LISTS ||
		kept.bytes + steps * STEP > HEAP_KEPT_MAX) {
		free(piece);
		return;
	}
	piece->next = kept.lists[steps];
	kept.lists[steps] = piece;
	kept.bytes += steps * STEP;
}
