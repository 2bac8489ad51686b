#include "check/stream.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <stdlib.h>

static const char *const integrity_names[] = {
#define X(id, name) [INTEGRITY_##id] = name,
	INTEGRITIES(X)
#undef X
};

static const char *const measure_names[] = {
#define X(id, name) [MEASURE_##id] = name,
	STREAM_MEASURES(X)
#undef X
};

enum { ERROR_TEXT_KEPT = 1024 };

const char *integrity_name(enum integrity integrity)
{
	return integrity_names[integrity];
}

const char *stream_measure_name(enum stream_measure measure)
{
	return measure_names[measure];
}

void stream_init(struct stream *stream, int64_t zero_us)
{
	*stream = (struct stream){
		.content = BUF_INIT(STREAM_CONTENT_MAX),
		.error_text = BUF_INIT(ERROR_TEXT_KEPT),
		.zero_us = zero_us,
		.last_line_us = zero_us,
		.last_event_us = -1,
		.last_delta_us = -1,
		.first_arrival_us = -1,
		.m = {.ttfe_us = -1,
			.ttfr_us = -1,
			.ttft_us = -1,
			.line_gap_us = 0,
			.event_gap_us = -1,
			.token_gap_us = -1,
			.line_gap_at_us = -1,
			.event_gap_at_us = -1,
			.token_gap_at_us = -1,
			.itl_us = -1,
			.tpot_us = -1,
			.last_token_us = -1,
			.end_us = -1,
			.prompt_tokens = -1,
			.completion_tokens = -1,
			.total_tokens = -1,
			.tokens_per_second = -1},
	};
	sse_init(&stream->parser);
	chunk_model_init(&stream->model);
}

void stream_fini(struct stream *stream)
{
	sse_fini(&stream->parser);
	chunk_model_fini(&stream->model);
	buf_fini(&stream->content);
	buf_fini(&stream->error_text);
	timeline_fini(&stream->timeline);
}

/* A pause between two stamps, if it is the longest so far; at: when it began. */
static void widen(const struct stream *s, int64_t *gap, int64_t *at, int64_t from, int64_t to)
{
	if (from < 0 || to - from <= *gap)
		return;
	*gap = to - from;
	*at = from - s->zero_us;
}

static void once(int64_t *stamp, int64_t value)
{
	if (*stamp < 0)
		*stamp = value;
}

static void note_frame(struct stream *s, enum frame_kind kind, size_t bytes)
{
	timeline_add(&s->timeline, s->now_us - s->zero_us, kind, bytes);
}

/* A content or reasoning delta arrived. */
static void note_delta(struct stream *s)
{
	once(&s->m.ttfr_us, s->now_us - s->zero_us);
	widen(s, &s->m.token_gap_us, &s->m.token_gap_at_us, s->last_delta_us, s->now_us);
	s->last_delta_us = s->now_us;
}

static void note_token(struct stream *s, struct str content)
{
	note_delta(s);
	once(&s->m.ttft_us, s->now_us - s->zero_us);
	s->m.last_token_us = s->now_us - s->zero_us;
	s->m.tokens++;
	buf_putstr(&s->content, content);
}

static bool has_text(const struct json *delta, const char *name)
{
	return json_string(json_member(delta, name)).n > 0;
}

static bool has_reasoning(const struct json *delta)
{
	const struct json *calls = json_member(delta, "tool_calls");

	return has_text(delta, "reasoning_content") || has_text(delta, "reasoning") ||
	       (calls && json_type(calls) == JSON_ARRAY && json_count(calls) > 0);
}

static int64_t token_count(const struct json *usage, const char *name, int64_t before)
{
	const struct json *value = json_member(usage, name);
	double number = value && json_type(value) == JSON_NUMBER ? json_number(value) : -1;

	return number >= 0 && number < 9e15 ? (int64_t)number : before;
}

