/* Event streams: how exactly arrivals are stamped, and what an event costs. A reader through the
 * executor (events parsed, tokens told from others, judged) against a bare libcurl reader
 * that splits lines and stamps the clock, in turn (A B A B ...), held against the server's own log of
 * when it sent: a lean server's, or with --standin the stand-in's journal. One line of JSON for each
 * turn; percentiles are taken over both readers' turns at the end.
 * Usage: bench_stream [--streams N] [--events N] [--interval-us N] [--repeat N] [--rounds N]
 *                     [--cores CLIENT,SERVER] [--busy] [--standin] */
#include "support/bare.h"
#include "support/measure.h"
#include "support/ours.h"
#include "support/stream_server.h"
#include "support/stream_standin.h"
#include "support/tokens.h"

#include "base/clock.h"
#include "base/memory.h"

#include <event2/event.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct samples {
	double *items;
	size_t n, cap;
};

struct reader { /* of one stream */
	struct bench *bench;
	size_t id;
	size_t seen; /* events */
	bool line_begun, is_event;
	struct tokens tokens; /* of the stand-in's stream */
	struct transfer_sink inner; /* of one of ours */
	size_t bytes;
};

struct lane { /* one of ours */
	struct check check;
	struct step step;
	char id[32];
	int64_t started_us;
};

enum { ARRIVAL, FIRST, GAP, KINDS };

static const char *const kind_names[] = {"arrival", "first", "gap"};

struct bench {
	size_t streams, events, interval_us, repeat, rounds;
	int client_core, server_core;
	bool busy, on_standin;
	struct stream_standin standin;
	struct event_base *base;
	struct stream_log *log;
	struct arena arena;
	struct service service;
	struct lane *lanes;
	struct reader *readers;
	int64_t (*came)[STREAM_EVENTS_MAX]; /* by stream id, of the turn's reader */
	char url[STREAM_URL_MAX]; /* of the lean server */
	char (*urls)[96];
	char *chat; /* the body, to the stand-in */
	struct curl_slist **headers; /* of the bare reader, to the stand-in */
	size_t next;
	struct transport inner;
	struct samples errors[2][KINDS]; /* bare, ours; in us */
};

static void sample(struct samples *samples, double value)
{
	if (samples->n == samples->cap) {
		samples->cap = samples->cap ? 2 * samples->cap : 1024;
		samples->items = mem_grow(samples->items, samples->cap * sizeof(double));
	}
	samples->items[samples->n++] = value;
}

static void stamp_tokens(struct reader *r, const char *bytes, size_t n, int64_t now)
{
	size_t came = tokens_take(&r->tokens, bytes, n);
	for (; came && r->seen < r->bench->events; came--)
		r->bench->came[r->id][r->seen++] = now;
}

/* --- the bare reader --- */

static size_t read_bare_tokens(char *bytes, size_t size, size_t n, void *ctx)
{
	stamp_tokens(ctx, bytes, size * n, clock_mono_us());
	return size * n;
}

static size_t read_bare(char *bytes, size_t size, size_t n, void *ctx)
{
	struct reader *r = ctx;
	int64_t now = clock_mono_us();
	for (size_t at = 0; at < size * n;) {
		const char *end = memchr(bytes + at, '\n', size * n - at);
		size_t line = (end ? (size_t)(end - bytes) : size * n) - at;
		if (!r->line_begun && line)
			r->is_event = bytes[at] == 'd';
		r->line_begun = !end && line;
		if (end && r->is_event) {
			if (r->seen < r->bench->events)
				r->bench->came[r->id][r->seen] = now;
			r->seen++;
			r->is_event = false;
		}
		at += line + 1;
	}
	return size * n;
}

static const char *next_url(void *ctx, curl_write_callback *write, void **write_ctx)
{
	struct bench *b = ctx;
	size_t id = b->next++;
	b->readers[id] = (struct reader){.bench = b, .id = id};
	*write = b->on_standin ? read_bare_tokens : read_bare;
	*write_ctx = &b->readers[id];
	return b->urls[id];
}

