#include "base/clock.h"
#include "base/memory.h"
#include "engine/heap.h"
#include "engine/transfer_private.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

TAILQ_HEAD(transfer_list, transfer);

struct transfers {
	struct resolver *resolver;
	struct multi *multi;
	struct multi
		*own_ca; /* for services with a CA of their own: libcurl keeps one parsed CA file
				 for each multi handle, and parsing the system's takes milliseconds */
	struct transfer_list idle, joining, active, leaving;
	size_t n_idle;
	struct transfer *finishing; /* out of libcurl, not yet done with */
	/* What the last result points to: the transfer itself may be in use again already. */
	char address[TRANSFER_ADDRESS_MAX];
	struct buf detail;
};

enum { DETAIL_MAX = 600 };

static void tell_head(struct transfer *t, int64_t at_us)
{
	if (t->head_told)
		return;
	t->head_told = true;
	struct event event = {.kind = EVENT_HEADERS, .at_us = at_us};
	event.head.status = t->head.status;
	event.head.headers = head_headers(&t->head);
	transfer_tell(t, &event);
}

static size_t on_header(char *bytes, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	if (!t->head.bytes)
		transfer_stamp_first(t);
	switch (head_line(&t->head, (struct str){bytes, size * n})) {
	case HEAD_MORE: return size * n;
	case HEAD_LARGE: transfer_stop_set(t, REASON_TOO_LARGE, t->head.wrong); return 0;
	case HEAD_BROKEN: transfer_stop_set(t, REASON_PROTOCOL, t->head.wrong); return 0;
	case HEAD_WHOLE: break;
	}
	t->redirecting = transfer_wants_redirect(t);
	if (t->redirecting)
		return 0; /* its body is nobody's; the hop begins when libcurl has let go */
	tell_head(t, transfer_arrival_us(t));
	return t->dropped ? 0 : size * n;
}

static void remember_peer(struct transfer *t, const struct curl_sockaddr *address)
{
	size_t n = address->addrlen;
	if (n > sizeof(t->peer))
		n = sizeof(t->peer);
	if (t->peer_known && t->n_earlier < TRANSFER_EARLIER_MAX)
		t->earlier[t->n_earlier++] = t->peer;
	memcpy(&t->peer, &address->addr, n);
	t->peer_known = true;
}

/* A socket of our own: close-on-exec, and the place where the look-up is known to be over. */
static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = ctx;
	(void)purpose;
	enum net_class net = net_class_of(&address->addr);
	if (!t->peer_known)
		transfer_note_late(t);
	remember_peer(t, address);
	if (t->hops == 0)
		t->home = net;
	else if (!net_class_allowed(t->home, net)) {
		transfer_redirect_refuse(t, "redirect refused, into another network: ", t->url);
		return CURL_SOCKET_BAD;
	}
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		address->protocol);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE))
		t->no_descriptors = true;
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* The handshake begins: TCP is connected, which libcurl says only when TLS is too. */
static CURLcode on_tls(CURL *easy, void *ssl_context, void *ctx)
{
	struct transfer *t = ctx;
	(void)easy;
	t->tls_began_us = clock_mono_us() - t->started_us;
	transfer_tls_forget(t);
	t->tls = tls_watch_new(ssl_context);
	return CURLE_OK;
}

static void setup_callbacks(struct transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, transfer_on_body);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	curl_easy_setopt(t->easy, CURLOPT_SSL_CTX_DATA, t);
}

/* One for each request: a handle that is used again lets an answer write to what it freed of the last
 * one's header (libcurl before 8.1, https://github.com/curl/curl/issues/11101). */
static void open_handle(struct transfer *t)
{
	t->easy = curl_easy_init();
	if (!t->easy)
		mem_exhausted();
	transfer_setup_once(t);
	setup_callbacks(t);
}

static struct transfer *transfer_new(void)
{
	struct transfer *t = MEM_NEW(struct transfer);
	t->lines = BUF_INIT(TRANSFER_HEADER_BYTES_MAX);
	t->resolve = BUF_INIT(TRANSFER_RESOLVE_MAX);
	head_init(&t->head);
	return t;
}

static void transfer_free(struct transfer *t)
{
	head_fini(&t->head);
	buf_fini(&t->lines);
	buf_fini(&t->resolve);
	free(t->nodes);
	free(t);
}

