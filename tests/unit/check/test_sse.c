#include "unit.h"

#include "check/sse.h"

#include <stdlib.h>

/* What a parser hands over, as text: L(ine), C(omment), E(vent) TYPE, each with [its text] and ! when
 * it was cut. */
static void take(void *ctx, const struct sse_item *item)
{
	struct buf *out = ctx;

	switch (item->kind) {
	case SSE_LINE: buf_puts(out, "L"); break;
	case SSE_COMMENT: buf_puts(out, "C"); break;
	case SSE_EVENT:
		buf_puts(out, "E");
		if (!str_eq(item->type, STR("message")))
			buf_putstr(out, item->type);
		break;
	}
	buf_puts(out, "[");
	for (size_t i = 0; i < item->text.n; i++)
		buf_printf(out, item->text.p[i] ? "%c" : "<0>", item->text.p[i]);
	buf_puts(out, item->cut ? "]!" : "]");
}

/* Lines are left out: they are what came in anyway. */
static void take_meaning(void *ctx, const struct sse_item *item)
{
	if (item->kind != SSE_LINE)
		take(ctx, item);
}

struct sample {
	struct str bytes;
	const char *meaning;
};

static const struct sample samples[] = {
	{BYTES(""), ""},
	{BYTES("data: a\n\n"), "E[a]"},
	{BYTES("data: a\r\n\r\n"), "E[a]"},
	{BYTES("data: a\r\r"), "E[a]"},
	{BYTES("data: a\n\r\n\ndata: b\r\n\rdata: c\r\r\n"), "E[a]E[b]E[c]"},
	{BYTES("\r\n\r\ndata: a\n\r"), "E[a]"},
	{BYTES("data:a\n\n"), "E[a]"},
	{BYTES("data:  a \n\n"), "E[ a ]"}, /* one blank goes, no more */
	{BYTES("data:\ta\n\n"), "E[\ta]"},
	{BYTES("data: a\ndata: b\ndata:\ndata: c\n\n"), "E[a\nb\n\nc]"},
	{BYTES("data: a\r\ndata: b\r\n\r\n"), "E[a\nb]"},
	{BYTES("event: x\r\n: c\r\ndata: a\r\ndata: b\r\r\n"), "C[ c]Ex[a\nb]"},
	{BYTES("data\n\n"), "E[]"}, /* the standard's own examples: */
	{BYTES("data\n\ndata\ndata\n\ndata:\n\n"), "E[]E[\n]E[]"},
	{BYTES("data: YHOO\ndata: +2\ndata: 10\n\n"), "E[YHOO\n+2\n10]"},
	{BYTES(": test stream\n\ndata: first\nid: 1\n\ndata:second\nid\n\ndata:  third\n\n"),
		"C[ test stream]E[first]E[second]E[ third]"},
	{BYTES("data:test\n\ndata: test\n\n"), "E[test]E[test]"},
	{BYTES("event: add\ndata: 73\n\nevent: remove\ndata: 2\n\ndata: x\n\n"),
		"Eadd[73]Eremove[2]E[x]"},
	{BYTES("event: a\nevent: b\ndata: 1\n\n"), "Eb[1]"},
	{BYTES("event: lost\n\ndata: 1\n\n"), "E[1]"}, /* no data, no event */
	{BYTES("event:\ndata: 1\n\n"), "E[1]"},
	{BYTES(":\n:x\n::\n: y\n"), "C[]C[x]C[:]C[ y]"},
	{BYTES(": keep\ndata: a\n: alive\ndata: b\n\n"), "C[ keep]C[ alive]E[a\nb]"},
	{BYTES("retry: 10\nid: 1\nfoo: bar\ndatas: x\n data: y\nDATA: z\ndata : q\n\n"), ""},
	{BYTES("data: {\"a\":\"b: c\"}\n\n"), "E[{\"a\":\"b: c\"}]"},
	{BYTES("data: a\0b\n\n"), "E[a<0>b]"},
	{BYTES("\0data: a\n\n:\0\n"), "C[<0>]"},
	{BYTES("data: h\xc3\xa9llo \xf0\x9f\x98\x80\n\n"), "E[h\xc3\xa9llo \xf0\x9f\x98\x80]"},
	{BYTES("data: \xff\xc3\n\n"), "E[\xff\xc3]"}, /* broken text is handed on as it is */
	{BYTES("\xef\xbb\xbf"
	       "data: a\n\n"),
		"E[a]"},
	{BYTES("\xef\xbb\xbf\xef\xbb\xbf"
	       "data: a\n\ndata: b\n\n"),
		"E[b]"}, /* only one is a mark */
	{BYTES("\xef\xbb"
	       "data: a\n\ndata: b\n\n"),
		"E[b]"}, /* half a mark is text */
	{BYTES("\xef"
	       ": a\n\n: b\n"),
		"C[ b]"},
	{BYTES("data: a\n\n\xef\xbb\xbf"
	       "data: b\n\n"),
		"E[a]"}, /* not at the start: text */
	{BYTES("\xef\xbb\xbf\r\n: a\n"), "C[ a]"},
	{BYTES("\xef\xbb"), ""},
	{BYTES("data: a"), "E[a]"}, /* ends that lack something */
	{BYTES("data: a\n"), "E[a]"},
	{BYTES("data: a\r"), "E[a]"},
	{BYTES("data: a\ndata: b"), "E[a\nb]"},
	{BYTES(": a"), "C[ a]"},
	{BYTES("event: a\n"), ""},
	{BYTES("data: [DONE]\n"), "E[[DONE]]"},
	{BYTES("\xef\xbb\xbf"
	       "data: a"),
		"E[a]"},
};

