#include "bare.h"

#include "base/memory.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>

struct watch {
	struct event event;
	struct bare *bare;
};

struct bare {
	struct bare_options options;
	CURLM *multi;
	struct event timer;
	struct curl_slist *headers;
	size_t left, running;
	bool paced; /* others say when the next one starts */
	uint64_t failures;
};

static size_t drop(char *bytes, size_t size, size_t n, void *ctx)
{
	(void)bytes, (void)ctx;
	return size * n;
}

/* The same demands as the engine's, as far as they change what goes over the wire. */
static void add(struct bare *bare)
{
	CURL *easy = curl_easy_init();
	curl_write_callback write = NULL;
	void *ctx = NULL;
	curl_easy_setopt(easy, CURLOPT_URL, bare->options.next(bare->options.ctx, &write, &ctx));
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write ? write : drop);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, ctx);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, bare->headers);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, bare->options.encoding);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	if (bare->options.ca) {
		curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
		curl_easy_setopt(easy, CURLOPT_CAINFO, bare->options.ca);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* or libcurl parses the file anew */
	}
	if (bare->options.prepare)
		bare->options.prepare(bare->options.ctx, easy);
	curl_multi_add_handle(bare->multi, easy);
}

static void finish(struct bare *bare, CURL *easy, CURLcode code)
{
	static const CURLINFO times[] = {CURLINFO_NAMELOOKUP_TIME_T, CURLINFO_CONNECT_TIME_T,
		CURLINFO_APPCONNECT_TIME_T, CURLINFO_STARTTRANSFER_TIME_T, CURLINFO_TOTAL_TIME_T};
	curl_off_t us;
	long status = 0;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		curl_easy_getinfo(easy, times[i], &us);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	bare->failures += code != CURLE_OK || status != 200;
	curl_multi_remove_handle(bare->multi, easy);
	curl_easy_cleanup(easy);
	if (bare->left) {
		bare->left--;
		add(bare);
	} else if (--bare->running == 0 && !bare->paced) {
		event_base_loopbreak(bare->options.base);
	}
}

static void act(struct bare *bare, curl_socket_t fd, int mask)
{
	int running, left;
	CURLMsg *message;
	curl_multi_socket_action(bare->multi, fd, mask, &running);
	while ((message = curl_multi_info_read(bare->multi, &left)))
		finish(bare, message->easy_handle, message->data.result);
}

static void on_ready(evutil_socket_t fd, short what, void *ctx)
{
	const struct watch *watch = ctx;
	act(watch->bare, fd,
		(what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_time(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
	struct bare *bare = ctx;
	struct watch *watch = assigned;
	(void)easy;
	if (watch)
		event_del(&watch->event);
	if (what == CURL_POLL_REMOVE) {
		free(watch);
		return 0;
	}
	if (!watch) {
		watch = MEM_NEW(struct watch);
		watch->bare = bare;
		curl_multi_assign(bare->multi, fd, watch);
	}
	short wants = (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
			      (what & CURL_POLL_OUT ? EV_WRITE : 0));
	event_assign(&watch->event, bare->options.base, fd, wants, on_ready, watch);
	event_add(&watch->event, NULL);
	return 0;
}

static int on_timeout(CURLM *multi, long timeout_ms, void *ctx)
{
	struct bare *bare = ctx;
	struct timeval in = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
	(void)multi;
	if (timeout_ms < 0)
		evtimer_del(&bare->timer);
	else
		evtimer_add(&bare->timer, &in);
	return 0;
}

struct bare *bare_new(const struct bare_options *options)
{
	static const char *const headers[] = {"User-Agent: outrider/" OUTRIDER_VERSION,
		"X-Request-ID: bench-health-aaaaaaaaaaaaa",
		"traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"};
	struct bare *bare = MEM_NEW(struct bare);
	bare->options = *options;
	bare->multi = curl_multi_init();
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		bare->headers = curl_slist_append(bare->headers, headers[i]);
	evtimer_assign(&bare->timer, options->base, on_time, bare);
	curl_multi_setopt(bare->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(bare->multi, CURLMOPT_SOCKETDATA, bare);
	curl_multi_setopt(bare->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	curl_multi_setopt(bare->multi, CURLMOPT_TIMERDATA, bare);
	return bare;
}

void bare_free(struct bare *bare)
{
	curl_multi_cleanup(bare->multi);
	evtimer_del(&bare->timer);
	curl_slist_free_all(bare->headers);
	free(bare);
}

void bare_start(struct bare *bare)
{
	bare->paced = true;
	bare->running++;
	add(bare);
}

uint64_t bare_failures(const struct bare *bare)
{
	return bare->failures;
}

uint64_t bare_run(struct bare *bare, size_t requests)
{
	size_t first = requests < bare->options.at_a_time ? requests : bare->options.at_a_time;
	bare->failures = 0;
	bare->running = first;
	bare->left = requests - first;
	for (size_t i = 0; i < first; i++)
		add(bare);
	event_base_dispatch(bare->options.base);
	return bare->failures;
}
