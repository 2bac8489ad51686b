#include "base/buf.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUF_FIRST = 64 };

void buf_fini(struct buf *buf)
{
	free(buf->p);
	*buf = BUF_INIT(buf->max);
}

void buf_reset(struct buf *buf)
{
	buf->n = 0;
	buf->cut = false;
	if (buf->p)
		buf->p[0] = '\0';
}

static size_t limit_of(const struct buf *buf)
{
	return buf->max < SIZE_MAX ? buf->max : SIZE_MAX - 1;
}

/* Room for up to `more` bytes and the NUL; returns how many of them fit. */
static size_t make_room(struct buf *buf, size_t more)
{
	size_t limit = limit_of(buf);
	size_t left = buf->n < limit ? limit - buf->n : 0;
	if (more > left)
		more = left;
	size_t need = buf->n + more + 1;
	if (need > buf->cap) {
		size_t cap = buf->cap <= limit / 2 ? buf->cap * 2 : limit + 1;
		if (cap < BUF_FIRST)
			cap = BUF_FIRST;
		if (cap > limit + 1)
			cap = limit + 1;
		if (cap < need)
			cap = need;
		buf->p = mem_grow(buf->p, cap);
		buf->cap = cap;
	}
	return more;
}

bool buf_put(struct buf *buf, const void *bytes, size_t n)
{
	size_t fits = make_room(buf, n);
	if (fits)
		memcpy(buf->p + buf->n, bytes, fits);
	buf->n += fits;
	buf->p[buf->n] = '\0';
	if (fits == n)
		return true;
	buf->cut = true;
	return false;
}

bool buf_puts(struct buf *buf, const char *text)
{
	return buf_put(buf, text, strlen(text));
}

bool buf_putstr(struct buf *buf, struct str text)
{
	return buf_put(buf, text.p, text.n);
}

bool buf_putc(struct buf *buf, char c)
{
	return buf_put(buf, &c, 1);
}

bool buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	make_room(buf, 0);
	int n = vsnprintf(buf->p + buf->n, buf->cap - buf->n, format, args);
	size_t wanted = n < 0 ? 0 : (size_t)n;
	size_t fits = make_room(buf, wanted);
	if (n >= 0)
		vsnprintf(buf->p + buf->n, fits + 1, format, again);
	va_end(again);
	buf->n += fits;
	buf->p[buf->n] = '\0';
	if (n >= 0 && fits == wanted)
		return true;
	buf->cut = true;
	return false;
}

bool buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	bool whole = buf_vprintf(buf, format, args);
	va_end(args);
	return whole;
}

char *buf_room(struct buf *buf, size_t n)
{
	if (buf->n + n < buf->cap)
		return buf->p + buf->n;
	if (make_room(buf, n) == n)
		return buf->p + buf->n;
	buf->cut = true;
	return NULL;
}

void buf_wrote(struct buf *buf, const char *end)
{
	buf->n = (size_t)(end - buf->p);
	buf->p[buf->n] = '\0';
}

char *buf_take(struct buf *buf)
{
	char *p = buf->p ? buf->p : mem_strdup("");
	*buf = BUF_INIT(buf->max);
	return p;
}
