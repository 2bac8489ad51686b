#include "alert/mime.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <ctype.h>
#include <time.h>

enum {
	ENCODED_WORD_MAX = 75, /* RFC 2047, 2 */
	ENCODED_CHAR_MAX = 12, /* a character of four bytes, each =XX */
	PLAIN_WORD_MAX = 60, /* longer ones are encoded, so that they can be folded */
};

#define ENCODED_BEGIN "=?UTF-8?Q?"
#define ENCODED_END "?="

static void put_hex(struct buf *out, char c)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char byte = (unsigned char)c;
	buf_put(out, (char[]){'=', digits[byte >> 4], digits[byte & 15]}, 3);
}

/* --- encoded words --- */

/* May stand for itself in an encoded word, wherever that stands (RFC 2047, 5, rule 3). */
static bool is_plain(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!*+-/", c));
}

static void put_encoded_char(struct buf *out, struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		if (is_plain(bytes.p[i]))
			buf_putc(out, bytes.p[i]);
		else if (bytes.p[i] == ' ')
			buf_putc(out, '_');
		else
			put_hex(out, bytes.p[i]);
}

/* Words of whole characters, each on a line of its own; the first begins in `column`. */
static void put_encoded(struct buf *out, struct str text, size_t column)
{
	size_t room = 0;
	for (size_t at = 0; at < text.n;) {
		struct utf8_char c = utf8_next(str_from(text, at));
		if (room < ENCODED_CHAR_MAX + strlen(ENCODED_END)) {
			if (at)
				buf_puts(out, ENCODED_END "\r\n ");
			buf_puts(out, ENCODED_BEGIN);
			room = ENCODED_WORD_MAX - strlen(ENCODED_BEGIN) - (at ? 0 : column);
		}
		size_t before = out->n;
		put_encoded_char(out, c.ok ? (struct str){text.p + at, c.n} : STR("\xef\xbf\xbd"));
		room -= out->n - before;
		at += c.n;
	}
	buf_puts(out, ENCODED_END);
}

/* --- text --- */

static bool needs_encoding(struct str text)
{
	size_t word = 0;
	for (size_t i = 0; i < text.n; i++) {
		word = text.p[i] == ' ' ? 0 : word + 1;
		if (text.p[i] < ' ' || text.p[i] >= 0x7f || word > PLAIN_WORD_MAX)
			return true;
	}
	return str_find(text, STR("=?"), false) >= 0;
}

/* Folded between words. */
static void put_plain(struct buf *out, struct str text, size_t column)
{
	while (text.n) {
		const char *blank = memchr(text.p, ' ', text.n);
		size_t word = blank ? (size_t)(blank - text.p) : text.n;
		if (column + 1 + word > MIME_LINE_MAX) {
			buf_puts(out, "\r\n");
			column = 0;
		}
		buf_putc(out, ' ');
		buf_put(out, text.p, word);
		column += 1 + word;
		text = str_from(text, word + 1);
	}
}

static bool is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void squeeze(struct buf *out, struct str text)
{
	text = str_trim(text);
	for (size_t i = 0; i < text.n; i++)
		if (!is_white(text.p[i]))
			buf_putc(out, text.p[i]);
		else if (out->n && out->p[out->n - 1] != ' ')
			buf_putc(out, ' ');
	while (out->n && out->p[out->n - 1] == ' ')
		out->n--;
}

void mime_text(struct buf *out, const char *name, struct str text)
{
	struct buf line = BUF_INIT(SIZE_MAX);
	squeeze(&line, text);
	buf_printf(out, "%s:", name);
	if (needs_encoding(buf_str(&line))) {
		buf_putc(out, ' ');
		put_encoded(out, buf_str(&line), strlen(name) + 2);
	} else {
		put_plain(out, buf_str(&line), strlen(name) + 1);
	}
	buf_puts(out, "\r\n");
	buf_fini(&line);
}

/* --- mailboxes --- */

static void put_quoted(struct buf *out, struct str name)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			buf_putc(out, '\\');
		buf_putc(out, name.p[i]);
	}
	buf_putc(out, '"');
}

void mime_mailboxes(struct buf *out, const char *name, const struct mailbox *boxes, size_t n)
{
	buf_printf(out, "%s: ", name);
	for (size_t i = 0; i < n; i++) {
		struct str shown = str_of(boxes[i].name);
		if (!shown.n) {
			buf_puts(out, boxes[i].address);
		} else {
			if (needs_encoding(shown))
				put_encoded(out, shown, strlen(name) + 2);
			else
				put_quoted(out, shown);
			buf_printf(out, "\r\n <%s>", boxes[i].address);
		}
		buf_puts(out, i + 1 < n ? ",\r\n " : "\r\n");
	}
}

/* --- what has a form of its own --- */

void mime_date(struct buf *out, const char *name, int64_t wall_us)
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(wall_us / US_PER_S);
	struct tm tm;
	if (!gmtime_r(&seconds, &tm))
		tm = (struct tm){.tm_mday = 1, .tm_year = 70, .tm_wday = 4};
	buf_printf(out, "%s: %s, %d %s %d %02d:%02d:%02d +0000\r\n", name, days[tm.tm_wday],
		tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void mime_message_id(struct buf *out, const char *name, struct str left, const char *right)
{
	buf_printf(out, "%s: <", name);
	for (size_t i = 0; i < left.n; i++) {
		char c = left.p[i];
		bool dot = c == '.' && i && i + 1 < left.n && left.p[i - 1] != '.';
		if (isalnum((unsigned char)c) || dot || (c && strchr("-_/", c)))
			buf_putc(out, c);
		else
			put_hex(out, c);
	}
	buf_printf(out, "@%s>\r\n", right);
}

/* --- quoted-printable --- */

static void break_softly(struct buf *out, size_t *column)
{
	buf_puts(out, "=\r\n");
	*column = 0;
}

static void put_byte(struct buf *out, char c, bool ends_line, size_t *column)
{
	bool blank = c == ' ' || c == '\t';
	bool plain = c > ' ' && c < 0x7f && c != '=';
	size_t width = plain || (blank && !ends_line) ? 1 : 3;
	if (*column + width > MIME_LINE_MAX - 1) /* the break itself takes one */
		break_softly(out, column);
	if (width == 1)
		buf_putc(out, c);
	else
		put_hex(out, c);
	*column += width;
}

void mime_quoted_printable(struct buf *out, struct str text)
{
	size_t column = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n') {
			buf_puts(out, "\r\n");
			column = 0;
			continue;
		}
		put_byte(out, text.p[i], i + 1 == text.n || text.p[i + 1] == '\n', &column);
	}
	if (column)
		buf_puts(out, "\r\n");
}
