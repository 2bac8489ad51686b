#include "base/buf.h"
#include "base/clock.h"
#include "sim/gzip.h"
#include "sim/reply.h"

enum {
	RENDER_BYTES_MAX = 64 << 20, /* of one frame or head */
	RENDER_BURST = 3, /* events in a chunk */
	RENDER_MARKS_MAX = 256, /* of a chunk; further ones are not noted */
	RENDER_TORN_US = 200, /* between two bytes */
	RENDER_LENGTH_LIE = 64,
	RENDER_FLOOD_SIZE = 32 << 10,
	RENDER_BOMB_MB = 256,
};

enum framing { BY_LENGTH, BY_CHUNKS, BY_CLOSE };

struct rendering {
	const struct reply *reply;
	struct script *script;
	struct arena *arena;
	unsigned wire;
	enum framing framing;
	struct gzip *gzip; /* NULL: plain */
	struct buf out; /* events waiting for their chunk */
	uint8_t marks[RENDER_MARKS_MAX]; /* of what waits */
	size_t n_marks;
	size_t in_burst;
	bool begun; /* the byte order mark is out */
	bool broken; /* the stream ends here, unfinished */
};

static struct str keep(struct rendering *r, struct buf *buf)
{
	struct str kept = arena_str(r->arena, buf_str(buf));
	buf_reset(buf);
	return kept;
}

/* Bytes in the answer's own framing. */
static void send_framed(struct rendering *r, struct str bytes, struct marks marks)
{
	const char *extension = r->wire & WIRE_CHUNK_JUNK         ? " junk"
				: r->wire & WIRE_CHUNK_EXTENSIONS ? ";name=\"a\\\";b\";flag"
								  : "";
	if (r->framing == BY_CHUNKS)
		script_chunk(r->script, bytes, extension, marks);
	else
		script_send(r->script, bytes, marks);
}

/* In its own coding as well. */
static void send_piece(struct rendering *r, struct str bytes, struct marks marks, bool last)
{
	if (r->gzip)
		bytes = gzip_piece(r->gzip, bytes, last, r->arena);
	send_framed(r, bytes, marks);
}

static void flush(struct rendering *r)
{
	if (r->out.n == 0)
		return;
	struct str kept = arena_str(r->arena, (struct str){(const char *)r->marks, r->n_marks});
	struct marks marks = {(const uint8_t *)kept.p, kept.n};
	send_piece(r, keep(r, &r->out), marks, false);
	r->n_marks = 0;
	r->in_burst = 0;
}

static void note_mark(struct rendering *r, enum script_mark mark)
{
	if (r->n_marks < RENDER_MARKS_MAX)
		r->marks[r->n_marks++] = (uint8_t)mark;
}

static const char *line_end(const struct rendering *r)
{
	return r->wire & WIRE_CRLF ? "\r\n" : r->wire & WIRE_CR ? "\r" : "\n";
}

static void put_line(struct rendering *r, const char *field, struct str value)
{
	buf_puts(&r->out, field);
	if (!(r->wire & WIRE_NO_SPACE))
		buf_putc(&r->out, ' ');
	buf_putstr(&r->out, value);
	buf_puts(&r->out, line_end(r));
}

/* One event, the legal ways to spell it being many. JSON may be parted behind its first brace and
 * before its last: the line feed that joins data lines is white space there. */
static void put_event(struct rendering *r, struct str data)
{
	if (r->wire & WIRE_UNKNOWN_FIELDS) {
		put_line(r, "x-trace:", STR("of no meaning: none"));
		buf_puts(&r->out, "heartbeat");
		buf_puts(&r->out, line_end(r));
	}
	if (r->wire & WIRE_FIELDS) {
		put_line(r, "event:", STR("message"));
		put_line(r, "id:", STR("1"));
		put_line(r, "retry:", STR("1000"));
	}
	if (r->wire & WIRE_MULTILINE && data.n > 2 && data.p[0] == '{') {
		put_line(r, "data:", STR("{"));
		put_line(r, "data:", (struct str){data.p + 1, data.n - 2});
		data = str_from(data, data.n - 1);
	}
	put_line(r, "data:", data);
	buf_puts(&r->out, line_end(r));
}

