#include "check/sse.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

enum { BOM_BYTES = 3 };

struct taker {
	void (*take)(void *ctx, const struct sse_item *item);
	void *ctx;
};

static void hand_over(
	const struct taker *taker, enum sse_kind kind, struct str text, struct str type, bool cut)
{
	struct sse_item item = {.kind = kind, .text = text, .type = type, .cut = cut};

	taker->take(taker->ctx, &item);
}

void sse_init(struct sse *sse)
{
	*sse = (struct sse){
		.line = BUF_INIT(SSE_LINE_MAX),
		.data = BUF_INIT(SSE_DATA_MAX),
		.type = BUF_INIT(256),
	};
}

void sse_fini(struct sse *sse)
{
	buf_fini(&sse->line);
	buf_fini(&sse->data);
	buf_fini(&sse->type);
}

/* One large event is no reason to hold its memory until the stream ends. */
static void empty(struct buf *buf)
{
	if (buf->cap > SSE_SPARE_MAX)
		buf_fini(buf);
	else
		buf_reset(buf);
}

static void dispatch(struct sse *sse, const struct taker *taker)
{
	if (sse->has_data) {
		struct str type = sse->type.n ? buf_str(&sse->type) : STR("message");
		struct str data = str_from(buf_str(&sse->data), sse->data_at);
		hand_over(taker, SSE_EVENT, data, type, sse->data.cut);
	}
	empty(&sse->data);
	sse->data.max = SSE_DATA_MAX;
	sse->data_at = 0;
	buf_reset(&sse->type);
	sse->has_data = false;
}

/* A line that was put together is not copied: its buffer becomes the data's. */
static void first_data(struct sse *sse, struct str value)
{
	struct buf spare = sse->data;

	if (!sse->line.n) {
		buf_putstr(&sse->data, value);
		return;
	}
	sse->data = sse->line;
	sse->data_at = sse->data.n - value.n;
	sse->data.max = sse->data_at + SSE_DATA_MAX;
	sse->line = spare;
	sse->line.max = SSE_LINE_MAX;
}

static void field(struct sse *sse, struct str name, struct str value)
{
	if (str_eq(name, STR("data"))) {
		if (sse->has_data) {
			buf_putc(&sse->data, '\n');
			buf_putstr(&sse->data, value);
		} else {
			first_data(sse, value);
		}
		sse->has_data = true;
	} else if (str_eq(name, STR("event"))) {
		buf_reset(&sse->type);
		buf_putstr(&sse->type, value);
	} /* id and retry steer reconnecting, which a monitor never does */
}

static void line_end(struct sse *sse, struct str line, const struct taker *taker)
{
	const char *colon;

	if (line.n == 0) {
		dispatch(sse, taker);
		return;
	}
	hand_over(taker, SSE_LINE, line, STR(""), sse->line.cut);
	colon = memchr(line.p, ':', line.n);
	if (colon == line.p) {
		hand_over(taker, SSE_COMMENT, str_from(line, 1), STR(""), sse->line.cut);
	} else if (colon) {
		struct str value = str_from(line, (size_t)(colon - line.p) + 1);
		if (value.n && value.p[0] == ' ')
			value = str_from(value, 1);
		field(sse, (struct str){line.p, (size_t)(colon - line.p)}, value);
		sse->data.cut |= sse->line.cut;
	} else {
		field(sse, line, STR(""));
	}
	empty(&sse->line);
}

/* Drops a byte order mark at the very start, however it is torn. */
static struct str skip_mark(struct sse *sse, struct str bytes)
{
	while (sse->bom < BOM_BYTES && bytes.n) {
		if (bytes.p[0] != byte_order_mark[sse->bom]) {
			buf_put(&sse->line, byte_order_mark, sse->bom); /* it was text */
			sse->bom = BOM_BYTES;
			break;
		}
		sse->bom++;
		bytes = str_from(bytes, 1);
	}
	return bytes;
}

static size_t line_length(struct str bytes)
{
	const char *lf = memchr(bytes.p, '\n', bytes.n);
	const char *cr = memchr(bytes.p, '\r', lf ? (size_t)(lf - bytes.p) : bytes.n);

	return cr ? (size_t)(cr - bytes.p) : lf ? (size_t)(lf - bytes.p) : bytes.n;
}

void sse_feed(struct sse *sse, struct str bytes,
	void (*take)(void *ctx, const struct sse_item *item), void *ctx)
{
	struct taker taker = {take, ctx};

	bytes = skip_mark(sse, bytes);
	while (bytes.n) {
		if (sse->after_cr) {
			sse->after_cr = false;
			if (bytes.p[0] == '\n') {
				bytes = str_from(bytes, 1);
				continue;
			}
		}
		size_t n = line_length(bytes);
		struct str line = {bytes.p, n};
		if (n == bytes.n || sse->line.n ||
			n > SSE_LINE_MAX) { /* else it came in one piece */
			buf_putstr(&sse->line, line);
			line = buf_str(&sse->line);
		}
		if (n == bytes.n)
			return;
		sse->after_cr = bytes.p[n] == '\r';
		line_end(sse, line, &taker);
		bytes = str_from(bytes, n + 1);
	}
}

void sse_end(struct sse *sse, void (*take)(void *ctx, const struct sse_item *item), void *ctx)
{
	struct taker taker = {take, ctx};

	if (sse->bom < BOM_BYTES)
		buf_put(&sse->line, byte_order_mark, sse->bom);
	sse->bom = BOM_BYTES;
	if (sse->line.n)
		line_end(sse, buf_str(&sse->line), &taker);
	dispatch(sse, &taker);
}