static void read_usage(struct stream *s, const struct json *usage)
{
	if (!usage || json_type(usage) != JSON_OBJECT)
		return;
	s->m.prompt_tokens = token_count(usage, "prompt_tokens", s->m.prompt_tokens);
	s->m.completion_tokens = token_count(usage, "completion_tokens", s->m.completion_tokens);
	s->m.total_tokens = token_count(usage, "total_tokens", s->m.total_tokens);
}

/* An error inside a stream is a member `error`, or the whole of an event of that name. */
static bool read_error(struct stream *s, const struct json *event, bool named)
{
	const struct json *error = json_member(event, "error");
	struct str message;

	if (json_is_nothing(error)) { /* some services say in every chunk that there is none */
		if (!named)
			return false;
		error = event;
	}
	s->m.error_events++;
	message = json_string(
		json_type(error) == JSON_STRING ? error : json_member(error, "message"));
	if (s->error_text.n)
		return true;
	if (message.n)
		buf_putstr(&s->error_text, message);
	else
		json_print(&s->error_text, error);
	return true;
}

static enum frame_kind note_chunk(struct stream *s, const struct chunk *chunk)
{
	if (chunk->content.n)
		note_token(s, chunk->content);
	else if (chunk->reasoning)
		note_delta(s);
	s->m.finished |= chunk->finish;
	return chunk->content.n   ? FRAME_TOKEN
	       : chunk->reasoning ? FRAME_REASONING
	       : chunk->finish    ? FRAME_FINISH
				  : FRAME_EVENT;
}

/* One chat.completion.chunk. `choices` may be empty, null or missing: never index it blindly. */
static enum frame_kind read_chunk(struct stream *s, const struct json *event, bool named)
{
	const struct json *choices = json_member(event, "choices");
	const struct json *choice =
		choices && json_type(choices) == JSON_ARRAY ? json_first(choices) : NULL;
	const struct json *delta = json_member(choice, "delta");
	struct chunk chunk = {
		.content = json_string(json_member(delta, "content")),
		.reasoning = has_reasoning(delta),
		.finish = json_string(json_member(choice, "finish_reason")).n > 0,
	};
	bool failed = read_error(s, event, named);
	enum frame_kind kind = note_chunk(s, &chunk);

	read_usage(s, json_member(event, "usage"));
	return failed ? FRAME_ERROR : kind;
}

static void put_decoded(struct buf *out, struct str bytes)
{
	while (bytes.n) {
		struct utf8_char c = utf8_next(bytes);
		if (c.ok)
			buf_put(out, bytes.p, c.n);
		else
			buf_puts(out, "\xef\xbf\xbd");
		bytes = str_from(bytes, c.n);
	}
}

/* Broken UTF-8 is malformed, but read as the standard decodes it, with U+FFFD: clients show it. */
static struct json *parse_event(struct stream *s, const struct sse_item *item)
{
	struct error ignored;
	struct json *event = item->cut ? NULL : json_parse(item->text, &ignored);
	struct buf decoded = BUF_INIT(3 * SSE_DATA_MAX);

	if (event)
		return event;
	s->m.malformed++;
	s->cut |= item->cut;
	if (item->cut || utf8_valid(item->text))
		return NULL;
	put_decoded(&decoded, item->text);
	event = json_parse(buf_str(&decoded), &ignored);
	buf_fini(&decoded);
	return event;
}

/* A chunk is an object, and its choices a list; empty, null and missing ones are legal. */
static bool is_chunk(const struct json *event)
{
	const struct json *choices = json_member(event, "choices");

	if (json_type(event) != JSON_OBJECT)
		return false;
	return !choices || json_type(choices) == JSON_ARRAY || json_type(choices) == JSON_NULL;
}

static enum frame_kind read_broken(struct stream *s, const struct sse_item *item, bool named)
{
	if (!named)
		return FRAME_MALFORMED;
	s->m.error_events++;
	if (s->error_text.n == 0)
		buf_putstr(&s->error_text, item->text);
	return FRAME_ERROR;
}

static enum frame_kind read_event(struct stream *s, const struct sse_item *item)
{
	bool late = s->m.done; /* [DONE] is the last event: clients have left */
	bool named = str_eq(item->type, STR("error"));
	struct json *event;
	struct chunk chunk;
	enum frame_kind kind;

