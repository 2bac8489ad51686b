#include "doctor/doctor.h"

#include "base/clock.h"
#include "base/text.h"
#include "engine/transfer.h"

#include <event2/event.h>
#include <stdlib.h>
#include <time.h>

#define DAY_US (86400 * US_PER_S)

enum {
	VISITS_MAX = 64, /* services that are asked; the others are named */
	EXPIRY_WARN_DAYS = 14,
	SKEW_MAX_US = 30000000, /* between our clock and what an answer's Date says */
	ANSWER_BYTES_MAX = 1 << 20,
};

/* One service being asked for the head of /. */
struct visit {
	struct visits *all;
	const struct service *service;
	struct request request;
	struct transfer *transfer; /* NULL: over */
	struct transport_result result; /* its texts in the doctor's arena */
	int status; /* 0: no answer */
	int64_t skew_us; /* the answer's clock minus ours */
	bool dated;
	bool late;
};

struct visits {
	struct doctor *doctor;
	struct event_base *base;
	struct transport transport;
	struct visit items[VISITS_MAX];
	size_t n, open;
};

static void keep(struct visit *visit, const struct transport_result *result)
{
	struct arena *arena = &visit->all->doctor->arena;
	visit->result = *result;
	visit->result.detail = result->detail ? arena_strdup(arena, result->detail) : "";
	visit->result.address = result->address ? arena_strdup(arena, result->address) : NULL;
	visit->result.waiting = result->waiting ? arena_strdup(arena, result->waiting) : NULL;
	visit->result.tls.version =
		result->tls.version ? arena_strdup(arena, result->tls.version) : NULL;
	visit->transfer = NULL;
	if (--visit->all->open == 0)
		event_base_loopbreak(visit->all->base);
}

/* Date: Sun, 06 Nov 1994 08:49:37 GMT (RFC 9110, 5.6.7). */
static void read_date(struct visit *visit, const char *date)
{
	struct tm tm = {0};
	const char *end = date ? strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm) : NULL;
	if (!end || *end)
		return;
	visit->dated = true;
	visit->skew_us = (int64_t)timegm(&tm) * US_PER_S - clock_wall_us();
}

static void on_event(void *ctx, const struct event *event)
{
	struct visit *visit = ctx;
	if (event->kind == EVENT_HEADERS) {
		visit->status = event->head.status;
		read_date(visit, headers_find(&event->head.headers, "date"));
	} else if (event->kind == EVENT_DONE) {
		keep(visit, &event->done);
	}
}

static void start(struct visits *visits, const struct service *service)
{
	static const struct request_header agent[] = {{"User-Agent", "outrider/" OUTRIDER_VERSION}};
	struct visit *visit = &visits->items[visits->n++];
	*visit = (struct visit){.all = visits, .service = service};
	visit->request = (struct request){.service = service,
		.method = METHOD_HEAD,
		.url = arena_printf(&visits->doctor->arena, "%s/", service->url),
		.headers = agent,
		.n_headers = 1,
		.body_limit = ANSWER_BYTES_MAX,
		.request_id = "doctor"};
	visits->open++;
	visit->transfer = visits->transport.start(visits->transport.ctx, &visit->request,
		(struct transfer_sink){.ctx = visit, .event = on_event});
}

static void give_up(struct visits *visits)
{
	for (size_t i = 0; i < visits->n; i++) {
		struct visit *visit = &visits->items[i];
		struct transport_result result = {.timing = TIMING_NONE};
		if (!visit->transfer)
			continue;
		visit->late = true;
		visits->transport.cancel(visits->transport.ctx, visit->transfer, &result);
		keep(visit, &result);
	}
}

static void on_timeout(evutil_socket_t fd, short what, void *base)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(base);
}

static void ask_all(struct visits *visits)
{
	struct timeval limit = {DOCTOR_NETWORK_US / US_PER_S, 0};
	const struct plan *plan = &visits->doctor->config->plan;
	for (size_t i = 0; i < plan->n_services && visits->n < VISITS_MAX; i++)
		if (plan->services[i].url)
			start(visits, &plan->services[i]);
	if (visits->n == 0)
		return;
	event_base_once(visits->base, -1, EV_TIMEOUT, on_timeout, visits->base, &limit);
	while (visits->open && event_base_dispatch(visits->base) == 0)
		if (event_base_got_break(visits->base))
			break;
	give_up(visits);
}

static void say_certificate(struct doctor *doctor, const struct visit *visit)
{
	int64_t left = visit->result.tls.expires_us - clock_wall_us();
	long long days = (long long)(left / DAY_US);
	if (visit->result.tls.expires_us == 0 || days >= EXPIRY_WARN_DAYS)
		return;
	if (left < 0)
		doctor_say(doctor, PROBLEM,
			arena_printf(
				&doctor->arena, "%s: its certificate is over", visit->service->id),
			NULL);
	else
		doctor_say(doctor, WARNING,
			arena_printf(&doctor->arena, "%s: its certificate ends in %lld days",
				visit->service->id, days),
			"Renew it.");
}

