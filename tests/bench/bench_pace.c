/* The bare loop at a pace: check-00000, check-00001, ... each once in every interval at the offset that the
 * daemon's schedule gives it (FNV-1a of its id), a timer of libevent each. After a second to settle,
 * processor time is counted. One line of JSON.
 * Usage: bench_pace --url URL [--checks N] [--every-us N] [--seconds N] [--cores CLIENT,SERVER] */
#include "support/bare.h"
#include "support/measure.h"

#include "base/clock.h"
#include "base/memory.h"

#include <event2/event.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

struct pace;

struct beat {
	struct pace *pace;
	struct event *timer;
	struct curl_slist *headers;
	int64_t slot_us;
};

struct pace {
	struct event_base *base;
	struct bare *bare;
	struct beat *beats;
	const struct beat *starting;
	size_t n, started;
	int64_t every_us, cpu_us;
	long seconds;
	int client_core, server_core;
	char url[256];
};

static const char *next_url(void *ctx, curl_write_callback *write, void **write_ctx)
{
	const struct pace *pace = ctx;
	(void)write, (void)write_ctx;
	return pace->url;
}

static void prepare(void *ctx, CURL *easy)
{
	const struct pace *pace = ctx;
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, pace->starting->headers);
}

static void arm(const struct beat *beat)
{
	int64_t wait = beat->slot_us - clock_mono_us();
	struct timeval in = {0, 0};
	if (wait > 0)
		in = (struct timeval){wait / US_PER_S, wait % US_PER_S};
	event_add(beat->timer, &in);
}

static void on_slot(evutil_socket_t fd, short what, void *ctx)
{
	struct beat *beat = ctx;
	struct pace *pace = beat->pace;
	(void)fd, (void)what;
	pace->starting = beat;
	pace->started++;
	bare_start(pace->bare);
	beat->slot_us += pace->every_us;
	arm(beat);
}

static void on_settled(evutil_socket_t fd, short what, void *ctx)
{
	struct pace *pace = ctx;
	(void)fd, (void)what;
	pace->started = 0;
	pace->cpu_us = bench_cpu_us();
}

static int64_t offset_of(const char *id, int64_t every_us)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
	return (int64_t)((h ^ h >> 32) % (uint64_t)every_us);
}

static void make_beats(struct pace *pace)
{
	int64_t now = clock_mono_us(), begin = now - now % pace->every_us + pace->every_us;
	char id[32], line[96];
	pace->beats = mem_alloc(pace->n * sizeof(*pace->beats));
	for (size_t i = 0; i < pace->n; i++) {
		struct beat *beat = &pace->beats[i];
		snprintf(id, sizeof(id), "check-%05zu", i);
		snprintf(line, sizeof(line), "X-Request-ID: %s-aaaaaaaaaaaaa", id);
		beat->headers = curl_slist_append(NULL, line);
		beat->headers = curl_slist_append(beat->headers,
			"traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01");
		beat->headers =
			curl_slist_append(beat->headers, "User-Agent: outrider/" OUTRIDER_VERSION);
		beat->pace = pace;
		beat->slot_us = begin + offset_of(id, pace->every_us);
		beat->timer = evtimer_new(pace->base, on_slot, beat);
		arm(beat);
	}
}

static void free_beats(struct pace *pace)
{
	for (size_t i = 0; i < pace->n; i++) {
		event_free(pace->beats[i].timer);
		curl_slist_free_all(pace->beats[i].headers);
	}
	free(pace->beats);
}

/* Whatever is under way ends, with its headers: without timers the loop has nothing else to wait for. */
static void drain(struct pace *pace)
{
	for (size_t i = 0; i < pace->n; i++)
		event_del(pace->beats[i].timer);
	event_base_dispatch(pace->base);
	free_beats(pace);
}

static void keep_pace(struct pace *pace)
{
	struct timeval settled = {1, 0}, end = {1 + pace->seconds, 0};
	event_base_once(pace->base, -1, EV_TIMEOUT, on_settled, pace, &settled);
	event_base_loopexit(pace->base, &end);
	event_base_dispatch(pace->base);
	printf("{\"who\":\"paced\",\"checks\":%zu,\"cpu_us\":%lld,\"failures\":%llu}\n",
		pace->started, (long long)(bench_cpu_us() - pace->cpu_us),
		(unsigned long long)bare_failures(pace->bare));
}

static bool read_options(struct pace *pace, int argc, char **argv)
{
	static const struct option options[] = {{"checks", 1, NULL, 'c'},
		{"every-us", 1, NULL, 'e'}, {"seconds", 1, NULL, 's'}, {"cores", 1, NULL, 'p'},
		{"url", 1, NULL, 'u'}, {NULL, 0, NULL, 0}};
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'c': pace->n = strtoul(optarg, NULL, 10); break;
		case 'e': pace->every_us = strtoll(optarg, NULL, 10); break;
		case 's': pace->seconds = strtol(optarg, NULL, 10); break;
		case 'p': sscanf(optarg, "%d,%d", &pace->client_core, &pace->server_core); break;
		case 'u': snprintf(pace->url, sizeof(pace->url), "%s/health", optarg); break;
		default: return false;
		}
	return pace->n > 0 && pace->every_us > 0 && pace->seconds > 0 && pace->url[0];
}

int main(int argc, char **argv)
{
	struct pace pace = {.n = 1000, .every_us = US_PER_S, .seconds = 5};
	if (!read_options(&pace, argc, argv))
		return 2;
	bench_pin(pace.client_core);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	pace.base = bench_base();
	pace.bare = bare_new(&(struct bare_options){.base = pace.base,
		.encoding = "gzip, deflate",
		.next = next_url,
		.prepare = prepare,
		.ctx = &pace});
	make_beats(&pace);
	keep_pace(&pace);
	uint64_t failures = bare_failures(pace.bare);
	drain(&pace);
	bare_free(pace.bare);
	event_base_free(pace.base);
	return failures ? 1 : 0;
}