static void put_comment(struct rendering *r, struct str text)
{
	put_line(r, ":", text);
	buf_puts(&r->out, line_end(r));
}

static void begin_event(struct rendering *r)
{
	if (r->wire & WIRE_BOM && !r->begun)
		buf_puts(&r->out, "\xef\xbb\xbf");
	r->begun = true;
}

static void end_event(struct rendering *r, enum script_mark mark)
{
	note_mark(r, mark);
	if (r->wire & WIRE_AT_ONCE)
		return;
	if (!(r->wire & WIRE_BURST) || ++r->in_burst == RENDER_BURST)
		flush(r);
}

static void render_flood(struct rendering *r, const struct frame *frame)
{
	struct buf flood = BUF_INIT(RENDER_BYTES_MAX);
	struct buf chunk = BUF_INIT(RENDER_BYTES_MAX);
	while (frame->text.n && flood.n < RENDER_FLOOD_SIZE)
		if (!buf_putstr(&flood, frame->text))
			break;
	if (r->framing == BY_CHUNKS)
		buf_printf(&chunk, "%zx\r\n", flood.n);
	buf_putstr(&chunk, buf_str(&flood));
	if (r->framing == BY_CHUNKS)
		buf_puts(&chunk, "\r\n");
	script_repeat(r->script, keep(r, &chunk), frame->wait_us, 0);
	buf_fini(&flood);
	buf_fini(&chunk);
	r->broken = true;
}

static void render_bomb(struct rendering *r)
{
	flush(r);
	if (r->gzip)
		send_framed(r, gzip_bomb(r->gzip, RENDER_BOMB_MB, r->arena), MARKS_NONE);
	script_fin(r->script);
	r->broken = true;
}

/* The connection goes its own way from here on. */
static void render_break(struct rendering *r, const struct frame *frame)
{
	flush(r);
	script_wait(r->script, frame->wait_us);
	if (frame->kind == FRAME_FIN)
		script_fin(r->script);
	else if (frame->kind == FRAME_RESET)
		script_reset(r->script);
	else
		script_hold(r->script);
	r->broken = true;
}

static void render_comments(struct rendering *r, const struct frame *frame)
{
	flush(r);
	put_comment(r, frame->text);
	struct str comment = keep(r, &r->out);
	if (r->framing == BY_CHUNKS)
		comment = str_of(
			arena_printf(r->arena, "%zx\r\n%.*s\r\n", comment.n, STR_ARG(comment)));
	script_wait(r->script, frame->wait_us);
	script_repeat(r->script, comment, frame->wait_us, 0);
	r->broken = true;
}

static const enum script_mark event_marks[] = {
	[FRAME_ROLE] = MARK_ROLE,
	[FRAME_EMPTY] = MARK_EMPTY,
	[FRAME_REASONING] = MARK_REASONING,
	[FRAME_TOKEN] = MARK_TOKEN,
	[FRAME_NOTE] = MARK_NOTE,
	[FRAME_FINISH] = MARK_FINISH,
	[FRAME_USAGE] = MARK_USAGE,
	[FRAME_OTHER] = MARK_OTHER,
	[FRAME_DONE] = MARK_DONE,
};

