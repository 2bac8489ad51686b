#include "report/xml.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <inttypes.h>

static bool is_char(uint32_t code)
{
	return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xd7ff) ||
	       (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
}

static const char *entity(uint32_t code, bool in_attribute)
{
	switch (code) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '\r': return "&#13;";
	case '"': return in_attribute ? "&quot;" : NULL;
	case '\n': return in_attribute ? "&#10;" : NULL;
	case '\t': return in_attribute ? "&#9;" : NULL;
	default: return NULL;
	}
}

static void put(struct buf *out, struct str text, bool in_attribute)
{
	for (size_t at = 0; at < text.n;) {
		struct utf8_char c = utf8_next(str_from(text, at));
		const char *known = entity(c.code, in_attribute);
		if (known)
			buf_puts(out, known);
		else if (c.ok && is_char(c.code))
			buf_put(out, text.p + at, c.n);
		else
			buf_puts(out, "\xef\xbf\xbd");
		at += c.n;
	}
}

void xml_text(struct buf *out, struct str text)
{
	put(out, text, false);
}

void xml_attribute(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, " %s=\"", name);
	put(out, str_of(value), true);
	buf_putc(out, '"');
}

void xml_count(struct buf *out, const char *name, size_t value)
{
	buf_printf(out, " %s=\"%zu\"", name, value);
}

void xml_seconds(struct buf *out, const char *name, int64_t us)
{
	int64_t ms = us > 0 ? (us + US_PER_MS / 2) / US_PER_MS : 0;
	buf_printf(out, " %s=\"%" PRId64 ".%03" PRId64 "\"", name, ms / 1000, ms % 1000);
}
