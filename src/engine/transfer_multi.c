#include "engine/transfer_multi.h"

#include "base/clock.h"
#include "base/memory.h"

#include <assert.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { TICK_US = 4000 }; /* how exactly the kernel knows when a socket last received */

struct watch { /* one socket of libcurl's */
	struct watch *next_idle;
	struct multi *multi;
	struct event event;
	bool armed;
};

struct multi {
	CURLM *handle;
	struct event_base *base;
	struct event timer;
	struct watch *idle; /* few: as many as there were sockets at a time */
	struct multi_calls calls;
	void *ctx;
	TAILQ_HEAD(, multi_pause) paused;
	struct event resume;
	struct event last; /* of what the loop found ready together */
	int64_t woke_us; /* when it was found; 0: nothing of it came yet */
	int64_t ready_us; /* what this turn reads was there by then */
	uint64_t turn;
	bool inside;
	bool entering;
};

static void act(struct multi *multi, curl_socket_t fd, int mask, int64_t ready_us)
{
	int running;
	multi->turn++;
	multi->ready_us = ready_us;
	multi->inside = true;
	curl_multi_socket_action(multi->handle, fd, mask, &running);
	multi->inside = false;
	multi->calls.settle(multi->ctx);
}

/* One a turn: others come in between. */
static void on_resume(evutil_socket_t fd, short what, void *ctx)
{
	struct multi *multi = ctx;
	struct multi_pause *pause = TAILQ_FIRST(&multi->paused);
	(void)fd;
	(void)what;
	if (!pause)
		return;
	CURL *easy = pause->easy;
	multi_unpause(multi, pause);
	multi->turn++;
	multi->ready_us = clock_mono_us();
	multi->inside = true;
	CURLcode code = curl_easy_pause(easy, CURLPAUSE_CONT); /* calls the write callback */
	multi->inside = false;
	if (code != CURLE_OK)
		multi->calls.failed(multi->ctx, easy, code);
	multi->calls.settle(multi->ctx);
}

static void on_last(evutil_socket_t fd, short what, void *ctx)
{
	struct multi *multi = ctx;
	(void)fd;
	(void)what;
	multi->woke_us = 0;
}

/* What is active runs in order: behind all sockets that were found ready together comes `last`. */
static void note_wake(struct multi *multi)
{
	if (multi->woke_us)
		return;
	multi->woke_us = clock_mono_us();
	event_active(&multi->last, EV_TIMEOUT, 0);
}

