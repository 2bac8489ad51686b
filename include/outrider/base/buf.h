/* base/buf.h - a growing run of bytes with a limit. Owned by one thread at a time. */
#ifndef OUTRIDER_BASE_BUF_H
#define OUTRIDER_BASE_BUF_H

#include "base/str.h"

#include <stdarg.h>

struct buf {
	char *p; /* NUL-terminated at p[n] once anything was put */
	size_t n;
	size_t cap;
	size_t max; /* never more bytes than this */
	bool cut; /* something did not fit */
};

#define BUF_INIT(limit) ((struct buf){.max = (limit)})

void buf_fini(struct buf *buf);
void buf_reset(struct buf *buf); /* empty again; keeps the memory */

/* What does not fit is cut off, `cut` is set and false returned. */
bool buf_put(struct buf *buf, const void *bytes, size_t n);
bool buf_puts(struct buf *buf, const char *text);
bool buf_putstr(struct buf *buf, struct str text);
bool buf_putc(struct buf *buf, char c);
bool buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool buf_vprintf(struct buf *buf, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* Room for n more bytes at the end, to write to directly; NULL, and `cut` is set, when they are too many. */
char *buf_room(struct buf *buf, size_t n);
/* Ends with what was written there. */
void buf_wrote(struct buf *buf, const char *end);

/* The heap bytes (NUL-terminated); buf is empty afterwards. */
char *buf_take(struct buf *buf);

static inline struct str buf_str(const struct buf *buf)
{
	return (struct str){buf->p, buf->n};
}

/* Never NULL. */
static inline const char *buf_text(const struct buf *buf)
{
	return buf->p ? buf->p : "";
}

#endif
