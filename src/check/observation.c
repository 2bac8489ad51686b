#include "check/observation.h"

#include "check/plan.h"

void observation_init(struct observation *seen, int64_t started_us, int64_t wall_us)
{
	*seen = (struct observation){
		.body = BUF_INIT(BODY_BYTES_MAX),
		.timing = TIMING_NONE,
		.started_us = started_us,
		.ended_us = started_us,
		.wall_us = wall_us,
	};
	stream_init(&seen->stream, started_us);
}

void observation_fini(struct observation *seen)
{
	buf_fini(&seen->body);
	stream_fini(&seen->stream);
	json_free(seen->json);
	seen->json = NULL;
}

const char *headers_find(const struct headers *headers, const char *name)
{
	for (size_t i = headers->n; i > 0; i--)
		if (strcmp(headers->items[i - 1].name, name) == 0)
			return headers->items[i - 1].value;
	return NULL;
}

static int64_t span(int64_t from, int64_t to)
{
	return to < 0 ? -1 : from < 0 || from > to ? to : to - from;
}

int64_t timing_phase_us(const struct timing *timing, enum timing_phase phase)
{
	switch (phase) {
	case PHASE_DNS: return timing->dns_us;
	case PHASE_CONNECT: return span(timing->dns_us, timing->connect_us);
	case PHASE_TLS: return span(timing->connect_us, timing->tls_us);
	case PHASE_TTFB: return timing->ttfb_us;
	case PHASE_COUNT: break;
	}
	return -1;
}

const struct json *observation_json(struct observation *seen)
{
	if (!seen->json_tried) {
		seen->json_tried = true;
		seen->json = json_parse(buf_str(&seen->body), &seen->json_error);
	}
	return seen->json;
}

bool observation_plain(struct observation *seen)
{
	if (!seen->plain_tried) {
		seen->plain_tried = true;
		seen->plain = json_plain(buf_str(&seen->body));
	}
	return seen->plain;
}

bool observation_streamed(const struct observation *seen)
{
	const struct measures *m = &seen->stream.m;

	return seen->is_stream && (m->chunks || m->done || m->malformed);
}

struct subject observation_content(struct observation *seen)
{
	struct subject subject = {.shape = SUBJECT_MISSING};
	const struct json *content;

	if (observation_streamed(seen)) {
		if (seen->stream.content.n) {
			subject.shape = SUBJECT_TEXT;
			subject.text = buf_str(&seen->stream.content);
		}
		return subject;
	}
	if (!observation_json(seen)) {
		subject.malformed = !seen->is_stream;
		return subject;
	}
	content = json_member(
		json_member(json_item(json_member(seen->json, "choices"), 0), "message"),
		"content");
	if (content && json_type(content) == JSON_STRING) {
		subject.shape = SUBJECT_TEXT;
		subject.text = json_string(content);
	}
	return subject;
}

int64_t observation_usage(struct observation *seen, enum usage_field field)
{
	static const char *const names[] = {
#define X(id, name) [USAGE_##id] = name,
		USAGE_FIELDS(X)
#undef X
	};
	const struct json *value;
	double number;

	if (observation_streamed(seen)) {
		const struct measures *m = &seen->stream.m;
		return field == USAGE_PROMPT       ? m->prompt_tokens
		       : field == USAGE_COMPLETION ? m->completion_tokens
						   : m->total_tokens;
	}
	value = json_member(json_member(observation_json(seen), "usage"), names[field]);
	number = value && json_type(value) == JSON_NUMBER ? json_number(value) : -1;
	return number >= 0 && number < 9e15 ? (int64_t)number : -1;
}
