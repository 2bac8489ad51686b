#include "base/clock.h"
#include "base/text.h"
#include "engine/transfer_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DETAIL_FOREIGN_MAX = 400 };

static int64_t phase(const struct transfer *t, CURLINFO info)
{
	curl_off_t us = 0;
	if (curl_easy_getinfo(t->easy, info, &us) != CURLE_OK || us <= 0)
		return -1;
	return (int64_t)us + t->before_us + (info == CURLINFO_NAMELOOKUP_TIME_T ? 0 : t->late_us);
}

/* libcurl's clock begins in a later turn of the loop: the look-up of its own is over, its connection is not
 * begun, and what is missing since our start is that. */
void transfer_note_late(struct transfer *t)
{
	int64_t looked_up_us = phase(t, CURLINFO_NAMELOOKUP_TIME_T);
	if (looked_up_us >= 0)
		t->late_us = clock_mono_us() - t->started_us - looked_up_us;
}

/* An answer that is read in the turn that sent its request was not there when the loop woke. */
void transfer_stamp_first(struct transfer *t)
{
	int64_t sent_us = t->started_us + phase(t, CURLINFO_PRETRANSFER_TIME_T);
	if (transfer_arrival_us(t) < sent_us)
		t->stamp_us = sent_us < t->turn_us ? sent_us : t->turn_us;
	if (!t->first_us) /* an interim answer is one, too */
		t->first_us = t->stamp_us;
}

static int64_t later(int64_t a_us, int64_t b_us)
{
	return a_us > b_us ? a_us : b_us;
}

struct timing transfer_timing(const struct transfer *t)
{
	struct timing timing = TIMING_NONE;
	timing.total_us = t->dropped ? -1 : phase(t, CURLINFO_TOTAL_TIME_T);
	if (timing.total_us < 0 || !t->peer_known)
		timing.total_us = clock_mono_us() - t->started_us;
	if (t->first_us)
		timing.total_us = later(timing.total_us, t->stamp_us - t->started_us);
	if (!t->peer_known) /* no connection was begun */
		return timing;
	timing.dns_us = phase(t, CURLINFO_NAMELOOKUP_TIME_T);
	timing.connect_us = phase(t, CURLINFO_CONNECT_TIME_T);
	timing.tls_us = phase(t, CURLINFO_APPCONNECT_TIME_T);
	if (t->head_told)
		timing.ttfb_us =
			later(t->first_us - t->started_us, phase(t, CURLINFO_PRETRANSFER_TIME_T));
	if (timing.connect_us < 0 && t->tls_began_us)
		timing.connect_us =
			t->tls_began_us < timing.total_us ? t->tls_began_us : timing.total_us;
	return timing;
}

static int http_version(const struct transfer *t)
{
	long version = 0;
	curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
	switch (version) {
	case CURL_HTTP_VERSION_1_0: return 10;
	case CURL_HTTP_VERSION_1_1: return 11;
	case CURL_HTTP_VERSION_2_0: return 20;
	}
	return 0;
}

static void put_address(char out[TRANSFER_ADDRESS_MAX], const char *ip, unsigned port)
{
	char digits[12] = "";
	char *first = digits + sizeof(digits) - 1;
	size_t n = strlen(ip);
	bool brackets = memchr(ip, ':', n) != NULL;
	do
		*--first = (char)('0' + port % 10);
	while (port /= 10);
	struct buf text = {.p = out, .cap = TRANSFER_ADDRESS_MAX, .max = TRANSFER_ADDRESS_MAX - 1};
	if (brackets)
		buf_putc(&text, '[');
	buf_put(&text, ip, n);
	buf_puts(&text, brackets ? "]:" : ":");
	buf_puts(&text, first);
}

static const char *put_peer(const struct sockaddr_in6 *peer, char out[TRANSFER_ADDRESS_MAX])
{
	char text[INET6_ADDRSTRLEN];
	const void *bytes = &peer->sin6_addr;
	if (peer->sin6_family == AF_INET)
		bytes = &((const struct sockaddr_in *)(const void *)peer)->sin_addr;
	if (!inet_ntop(peer->sin6_family, bytes, text, sizeof(text)))
		return NULL;
	put_address(out, text, ntohs(peer->sin6_port)); /* at the same place in both families */
	return out;
}

