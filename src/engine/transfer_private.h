/* transfer_private.h - one transfer as the files transfer*.c share it. It is in exactly one list of
 * struct transfers: idle (its memory is kept for the next), joining (started from inside
 * libcurl), active (its name is looked up, or libcurl has it), or leaving (cancelled from inside
 * libcurl). Loop thread. */
#ifndef OUTRIDER_ENGINE_TRANSFER_PRIVATE_H
#define OUTRIDER_ENGINE_TRANSFER_PRIVATE_H

#include "engine/head.h"
#include "engine/resolver.h"
#include "engine/tls.h"
#include "engine/transfer.h"
#include "engine/transfer_multi.h"
#include "engine/unchunk.h"
#include "engine/unzip.h"

#include <netinet/in.h>
#include <sys/queue.h>

enum {
	TRANSFER_IDLE_MAX = 64,
	TRANSFER_URL_MAX = 64 << 10,
	TRANSFER_HEADER_BYTES_MAX = 1 << 20, /* of a request */
	TRANSFER_ADDRESS_MAX = 64,
	TRANSFER_KEEP_BYTES = 16 << 10, /* a buffer above it is given back after use */
	TRANSFER_EARLIER_MAX =
		3, /* addresses that are told; of those that failed before the last */
	TRANSFER_NAME_MAX = 256,
	TRANSFER_RESOLVE_MAX = 2048, /* holds a name and its addresses */
};

#define TRANSFER_NO_GOODBYE "the connection was closed without TLS's goodbye by"
#define TRANSFER_NO_DESCRIPTORS "the monitor has no free file descriptors"

/* Where an address lies, as far as a redirect is concerned. */
enum net_class { NET_PUBLIC, NET_PRIVATE, NET_LOOPBACK, NET_LINK };

/* Why we ended it ourselves; libcurl then only says "write error". */
struct transfer_stop {
	enum reason reason; /* REASON_NONE: we did not */
	char text[200];
};

struct transfer {
	TAILQ_ENTRY(transfer) link;
	struct transfers *owner;
	struct multi *multi; /* the one it joined */
	CURL *easy; /* of this hop; NULL when idle */
	const struct request *request;
	struct transfer_sink sink;
	bool joined; /* libcurl has it, or had it */
	bool dropped; /* cancelled: no event follows */
	bool head_told;
	struct head head;
	size_t body_bytes; /* decoded */
	bool body_begun;
	struct unchunk unchunk; /* of a body that comes in chunks */
	struct unzip *unzip; /* of a body that is compressed */
	int64_t stamp_us; /* of what arrived in that turn */
	int64_t first_us; /* when this hop's answer began; 0: not yet */
	int64_t turn_us; /* when we began to read in it */
	uint64_t stamp_turn;
	size_t turn_bytes; /* decoded in it */
	struct multi_pause pause;
	size_t seen_bytes; /* of the piece that comes again */
	struct transfer_stop stop;
	char error[CURL_ERROR_SIZE];

	struct buf lines; /* the request's header lines, and the list that points into them */
	struct curl_slist *nodes;
	size_t cap_nodes;

	struct lookup *lookup; /* under way: libcurl hasn't got it yet */
	char name[TRANSFER_NAME_MAX]; /* looked up for this hop; "" if that was not needed */
	unsigned port;
	struct buf resolve;
	struct curl_slist resolve_list;

	struct sockaddr_in6 peer; /* the last address tried; any family that fits */
	bool peer_known;
	struct sockaddr_in6 earlier[TRANSFER_EARLIER_MAX]; /* tried before, of this hop */
	size_t n_earlier;
	bool no_descriptors;

	bool redirecting; /* the head asks to go elsewhere, and we may */
	unsigned hops;
	char *url; /* of a later hop; libcurl's memory */
	bool as_get, foreign; /* the later hops' method; another origin than the request's */
	enum net_class home;
	int64_t lookup_us; /* when this hop's began */
	int64_t before_us; /* what the earlier hops and the look-up took */
	int64_t late_us; /* how much later than this hop libcurl began with it */
	int64_t started_us, tls_began_us; /* the latter since the former; 0: it did not */
	struct tls_watch *tls; /* of the last handshake; NULL: none began */
};

static inline void transfer_stop_set(struct transfer *t, enum reason reason, const char *text)
{
	if (t->stop.reason != REASON_NONE)
		return;
	t->stop.reason = reason;
	size_t n = strlen(text);
	if (n >= sizeof(t->stop.text))
		n = sizeof(t->stop.text) - 1;
	memcpy(t->stop.text, text, n);
	t->stop.text[n] = '\0';
}

static inline void transfer_tell(const struct transfer *t, const struct event *event)
{
	if (!t->dropped)
		t->sink.event(t->sink.ctx, event);
}

/* transfer_body.c: the body as it comes, decoded; all pieces of one turn carry one stamp. Cut: its
 * compressed data lacks its end. */
int64_t transfer_arrival_us(struct transfer *t);
size_t transfer_on_body(char *bytes, size_t size, size_t n, void *ctx);
bool transfer_body_cut(const struct transfer *t);
void transfer_body_forget(struct transfer *t);

/* transfer_setup.c: options that hold for every handle; those of this request (or its next hop). */
void transfer_setup_once(struct transfer *t);
void transfer_setup(struct transfer *t);

/* transfer_name.c: the host to connect to, if it is a name that must be looked up, as name and port;
 * its addresses told to libcurl, or none. */
bool transfer_name_find(struct transfer *t);
enum resolver_family transfer_name_family(const struct transfer *t);
void transfer_name_failed(struct transfer *t, const char *why);
void transfer_name_set(struct transfer *t, const char *addresses);

/* transfer_result.c: how it ended. detail is written where the result lives as long as promised. */
struct transport_result transfer_result(
	struct transfer *t, CURLcode code, char address[TRANSFER_ADDRESS_MAX], struct buf *detail);
struct transport_result transfer_cancelled(
	struct transfer *t, char address[TRANSFER_ADDRESS_MAX], struct buf *waiting);
bool transfer_out_of_descriptors(void);
struct timing transfer_timing(const struct transfer *t);
void transfer_note_late(struct transfer *t); /* when the hop's first socket is wanted */
void transfer_stamp_first(struct transfer *t); /* at the first line of an answer */

/* transfer_tls.c: whether a failure is one of TLS, and then what it was in our words, if we have
 * any. address may be NULL. */
bool transfer_tls_failed(const struct transfer *t, CURLcode code);
bool transfer_tls_words(
	const struct transfer *t, CURLcode code, const char *address, struct buf *out);
void transfer_tls_forget(struct transfer *t);

/* transfer_redirect.c: whether the whole head asks for a hop that the request allows; then where
 * to, as url, as_get and foreign. False when it must not be followed: `stop` says why. */
bool transfer_wants_redirect(const struct transfer *t);
bool transfer_redirect(struct transfer *t);
void transfer_redirect_refuse(struct transfer *t, const char *why, const char *where);
enum net_class net_class_of(const struct sockaddr *address);
bool net_class_allowed(enum net_class home, enum net_class next);

#endif