typedef void taker(void *ctx, const struct sse_item *item);

/* In pieces: [0, cut), [cut, n); or byte by byte when each. */
static char *parsed(struct str bytes, size_t cut, bool each, taker *how)
{
	struct sse sse;
	struct buf out = BUF_INIT(4 << 20);

	sse_init(&sse);
	if (each) {
		for (size_t i = 0; i < bytes.n; i++)
			sse_feed(&sse, (struct str){bytes.p + i, 1}, how, &out);
	} else {
		sse_feed(&sse, (struct str){bytes.p, cut}, how, &out);
		sse_feed(&sse, str_from(bytes, cut), how, &out);
	}
	sse_end(&sse, how, &out);
	sse_fini(&sse);
	return buf_take(&out);
}

static void streams_are_read_as_the_standard_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		char *meaning = parsed(samples[i].bytes, samples[i].bytes.n, false, take_meaning);
		if (strcmp(meaning, samples[i].meaning) != 0)
			fail_msg("sample %zu: %s", i, meaning);
		free(meaning);
	}
}

static void where_bytes_are_torn_does_not_matter(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		struct str bytes = samples[i].bytes;
		char *whole = parsed(bytes, bytes.n, false, take);
		char *single = parsed(bytes, 0, true, take);
		if (strcmp(single, whole) != 0)
			fail_msg("sample %zu, byte by byte: %s", i, single);
		free(single);
		for (size_t cut = 0; cut < bytes.n; cut++) {
			char *torn = parsed(bytes, cut, false, take);
			if (strcmp(torn, whole) != 0)
				fail_msg("sample %zu, torn at %zu: %s", i, cut, torn);
			free(torn);
		}
		free(whole);
	}
}

static void lines_come_before_what_they_mean(void **state)
{
	(void)state;
	static const struct str bytes = BYTES(": c\r\n\r\ndata: a\r\nid: 1\r\n\r\ndata: b");
	char *items = parsed(bytes, bytes.n, false, take);
	assert_string_equal(items, "L[: c]C[ c]L[data: a]L[id: 1]E[a]L[data: b]E[b]");
	free(items);
}

/* The sizes of what came, since a megabyte is no reading matter. */
static void take_size(void *ctx, const struct sse_item *item)
{
	buf_printf(ctx, "%c%zu%s ", "LCE"[item->kind], item -> text.n, item->cut ? "!" : "");
}

