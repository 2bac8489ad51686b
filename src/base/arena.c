#include "base/arena.h"

#include "base/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	ARENA_BLOCK_MIN = 2048,
	ARENA_BLOCK_MAX = 64 * 1024,
	ARENA_BLOCK_KEPT = 4096, /* by arena_reset, at most */
	PRINTED_USUALLY = 256, /* bytes of a formatted text; a longer one is formatted twice */
};

struct arena_block { /* the newest first; only the first one is filled further */
	struct arena_block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) char bytes[];
};

struct arena_release {
	struct arena_release *next;
	void (*release)(void *);
	void *what;
};

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

static void release_all(struct arena *arena)
{
	while (arena->releases) {
		struct arena_release *first = arena->releases;
		arena->releases = first->next;
		first->release(first->what);
	}
}

static void free_blocks(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;
		free(block);
		block = next;
	}
}

void arena_fini(struct arena *arena)
{
	release_all(arena);
	free_blocks(arena->blocks);
	arena_init(arena);
}

void arena_reset(struct arena *arena)
{
	struct arena_block *newest = arena->blocks;
	if (!newest || newest->size > ARENA_BLOCK_KEPT) {
		arena_fini(arena);
		return;
	}
	release_all(arena);
	free_blocks(newest->next);
	memset(newest->bytes, 0, newest->used);
	newest->next = NULL;
	newest->used = 0;
	*arena = (struct arena){.blocks = newest};
}

static struct arena_block *block_new(size_t size)
{
	struct arena_block *block = mem_alloc(sizeof(struct arena_block) + size);
	block->size = size;
	return block;
}

/* A large piece gets a block of its own behind the one being filled. */
static struct arena_block *block_for(struct arena *arena, size_t size)
{
	struct arena_block *first = arena->blocks;
	if (first && first->used < first->size && first->size - first->used >= size)
		return first;
	size_t usual = first ? first->size * 2 : ARENA_BLOCK_MIN;
	if (usual > ARENA_BLOCK_MAX)
		usual = ARENA_BLOCK_MAX;
	struct arena_block *block = block_new(size > usual ? size : usual);
	if (first && size > usual) {
		block->next = first->next;
		first->next = block;
	} else {
		block->next = first;
		arena->blocks = block;
	}
	return block;
}

static void *take(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 2)
		mem_exhausted();
	size_t room = size ? size : 1; /* no two pieces at one place */
	struct arena_block *block = block_for(arena, room);
	void *p = block->bytes + block->used;
	block->used += room;
	arena->used += size;
	return p;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	if (arena->blocks) /* texts end anywhere */
		arena->blocks->used += -arena->blocks->used & (align - 1);
	return take(arena, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		mem_exhausted();
	return arena_alloc(arena, count * size);
}

char *arena_strndup(struct arena *arena, struct str text)
{
	if (text.n == SIZE_MAX)
		mem_exhausted();
	char *copy = take(arena, text.n + 1);
	if (text.n)
		memcpy(copy, text.p, text.n);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return text ? arena_strndup(arena, str_of(text)) : NULL;
}

struct str arena_str(struct arena *arena, struct str text)
{
	return (struct str){arena_strndup(arena, text), text.n};
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char first[PRINTED_USUALLY];
	int n = vsnprintf(first, sizeof(first), format, args);
	va_end(args);
	if (n < 0)
		return arena_strdup(arena, "");
	if ((size_t)n < sizeof(first))
		return arena_strndup(arena, (struct str){first, (size_t)n});
	char *text = take(arena, (size_t)n + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

void arena_on_fini(struct arena *arena, void (*release)(void *), void *what)
{
	struct arena_release *entry = ARENA_NEW(arena, struct arena_release);
	*entry = (struct arena_release){arena->releases, release, what};
	arena->releases = entry;
}