static void render_frame(struct rendering *r, const struct frame *frame)
{
	bool pauses = !(r->wire & WIRE_AT_ONCE) || frame->kind > FRAME_COMMENT;
	if (pauses && frame->wait_us > 0 && frame->kind < FRAME_COMMENTS) {
		flush(r);
		script_wait(r->script, frame->wait_us);
	}
	switch (frame->kind) {
	case FRAME_BODY:
		buf_putstr(&r->out, frame->text);
		note_mark(r, MARK_BODY);
		break;
	case FRAME_ROLE:
	case FRAME_EMPTY:
	case FRAME_REASONING:
	case FRAME_FINISH:
	case FRAME_USAGE:
	case FRAME_OTHER:
	case FRAME_DONE:
	case FRAME_TOKEN:
	case FRAME_NOTE:
		begin_event(r);
		put_event(r, frame->text);
		end_event(r, event_marks[frame->kind]);
		break;
	case FRAME_COMMENT:
		begin_event(r);
		put_comment(r, frame->text);
		end_event(r, MARK_COMMENT);
		break;
	case FRAME_RAW:
		buf_putstr(&r->out, frame->text);
		end_event(r, MARK_OTHER);
		break;
	case FRAME_WIRE:
		flush(r);
		script_send(r->script, frame->text, MARKS_NONE);
		break;
	case FRAME_COMMENTS: render_comments(r, frame); break;
	case FRAME_BOMB: render_bomb(r); break;
	case FRAME_FLOOD: render_flood(r, frame); break;
	case FRAME_HOLD:
	case FRAME_FIN:
	case FRAME_RESET: render_break(r, frame); break;
	}
}

static bool is_bodiless(const struct reply *reply)
{
	return reply->head_only || reply->status == 204 || reply->status == 304;
}

static size_t body_length(const struct reply *reply)
{
	size_t n = 0;
	for (size_t i = 0; i < reply->n_frames; i++)
		if (reply->frames[i].kind == FRAME_BODY)
			n += reply->frames[i].text.n;
	return n;
}

static void put_header(struct buf *head, const char *name, const char *value)
{
	buf_printf(head, "%s: %s\r\n", name, value);
}

static void put_length(struct rendering *r, struct buf *head, size_t length)
{
	if (r->wire & WIRE_LENGTH_LONG)
		length += RENDER_LENGTH_LIE;
	if (r->wire & WIRE_LENGTH_SHORT)
		length /= 2;
	if (r->framing == BY_LENGTH)
		buf_printf(head, "content-length: %zu\r\n", length);
}

/* Every other letter of the names upside down. */
static void mix_case(struct buf *head)
{
	bool in_name = false;
	for (size_t i = 1; i < head->n; i++) {
		if (head->p[i - 1] == '\n')
			in_name = true;
		else if (head->p[i] == ':')
			in_name = false;
		if (in_name && i % 2 && head->p[i] >= 'a' && head->p[i] <= 'z')
			head->p[i] = (char)(head->p[i] - 'a' + 'A');
	}
}

static void put_coding(struct rendering *r, struct buf *head)
{
	if (!r->gzip && !(r->wire & WIRE_GZIP_BROKEN))
		return;
	put_header(head, "content-encoding", r->wire & WIRE_DEFLATE ? "deflate" : "gzip");
	put_header(head, "vary", "Accept-Encoding");
}

/* The headers in the order in which uvicorn sends them. */
static void render_head(struct rendering *r, const struct http_request *request, size_t length)
{
	const struct reply *reply = r->reply;
	struct buf head = BUF_INIT(RENDER_BYTES_MAX);
	bool closes = request->close || reply->closes || r->framing == BY_CLOSE;
	const char *reason = reply->reason ? reply->reason : reply_reason(reply->status);
	buf_printf(&head, "%sHTTP/1.%c %d %s\r\n", reply->early ? reply->early : "",
		r->wire & WIRE_HTTP10 ? '0' : '1', reply->status, reason);
	put_header(&head, "date", reply_date(r->arena, clock_wall_us()));
	if (reply->server)
		put_header(&head, "server", reply->server);
	for (size_t i = 0; i < reply->n_headers; i++) {
		const struct reply_header *h = &reply->headers[i];
		if (!h->value)
			put_length(r, &head, length);
		else if (!closes || strcmp(h->name, "connection") != 0)
			put_header(&head, h->name, h->value);
	}
	put_coding(r, &head);
	if (closes)
		put_header(&head, "connection", "close");
	if (r->framing == BY_CHUNKS)
		put_header(&head, "transfer-encoding", "chunked");
	buf_puts(&head, "\r\n");
	if (r->wire & WIRE_ODD_CASE)
		mix_case(&head);
	script_wait(r->script, reply->wait_us);
	script_send(r->script, keep(r, &head), mark_of(MARK_HEAD));
	buf_fini(&head);
}

