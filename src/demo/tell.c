/* A made-up answer as the record of a run. */
#include "demo/answer.h"

#include "base/clock.h"
#include "base/text.h"
#include "check/request.h"

#include <string.h>

/* How a fault shows. */
struct ending {
	enum outcome outcome;
	enum reason reason;
	int http_status; /* 0: none; -1: the one that was wanted */
	enum integrity integrity; /* of a stream */
	const char *subject, *expected, *actual;
	const char *body;
};

#define MASK "content", "no signature of janus_errors"
#define PLAIN                                                                                      \
	{                                                                                          \
		.outcome = OUTCOME_PASS, .http_status = -1, .integrity = INTEGRITY_COMPLETE        \
	}

static const struct ending endings[DEMO_EFFECT_COUNT] = {
	[DEMO_SLOW] = PLAIN,
	[DEMO_STALL] = {OUTCOME_WARN, REASON_EXPECTATION, -1, INTEGRITY_COMPLETE,
		"stream.token_gap", "at most 10s", NULL, ": ping\\n\\n: ping\\n\\n"},
	[DEMO_REFUSED] = {OUTCOME_FAIL, REASON_CONNECT, 0, INTEGRITY_EMPTY, "transfer",
		"a whole answer", "connection refused", NULL},
	[DEMO_MASKED] = {OUTCOME_FAIL, REASON_MASKED, 200, INTEGRITY_MASKED, MASK,
		"\"Hello! I'm the Janus Gateway. This is a mock response.\"",
		"{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"Hello! I'm the "
		"Janus Gateway. This is a mock response.\"}}]}"},
	[DEMO_BAD_GATEWAY] = {OUTCOME_FAIL, REASON_EXPECTATION, 502, INTEGRITY_EMPTY, "status",
		"200", "502", "Bad Gateway"},
	[DEMO_CUT] = {OUTCOME_FAIL, REASON_TRUNCATED, -1, INTEGRITY_TRUNCATED, "transfer",
		"a whole answer", "transfer closed with outstanding read data remaining", NULL},
	[DEMO_COLD] = {OUTCOME_FAIL, REASON_COLD, 429, INTEGRITY_EMPTY, "status", "200",
		"429, of a sleeping service", "Too Many Requests"},
	[DEMO_WORK] = {OUTCOME_FAIL, REASON_CONNECT, 0, INTEGRITY_EMPTY, "transfer",
		"a whole answer", "connection refused", NULL},
};

/* The gateway's other way, in streams. */
static const struct ending masked_stream = {OUTCOME_FAIL, REASON_MASKED, 200, INTEGRITY_MASKED,
	MASK, "\"Connection error: All connection attempts failed\"",
	"data: {\"choices\":[{\"delta\":{\"content\":\"Connection error: All connection attempts "
	"failed\"}}]}\\n\\n"};
static const struct ending lost = {OUTCOME_FAIL, REASON_IDLE_TIMEOUT, 0, INTEGRITY_EMPTY,
	"transfer", "a whole answer", "no byte for 60s", NULL};
static const struct ending plain = PLAIN;

static void tell_skip(const struct demo_voice *voice, struct record *record)
{
	record->outcome = OUTCOME_SKIP;
	record->reason = REASON_ENV;
	record->timing = TIMING_NONE;
	record->prompt_tokens = record->completion_tokens = -1;
	record->duration_us = 0;
	record->message = arena_printf(&record->arena, "%s is not set", voice->check->missing_env);
}

static const struct ending *ending_of(
	const struct demo_voice *voice, const struct demo_answer *answer)
{
	if (answer->lost)
		return &lost;
	if (!answer->fault)
		return &plain;
	if (answer->fault->effect == DEMO_MASKED && voice->kind == DEMO_STREAM)
		return &masked_stream;
	return &endings[answer->fault->effect];
}

static void tell_stream(
	const struct demo_answer *answer, const struct ending *ending, struct record *record)
{
	bool whole = ending->integrity == INTEGRITY_COMPLETE;
	bool masked = ending->integrity == INTEGRITY_MASKED;
	bool spoke = answer->ttft_us >= 0;
	int64_t length_us = answer->duration_us - answer->ttft_us;
	uint32_t tokens = whole ? answer->tokens : masked ? 1 : spoke ? answer->tokens / 3 : 0;
	bool stalled = answer->fault && answer->fault->effect == DEMO_STALL;
	int64_t beat_us = tokens > 1 ? length_us / tokens : -1;

	record->is_stream = true;
	record->integrity = ending->integrity;
	record->stream = (struct measures){
		.ttfe_us = answer->ttfb_us,
		.ttfr_us = answer->ttft_us,
		.ttft_us = answer->ttft_us,
		.line_gap_us = answer->ttfb_us,
		.event_gap_us = stalled ? length_us - length_us / 4 : answer->ttfb_us,
		.token_gap_us = stalled ? length_us - length_us / 4 : beat_us,
		.itl_us = beat_us,
		.tpot_us = beat_us,
		.last_token_us = spoke ? answer->duration_us - 300 : -1,
		.end_us = answer->duration_us,
		.chunks = tokens + (spoke ? 2 : 0),
		.keepalives = stalled ? 5 : 0,
		.tokens = tokens,
		.prompt_tokens = -1,
		.completion_tokens = -1,
		.total_tokens = -1,
		.tokens_per_second =
			beat_us > 0 ? (double)tokens / ((double)length_us / (double)US_PER_S) : -1,
		.estimated = true,
		.done = whole || masked,
		.finished = whole || masked,
	};
}

