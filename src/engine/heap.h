/* engine/heap.h - memory for libcurl. Each request has a handle of its own, so libcurl asks for the same pieces
 * each time; a thread that keeps those of the last requests spares the C library's heap their coming and
 * going. Pieces are malloc's own: the C library's free and realloc may have them too. None is kept under
 * AddressSanitizer, so that it sees every free. */
#ifndef OUTRIDER_ENGINE_HEAP_H
#define OUTRIDER_ENGINE_HEAP_H

#include <stddef.h>

enum {
	HEAP_PIECE_MAX = 16384, /* bytes of a piece that is kept */
#ifdef __SANITIZE_ADDRESS__
	HEAP_KEPT_MAX = 0,
#else
	HEAP_KEPT_MAX = 128 * 1024, /* of all that a thread keeps */
#endif
};

/* Between the two this thread keeps what it frees; they nest. The last end gives all of it back. */
void heap_begin(void);
void heap_end(void);
size_t heap_kept(void); /* bytes, by this thread */

/* As malloc, calloc, realloc, strdup and free. */
void *heap_alloc(size_t size);
void *heap_alloc_zeroed(size_t count, size_t size);
void *heap_grow(void *piece, size_t size);
char *heap_strdup(const char *text);
void heap_free(void *piece);

#endif