static char *sizes(size_t first, size_t n, const char *rest)
{
	struct buf bytes = BUF_INIT(SIZE_MAX);
	char *result, *torn;

	buf_puts(&bytes, "data:");
	for (size_t i = 0; i < first; i++)
		buf_putc(&bytes, 'x');
	for (size_t i = 0; i < n; i++)
		buf_puts(&bytes, rest);
	result = parsed(buf_str(&bytes), bytes.n, false, take_size);
	torn = parsed(buf_str(&bytes), bytes.n / 2, false, take_size);
	assert_string_equal(torn, result);
	free(torn);
	buf_fini(&bytes);
	return result;
}

static void long_lines_are_cut_and_marked(void **state)
{
	(void)state;
	char *fits = sizes(SSE_LINE_MAX - 5, 1, "\n\ndata:y\n\n");
	assert_string_equal(fits, "L8388608 E8388603 L6 E1 ");
	free(fits);
	char *cut = sizes(SSE_LINE_MAX - 4, 1, "\n\ndata:y\n\n");
	assert_string_equal(cut, "L8388608! E8388603! L6 E1 "); /* the next one is whole again */
	free(cut);
}

static void long_events_are_cut_and_marked(void **state)
{
	(void)state;
	char *lines = sizes(SSE_LINE_MAX - 5, 3, "\ndata:yy");
	assert_string_equal(lines, "L8388608 L7 L7 L7 E8388608! ");
	free(lines);
	char *after = sizes(SSE_LINE_MAX - 4, 1, "\nid: 1\n\ndata:y\n\n");
	assert_string_equal(after, "L8388608! L5 E8388603! L6 E1 ");
	free(after);
}

/* A line that came in pieces becomes the event as it is, and its memory goes with it. */
static void a_large_event_is_held_once_and_not_for_long(void **state)
{
	(void)state;
	enum { PIECES = 1000, PIECE = 1000 };
	struct sse sse;
	struct buf out = BUF_INIT(1000);
	char piece[PIECE];
	memset(piece, 'x', sizeof(piece));
	sse_init(&sse);
	sse_feed(&sse, STR("data: "), take_size, &out);
	for (int i = 0; i < PIECES; i++)
		sse_feed(&sse, (struct str){piece, PIECE}, take_size, &out);
	sse_feed(&sse, STR("\n"), take_size, &out);
	assert_in_range(sse.line.cap + sse.data.cap, PIECES * PIECE, 3 * PIECES * PIECE);
	assert_int_equal(sse.line.cap, 0);
	sse_feed(&sse, STR("data: y\n\ndata"), take_size, &out);
	sse_feed(&sse, STR("\ndata\n\n"), take_size, &out);
	assert_string_equal(buf_text(&out), "L1000006 L7 E1000002 L4 L4 E1 ");
	assert_true(sse.data.cap <= SSE_SPARE_MAX && sse.line.cap <= SSE_SPARE_MAX);
	sse_fini(&sse);
	buf_fini(&out);
}

static void the_end_may_come_twice(void **state)
{
	(void)state;
	struct sse sse;
	struct buf out = BUF_INIT(100);
	sse_init(&sse);
	sse_feed(&sse, STR("data: a"), take, &out);
	sse_end(&sse, take, &out);
	sse_end(&sse, take, &out);
	assert_string_equal(buf_text(&out), "L[data: a]E[a]");
	sse_fini(&sse);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_are_read_as_the_standard_says),
		cmocka_unit_test(where_bytes_are_torn_does_not_matter),
		cmocka_unit_test(lines_come_before_what_they_mean),
		cmocka_unit_test(long_lines_are_cut_and_marked),
		cmocka_unit_test(long_events_are_cut_and_marked),
		cmocka_unit_test(a_large_event_is_held_once_and_not_for_long),
		cmocka_unit_test(the_end_may_come_twice),
	};
	return RUN(tests);
}