static void prepare(void *ctx, CURL *easy)
{
	const struct bench *b = ctx;
	if (!b->on_standin)
		return;
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, b->chat);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, b->headers[b->next - 1]);
}

static void make_headers(struct bench *b, size_t n)
{
	char id[64];
	b->headers = mem_alloc(n * sizeof(struct curl_slist *));
	for (size_t i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "X-Request-ID: " STREAM_CHECK "%zu-aaaaaaaaaaaaa", i);
		b->headers[i] = curl_slist_append(NULL, "Content-Type: application/json");
		curl_slist_append(b->headers[i], id);
	}
}

static void free_headers(struct bench *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		curl_slist_free_all(b->headers[i]);
	free(b->headers);
}

/* --- ours --- */

static const struct check *next_check(void *ctx, void **cookie)
{
	struct bench *b = ctx;
	size_t id = b->next++;
	*cookie = &b->readers[id];
	b->readers[id].id = id;
	return &b->lanes[id].check;
}

static void on_started(void *ctx, const struct check *check)
{
	(void)ctx;
	((struct lane *)(void *)(uintptr_t)check)->started_us = clock_mono_us();
}

static void on_finished(void *ctx, const struct record *record, void *cookie)
{
	struct bench *b = ctx;
	const struct reader *r = cookie;
	b->came[r->id][0] = b->lanes[r->id].started_us + record->stream.ttft_us;
}

/* The stamps that a run is told, which all its measures are made of. The lean server's events are of
 * one length. */
static void on_event(void *ctx, const struct event *event)
{
	struct reader *r = ctx;
	if (event->kind == EVENT_BODY && r->bench->on_standin) {
		stamp_tokens(r, event->body.p, event->body.n, event->at_us);
	} else if (event->kind == EVENT_BODY) {
		r->bytes += event->body.n;
		for (; r->seen < r->bench->events && r->bytes >= (r->seen + 1) * stream_event_bytes;
			r->seen++)
			r->bench->came[r->id][r->seen] = event->at_us;
	}
	r->inner.event(r->inner.ctx, event);
}

static struct transfer *start(void *ctx, const struct request *request, struct transfer_sink sink)
{
	struct bench *b = ctx;
	size_t id = strtoul(request->request_id + strlen(STREAM_CHECK), NULL, 10);
	b->readers[id] = (struct reader){.bench = b, .id = id, .inner = sink};
	return b->inner.start(
		b->inner.ctx, request, (struct transfer_sink){&b->readers[id], on_event});
}

static void cancel(void *ctx, struct transfer *transfer, struct transport_result *result)
{
	const struct bench *b = ctx;
	b->inner.cancel(b->inner.ctx, transfer, result);
}

static struct transport between(void *ctx, struct transport inner)
{
	struct bench *b = ctx;
	b->inner = inner;
	return (struct transport){b, start, cancel};
}

static void make_body(struct bench *b, struct request_template *request)
{
	static struct header_template json = {.name = "Content-Type"};
	if (!json.value.n_parts)
		template_add_literal(&b->arena, &json.value, STR("application/json"));
	request->method = METHOD_POST;
	request->headers = &json;
	request->n_headers = 1;
	request->has_body = true;
	template_add_literal(&b->arena, &request->body, str_of(b->chat));
}

static void make_checks(struct bench *b, size_t n)
{
	static const struct expectation complete[] = {{.kind = EXPECT_STREAM,
		.subject = "stream.integrity",
		.severity = OUTCOME_FAIL,
		.measure = MEASURE_INTEGRITY,
		.integrity = INTEGRITY_COMPLETE}};
	b->service = (struct service){.id = "bench", .title = "", .url = ""};
	b->lanes = mem_alloc(n * sizeof(*b->lanes));
	for (size_t i = 0; i < n; i++) {
		struct lane *lane = &b->lanes[i];
		lane->step =
			(struct step){.request = {.chat = true, .stream = true, .until = UNTIL_END},
				.expectations = complete,
				.n_expectations = 1};
		template_add_literal(&b->arena, &lane->step.request.path, str_of(b->urls[i]));
		if (b->on_standin)
			make_body(b, &lane->step.request);
		snprintf(lane->id, sizeof(lane->id), STREAM_CHECK "%zu", i);
		lane->check = (struct check){.id = lane->id,
			.title = "",
			.service = &b->service,
			.timeout_us = 120 * US_PER_S,
			.idle_timeout_us = 60 * US_PER_S,
			.steps = &lane->step,
			.n_steps = 1,
			.n_ordinary = 1};
	}
}

