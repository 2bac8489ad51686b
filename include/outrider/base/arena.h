/* base/arena.h - memory that lives and dies together. A plan and a run each own one.
 * Not shared between threads. Out of memory ends the process in one place (base/memory.h). */
#ifndef OUTRIDER_BASE_ARENA_H
#define OUTRIDER_BASE_ARENA_H

#include "base/str.h"

#include <stdarg.h>
#include <stddef.h>

struct arena {
	struct arena_block *blocks;
	struct arena_release *releases;
	size_t used; /* bytes handed out */
};

void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);
/* arena_fini, but one block of ordinary size stays for what comes next. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, struct str text); /* NUL-terminated */
struct str arena_str(struct arena *arena, struct str text);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* release(what) runs in arena_fini, the last one given first. */
void arena_on_fini(struct arena *arena, void (*release)(void *), void *what);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
