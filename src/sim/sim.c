#include "sim/sim.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "sim/control.h"
#include "sim/exchange.h"
#include "sim/made.h"
#include "sim/memories.h"
#include "sim/story.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIM_URL_MAX = 48, SIM_CONTROL = SERVICES_N };

#define REOPEN_US (200 * US_PER_MS)

/* One port: a service, or the control. */
struct place {
	struct sim *sim;
	size_t index;
	struct wire *wire;
	char url[SIM_URL_MAX];
};

struct sim {
	struct place places[SIM_SERVICES];
	struct sim_options options; /* faults in it are not looked at again */
	struct fault_set faults;
	struct journal *journal;
	struct memories *memories;
	struct event *refusals; /* opens and closes listeners, outside of every connection */
	struct event *story; /* the next step of it; NULL: none */
	int64_t story_since_us;
};

static const char *const service_names[] = {
#define X(id, name) (name),
	SERVICES(X)
#undef X
		"control",
	NULL,
};

const char *const *sim_services(void)
{
	return service_names;
}

const char *sim_url(const struct sim *sim, const char *service)
{
	for (size_t i = 0; i < SIM_SERVICES; i++)
		if (strcmp(service_names[i], service) == 0)
			return sim->places[i].url;
	return NULL;
}

const char *sim_ca(const struct sim *sim)
{
	return sim->options.tls ? tls_root_pem() : NULL;
}

static void later(struct event *event, int64_t us)
{
	struct timeval tv = {.tv_sec = us / US_PER_S, .tv_usec = us % US_PER_S};
	event_add(event, &tv);
}

/* All places but one, or NULL: a connection of its own is being served there. */
static bool apply_refusals(struct sim *sim, const struct place *but, struct error *error)
{
	bool done = true;
	for (size_t i = 0; i < SERVICES_N; i++) {
		struct place *place = &sim->places[i];
		bool refuses = fault_refuses(&sim->faults, (enum service_id)i);
		if (place != but && !wire_refuse(place->wire, refuses, error))
			done = false;
	}
	return done;
}

/* A port that was taken meanwhile is tried again. */
static void on_refusals(evutil_socket_t fd, short what, void *context)
{
	struct sim *sim = context;
	struct error error;
	(void)fd;
	(void)what;
	if (apply_refusals(sim, NULL, &error))
		return;
	log_write(LOG_WARN, "sim.reopen", LOG_STR("error", error.text));
	later(sim->refusals, REOPEN_US);
}

static bool read_faults(const struct sim *sim, const char *const *specs, size_t n,
	struct fault_set *set, struct error *error)
{
	for (size_t i = 0; i < n; i++)
		if (!fault_set_add(set, str_of(specs[i]), clock_mono_us(), error))
			return false;
	const struct fault *row = sim->options.tls ? NULL : fault_needs_tls(set);
	return !row || error_set(error, "fault \"%s\" is one of TLS, which is not on", row->name);
}

static bool replace_faults(struct sim *sim, const char *const *specs, size_t n, struct error *error)
{
	struct fault_set set;
	fault_set_init(&set);
	if (!read_faults(sim, specs, n, &set, error)) {
		fault_set_fini(&set);
		return false;
	}
	fault_set_fini(&sim->faults);
	sim->faults = set;
	return true;
}

static void end_story(struct sim *sim)
{
	if (sim->story)
		event_free(sim->story);
	sim->story = NULL;
}

bool sim_set_faults(struct sim *sim, const char *const *specs, size_t n, struct error *error)
{
	if (!replace_faults(sim, specs, n, error))
		return false;
	end_story(sim);
	return apply_refusals(sim, NULL, error);
}

/* By request: the connection that brought it must outlive its answer. All other ports are open or
 * closed before the answer is sent. */
static bool control_set(void *context, const char *const *specs, size_t n, struct error *error)
{
	struct place *place = context;
	struct sim *sim = place->sim;
	struct error ignored; /* tried again */
	if (!replace_faults(sim, specs, n, error))
		return false;
	end_story(sim);
	(void)!apply_refusals(sim, place, &ignored);
	later(sim->refusals, 0);
	return true;
}

static void control_reset(void *context)
{
	struct sim *sim = ((struct place *)context)->sim;
	struct error error;
	if (!control_set(context, NULL, 0, &error))
		abort();
	journal_reset(sim->journal);
	memories_reset(sim->memories);
}

