/* check/observation.h - what came back for one request, before anybody judges it. Owned by the run;
 * borrowed by the judge. Pure. */
#ifndef OUTRIDER_CHECK_OBSERVATION_H
#define OUTRIDER_CHECK_OBSERVATION_H

#include "base/buf.h"
#include "base/json.h"
#include "check/expect.h"
#include "check/outcome.h"

#include <stdint.h>

struct header {
	const char *name; /* in lower case */
	const char *value; /* trimmed */
};

enum { STREAM_RAW_KEPT = 64 << 10 };

struct headers {
	const struct header *items;
	size_t n;
};

/* The last header of that name, or NULL. */
const char *headers_find(const struct headers *headers, const char *name);

/* Cumulative since the attempt's (in a later step: the step's) start; -1: did not happen.
 * dns <= connect <= tls <= ttfb <= total. The same clock as libcurl's *_TIME_T. */
struct timing {
	int64_t dns_us, connect_us, tls_us, ttfb_us, total_us;
};

#define TIMING_NONE ((struct timing){-1, -1, -1, -1, -1})

/* The length of one phase, and the time to first byte as it is; -1: did not happen. */
int64_t timing_phase_us(const struct timing *timing, enum timing_phase phase);

/* What a TLS connection showed, also one whose handshake failed. */
struct tls_facts {
	int64_t expires_us; /* earliest expiry in the chain, wall time; 0: no certificate was seen */
	const char *version,
		*cipher; /* TLSv1.3, TLS_AES_256_GCM_SHA384; NULL: no whole handshake */
};

/* How the transfer itself ended. */
struct transport_result {
	enum reason reason; /* REASON_NONE: all was read; else dns connect tls reset protocol ... */
	const char *detail; /* in words; borrowed for the call */
	struct timing timing;
	const char *address; /* the peer's, "127.0.0.1:8000", or NULL */
	struct tls_facts tls;
	int http_version; /* 10, 11, 20; 0: none */
	uint32_t redirects;
	/* Of one that was cancelled before its answer, in words: the handshake with ...; or NULL. */
	const char *waiting;
	bool looking_up; /* that was a name */
};

struct observation {
	int http_status; /* 0: no headers came */
	struct headers headers;
	struct buf
		body; /* of a stream: its first STREAM_RAW_KEPT bytes, unless more is asked of it or
			 it is one of JSON */
	size_t body_bytes; /* all that came, decoded */
	bool is_stream; /* judged as an event stream */
	struct stream stream;
	struct json *json; /* of the body, parsed when first asked for */
	struct error json_error;
	bool json_tried;
	bool plain, plain_tried; /* json_plain of the body */
	enum reason failure; /* of the transfer or of a limit; REASON_NONE: it was read enough */
	const char *failure_text;
	struct timing timing;
	struct tls_facts tls;
	int http_version;
	const char *address;
	bool left_open; /* [DONE] came, the body did not end */
	int64_t started_us, ended_us;
	int64_t wall_us; /* when it started */
};

/* started_us: monotonic, zero of this observation's clocks. */
void observation_init(struct observation *seen, int64_t started_us, int64_t wall_us);
void observation_fini(struct observation *seen);

/* Whether the answer is to be read as events: an event stream that had any. A service that was asked
 * for a stream may answer with one JSON body. */
bool observation_streamed(const struct observation *seen);

/* The body as JSON, parsed once; NULL with json_error when it is none. */
const struct json *observation_json(struct observation *seen);

/* Whether the body is JSON that can be looked at without a tree (json_plain), asked once. */
bool observation_plain(struct observation *seen);

/* The assistant's text, streamed or not; missing when there is none (a null counts as none). */
struct subject observation_content(struct observation *seen);

/* usage.FIELD, streamed or not; -1: not said. */
int64_t observation_usage(struct observation *seen, enum usage_field field);

#endif