/* --- what came of it --- */

static void compare(struct bench *b, bool ours, size_t n)
{
	struct samples *errors = b->errors[ours];
	for (size_t id = 0; id < n; id++)
		for (size_t i = 0; i < b->events; i++) {
			int64_t came = b->came[id][i], sent = b->log->sent_us[id][i];
			if (!came || !sent)
				continue;
			sample(&errors[i ? ARRIVAL : FIRST], (double)(came - sent));
			if (i && b->came[id][i - 1] && b->log->sent_us[id][i - 1])
				sample(&errors[GAP],
					fabs((double)(came - b->came[id][i - 1]) -
						(double)(sent - b->log->sent_us[id][i - 1])));
		}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double at_share(const struct samples *s, size_t from, size_t percent)
{
	return s->items[from + (s->n - from) * percent / 100];
}

/* Of the samples from there on; they are sorted in place. */
static void say_errors(struct bench *b, bool ours, const size_t from[KINDS], const char *scope)
{
	for (size_t kind = 0; kind < KINDS; kind++) {
		const struct samples *s = &b->errors[ours][kind];
		if (s->n == from[kind])
			continue;
		qsort(s->items + from[kind], s->n - from[kind], sizeof(double), by_size);
		printf("{\"errors\":\"%s\",\"of\":\"%s\",\"who\":\"%s\",\"samples\":%zu,"
		       "\"p50_us\":%.0f,\"p99_us\":%.0f,\"max_us\":%.0f}\n",
			kind_names[kind], scope, ours ? "ours" : "bare", s->n - from[kind],
			at_share(s, from[kind], 50), at_share(s, from[kind], 99),
			s->items[s->n - 1]);
	}
	fflush(stdout);
}

static bool turn(struct bench *b, bool ours, struct bare *bare, struct ours *us)
{
	size_t n = b->streams * b->repeat, from[KINDS];
	for (size_t kind = 0; kind < KINDS; kind++)
		from[kind] = b->errors[ours][kind].n;
	b->next = 0;
	memset(b->came, 0, n * sizeof(*b->came));
	stream_log_clear(b->log);
	int64_t cpu = bench_cpu_us(), wall = clock_mono_us();
	uint64_t failures = ours ? ours_run(us, n) : bare_run(bare, n);
	cpu = bench_cpu_us() - cpu;
	wall = clock_mono_us() - wall;
	printf("{\"who\":\"%s\",\"streams\":%zu,\"events\":%zu,\"cpu_us\":%lld,\"wall_us\":%lld,"
	       "\"failures\":%llu}\n",
		ours ? "ours" : "bare", n, n * b->events, (long long)cpu, (long long)wall,
		(unsigned long long)failures);
	bool logged = !b->on_standin || stream_standin_log(&b->standin, b->log, n, b->events);
	compare(b, ours, n);
	say_errors(b, ours, from, "turn");
	return logged && failures == 0;
}

static void say_all(struct bench *b)
{
	static const size_t all[KINDS];
	for (int ours = 0; ours < 2; ours++) {
		say_errors(b, ours, all, "all");
		for (size_t kind = 0; kind < KINDS; kind++)
			free(b->errors[ours][kind].items);
	}
}

static void make_requests(struct bench *b, size_t n)
{
	b->urls = mem_alloc(n * sizeof(*b->urls));
	for (size_t i = 0; i < n; i++)
		if (b->on_standin)
			stream_standin_url(&b->standin, i, b->urls[i], sizeof(b->urls[i]));
		else
			snprintf(b->urls[i], sizeof(b->urls[i]), "%s/stream/%zu/%zu/%zu", b->url, i,
				b->events, b->interval_us);
	b->chat = stream_standin_chat(b->events);
	make_headers(b, n);
}

static bool measure(struct bench *b)
{
	size_t n = b->streams * b->repeat;
	bool ok = true;
	b->came = mem_alloc(n * sizeof(*b->came));
	b->readers = mem_alloc(n * sizeof(*b->readers));
	curl_global_init(CURL_GLOBAL_DEFAULT);
	make_requests(b, n);
	make_checks(b, n);
	struct bare *bare = bare_new(&(struct bare_options){.base = b->base,
		.encoding = "identity",
		.at_a_time = b->streams,
		.next = next_url,
		.prepare = prepare,
		.ctx = b});
	struct ours *ours = ours_new(&(struct ours_options){.base = b->base,
		.at_a_time = (unsigned)b->streams,
		.between = between,
		.next = next_check,
		.started = on_started,
		.finished = on_finished,
		.ctx = b});
	for (size_t i = 0; i < b->rounds; i++)
		ok = turn(b, false, bare, ours) && turn(b, true, bare, ours) && ok;
	say_all(b);
	bare_free(bare);
	ours_free(ours);
	free(b->came);
	free(b->readers);
	free_headers(b, n);
	free(b->chat);
	free(b->urls);
	free(b->lanes);
	return ok;
}

static bool read_options(struct bench *b, int argc, char **argv)
{
	static const struct option options[] = {{"streams", 1, NULL, 's'}, {"events", 1, NULL, 'e'},
		{"interval-us", 1, NULL, 'i'}, {"repeat", 1, NULL, 'n'}, {"rounds", 1, NULL, 'r'},
		{"cores", 1, NULL, 'p'}, {"busy", 0, NULL, 'b'}, {"standin", 0, NULL, 'd'},
		{NULL, 0, NULL, 0}};
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 's': b->streams = strtoul(optarg, NULL, 10); break;
		case 'e': b->events = strtoul(optarg, NULL, 10); break;
		case 'i': b->interval_us = strtoul(optarg, NULL, 10); break;
		case 'n': b->repeat = strtoul(optarg, NULL, 10); break;
		case 'r': b->rounds = strtoul(optarg, NULL, 10); break;
		case 'p': sscanf(optarg, "%d,%d", &b->client_core, &b->server_core); break;
		case 'b': b->busy = true; break;
		case 'd': b->on_standin = true; break;
		default: return false;
		}
	return b->streams && b->events && b->events <= STREAM_EVENTS_MAX && b->interval_us &&
	       b->repeat && b->streams * b->repeat <= STREAM_IDS_MAX;
}

static pid_t start_server(struct bench *b)
{
	unsigned port;
	int listener = stream_server_open(&port);
	pid_t server = bench_fork();
	if (server == 0) {
		bench_pin(b->server_core);
		stream_server_run(listener, b->log);
	}
	snprintf(b->url, sizeof(b->url), "http://127.0.0.1:%u", port);
	return server;
}

int main(int argc, char **argv)
{
	struct bench b = {.streams = 64,
		.events = 50,
		.interval_us = 20000,
		.repeat = 1,
		.rounds = 3,
		.server_core = 1};
	if (!read_options(&b, argc, argv))
		return 2;
	b.log = stream_log_new();
	pid_t server = b.on_standin ? stream_standin_start(
					      b.server_core, (int64_t)b.interval_us, &b.standin)
				    : start_server(&b);
	pid_t spinner = b.busy ? bench_spin(b.server_core) : 0;
	bench_pin(b.client_core);
	b.base = bench_base();
	bool ok = measure(&b);
	event_base_free(b.base);
	arena_fini(&b.arena);
	bench_end(spinner);
	bench_end(server);
	return ok ? 0 : 1;
}