/* The peer's, or of a failed connection the address tried last. */
static const char *address_of(const struct transfer *t, char out[TRANSFER_ADDRESS_MAX])
{
	const char *ip = NULL;
	long port = 0;
	if (!t->peer_known)
		return NULL;
	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip);
	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_PORT, &port);
	if (ip && *ip && port > 0) {
		put_address(out, ip, (unsigned)port);
		return out;
	}
	return put_peer(&t->peer, out);
}

/* Where several addresses failed, what libcurl knows is why the last did. */
static void put_earlier(const struct transfer *t, struct buf *out)
{
	char address[TRANSFER_ADDRESS_MAX];
	for (size_t i = 0; i < t->n_earlier; i++) {
		const char *between = i == 0 ? "; " : i + 1 < t->n_earlier ? ", " : " and ";
		if (put_peer(&t->earlier[i], address))
			buf_printf(out, "%s%s", between, address);
	}
	if (t->n_earlier)
		buf_puts(out, t->n_earlier == 1 ? " was tried before" : " were tried before");
}

/* Whether the process has run out of descriptors: then a failure says nothing about the service. */
bool transfer_out_of_descriptors(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		return false;
	}
	return errno == EMFILE || errno == ENFILE;
}

struct failure {
	enum reason reason;
	const char *text; /* before libcurl's own words, or alone */
	bool curl_words;
};

static struct failure failed(enum reason reason, const char *text, bool curl_words)
{
	return (struct failure){reason, text, curl_words};
}

static struct failure inside_header(void)
{
	return failed(REASON_TRUNCATED, "the connection closed inside the header", false);
}

static struct failure internal_or(const struct failure otherwise)
{
	if (transfer_out_of_descriptors())
		return failed(REASON_INTERNAL, TRANSFER_NO_DESCRIPTORS, false);
	return otherwise;
}

static struct failure connect_failure(const struct transfer *t)
{
	long number = 0;
	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &number);
	if (t->no_descriptors)
		return failed(REASON_INTERNAL, TRANSFER_NO_DESCRIPTORS, false);
	if (!t->peer_known && t->request->service && t->request->service->ip == IP_4)
		return failed(REASON_CONNECT, "no IPv4 address, which 'ip: 4' asks for", false);
	if (!t->peer_known && t->request->service && t->request->service->ip == IP_6)
		return failed(REASON_CONNECT, "no IPv6 address, which 'ip: 6' asks for", false);
	switch (number) {
	case ECONNREFUSED: return failed(REASON_CONNECT, "connection refused by", false);
	case ENETUNREACH: return failed(REASON_CONNECT, "the network is unreachable:", false);
	case EHOSTUNREACH: return failed(REASON_CONNECT, "no route to", false);
	case EACCES: /* a route says so, or a firewall of ours */
	case EPERM: return failed(REASON_CONNECT, "it is prohibited to connect to", false);
	case ECONNRESET: return failed(REASON_CONNECT, "connection reset by", false);
	case EADDRNOTAVAIL:
		if (t->peer.sin6_family == AF_INET) /* where there is no IPv6, ::1 gives it too */
			return failed(REASON_INTERNAL, "the monitor has no free local port", false);
		break;
	}
	return failed(REASON_CONNECT, NULL, true);
}