static const char *connection_words(struct doctor *doctor, const struct visit *visit)
{
	char connected[TEXT_DURATION_MAX];
	const struct transport_result *result = &visit->result;
	const char *tls = "";
	int64_t left = result->tls.expires_us - clock_wall_us();
	if (result->tls.version && result->tls.expires_us)
		tls = arena_printf(&doctor->arena, ", %s, certificate for %lld days",
			result->tls.version, (long long)(left / DAY_US));
	return arena_printf(&doctor->arena, "%s: %s, connected in %s%s", visit->service->id,
		result->address ? result->address : visit->service->url,
		text_duration(result->timing.connect_us / 1000 * 1000, connected), tls);
}

static const char *advice_for(enum reason reason)
{
	switch (reason) {
	case REASON_DNS: return "Look at the name in the URL, and at /etc/resolv.conf.";
	case REASON_CONNECT: return "Does the service run, and does a firewall let us through?";
	case REASON_TLS: return "Until that is right every check of it fails with reason tls.";
	default: return NULL;
	}
}

static void say_visit(struct doctor *doctor, const struct visit *visit)
{
	const struct transport_result *result = &visit->result;
	bool connected = result->timing.connect_us >= 0;
	bool encrypted = str_starts(str_of(visit->service->url), STR("https:"), true);
	if (visit->status) {
		doctor_say(doctor, WELL, connection_words(doctor, visit), NULL);
		say_certificate(doctor, visit);
	} else if (visit->late && connected && (!encrypted || result->timing.tls_us >= 0)) {
		doctor_say(doctor, WARNING,
			arena_printf(&doctor->arena, "%s, but no answer within 6 s",
				connection_words(doctor, visit)),
			"It may be waking up; ask again in a minute.");
	} else if (visit->late) {
		doctor_say(doctor, PROBLEM,
			arena_printf(&doctor->arena, "%s: %s: 6 s were not enough for %s",
				visit->service->id, visit->service->url,
				result->waiting      ? result->waiting
				: result->looking_up ? "its name"
						     : "a connection"),
			advice_for(result->looking_up ? REASON_DNS : REASON_CONNECT));
	} else {
		doctor_say(doctor, PROBLEM,
			arena_printf(&doctor->arena, "%s: %s: %s", visit->service->id,
				visit->service->url, result->detail),
			advice_for(result->reason));
	}
}

/* The answers' clocks against ours: the nearest one counts. */
static void say_skew(struct doctor *doctor, const struct visits *visits)
{
	const struct visit *nearest = NULL;
	char skew[TEXT_DURATION_MAX];
	for (size_t i = 0; i < visits->n; i++) {
		const struct visit *visit = &visits->items[i];
		if (visit->dated && (!nearest || llabs(visit->skew_us) < llabs(nearest->skew_us)))
			nearest = visit;
	}
	if (!nearest || llabs(nearest->skew_us) <= SKEW_MAX_US)
		return;
	text_duration(llabs(nearest->skew_us) / US_PER_S * US_PER_S, skew);
	doctor_say(doctor, WARNING,
		arena_printf(&doctor->arena, "clock: ours is %s %s that of %s", skew,
			nearest->skew_us > 0 ? "behind" : "ahead of", nearest->service->id),
		"Set it, and let NTP keep it: timedatectl set-ntp true.");
}

static void say_all(struct doctor *doctor, const struct visits *visits)
{
	const struct plan *plan = &doctor->config->plan;
	for (size_t i = 0; i < visits->n; i++)
		say_visit(doctor, &visits->items[i]);
	say_skew(doctor, visits);
	if (visits->n == 0)
		doctor_say(doctor, WARNING, "no service has a URL in this mode", NULL);
	if (visits->n == VISITS_MAX && plan->n_services > VISITS_MAX)
		doctor_say(doctor, WELL,
			arena_printf(&doctor->arena, "the first %d of %zu services were asked",
				VISITS_MAX, plan->n_services),
			NULL);
}

void doctor_services(struct doctor *doctor)
{
	struct visits *visits = ARENA_NEW(&doctor->arena, struct visits);
	struct error error = {""};
	visits->doctor = doctor;
	visits->base = event_base_new();
	struct transfers *transfers = visits->base ? transfers_open(visits->base, &error) : NULL;
	doctor_title(doctor, "Services");
	if (transfers) {
		visits->transport = transfers_transport(transfers);
		ask_all(visits);
		say_all(doctor, visits);
		transfers_close(transfers);
	} else {
		doctor_say(doctor, PROBLEM, error.text, NULL);
	}
	if (visits->base)
		event_base_free(visits->base);
}
