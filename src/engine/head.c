#include "engine/head.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>

enum { STATUS_SWITCHING = 101, LENGTH_DIGITS_MAX = 18 };

struct head_field {
	uint32_t name, value; /* offsets: the text may still move */
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
	head->begun = false;
}

void head_reset(struct head *head)
{
	if (head->text.cap > HEAD_KEEP_BYTES)
		head_fini(head);
	begin_answer(head);
	head->bytes = 0;
	head->interim = 0;
	head->whole = false;
	head->wrong = NULL;
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

/* "HTTP/1.1 200 OK": libcurl has held the line against its grammar already. */
static int status_of(struct str line)
{
	const char *space = memchr(line.p, ' ', line.n);
	struct str code = str_trim(str_from(line, space ? (size_t)(space - line.p) : line.n));
	if (code.n < 3 || !is_digit(code.p[0]) || !is_digit(code.p[1]) || !is_digit(code.p[2]))
		return 0;
	return (code.p[0] - '0') * 100 + (code.p[1] - '0') * 10 + (code.p[2] - '0');
}

static void put_lower(struct buf *out, struct str name)
{
	size_t at = out->n;
	buf_putstr(out, name);
	for (size_t i = at; i < out->n; i++)
		if (out->p[i] >= 'A' && out->p[i] <= 'Z')
			out->p[i] = (char)(out->p[i] + ('a' - 'A'));
}

/* A folded line (RFC 9112, 5.2) continues the last value, which ends the text. */
static enum head_result add_fold(struct head *head, struct str line)
{
	struct str more = str_trim(line);
	if (head->n_fields == 0 || more.n == 0)
		return HEAD_MORE;
	head->text.n--;
	if (head->text.n > head->fields[head->n_fields - 1].value)
		buf_putc(&head->text, ' ');
	buf_putstr(&head->text, more);
	buf_putc(&head->text, '\0');
	return HEAD_MORE;
}

static enum head_result add_field(struct head *head, struct str line)
{
	const char *colon = memchr(line.p, ':', line.n);
	if (!colon)
		return HEAD_MORE;
	if (head->n_fields == HEAD_FIELDS_MAX)
		return fail(head, HEAD_LARGE, "the answer has more than 1000 header fields");
	if (head->n_fields == head->cap_fields) {
		head->cap_fields = head->cap_fields ? 2 * head->cap_fields : 32;
		head->fields = mem_grow(head->fields, head->cap_fields * sizeof(struct head_field));
	}
	struct head_field *field = &head->fields[head->n_fields++];
	size_t name_n = (size_t)(colon - line.p);
	field->name = (uint32_t)head->text.n;
	put_lower(&head->text, str_trim((struct str){line.p, name_n}));
	buf_putc(&head->text, '\0');
	field->value = (uint32_t)head->text.n;
	buf_putstr(&head->text, str_trim(str_from(line, name_n + 1)));
	buf_putc(&head->text, '\0');
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
static enum head_result check_lengths(struct head *head)
{
	const char *first = NULL;
	for (size_t i = 0; i < head->n_fields; i++) {
		const char *value = head->items[i].value;
		if (strcmp(head->items[i].name, "content-length") != 0)
			continue;
		if (first && strcmp(first, value) != 0)
			return fail(head, HEAD_BROKEN, "two Content-Length fields that differ");
		if (!length_is_one(value))
			return fail(head, HEAD_BROKEN, "a Content-Length that is not one number");
		if (strspn(value, "0123456789") > LENGTH_DIGITS_MAX)
			return fail(head, HEAD_LARGE, "its Content-Length is beyond measure");
		first = value;
	}
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
	enum head_result result = check_lengths(head);
	head->whole = result == HEAD_WHOLE;
	return result;
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
	if (line.p[0] == '\r' || line.p[0] == '\n')
		return end_answer(head);
	if (!head->begun) {
		head->begun = true;
		head->status = status_of(line);
		return HEAD_MORE;
	}
	if (line.p[0] == ' ' || line.p[0] == '\t')
		return add_fold(head, line);
	return add_field(head, line);
}

struct headers head_headers(const struct head *head)
{
	return (struct headers){head->items, head->n_fields};
}
