/* base/memory.h - the heap. Out of memory prints one line and aborts: the only place that does. */
#ifndef OUTRIDER_BASE_MEMORY_H
#define OUTRIDER_BASE_MEMORY_H

#include "base/str.h"

#include <stddef.h>

void *mem_alloc(size_t size); /* zeroed */
void *mem_grow(void *old, size_t size);
void mem_trim(void); /* after much was freed: gives it back to the system */
char *mem_strdup(const char *text); /* NULL gives NULL */
char *mem_strndup(struct str text);
_Noreturn void mem_exhausted(void);

#define MEM_NEW(type) ((type *)mem_alloc(sizeof(type)))

#endif
