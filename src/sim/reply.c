#include "sim/reply.h"

#include "base/clock.h"

#include <time.h>

enum { FRAMES_FIRST = 32 };

void reply_header(struct reply *reply, const char *name, const char *value)
{
	if (reply->n_headers < REPLY_HEADERS_MAX)
		reply->headers[reply->n_headers++] = (struct reply_header){name, value};
}

void reply_set_header(struct reply *reply, const char *name, const char *value)
{
	for (size_t i = 0; i < reply->n_headers; i++) {
		if (strcmp(reply->headers[i].name, name) == 0) {
			reply->headers[i].value = value;
			return;
		}
	}
	reply_header(reply, name, value);
}

void reply_body(struct reply *reply, int status, const char *content_type, struct str body)
{
	reply->status = status;
	reply->stream = false;
	reply->n_headers = 0;
	reply->n_frames = 0;
	reply_header(reply, "content-length", NULL);
	if (content_type)
		reply_header(reply, "content-type", content_type);
	reply_frame(reply, FRAME_BODY, body, 0);
}

void reply_stream(struct reply *reply)
{
	reply->status = 200;
	reply->stream = true;
	reply->n_headers = 0;
	reply->n_frames = 0;
	reply_header(reply, "cache-control", "no-cache");
	reply_header(reply, "connection", "keep-alive");
	reply_header(reply, "content-type", "text/event-stream; charset=utf-8");
}

static bool make_room(struct reply *reply)
{
	if (reply->n_frames == REPLY_FRAMES_MAX)
		return false;
	if (reply->n_frames < reply->cap)
		return true;
	size_t cap = reply->cap ? 2 * reply->cap : FRAMES_FIRST;
	struct frame *grown = ARENA_ARRAY(reply->arena, cap, struct frame);
	if (reply->n_frames)
		memcpy(grown, reply->frames, reply->n_frames * sizeof(*grown));
	reply->frames = grown;
	reply->cap = cap;
	return true;
}

void reply_frame(struct reply *reply, enum frame_kind kind, struct str text, int64_t wait_us)
{
	if (make_room(reply))
		reply->frames[reply->n_frames++] = (struct frame){kind, text, wait_us};
}

void reply_insert(struct reply *reply, size_t at, struct frame frame)
{
	if (at > reply->n_frames || !make_room(reply))
		return;
	memmove(&reply->frames[at + 1], &reply->frames[at], (reply->n_frames - at) * sizeof(frame));
	reply->frames[at] = frame;
	reply->n_frames++;
}

void reply_cut(struct reply *reply, size_t at)
{
	if (at < reply->n_frames)
		reply->n_frames = at;
}

size_t reply_middle(const struct reply *reply)
{
	size_t tokens = 0, passed = 0;
	for (size_t i = 0; i < reply->n_frames; i++)
		tokens += reply->frames[i].kind == FRAME_TOKEN;
	for (size_t i = 0; i < reply->n_frames; i++) {
		passed += reply->frames[i].kind == FRAME_TOKEN;
		if (tokens > 0 && passed >= (tokens + 1) / 2)
			return i + 1;
	}
	return reply->n_frames;
}

const char *reply_date(struct arena *arena, int64_t wall_us)
{
	time_t then = (time_t)(wall_us / US_PER_S);
	struct tm tm;
	char text[64];
	gmtime_r(&then, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return arena_strdup(arena, text);
}

const char *reply_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{200, "OK"},
		{204, "No Content"},
		{301, "Moved Permanently"},
		{302, "Found"},
		{307, "Temporary Redirect"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{422, "Unprocessable Entity"},
		{429, "Too Many Requests"},
		{500, "Internal Server Error"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
	};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}