static void on_story(evutil_socket_t fd, short what, void *context)
{
	struct sim *sim = context;
	struct error error;
	int64_t next_us, since_us = clock_mono_us() - sim->story_since_us;
	const struct story_step *step = story_at(since_us, &next_us);
	size_t n = 0;
	(void)fd;
	(void)what;
	while (step->faults[n])
		n++;
	log_write(LOG_INFO, "sim.story", LOG_STR("step", step->title));
	if (!replace_faults(sim, step->faults, n, &error) || !apply_refusals(sim, NULL, &error))
		log_write(LOG_WARN, "sim.story", LOG_STR("error", error.text));
	later(sim->story, next_us - since_us);
}

static void serve_service(struct exchange *exchange)
{
	if (exchange->made) {
		made_serve(exchange);
		return;
	}
	switch (exchange->service) {
	case SERVICE_GATEWAY: gateway_serve(exchange); break;
	case SERVICE_CLI:
	case SERVICE_LANGCHAIN: baseline_serve(exchange); break;
	case SERVICE_MEMORY: memory_serve(exchange); break;
	case SERVICE_UI: ui_serve(exchange); break;
	case SERVICES_N: abort();
	}
}

static const char *id_of(
	const struct exchange *exchange, const char *header, const char *prefix, size_t digits)
{
	struct str sent = http_find(exchange->request, header);
	if (sent.n)
		return arena_strndup(exchange->arena, sent);
	return arena_printf(exchange->arena, "%s%s", prefix, exchange_hex(exchange->arena, digits));
}

static struct exchange begin(
	struct place *place, const struct http_request *request, struct arena *arena)
{
	bool chat = str_eq(request->path, STR("/v1/chat/completions"));
	struct exchange exchange = {
		.service = (enum service_id)place->index,
		.request = request,
		.arena = arena,
		.reply = {.arena = arena, .server = "uvicorn"},
		.now_us = clock_mono_us(),
		.wall_us = clock_wall_us(),
		.memories = place->sim->memories,
		.tls = place->sim->options.tls,
	};
	exchange.reply.head_only = str_eq(request->method, STR("HEAD"));
	exchange.request_id =
		id_of(&exchange, "x-request-id", chat ? "chatcmpl-" : "req_", chat ? 24 : 12);
	exchange.correlation_id = id_of(&exchange, "x-correlation-id", "corr-", 16);
	struct str check = fault_check_of(http_find(request, "x-request-id"));
	exchange.hits = fault_hit(&place->sim->faults, exchange.service,
		arena_strndup(arena, check), exchange.now_us);
	exchange.quirks = fault_quirks(&exchange.hits);
	exchange.made = made_find(place->sim->options.answers, place->sim->options.n_answers,
		http_find(request, "x-request-id"));
	return exchange;
}

static uint64_t note(struct sim *sim, const struct exchange *exchange, int status)
{
	struct journal_entry entry = {
		.service = exchange->service,
		.method = exchange->request->method,
		.path = exchange->request->path,
		.request_id = http_find(exchange->request, "x-request-id"),
		.hits = exchange->hits,
		.status = status,
		.mono_us = exchange->now_us,
		.wall_us = exchange->wall_us,
	};
	return journal_add(sim->journal, &entry);
}

/* A row that answers with a script of its own: no reply at all. */
static bool play_script(const struct exchange *exchange, struct script *script)
{
	bool played = false;
	for (size_t i = 0; i < exchange->hits.n; i++) {
		const struct effect *effect = &exchange->hits.rows[i].fault->effect;
		bool refuses = effect->refuse && effect->backend == BACKEND_UP;
		if (played || (!effect->script && !refuses))
			continue;
		if (refuses)
			script_reset(script);
		else
			effect->script(script, exchange->hits.rows[i].span_us);
		played = true;
	}
	return played;
}

/* What is asked of it; the faults add their own. */
static void set_pace(struct reply *reply, const struct sim_options *options)
{
	reply->wait_us += options->latency_us;
	for (size_t i = 0; reply->stream && options->pace_us > 0 && i < reply->n_frames; i++)
		if (reply->frames[i].kind <= FRAME_DONE)
			reply->frames[i].wait_us = options->pace_us;
}

static void make_reply(const struct sim_options *options, struct exchange *exchange)
{
	const struct canned *canned = NULL;
	for (size_t i = 0; i < exchange->hits.n; i++)
		if (exchange->hits.rows[i].fault->effect.canned)
			canned = exchange->hits.rows[i].fault->effect.canned;
	if (exchange->quirks & QUIRK_ECHO)
		exchange_echo(exchange);
	else if (canned)
		exchange_canned(exchange, canned);
	else
		serve_service(exchange);
	exchange_trace(exchange);
	set_pace(&exchange->reply, options);
	for (size_t i = 0; i < exchange->hits.n; i++)
		fault_edit(&exchange->hits.rows[i], &exchange->reply);
}