static void render_end(struct rendering *r)
{
	flush(r);
	if (r->broken)
		return;
	if (r->gzip && !(r->wire & WIRE_GZIP_CUT))
		send_piece(r, (struct str){NULL, 0}, MARKS_NONE, true);
	if (r->framing == BY_CHUNKS)
		script_last_chunk(r->script,
			r->wire & WIRE_TRAILERS ? "x-checksum: none\r\nserver-timing: a;dur=1\r\n"
						: "");
	bool closes = r->framing == BY_CLOSE || r->reply->closes;
	if (closes && r->wire & WIRE_CUT_END)
		script_fin(r->script);
	else if (closes || r->wire & (WIRE_LENGTH_LONG | WIRE_LENGTH_SHORT))
		r->script->close = true;
}

/* A compressed body whose length is promised must be compressed before its head is written. */
static struct reply compressed(struct rendering *r)
{
	struct reply plain = *r->reply, whole = *r->reply;
	struct buf body = BUF_INIT(RENDER_BYTES_MAX);
	for (size_t i = 0; i < plain.n_frames; i++)
		if (plain.frames[i].kind == FRAME_BODY)
			buf_putstr(&body, plain.frames[i].text);
	whole.frames = ARENA_ARRAY(r->arena, plain.n_frames, struct frame);
	whole.n_frames = 0;
	bool done = false;
	for (size_t i = 0; i < plain.n_frames; i++) {
		struct frame frame = plain.frames[i];
		if (frame.kind == FRAME_BODY) { /* the first stands for all */
			frame.text = done ? STR("")
					  : gzip_piece(r->gzip, buf_str(&body), true, r->arena);
			if (r->wire & WIRE_GZIP_CUT)
				frame.text.n = frame.text.n * 2 / 3;
			done = true;
		}
		whole.frames[whole.n_frames++] = frame;
	}
	buf_fini(&body);
	return whole;
}

static enum framing choose_framing(const struct reply *reply, unsigned wire, bool old)
{
	if (wire & WIRE_HTTP10 || (reply->stream && old))
		return BY_CLOSE;
	return reply->stream || wire & WIRE_CHUNKED ? BY_CHUNKS : BY_LENGTH;
}

static bool is_compressed(const struct http_request *request, unsigned wire)
{
	return wire & WIRE_GZIP_ALWAYS ||
	       (wire & WIRE_GZIP && http_accepts(request, "accept-encoding", "gzip")) ||
	       (wire & WIRE_DEFLATE && http_accepts(request, "accept-encoding", "deflate"));
}

void reply_render(const struct reply *reply, const struct http_request *request, unsigned wire,
	struct script *script)
{
	struct rendering r = {
		.reply = reply,
		.script = script,
		.arena = reply->arena,
		.wire = wire,
		.framing = choose_framing(reply, wire, request->old),
		.out = BUF_INIT(RENDER_BYTES_MAX),
	};
	if (!reply->head_only && is_compressed(request, wire))
		r.gzip = gzip_new(wire & WIRE_DEFLATE);
	struct reply whole;
	if (r.gzip && r.framing == BY_LENGTH) {
		whole = compressed(&r);
		r.reply = &whole;
	}
	if (!reply->headless)
		render_head(&r, request, body_length(r.reply));
	if (r.framing == BY_LENGTH) {
		/* what is compressed already must not be compressed again */
		gzip_free(r.gzip);
		r.gzip = NULL;
	}
	if (!is_bodiless(reply)) {
		for (size_t i = 0; i < r.reply->n_frames && !r.broken; i++)
			render_frame(&r, &r.reply->frames[i]);
		render_end(&r);
	}
	if (wire & WIRE_TORN)
		script_tear(script, 1, RENDER_TORN_US);
	gzip_free(r.gzip);
	buf_fini(&r.out);
}
