/* sim/reply.h - an answer before it is bytes: status, headers, and frames (one body, or the events
 * of a stream) that faults may still edit; then rendered into a script. Everything lives in the
 * request's arena. Pure. */
#ifndef OUTRIDER_SIM_REPLY_H
#define OUTRIDER_SIM_REPLY_H

#include "base/arena.h"
#include "sim/http.h"
#include "sim/script.h"

enum { REPLY_HEADERS_MAX = 24, REPLY_FRAMES_MAX = 4096 };

enum frame_kind {
	FRAME_BODY, /* the body of an answer that is no stream */
	FRAME_ROLE, /* the first event of a stream; text: its JSON, as for all events */
	FRAME_EMPTY, /* an event whose delta is empty */
	FRAME_REASONING,
	FRAME_TOKEN, /* content */
	FRAME_NOTE, /* content and finish_reason at once */
	FRAME_FINISH,
	FRAME_USAGE,
	FRAME_OTHER, /* any other event, JSON or not */
	FRAME_DONE, /* [DONE] */
	FRAME_COMMENT, /* text: without the colon */
	FRAME_RAW, /* bytes of the stream, whatever they are */
	FRAME_WIRE, /* raw bytes, outside of every framing */
	FRAME_COMMENTS, /* the comment for ever, wait_us apart */
	FRAME_BOMB, /* within gzip: 256 MB of blanks in as many KB; then the connection closes */
	FRAME_FLOOD, /* the bytes for ever, in the answer's own framing */
	FRAME_HOLD, /* from here on the connection does as ACTION_HOLD, _FIN, _RESET say */
	FRAME_FIN,
	FRAME_RESET,
};

struct frame {
	enum frame_kind kind;
	struct str text;
	int64_t wait_us; /* before it is sent */
};

/* How the bytes are put on the wire: legal variants and lies, in any combination. */
enum {
	WIRE_GZIP = 1 << 0, /* where the client accepts it */
	WIRE_GZIP_ALWAYS = 1 << 1, /* also where not */
	WIRE_CRLF = 1 << 2, /* line ends of events */
	WIRE_CR = 1 << 3,
	WIRE_BOM = 1 << 4,
	WIRE_NO_SPACE = 1 << 5, /* data:{...} */
	WIRE_MULTILINE = 1 << 6, /* an event's JSON over several data lines */
	WIRE_FIELDS = 1 << 7, /* event:, id: and retry: lines */
	WIRE_BURST = 1 << 8, /* several events in one chunk */
	WIRE_CHUNKED = 1 << 9, /* bodies too */
	WIRE_HTTP10 = 1 << 10, /* ended by close */
	WIRE_TORN = 1 << 11, /* a byte at a time */
	WIRE_LENGTH_LONG = 1 << 12, /* content-length promises more than comes */
	WIRE_LENGTH_SHORT = 1 << 13,
	WIRE_GZIP_BROKEN = 1 << 14, /* says gzip, and isn't */
	WIRE_GZIP_CUT = 1 << 15, /* gzip that ends too early, the framing right */
	WIRE_DEFLATE = 1 << 16, /* where the client accepts it: zlib's format (RFC 9110 8.4.1.2) */
	WIRE_AT_ONCE = 1 << 17, /* the whole stream in one chunk */
	WIRE_UNKNOWN_FIELDS = 1 << 18, /* fields that event streams don't have */
	WIRE_CHUNK_EXTENSIONS = 1 << 19,
	WIRE_TRAILERS = 1 << 20,
	WIRE_ODD_CASE = 1 << 21, /* of header names */
	WIRE_CUT_END = 1 << 22, /* a close is no goodbye of TLS */
	WIRE_CHUNK_JUNK = 1 << 23, /* behind each chunk's size */
};

struct reply_header {
	const char *name, *value;
};

struct reply {
	struct arena *arena;
	int status;
	const char *early; /* bytes before the head, or NULL */
	const char *reason; /* NULL: the usual one */
	const char *server; /* NULL: says nothing about itself */
	struct reply_header headers[REPLY_HEADERS_MAX];
	size_t n_headers;
	bool stream; /* frames are events; otherwise a body */
	bool closes; /* the connection, though the client would keep it */
	bool head_only; /* the request was HEAD */
	bool headless; /* not even a status line */
	int64_t wait_us; /* before the head */
	struct frame *frames;
	size_t n_frames, cap;
};

/* A value of NULL for "content-length" marks its place. */
void reply_header(struct reply *reply, const char *name, const char *value);
/* Replaces, or adds. */
void reply_set_header(struct reply *reply, const char *name, const char *value);

/* Starts over, with a body: content-length, content-type. content_type NULL: none. */
void reply_body(struct reply *reply, int status, const char *content_type, struct str body);
/* Starts over, with a stream of events and the headers of the real ones. */
void reply_stream(struct reply *reply);

void reply_frame(struct reply *reply, enum frame_kind kind, struct str text, int64_t wait_us);
void reply_insert(struct reply *reply, size_t at, struct frame frame);
void reply_cut(struct reply *reply, size_t at); /* drops the frame at `at` and all after it */

/* Where the first half of the tokens ends: the place for what happens halfway. */
size_t reply_middle(const struct reply *reply);

/* The script that puts it on the wire, as `wire` (WIRE_*) says. */
void reply_render(const struct reply *reply, const struct http_request *request, unsigned wire,
	struct script *script);

const char *reply_reason(int status); /* "Not Found" */
/* As HTTP writes it (RFC 9110 5.6.7). */
const char *reply_date(struct arena *arena, int64_t wall_us);

#endif
