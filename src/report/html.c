#include "report/html.h"

#include "base/utf8.h"

static const char *entity(uint32_t code, bool blank)
{
	switch (code) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\r': return "&#13;";
	case '\n': return blank ? "&#10;" : NULL;
	default: return NULL;
	}
}

/* Neither HTML nor XML has such a character. */
static bool is_none(uint32_t code)
{
	return (code < 0x20 && code != '\n' && code != '\t') || code == 0xfffe || code == 0xffff;
}

void html_text(struct buf *out, struct str text)
{
	bool blank = false; /* nothing but blanks since the line began */
	for (size_t at = 0; at < text.n;) {
		struct utf8_char c = utf8_next(str_from(text, at));
		const char *known = entity(c.code, blank);
		if (known)
			buf_puts(out, known);
		else if (!c.ok || is_none(c.code))
			buf_puts(out, "\xef\xbf\xbd");
		else
			buf_put(out, text.p + at, c.n);
		blank = c.code == '\n' || (blank && (c.code == ' ' || c.code == '\t'));
		at += c.n;
	}
}

void html_code(struct buf *out, const char *text)
{
	if (!text || !*text)
		return;
	buf_puts(out, "<code>");
	html_text(out, str_of(text));
	buf_puts(out, "</code>");
}
