#include "engine/head.h"

#include "base/memory.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

enum { STATUS_SWITCHING = 101, LENGTH_DIGITS_MAX = 18 };

struct head_field {
	uint32_t name, value; /* offsets: the text may still move */
	bool folded; /* over several lines */
};

void head_init(struct head *head)
{
	*head = (struct head){.text = BUF_INIT((size_t)2 * HEAD_BYTES_MAX)};
}

void head_fini(struct head *head)
{
	buf_fini(&head->text);
	free(head->fields);
	free(head->items);
	head_init(head);
}

static void begin_answer(struct head *head)
{
	buf_reset(&head->text);
	head->n_fields = 0;
	head->status = 0;
	head->begun = head->chunked = head->sized = head->old = false;
}

void head_reset(struct head *head)
{
	if (head->text.cap > HEAD_KEEP_BYTES)
		head_fini(head);
	begin_answer(head);
	head->bytes = 0;
	head->interim = 0;
	head->whole = head->http2 = false;
	head->wrong = NULL;
}

void head_allow_http2(struct head *head)
{
	head->http2 = true;
}

static enum head_result fail(struct head *head, enum head_result result, const char *why)
{
	head->wrong = why;
	return result;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK" (RFC 9112, 4); libcurl makes up "HTTP/2 200 ". */
static enum head_result begin_head(struct head *head, struct str line)
{
	bool http2 = head->http2 && str_starts(line, STR("HTTP/2 "), false);
	bool http1 = str_starts(line, STR("HTTP/1.1 "), false);
	head->old = str_starts(line, STR("HTTP/1.0 "), false);
	head->begun = true;
	struct str code = str_from(line, http2 ? 7 : 9);
	bool good = (http2 || http1 || head->old) && code.n >= 3 && code.p[0] > '0' &&
		    is_digit(code.p[0]) && is_digit(code.p[1]) && is_digit(code.p[2]) &&
		    (code.n == 3 || code.p[3] == ' ');
	if (!good)
		return fail(head, HEAD_BROKEN, "a status line that is not HTTP's");
	head->status = (code.p[0] - '0') * 100 + (code.p[1] - '0') * 10 + (code.p[2] - '0');
	return HEAD_MORE;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A vertical tab before "chunked" is no white space (RFC 9110, 5.6.3) but a trick. */
static struct str trim_blanks(struct str value)
{
	while (value.n && is_blank(value.p[0]))
		value = str_from(value, 1);
	while (value.n && is_blank(value.p[value.n - 1]))
		value.n--;
	return value;
}

/* A folded line (RFC 9112, 5.2) continues the last value, which ends the text. */
static enum head_result add_fold(struct head *head, struct str line)
{
	struct str more = trim_blanks(line);
	if (head->n_fields == 0)
		return fail(head, HEAD_BROKEN, HEAD_FOLD_FIRST);
	head->fields[head->n_fields - 1].folded = true;
	if (more.n == 0)
		return HEAD_MORE;
	head->text.n--;
	if (head->text.n > head->fields[head->n_fields - 1].value)
		buf_putc(&head->text, ' ');
	buf_putstr(&head->text, more);
	buf_putc(&head->text, '\0');
	return HEAD_MORE;
}

/* Of each character of a token (RFC 9110, 5.6.2) its lower case; 0 of all others. */
static const char token_lower[UCHAR_MAX + 1] =
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	"\0!\0#$%&'\0\0*+\0-.\0"
	"0123456789\0\0\0\0\0\0"
	"\0abcdefghijklmnopqrstuvwxyz\0\0\0^_"
	"`abcdefghijklmnopqrstuvwxyz\0|\0~";

bool head_is_token(char c)
{
	return token_lower[(unsigned char)c] != '\0';
}

/* In lower case, up to the first character that a name doesn't have. */
static char *put_name(char *to, struct str name)
{
	for (size_t i = 0; i < name.n; i++, to++)
		if ((*to = token_lower[(unsigned char)name.p[i]]) == '\0')
			break;
	return to;
}

static char *put_value(char *to, struct str value)
{
	if (value.n)
		memcpy(to, value.p, value.n);
	to[value.n] = '\0';
	return to + value.n + 1;
}

static enum head_result add_field(struct head *head, struct str line)
{
	const char *colon = memchr(line.p, ':', line.n);
	if (!colon)
		return fail(head, HEAD_BROKEN, "a header line without a colon");
	size_t name_n = (size_t)(colon - line.p);
	if (name_n && is_blank(colon[-1]))
		return fail(head, HEAD_BROKEN, "white space between a header's name and its colon");
	char *begin = buf_room(&head->text, line.n + 2);
	if (!begin)
		return fail(head, HEAD_LARGE, "the answer's header fields exceed 256 KiB");
	char *end = put_name(begin, (struct str){line.p, name_n});
	if (name_n == 0 || end < begin + name_n)
		return fail(head, HEAD_BROKEN, "a header whose name is none");
	if (head->n_fields == HEAD_FIELDS_MAX)
		return fail(head, HEAD_LARGE, "the answer has more than 1000 header fields");
	if (head->n_fields == head->cap_fields) {
		head->cap_fields = head->cap_fields ? 2 * head->cap_fields : 32;
		head->fields = mem_grow(head->fields, head->cap_fields * sizeof(struct head_field));
	}
	struct head_field *field = &head->fields[head->n_fields++];
	field->folded = false;
	field->name = (uint32_t)head->text.n;
	*end++ = '\0';
	field->value = field->name + (uint32_t)name_n + 1;
	buf_wrote(&head->text, put_value(end, trim_blanks(str_from(line, name_n + 1))));
	return HEAD_MORE;
}

static void make_items(struct head *head)
{
	if (head->cap_items < head->cap_fields) {
		head->cap_items = head->cap_fields;
		head->items = mem_grow(head->items, head->cap_items * sizeof(struct header));
	}
	for (size_t i = 0; i < head->n_fields; i++)
		head->items[i] = (struct header){
			head->text.p + head->fields[i].name, head->text.p + head->fields[i].value};
}

/* RFC 9110, 8.6: one number, or the same number some times. libcurl takes as much of it as it
 * understands. */
static bool length_is_one(const char *value)
{
	struct str first = {value, strspn(value, "0123456789")};
	const char *at = value + first.n;
	while (first.n && *at) {
		at += strspn(at, " \t");
		if (*at++ != ',')
			return false;
		at += strspn(at, " \t");
		struct str next = {at, strspn(at, "0123456789")};
		if (!str_eq(first, next))
			return false;
		at += next.n;
	}
	return first.n > 0;
}

/* Two lengths that differ can't be read in one way only (RFC 9112, 6.3). One too large for libcurl
 * is as if there were none to it. */
static enum head_result check_length(struct head *head, const char *value, const char **first)
{
	if (*first && strcmp(*first, value) != 0)
		return fail(head, HEAD_BROKEN, "two Content-Length fields that differ");
	if (!length_is_one(value))
		return fail(head, HEAD_BROKEN, "a Content-Length that is not one number");
	if (strspn(value, "0123456789") > LENGTH_DIGITS_MAX)
		return fail(head, HEAD_LARGE, "its Content-Length is beyond measure");
	*first = value;
	head->sized = true;
	return HEAD_MORE;
}

/* We ask for no coding, so there is one that a server may use, once (RFC 9112, 6.1 and 7.4). */
static enum head_result check_coding(struct head *head, const char *value)
{
	if (head->chunked || !str_ieq(str_of(value), STR("chunked")))
		return fail(head, HEAD_BROKEN, "a Transfer-Encoding other than chunked");
	if (head->old)
		return fail(head, HEAD_BROKEN, "a Transfer-Encoding in HTTP/1.0");
	head->chunked = true;
	return HEAD_MORE;
}

static struct str name_of(const struct head *head, size_t i)
{
	const struct head_field *field = &head->fields[i];
	return (struct str){head->items[i].name, field->value - field->name - 1};
}

/* What says where the body ends. libcurl doesn't see what of it is on a folded line. */
static enum head_result check_framing(struct head *head)
{
	const char *length = NULL;
	for (size_t i = 0; i < head->n_fields; i++) {
		enum head_result result = HEAD_MORE;
		struct str name = name_of(head, i);
		bool is_length = str_eq(name, STR("content-length"));
		bool is_coding = str_eq(name, STR("transfer-encoding"));
		if ((is_length || is_coding) && head->fields[i].folded)
			return fail(head, HEAD_BROKEN,
				is_length ? "a Content-Length over two lines"
					  : "a Transfer-Encoding over two lines");
		if (is_length)
			result = check_length(head, head->items[i].value, &length);
		else if (is_coding)
			result = check_coding(head, head->items[i].value);
		if (result != HEAD_MORE)
			return result;
	}
	if (head->chunked && head->sized)
		return fail(head, HEAD_BROKEN,
			"both Content-Length and Transfer-Encoding: clients differ about its end");
	return HEAD_WHOLE;
}

static enum head_result end_answer(struct head *head)
{
	if (head->status == STATUS_SWITCHING)
		return fail(head, HEAD_BROKEN, "the server switched protocols unasked");
	if (head->status >= 100 && head->status < 200) {
		if (++head->interim > HEAD_INTERIM_MAX)
			return fail(head, HEAD_BROKEN, "more than 100 interim answers");
		begin_answer(head);
		return HEAD_MORE;
	}
	make_items(head);
	enum head_result result = check_framing(head);
	head->whole = result == HEAD_WHOLE;
	return result;
}

/* Of lines that end in LF alone too (RFC 9112, 2.2). */
static struct str without_end(struct str line)
{
	if (line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

enum head_result head_line(struct head *head, struct str line)
{
	if (line.n > HEAD_BYTES_MAX - head->bytes)
		return fail(head, HEAD_LARGE, "the answer's header fields exceed 256 KiB");
	head->bytes += line.n;
	if (head->whole || line.n == 0)
		return HEAD_MORE;
	if (memchr(line.p, '\0', line.n))
		return fail(head, HEAD_BROKEN, "a NUL in a header field");
	line = without_end(line);
	if (memchr(line.p, '\r', line.n))
		return fail(head, HEAD_BROKEN, "a carriage return that ends no header line");
	if (!head->begun)
		return begin_head(head, line);
	if (line.n == 0)
		return end_answer(head);
	if (is_blank(line.p[0]))
		return add_fold(head, line);
	return add_field(head, line);
}

struct headers head_headers(const struct head *head)
{
	return (struct headers){head->items, head->n_fields};
}