/* libcurl keeps an errno from earlier attempts: only its words say which one this failure had. */
static struct failure broken(const struct transfer *t)
{
	const char *words = t->error;
	if (strstr(words, "chunked-encoding") || strstr(words, "HTTP2") || strstr(words, "HTTP/2"))
		return failed(REASON_PROTOCOL, NULL, true);
	if (strstr(words, strerror(ETIMEDOUT)))
		return failed(REASON_TIMEOUT, "no acknowledgement from", false);
	/* The third is what libcurl has of a peer that was gone before it could be named. */
	if (strstr(words, strerror(ECONNRESET)) || strstr(words, strerror(EPIPE)) ||
		strstr(words, strerror(ENOTCONN)))
		return failed(REASON_RESET, "connection reset by", false);
	if (strstr(words, "Too large response headers")) /* a proxy's, to CONNECT */
		return failed(REASON_TOO_LARGE, NULL, true);
	if (strstr(words, "unexpected eof"))
		return failed(t->head.whole ? REASON_TRUNCATED : REASON_RESET, TRANSFER_NO_GOODBYE,
			false);
	if (strstr(words, "SSL"))
		return failed(REASON_TLS, NULL, true);
	if (strstr(words, "proxy") || strstr(words, "CONNECT"))
		return failed(REASON_CONNECT, NULL, true);
	return failed(REASON_RESET, NULL, true);
}

/* Codes that need a second look; REASON_NONE for the others. */
static struct failure special_failure(const struct transfer *t, CURLcode code)
{
	switch ((int)code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY: return internal_or(failed(REASON_DNS, NULL, true));
	case CURLE_COULDNT_CONNECT: return connect_failure(t);
	case CURLE_OPERATION_TIMEDOUT:
		return failed(REASON_TIMEOUT, "timed out connecting to", false);
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_FAILED_INIT: return internal_or(failed(REASON_INTERNAL, NULL, true));
	case CURLE_GOT_NOTHING:
		if (t->head.bytes)
			return inside_header();
		return failed(REASON_RESET, "closed without an answer by", false);
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR: return broken(t);
	case CURLE_BAD_FUNCTION_ARGUMENT: /* what a fold gives that has nothing to continue */
		if (t->head.begun && !t->head.whole)
			return failed(REASON_PROTOCOL, HEAD_FOLD_FIRST, false);
		break;
	case CURLE_OUT_OF_MEMORY: /* also what a header line above libcurl's limit gives */
		if (t->peer_known && !t->head.whole)
			return failed(REASON_TOO_LARGE, "a header line exceeds 100 KiB", false);
		break;
	}
	return failed(REASON_NONE, NULL, true);
}

static enum reason plain_reason(CURLcode code)
{
	switch ((int)code) {
	case CURLE_PARTIAL_FILE: return REASON_TRUNCATED;
	case CURLE_FILESIZE_EXCEEDED: return REASON_TOO_LARGE;
	case CURLE_PROXY: return REASON_CONNECT;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_HTTP3:
	case CURLE_TOO_MANY_REDIRECTS:
	case CURLE_WRITE_ERROR: return REASON_PROTOCOL;
	}
	return REASON_INTERNAL;
}

/* A body without a length ends where the connection does (RFC 9112, 6.3). */
static bool ends_by_close(const struct transfer *t)
{
	bool bodiless =
		t->request->method == METHOD_HEAD || t->head.status == 204 || t->head.status == 304;
	return !bodiless && !t->head.sized && !t->head.chunked && http_version(t) < 20;
}

/* libcurl takes an end without close_notify for one, which anybody on the way can make (RFC 9112, 9.8). */
static bool cut_below_tls(const struct transfer *t)
{
	return t->tls && !tls_watch_seen(t->tls).goodbye && ends_by_close(t);
}

/* The handshake agreed on another version than the one that the service is to be asked with. */
static bool is_older_http(const struct transfer *t)
{
	const struct service *service = t->request->service;
	return t->tls && service && service->http == HTTP_2 && http_version(t) < 20;
}

static struct failure failure_of(const struct transfer *t, CURLcode code)
{
	if (t->stop.reason != REASON_NONE)
		return failed(t->stop.reason, t->stop.text, false);
	if (code == CURLE_OK && t->head.whole && transfer_body_cut(t))
		return failed(REASON_TRUNCATED, "the compressed body ends before its end", false);
	if (code == CURLE_OK && t->head.whole && cut_below_tls(t))
		return failed(REASON_TRUNCATED, TRANSFER_NO_GOODBYE, false);
	if (code == CURLE_OK && t->head.whole && is_older_http(t))
		return failed(REASON_PROTOCOL, "it speaks no HTTP/2, which was asked for", false);
	if (code == CURLE_OK && t->head.whole)
		return failed(REASON_NONE, NULL, false);
	if (code == CURLE_OK)
		return inside_header();
	if (transfer_tls_failed(t, code))
		return failed(REASON_TLS, NULL, true);
	struct failure failure = special_failure(t, code);
	if (failure.reason == REASON_NONE)
		failure.reason = plain_reason(code);
	return failure;
}

