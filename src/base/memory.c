#include "base/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { SMALL = 1024 }; /* bytes */

void mem_exhausted(void)
{
	static const char line[] = "outrider: out of memory\n";
	ssize_t written = write(STDERR_FILENO, line, sizeof(line) - 1);
	(void)written;
	abort();
}

/* glibc's calloc takes nothing of what its thread has just freed; malloc does, of small pieces. */
static void *zeroed(size_t size)
{
	void *p = size <= SMALL ? malloc(size) : calloc(1, size);
	return p && size <= SMALL ? memset(p, 0, size) : p;
}

void *mem_alloc(size_t size)
{
	void *p = zeroed(size ? size : 1);
	if (!p)
		mem_exhausted();
	return p;
}

void *mem_grow(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);
	if (!p)
		mem_exhausted();
	return p;
}

void mem_trim(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

char *mem_strdup(const char *text)
{
	return text ? mem_strndup(str_of(text)) : NULL;
}

char *mem_strndup(struct str text)
{
	if (text.n == SIZE_MAX)
		mem_exhausted();
	char *copy = mem_grow(NULL, text.n + 1);
	if (text.n)
		memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return copy;
}
