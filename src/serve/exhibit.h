/* serve/exhibit.h - the evidence of a result, read back from the JSON that the store keeps. What stands in
 * a file is not trusted: lists end at a limit, kinds that are not known are left out, texts are made inert
 * again. Lives in the request's arena. Pure. */
#ifndef OUTRIDER_SERVE_EXHIBIT_H
#define OUTRIDER_SERVE_EXHIBIT_H

#include "base/arena.h"
#include "check/observation.h"

enum {
	EXHIBIT_BYTES_MAX = 256 * 1024,
	EXHIBIT_FINDINGS_MAX = 100,
	EXHIBIT_HEADERS_MAX = 60,
	EXHIBIT_NOTES_MAX = 20,
	EXHIBIT_TEXT_MAX = 2048, /* bytes shown of one text */
	EXHIBIT_LONG_MAX = 8192, /* of a body, of a command line */
};

struct exhibit_headers {
	struct header *items;
	size_t n;
	uint64_t dropped; /* that came, and are not here */
};

/* Times are microseconds; -1: not measured. Texts are NULL where nothing was kept. */
struct exhibit {
	const char *message, *request_id, *address, *tls_expires;
	unsigned attempts;
	int http_status; /* 0: none */
	struct timing timing;
	const char *notes[EXHIBIT_NOTES_MAX];
	size_t n_notes;
	struct finding *findings;
	size_t n_findings;
	uint64_t findings_dropped;
	bool is_stream;
	const char *integrity; /* a word */
	struct measures stream; /* when is_stream */
	const char *method, *url, *curl;
	struct exhibit_headers sent, got;
	const char *body, *content;
	uint64_t body_bytes;
	struct frame *frames;
	size_t n_frames;
	uint64_t frames_left_out; /* the store's count; frames say where */
};

/* False: it is no evidence that can be read. */
bool exhibit_read(struct exhibit *exhibit, struct arena *arena, const char *json);

#endif