/* A text that ends in a preposition or colon wants the address. */
static bool wants_address(const char *text)
{
	struct str s = str_of(text);
	return str_ends(s, STR(" by"), false) || str_ends(s, STR(" to"), false) ||
	       str_ends(s, STR(" from"), false) || str_ends(s, STR(":"), false);
}

/* Whoever we reach through a proxy, it is the proxy we connect to. */
static const char *at_proxy(const struct transfer *t)
{
	return t->request->service && t->request->service->proxy ? "the proxy " : "";
}

/* True when that was all; else libcurl's words follow. */
static bool put_proxy(const struct transfer *t, struct buf *out)
{
	long status = 0;
	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	if (status)
		buf_printf(out, "the proxy refuses the tunnel: status %ld", status);
	else
		buf_puts(out, "the proxy: ");
	return status != 0;
}

static void put_detail(const struct transfer *t, CURLcode code, const struct failure *failure,
	const char *address, struct buf *out)
{
	buf_reset(out);
	if (failure->reason == REASON_NONE)
		return;
	if (failure->reason == REASON_TLS && transfer_tls_words(t, code, address, out))
		return;
	if (failure->curl_words) {
		if (failure->reason == REASON_CONNECT && *at_proxy(t) && put_proxy(t, out))
			return;
		const char *words = t->error[0] ? t->error : curl_easy_strerror(code);
		text_inert(out, str_trim(str_of(words)), DETAIL_FOREIGN_MAX);
		return;
	}
	buf_puts(out, failure->text);
	if (wants_address(failure->text))
		buf_printf(out, " %s%s", at_proxy(t), address ? address : "server");
	if (failure->reason == REASON_CONNECT)
		put_earlier(t, out);
}

static struct tls_facts tls_facts(const struct transfer *t)
{
	if (!t->tls)
		return (struct tls_facts){0};
	struct tls_seen seen = tls_watch_seen(t->tls);
	return (struct tls_facts){seen.expires_us, seen.version, seen.cipher};
}

static struct transport_result facts(struct transfer *t, char address[TRANSFER_ADDRESS_MAX])
{
	return (struct transport_result){
		.timing = transfer_timing(t),
		.address = address_of(t, address),
		.tls = tls_facts(t),
		.http_version = t->peer_known ? http_version(t) : 0,
		.redirects = t->hops,
	};
}

struct transport_result transfer_result(
	struct transfer *t, CURLcode code, char address[TRANSFER_ADDRESS_MAX], struct buf *detail)
{
	struct failure failure = failure_of(t, code);
	struct transport_result result = facts(t, address);
	result.reason = failure.reason;
	put_detail(t, code, &failure, result.address, detail);
	result.detail = buf_text(detail);
	return result;
}

struct transport_result transfer_cancelled(
	struct transfer *t, char address[TRANSFER_ADDRESS_MAX], struct buf *waiting)
{
	struct transport_result result = facts(t, address);
	bool connected = result.timing.connect_us >= 0;
	result.reason = REASON_CANCELLED;
	result.detail = "cancelled";
	buf_reset(waiting);
	result.looking_up = t->lookup != NULL;
	if (t->lookup) {
		buf_printf(waiting, "the look-up of the name %s", t->name);
		result.waiting = buf_text(waiting);
		return result;
	}
	if (!result.address || (connected && (!t->tls || result.timing.tls_us >= 0)))
		return result;
	buf_printf(waiting, connected ? "the TLS handshake with %s%s" : "a connection to %s%s",
		connected ? "" : at_proxy(t), result.address);
	if (!connected)
		put_earlier(t, waiting);
	result.waiting = buf_text(waiting);
	return result;
}
