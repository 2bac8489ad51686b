#include "base/clock.h"
#include "base/text.h"
#include "engine/transfer_private.h"

#include <stdio.h>
#include <string.h>

enum {
	GARBAGE_SHOWN_MAX = 40,
	TURN_BYTES_MAX = 512 << 10, /* decoded; then others have their turn */
	TURN_US_MAX = 2000, /* likewise: of small pieces few bytes take long */
	TURN_BYTES_LEAST = 8 << 10, /* a short answer is of one turn, however slow the machine */
};

int64_t transfer_arrival_us(struct transfer *t)
{
	uint64_t turn = multi_turn(t->multi);
	if (t->stamp_turn != turn) {
		t->stamp_turn = turn;
		t->turn_us = clock_mono_us();
		t->stamp_us = multi_ready_us(t->multi);
		t->turn_bytes = 0;
	}
	return t->stamp_us;
}

/* libcurl takes what has no header for HTTP/0.9, whose days are over; behind an interim answer too. */
static size_t stop_at_garbage(struct transfer *t, struct str said)
{
	static const char alert[] = {0x15, 0x03}; /* RFC 8446, 5.1 */
	if (str_starts(said, (struct str){alert, sizeof(alert)}, false)) {
		transfer_stop_set(t, REASON_TLS,
			"the server speaks TLS on this port: the URL needs https://");
		return 0;
	}
	struct buf text = BUF_INIT(sizeof(t->stop.text) - 1);
	buf_puts(&text, "the answer is not HTTP; it begins with \"");
	text_inert(&text, said, GARBAGE_SHOWN_MAX);
	buf_putc(&text, '"');
	transfer_stop_set(t, REASON_PROTOCOL, buf_text(&text));
	buf_fini(&text);
	return 0;
}

/* False when no more of the body is wanted. */
static bool put(struct transfer *t, struct str piece)
{
	size_t room = t->request->body_limit - t->body_bytes;
	struct event event = {.kind = EVENT_BODY, .at_us = transfer_arrival_us(t)};
	event.body = (struct str){piece.p, piece.n < room ? piece.n : room};
	t->body_bytes += event.body.n;
	t->turn_bytes += event.body.n;
	if (event.body.n)
		transfer_tell(t, &event);
	if (piece.n > room) {
		char text[64];
		snprintf(text, sizeof(text), "the body exceeds %zu bytes", t->request->body_limit);
		transfer_stop_set(t, REASON_TOO_LARGE, text);
	}
	return !t->dropped && piece.n <= room;
}

static bool refuse_encoding(struct transfer *t, const char *encoding)
{
	struct buf text = BUF_INIT(sizeof(t->stop.text) - 1);
	buf_puts(&text, "the answer has an encoding that was not asked for: ");
	text_inert(&text, str_of(encoding), GARBAGE_SHOWN_MAX);
	transfer_stop_set(t, REASON_PROTOCOL, buf_text(&text));
	buf_fini(&text);
	return false;
}

/* Each field that names one stands for a coding upon the one before (RFC 9110, 8.4). */
static bool coded_twice(const struct headers *headers)
{
	unsigned codings = 0;
	for (size_t i = 0; i < headers->n; i++)
		if (strcmp(headers->items[i].name, "content-encoding") == 0 &&
			unzip_kind_of(headers->items[i].value) != UNZIP_NONE)
			codings++;
	return codings > 1;
}

static bool begin_body(struct transfer *t)
{
	struct headers headers = head_headers(&t->head);
	const char *encoding = headers_find(&headers, "content-encoding");
	enum unzip_kind kind = unzip_kind_of(encoding);
	t->body_begun = true;
	if (kind == UNZIP_UNKNOWN)
		return refuse_encoding(t, encoding);
	if (coded_twice(&headers))
		return refuse_encoding(t, "one upon another");
	if (kind != UNZIP_NONE)
		t->unzip = unzip_open(kind);
	unchunk_init(&t->unchunk);
	return true;
}

static bool turn_over(const struct transfer *t)
{
	if (t->turn_bytes <= TURN_BYTES_LEAST)
		return false;
	return t->turn_bytes > TURN_BYTES_MAX || clock_mono_us() - t->turn_us > TURN_US_MAX;
}

static bool put_in_turn(void *ctx, struct str piece)
{
	return put(ctx, piece) && !turn_over(ctx);
}

/* libcurl keeps the piece and brings it again, in a turn of its own. */
static size_t pause(struct transfer *t, size_t seen)
{
	t->seen_bytes = seen;
	multi_pause(t->multi, &t->pause, t->easy);
	return CURL_WRITEFUNC_PAUSE;
}

/* What no more is wanted of has a reason, unless it was cancelled. */
static bool unwanted(const struct transfer *t)
{
	return t->stop.reason != REASON_NONE || t->dropped;
}

/* Takes from the front of the piece what can be told in this turn; false when that is not all. */
static bool digest(struct transfer *t, struct str *piece)
{
	if (!t->unzip) {
		bool wanted = put(t, *piece);
		piece->n = 0;
		return wanted;
	}
	t->turn_bytes += piece->n; /* even if nothing comes of it */
	const char *wrong = unzip_feed(t->unzip, piece, put_in_turn, t);
	if (wrong) {
		char text[100];
		snprintf(text, sizeof(text), "the compressed body is broken: %s", wrong);
		transfer_stop_set(t, REASON_PROTOCOL, text);
	}
	return !unwanted(t) && !turn_over(t);
}

/* Likewise. What unzipping still holds of the last piece comes first. */
static bool digest_chunks(struct transfer *t, struct str *raw)
{
	struct str piece = {raw->p, 0};
	bool more = digest(t, &piece);
	while (more && !turn_over(t)) {
		switch (unchunk_next(&t->unchunk, raw, &piece)) {
		case UNCHUNK_NONE: return true;
		case UNCHUNK_PIECE: break;
		case UNCHUNK_LARGE:
			transfer_stop_set(t, REASON_TOO_LARGE, t->unchunk.wrong);
			return false;
		case UNCHUNK_BROKEN:
			transfer_stop_set(t, REASON_PROTOCOL, t->unchunk.wrong);
			return false;
		}
		more = digest(t, &piece);
		unchunk_back(&t->unchunk, raw, piece.n);
	}
	return false;
}

size_t transfer_on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	struct str came = {bytes, size * n};
	if (!t->head.whole)
		return stop_at_garbage(t, came);
	if (!t->body_begun && !begin_body(t))
		return 0;
	transfer_arrival_us(t);
	if (turn_over(t))
		return pause(t, t->seen_bytes);
	struct str rest = str_from(came, t->seen_bytes);
	bool all = t->head.chunked ? digest_chunks(t, &rest) : digest(t, &rest);
	if (unwanted(t))
		return 0;
	if (!all)
		return pause(t, came.n - rest.n);
	t->seen_bytes = 0;
	return came.n;
}

bool transfer_body_cut(const struct transfer *t)
{
	return t->unzip && !unzip_whole(t->unzip);
}

void transfer_body_forget(struct transfer *t)
{
	unzip_close(t->unzip);
	t->unzip = NULL;
	t->body_begun = false;
	t->seen_bytes = 0;
	if (t->multi)
		multi_unpause(t->multi, &t->pause);
}