	if (str_eq(str_trim(item->text), STR("[DONE]"))) {
		s->m.done = true;
		return FRAME_DONE;
	}
	if (!late && !named && !item->cut && chunk_read(&s->model, item->text, &chunk)) {
		s->m.chunks++;
		return note_chunk(s, &chunk);
	}
	event = parse_event(s, item);
	if (!event)
		return read_broken(s, item, named);
	s->m.chunks++;
	kind = read_chunk(s, event, named);
	if (late || !is_chunk(event)) {
		s->m.malformed++;
		kind = FRAME_MALFORMED;
	}
	json_free(event);
	return kind;
}

static void take_item(void *ctx, const struct sse_item *item)
{
	struct stream *s = ctx;

	switch (item->kind) {
	case SSE_LINE:
		widen(s, &s->m.line_gap_us, &s->m.line_gap_at_us, s->last_line_us, s->now_us);
		s->last_line_us = s->now_us;
		break;
	case SSE_COMMENT:
		s->m.keepalives++;
		note_frame(s, FRAME_COMMENT, item->text.n);
		break;
	case SSE_EVENT:
		once(&s->m.ttfe_us, s->now_us - s->zero_us);
		widen(s, &s->m.event_gap_us, &s->m.event_gap_at_us, s->last_event_us, s->now_us);
		s->last_event_us = s->now_us;
		note_frame(s, read_event(s, item), item->text.n);
		break;
	}
}

void stream_feed(struct stream *stream, struct str bytes, int64_t at_us)
{
	if (bytes.n == 0)
		return;
	if (stream->first_arrival_us < 0)
		stream->first_arrival_us = at_us;
	stream->last_arrival_us = stream->now_us = at_us;
	sse_feed(&stream->parser, bytes, take_item, stream);
}

static void measure_rates(struct measures *m)
{
	int64_t spread = m->last_token_us - m->ttft_us;
	int64_t counted = m->completion_tokens > 0 ? m->completion_tokens : m->tokens;

	if (m->tokens == 0)
		return;
	m->estimated = m->completion_tokens <= 0;
	if (m->tokens > 1) {
		m->itl_us = spread / (int64_t)(m->tokens - 1);
		m->tpot_us = (m->end_us - m->ttft_us) / (int64_t)(m->tokens - 1);
	}
	if (spread > 0)
		m->tokens_per_second = (double)counted / ((double)spread / 1e6);
}

void stream_end(struct stream *stream, enum stream_end how, int64_t at_us)
{
	struct measures *m = &stream->m;

	if (stream->ended)
		return;
	stream->ended = true;
	stream->broken = how == STREAM_BROKEN;
	stream->aborted = how == STREAM_ABORTED;
	if (how == STREAM_CLEAN) {
		/* what the end completes arrived with the last bytes */
		stream->now_us = stream->last_arrival_us;
		sse_end(&stream->parser, take_item, stream);
	}
	m->end_us = at_us - stream->zero_us;
	/* A stream that never finished was still owing tokens: its last silence is a gap, and so is
	 * that of one that never began. */
	if (!m->finished)
		widen(stream, &m->token_gap_us, &m->token_gap_at_us,
			stream->last_delta_us < 0 ? stream->zero_us : stream->last_delta_us, at_us);
	m->burst = m->tokens > 1 && m->last_token_us == m->ttft_us;
	measure_rates(m);
}

enum integrity stream_integrity(const struct stream *stream, bool masked)
{
	const struct measures *m = &stream->m;

	if (masked)
		return INTEGRITY_MASKED;
	if (m->error_events)
		return INTEGRITY_ERROR_EVENT;
	if (stream->aborted)
		return INTEGRITY_ABORTED;
	if (stream->broken || !m->finished)
		return INTEGRITY_TRUNCATED;
	if (m->tokens == 0)
		return INTEGRITY_EMPTY;
	if (m->malformed)
		return INTEGRITY_MALFORMED;
	return m->done ? INTEGRITY_COMPLETE : INTEGRITY_UNDONE;
}