/* What a socket received while it waited for others was not there when the loop woke. */
static int64_t came_us(const struct multi *multi, evutil_socket_t fd)
{
	int64_t now_us = clock_mono_us();
	struct tcp_info info;
	socklen_t n = sizeof(info);
	if (now_us - multi->woke_us <= TICK_US ||
		getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
		return multi->woke_us;
	int64_t last_us = now_us - (int64_t)info.tcpi_last_data_recv * 1000;
	return last_us > multi->woke_us ? last_us : multi->woke_us;
}

static void on_ready(evutil_socket_t fd, short what, void *ctx)
{
	const struct watch *watch = ctx;
	note_wake(watch->multi);
	int mask =
		(what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
	act(watch->multi, fd, mask, what & EV_READ ? came_us(watch->multi, fd) : clock_mono_us());
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	act(ctx, CURL_SOCKET_TIMEOUT, 0, clock_mono_us());
}

static struct watch *watch_take(struct multi *multi)
{
	struct watch *watch = multi->idle;
	if (watch)
		multi->idle = watch->next_idle;
	else
		watch = MEM_NEW(struct watch);
	watch->multi = multi;
	watch->armed = false;
	return watch;
}

static void watch_give(struct watch *watch)
{
	if (watch->armed)
		event_del(&watch->event);
	watch->armed = false;
	watch->next_idle = watch->multi->idle;
	watch->multi->idle = watch;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
	struct multi *multi = ctx;
	struct watch *watch = assigned;
	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (watch)
			watch_give(watch);
		return 0;
	}
	if (!watch) {
		watch = watch_take(multi);
		curl_multi_assign(multi->handle, fd, watch);
	}
	if (watch->armed)
		event_del(&watch->event);
	short wants = (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
			      (what & CURL_POLL_OUT ? EV_WRITE : 0));
	event_assign(&watch->event, multi->base, fd, wants, on_ready, watch);
	watch->armed = event_add(&watch->event, NULL) == 0;
	return 0;
}

/* Even a timeout of 0 waits for the loop: libcurl must not be entered from here. What has just been added
 * begins in the same turn, before the loop looks at its sockets again. */
static int on_timeout(CURLM *handle, long timeout_ms, void *ctx)
{
	struct multi *multi = ctx;
	(void)handle;
	if (timeout_ms < 0) {
		evtimer_del(&multi->timer);
		return 0;
	}
	if (timeout_ms == 0 && multi->entering) {
		event_active(&multi->timer, EV_TIMEOUT, 0);
		return 0;
	}
	struct timeval in = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
	evtimer_add(&multi->timer, &in);
	return 0;
}

struct multi *multi_open(
	struct event_base *base, struct multi_calls calls, void *ctx, struct error *error)
{
	CURLM *handle = curl_multi_init();
	if (!handle) {
		error_set(error, "libcurl could not start (memory or file descriptors)");
		return NULL;
	}
	struct multi *multi = MEM_NEW(struct multi);
	multi->handle = handle;
	multi->base = base;
	multi->calls = calls;
	multi->ctx = ctx;
	TAILQ_INIT(&multi->paused);
	evtimer_assign(&multi->timer, base, on_timer, multi);
	evtimer_assign(&multi->resume, base, on_resume, multi);
	evtimer_assign(&multi->last, base, on_last, multi);
	curl_multi_setopt(handle, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(handle, CURLMOPT_SOCKETDATA, multi);
	curl_multi_setopt(handle, CURLMOPT_TIMERFUNCTION, on_timeout);
	curl_multi_setopt(handle, CURLMOPT_TIMERDATA, multi);
	curl_multi_setopt(handle, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	return multi;
}

void multi_close(struct multi *multi)
{
	if (!multi)
		return;
	assert(!multi->inside);
	curl_multi_cleanup(multi->handle);
	evtimer_del(&multi->timer);
	evtimer_del(&multi->resume);
	evtimer_del(&multi->last);
	while (multi->idle) {
		struct watch *watch = multi->idle;
		multi->idle = watch->next_idle;
		free(watch);
	}
	free(multi);
}

CURLM *multi_handle(const struct multi *multi)
{
	return multi->handle;
}

void multi_enter(struct multi *multi, CURL *easy)
{
	multi->entering = true;
	if (curl_multi_add_handle(multi->handle, easy) != CURLM_OK)
		mem_exhausted(); /* nothing else can be wrong with a fresh handle */
	multi->entering = false;
}

bool multi_inside(const struct multi *multi)
{
	return multi->inside;
}

uint64_t multi_turn(const struct multi *multi)
{
	return multi->turn;
}

int64_t multi_ready_us(const struct multi *multi)
{
	return multi->ready_us;
}

static void resume_soon(struct multi *multi)
{
	const struct timeval at_once = {0, 0};
	if (TAILQ_EMPTY(&multi->paused))
		evtimer_del(&multi->resume);
	else
		evtimer_add(&multi->resume, &at_once);
}

void multi_pause(struct multi *multi, struct multi_pause *pause, CURL *easy)
{
	assert(!pause->easy);
	pause->easy = easy;
	TAILQ_INSERT_TAIL(&multi->paused, pause, link);
	resume_soon(multi);
}

void multi_unpause(struct multi *multi, struct multi_pause *pause)
{
	if (!pause->easy)
		return;
	pause->easy = NULL;
	TAILQ_REMOVE(&multi->paused, pause, link);
	resume_soon(multi);
}