static struct transfer *take_idle(struct transfers *ts)
{
	struct transfer *t = TAILQ_FIRST(&ts->idle);
	if (!t)
		return transfer_new();
	TAILQ_REMOVE(&ts->idle, t, link);
	ts->n_idle--;
	return t;
}

/* Clean for its next use. It is in no list. */
static void give_idle(struct transfers *ts, struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	t->easy = NULL;
	transfer_tls_forget(t);
	transfer_body_forget(t);
	curl_free(t->url);
	t->url = NULL;
	if (ts->n_idle == TRANSFER_IDLE_MAX) {
		transfer_free(t);
		return;
	}
	if (t->lines.cap > TRANSFER_KEEP_BYTES)
		buf_fini(&t->lines);
	TAILQ_INSERT_HEAD(&ts->idle, t, link);
	ts->n_idle++;
}

static void expect_answer(struct transfer *t)
{
	const struct service *service = t->request->service;
	t->peer_known = false;
	t->n_earlier = 0;
	head_reset(&t->head);
	if (service && service->http == HTTP_2)
		head_allow_http2(&t->head);
}

static void transfer_begin(struct transfer *t, const struct request *request)
{
	open_handle(t);
	t->request = request;
	t->dropped = t->joined = t->head_told = t->redirecting = false;
	t->no_descriptors = t->as_get = t->foreign = false;
	t->hops = 0;
	t->body_bytes = 0;
	t->before_us = t->late_us = t->first_us = t->tls_began_us = 0;
	t->stamp_turn = 0;
	t->stop.reason = REASON_NONE;
	t->error[0] = '\0';
	t->started_us = clock_mono_us();
	expect_answer(t);
}

static void enter(struct transfers *ts, struct transfer *t)
{
	const struct service *service = t->request->service;
	t->multi = service && service->tls_ca ? ts->own_ca : ts->multi;
	multi_enter(t->multi, t->easy);
}

static void on_looked_up(void *ctx, const struct resolver_answer *answer);

static void join(struct transfers *ts, struct transfer *t)
{
	t->joined = true;
	TAILQ_INSERT_TAIL(&ts->active, t, link);
	transfer_setup(t);
	t->lookup_us = clock_mono_us();
	if (t->stop.reason == REASON_NONE && transfer_name_find(t))
		t->lookup = resolver_ask(
			ts->resolver, t->name, transfer_name_family(t), on_looked_up, t);
	else
		enter(ts, t);
}

static bool inside(const struct transfers *ts)
{
	return multi_inside(ts->multi) || multi_inside(ts->own_ca);
}

static struct transfer *start(void *ctx, const struct request *request, struct transfer_sink sink)
{
	struct transfers *ts = ctx;
	struct transfer *t = take_idle(ts);
	t->owner = ts;
	transfer_begin(t, request);
	t->sink = sink;
	if (inside(ts))
		TAILQ_INSERT_TAIL(&ts->joining, t, link);
	else
		join(ts, t);
	return t;
}

static void leave(struct transfers *ts, struct transfer *t)
{
	if (t->lookup)
		resolver_drop(t->lookup);
	else
		curl_multi_remove_handle(multi_handle(t->multi), t->easy);
	t->lookup = NULL;
	give_idle(ts, t);
}

/* From inside libcurl the handle can't be taken out yet: settle does it, and no event follows. */
static void cancel(void *ctx, struct transfer *t, struct transport_result *result)
{
	struct transfers *ts = ctx;
	assert(!t->dropped);
	transfer_stop_set(t, REASON_CANCELLED, "cancelled");
	t->dropped = true;
	*result = transfer_cancelled(t, ts->address, &ts->detail);
	if (ts->finishing == t)
		return;
	if (!t->joined) {
		TAILQ_REMOVE(&ts->joining, t, link);
		give_idle(ts, t);
		return;
	}
	TAILQ_REMOVE(&ts->active, t, link);
	if (inside(ts))
		TAILQ_INSERT_TAIL(&ts->leaving, t, link);
	else
		leave(ts, t);
}

static void hop(struct transfers *ts, struct transfer *t)
{
	t->before_us = transfer_timing(t).total_us;
	t->redirecting = false;
	t->late_us = t->first_us = t->tls_began_us = 0;
	t->error[0] = '\0';
	curl_easy_cleanup(t->easy);
	open_handle(t);
	transfer_tls_forget(t);
	transfer_body_forget(t);
	expect_answer(t);
	join(ts, t);
}

