/* Torn anywhere, a stream is the same: its items, its text, its measures, its integrity. */
#include "fuzz.h"

#include "check/stream.h"

struct items {
	struct buf text;
	size_t n;
};

static void note_item(void *ctx, const struct sse_item *item)
{
	struct items *items = ctx;
	HOLDS(item->kind == SSE_EVENT || !item->text.n ||
		!memchr(item->text.p, '\n', item->text.n));
	HOLDS(!item->text.n || !memchr(item->text.p, '\r', item->text.n));
	buf_printf(&items->text, "%d %d %zu:", (int)item->kind, item->cut, item->text.n);
	buf_putstr(&items->text, item->text);
	buf_putstr(&items->text, item->type);
	items->n++;
}

/* How the n-th piece of a stream is torn off; 0: all the rest. */
typedef size_t tearing(uint32_t seed, size_t n);

static size_t whole(uint32_t seed, size_t n)
{
	(void)seed;
	(void)n;
	return 0;
}

static size_t bytes(uint32_t seed, size_t n)
{
	(void)seed;
	(void)n;
	return 1;
}

static size_t anywhere(uint32_t seed, size_t n)
{
	return (seed >> n % 24 & 7) + 1;
}

struct seen {
	struct items items;
	struct stream stream;
	enum integrity integrity;
};

static void see(
	struct seen *seen, struct str text, enum stream_end end, tearing *tear, uint32_t seed)
{
	struct sse sse;
	*seen = (struct seen){.items = {.text = BUF_INIT(SIZE_MAX)}};
	sse_init(&sse);
	stream_init(&seen->stream, 1000);
	for (size_t n = 0; text.n; n++) {
		size_t length = tear(seed, n);
		struct str piece = input_take(&text, length ? length : text.n);
		sse_feed(&sse, piece, note_item, &seen->items);
		stream_feed(&seen->stream, piece, 5000);
	}
	sse_end(&sse, note_item, &seen->items);
	stream_end(&seen->stream, end, 9000);
	seen->integrity = stream_integrity(&seen->stream, false);
	sse_fini(&sse);
}

static void forget(struct seen *seen)
{
	buf_fini(&seen->items.text);
	stream_fini(&seen->stream);
}

static bool same_measures(const struct measures *a, const struct measures *b)
{
	return a->ttfe_us == b->ttfe_us && a->ttfr_us == b->ttfr_us && a->ttft_us == b->ttft_us &&
	       a->line_gap_us == b->line_gap_us && a->event_gap_us == b->event_gap_us &&
	       a->token_gap_us == b->token_gap_us && a->itl_us == b->itl_us &&
	       a->tpot_us == b->tpot_us && a->last_token_us == b->last_token_us &&
	       a->end_us == b->end_us && a->chunks == b->chunks && a->keepalives == b->keepalives &&
	       a->malformed == b->malformed && a->error_events == b->error_events &&
	       a->tokens == b->tokens && a->prompt_tokens == b->prompt_tokens &&
	       a->completion_tokens == b->completion_tokens && a->total_tokens == b->total_tokens &&
	       a->tokens_per_second == b->tokens_per_second && a->estimated == b->estimated &&
	       a->done == b->done && a->finished == b->finished && a->burst == b->burst;
}

static void same(const struct seen *a, const struct seen *b)
{
	HOLDS(a->items.n == b->items.n);
	HOLDS(str_eq(buf_str(&a->items.text), buf_str(&b->items.text)));
	HOLDS(a->integrity == b->integrity);
	HOLDS(str_eq(buf_str(&a->stream.content), buf_str(&b->stream.content)));
	HOLDS(str_eq(buf_str(&a->stream.error_text), buf_str(&b->stream.error_text)));
	HOLDS(same_measures(&a->stream.m, &b->stream.m));
	HOLDS(a->stream.timeline.n == b->stream.timeline.n);
	HOLDS(a->stream.timeline.left_out == b->stream.timeline.left_out);
}

static void makes_sense(const struct seen *seen)
{
	const struct measures *m = &seen->stream.m;
	HOLDS(utf8_valid(buf_str(&seen->stream.content)));
	HOLDS((m->ttft_us >= 0) == (m->tokens > 0));
	HOLDS((seen->stream.content.n > 0) == (m->tokens > 0));
	HOLDS(m->ttfr_us < 0 || m->ttfe_us >= 0);
	HOLDS(seen->integrity != INTEGRITY_COMPLETE || (m->done && m->finished && m->tokens));
	HOLDS(seen->stream.timeline.n <= TIMELINE_MAX);
}

/* Every line end as LF. */
static void put_lines(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\r')
			buf_putc(out, text.p[i]);
		else if (i + 1 == text.n || text.p[i + 1] != '\n')
			buf_putc(out, '\n');
}

/* CR, CRLF and LF end a line; a byte order mark is none but at the very start. */
static void same_in_other_words(const struct seen *seen, struct str text, enum stream_end end)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct buf lines = BUF_INIT(SIZE_MAX);
	struct seen other;
	bool marked = str_starts(text, STR(mark), false);
	buf_puts(&lines, marked ? mark : "\n"); /* an empty line says nothing */
	put_lines(&lines, marked ? str_from(text, strlen(mark)) : text);
	see(&other, buf_str(&lines), end, whole, 0);
	HOLDS(str_eq(buf_str(&seen->items.text), buf_str(&other.items.text)));
	forget(&other);
	buf_fini(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = input_of(data, size);
	enum stream_end end = (enum stream_end)(input_byte(&text) % 3);
	uint32_t seed = 2166136261;
	for (size_t i = 0; i < size; i++)
		seed = (seed ^ data[i]) * 16777619;
	struct seen once, torn;
	see(&once, text, end, whole, 0);
	makes_sense(&once);
	same_in_other_words(&once, text, end);
	see(&torn, text, end, bytes, 0);
	same(&once, &torn);
	forget(&torn);
	see(&torn, text, end, anywhere, seed);
	same(&once, &torn);
	forget(&torn);
	forget(&once);
	return 0;
}