static const char *host_of(const struct check *check)
{
	const char *url = check->service->url ? check->service->url : "";
	const char *host = strstr(url, "://");

	return host ? host + 3 : url;
}

static const char *actual_of(const struct demo_voice *voice, const struct demo_answer *answer,
	const struct ending *ending, struct record *record)
{
	char text[TEXT_DURATION_MAX];

	if (ending->reason == REASON_CONNECT)
		return arena_printf(
			&record->arena, "%s by %s", ending->actual, host_of(voice->check));
	if (ending->actual || !answer->fault)
		return ending->actual;
	return arena_strdup(&record->arena, text_duration(record->stream.token_gap_us, text));
}

/* What a person wants to see of what did not pass. */
static void tell_evidence(
	const struct demo_voice *voice, const struct ending *ending, struct record *record)
{
	struct arena *arena = &record->arena;
	const struct service *service = voice->check->service;
	struct header *head = ARENA_ARRAY(arena, 1, struct header);

	record->address = host_of(voice->check);
	record->evidence.method = method_name(voice->check->steps[0].request.method);
	record->evidence.url = service->url ? service->url : "";
	record->evidence.body = ending->body ? ending->body : "";
	record->evidence.body_bytes = strlen(record->evidence.body);
	if (!record->http_status)
		return;
	head[0] = (struct header){"content-type",
		record->is_stream ? "text/event-stream; charset=utf-8" : "application/json"};
	record->evidence.headers = head;
	record->evidence.n_headers = 1;
}

static void tell_failure(const struct demo_voice *voice, const struct demo_answer *answer,
	const struct ending *ending, struct record *record)
{
	struct arena *arena = &record->arena;
	struct finding *finding = ARENA_NEW(arena, struct finding);
	char *id = arena_alloc(arena, REQUEST_ID_MAX);

	finding->subject = ending->subject;
	finding->outcome = ending->outcome;
	finding->reason = ending->reason;
	finding->expected = ending->expected;
	finding->actual = actual_of(voice, answer, ending, record);
	record->findings = finding;
	record->n_findings = 1;
	record->message = strcmp(finding->subject, "transfer") == 0
				  ? finding->actual
				  : arena_printf(arena, "%s: expected %s, got %s", finding->subject,
					    finding->expected, finding->actual);
	request_id_write(id, voice->check->id, record->key, 1);
	record->request_id = id;
	tell_evidence(voice, ending, record);
}

static struct timing timing_of(const struct demo_answer *answer, const struct ending *ending)
{
	struct timing timing = TIMING_NONE;

	timing.total_us = answer->duration_us;
	if (ending->reason == REASON_CONNECT)
		return timing;
	timing.dns_us = 40;
	timing.connect_us = 260;
	timing.ttfb_us = answer->ttfb_us;
	return timing;
}

void demo_answer_tell(
	const struct demo_voice *voice, const struct demo_answer *answer, struct record *record)
{
	const struct ending *ending = ending_of(voice, answer);
	bool words = voice->kind >= DEMO_CHAT && ending->http_status;

	record->check = voice->check;
	record->check_id = voice->check->id;
	record->started_wall_us = answer->started_wall_us;
	record->message = "";
	if (voice->check->missing_env) {
		tell_skip(voice, record);
		return;
	}
	record->duration_us = answer->duration_us;
	record->outcome = ending->outcome;
	record->reason = ending->reason;
	record->maintenance = answer->fault && answer->fault->effect == DEMO_WORK;
	record->attempts = 1;
	record->http_status = ending->http_status < 0 ? voice->http_status : ending->http_status;
	record->timing = timing_of(answer, ending);
	record->prompt_tokens = words ? 19 : -1;
	record->completion_tokens = words ? (int64_t)answer->tokens : -1;
	if (voice->kind == DEMO_STREAM)
		tell_stream(answer, ending, record);
	if (ending->outcome != OUTCOME_PASS)
		tell_failure(voice, answer, ending, record);
}