/* The only place where a transfer ends by itself. libcurl hasn't got it. */
static void end(struct transfers *ts, struct transfer *t, CURLcode code)
{
	struct event done = {.kind = EVENT_DONE, .at_us = clock_mono_us()};
	ts->finishing = t;
	if (t->head.whole)
		tell_head(t, done.at_us);
	ts->finishing = NULL;
	if (!t->dropped)
		done.done = transfer_result(t, code, ts->address, &ts->detail);
	struct transfer_sink sink = t->sink;
	bool dropped = t->dropped;
	give_idle(ts, t);
	if (!dropped)
		sink.event(sink.ctx, &done);
}

static void finish(struct transfers *ts, struct transfer *t, CURLcode code)
{
	curl_multi_remove_handle(multi_handle(t->multi), t->easy);
	TAILQ_REMOVE(&ts->active, t, link);
	if (t->redirecting && transfer_redirect(t))
		hop(ts, t);
	else
		end(ts, t, code);
}

static void on_looked_up(void *ctx, const struct resolver_answer *answer)
{
	struct transfer *t = ctx;
	struct transfers *ts = t->owner;
	t->lookup = NULL;
	if (answer->addresses) {
		t->before_us += clock_mono_us() - t->lookup_us;
		transfer_name_set(t, answer->addresses);
		enter(ts, t);
		return;
	}
	transfer_name_failed(t, answer->why);
	TAILQ_REMOVE(&ts->active, t, link);
	end(ts, t, CURLE_COULDNT_RESOLVE_HOST);
}

static void finish_all(struct transfers *ts, const struct multi *multi)
{
	CURLMsg *message;
	struct transfer *t;
	int left;
	while ((message = curl_multi_info_read(multi_handle(multi), &left))) {
		CURLcode code = message->data.result;
		if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t) == CURLE_OK)
			finish(ts, t, code);
	}
}

static void settle(void *ctx)
{
	struct transfers *ts = ctx;
	struct transfer *t;
	while ((t = TAILQ_FIRST(&ts->leaving))) {
		TAILQ_REMOVE(&ts->leaving, t, link);
		leave(ts, t);
	}
	while ((t = TAILQ_FIRST(&ts->joining))) {
		TAILQ_REMOVE(&ts->joining, t, link);
		join(ts, t);
	}
	finish_all(ts, ts->multi);
	finish_all(ts, ts->own_ca);
}

static void failed(void *ctx, CURL *easy, CURLcode code)
{
	struct transfer *t;
	if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t) == CURLE_OK && !t->dropped)
		finish(ctx, t, code);
}

struct transfers *transfers_open(struct event_base *base, struct error *error)
{
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, heap_alloc, heap_free, heap_grow, heap_strdup,
		    heap_alloc_zeroed) != CURLE_OK) {
		error_set(error, "libcurl could not start");
		return NULL;
	}
	heap_begin();
	signal(SIGPIPE, SIG_IGN); /* NOSIGNAL leaves that to us */
	struct transfers *ts = MEM_NEW(struct transfers);
	TAILQ_INIT(&ts->idle);
	TAILQ_INIT(&ts->joining);
	TAILQ_INIT(&ts->active);
	TAILQ_INIT(&ts->leaving);
	ts->detail = BUF_INIT(DETAIL_MAX);
	const struct multi_calls calls = {settle, failed};
	ts->multi = multi_open(base, calls, ts, error);
	ts->own_ca = ts->multi ? multi_open(base, calls, ts, error) : NULL;
	ts->resolver = ts->own_ca ? resolver_open(base, error) : NULL;
	if (!ts->resolver) {
		multi_close(ts->own_ca);
		multi_close(ts->multi);
		free(ts);
		curl_global_cleanup();
		heap_end();
		return NULL;
	}
	return ts;
}

void transfers_close(struct transfers *ts)
{
	struct transfer *t;
	if (!ts)
		return;
	assert(!inside(ts));
	while ((t = TAILQ_FIRST(&ts->active))) {
		TAILQ_REMOVE(&ts->active, t, link);
		leave(ts, t);
	}
	while ((t = TAILQ_FIRST(&ts->idle))) {
		TAILQ_REMOVE(&ts->idle, t, link);
		transfer_free(t);
	}
	multi_close(ts->multi);
	multi_close(ts->own_ca);
	resolver_close(ts->resolver);
	buf_fini(&ts->detail);
	free(ts);
	curl_global_cleanup();
	heap_end();
}

struct transport transfers_transport(struct transfers *ts)
{
	return (struct transport){ts, start, cancel};
}