static void serve(void *context, const struct http_request *request, struct arena *arena,
	struct script *script)
{
	struct place *place = context;
	struct sim *sim = place->sim;
	if (control_owns(request) || place->index == SIM_CONTROL) {
		struct reply reply = {.arena = arena};
		struct control control = {
			place, &sim->faults, sim->journal, control_set, control_reset};
		control_serve(&control, request, &reply);
		reply_render(&reply, request, 0, script);
		return;
	}
	struct exchange exchange = begin(place, request, arena);
	int status = 0;
	script->steady = sim->options.pace_us > 0;
	if (!play_script(&exchange, script)) {
		make_reply(&sim->options, &exchange);
		if (exchange.instead) {
			exchange.instead(script);
		} else {
			int64_t trickle_us = fault_trickle_us(&exchange.hits);
			reply_render(&exchange.reply, request, fault_wire(&exchange.hits), script);
			if (trickle_us > 0)
				script_tear(script, 1, trickle_us);
			status = exchange.reply.status;
		}
	}
	script->tag = note(sim, &exchange, status);
}

static enum tls_manner greet(void *context)
{
	const struct place *place = context;
	const struct sim *sim = place->sim;
	if (!sim->options.tls || place->index == SIM_CONTROL)
		return TLS_OFF;
	enum tls_manner manner = fault_greets(&sim->faults, (enum service_id)place->index);
	return manner == TLS_OFF ? TLS_GOOD : manner;
}

static void on_sent(void *context, uint64_t tag, struct marks marks, int64_t when_us)
{
	journal_sent(((struct place *)context)->sim->journal, tag, marks, when_us);
}

static void on_over(void *context, uint64_t tag, enum wire_end end, int64_t now_us)
{
	journal_over(((struct place *)context)->sim->journal, tag, end, now_us);
}

static bool open_place(
	struct sim *sim, struct event_base *base, size_t index, int base_port, struct error *error)
{
	struct place *place = &sim->places[index];
	struct wire_handler handler = {place, greet, serve, on_sent, on_over};
	*place = (struct place){.sim = sim, .index = index};
	place->wire = wire_new(base, base_port ? base_port + (int)index : 0, &handler, error);
	if (!place->wire)
		return error_wrap(error, "%s", service_names[index]);
	snprintf(place->url, sizeof(place->url), "http%s://127.0.0.1:%d",
		sim->options.tls && index != SIM_CONTROL ? "s" : "", wire_port(place->wire));
	return true;
}

static bool open_all(struct sim *sim, struct event_base *base, const struct sim_options *options,
	struct error *error)
{
	if (options->base_port < 0 || options->base_port > 65535 - SIM_SERVICES)
		return error_set(error, "%d is no port with room above it", options->base_port);
	for (size_t i = 0; i < SIM_SERVICES; i++)
		if (!open_place(sim, base, i, options->base_port, error))
			return false;
	return sim_set_faults(sim, options->faults, options->n_faults, error);
}

static void start_story(struct sim *sim, struct event_base *base)
{
	sim->story = evtimer_new(base, on_story, sim);
	if (!sim->story)
		mem_exhausted();
	sim->story_since_us = clock_mono_us();
	on_story(-1, 0, sim);
}

struct sim *sim_new(struct event_base *base, const struct sim_options *options, struct error *error)
{
	struct sim *sim = MEM_NEW(struct sim);
	sim->options = *options;
	fault_set_init(&sim->faults);
	sim->journal = journal_new();
	sim->memories = memories_new();
	sim->refusals = evtimer_new(base, on_refusals, sim);
	if (!sim->refusals)
		mem_exhausted();
	if ((options->tls && !tls_prepare(error)) || !open_all(sim, base, options, error)) {
		sim_free(sim);
		return NULL;
	}
	if (options->story)
		start_story(sim, base);
	return sim;
}

void sim_free(struct sim *sim)
{
	if (!sim)
		return;
	end_story(sim);
	for (size_t i = 0; i < SIM_SERVICES; i++)
		wire_free(sim->places[i].wire);
	event_free(sim->refusals);
	fault_set_fini(&sim->faults);
	journal_free(sim->journal);
	memories_free(sim->memories);
	free(sim);
}
