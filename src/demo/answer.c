#include "demo/answer.h"

#include "base/clock.h"

#include <math.h>
#include <string.h>

#define AGENT_TIMEOUT_US (600 * US_PER_S)
#define LOST_US (60 * US_PER_S)

enum {
	LOST_ONE_IN = 4000, /* chats */
	TAIL_ONE_IN = 160, /* of all answers */
};

/* In seconds: what half of the answers take, and how wide they spread (the sigma of a logarithm). */
static const struct {
	double median, spread;
	double first; /* of a stream: its first token; the rest of the median comes behind it */
} tempos[DEMO_KIND_COUNT] = {
	[DEMO_LOOK] = {0.013, 0.42, 0},
	[DEMO_TASK] = {0.21, 0.45, 0},
	[DEMO_CHAT] = {1.9, 0.42, 0},
	[DEMO_STREAM] = {2.6, 0.36, 0.62},
	[DEMO_AGENT] = {38, 0.35, 0},
};

/* Per cent of the usual, by the hour (UTC). */
static const uint8_t by_hour[24] = {84, 82, 80, 80, 81, 84, 90, 98, 108, 118, 124, 126, 122, 126,
	134, 138, 132, 122, 114, 108, 102, 96, 92, 88};

static uint64_t hash_id(const char *id)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * UINT64_C(1099511628211);
	return h;
}

/* xorshift64* (Vigna 2016) */
static uint64_t roll(struct demo_voice *voice)
{
	voice->dice ^= voice->dice >> 12;
	voice->dice ^= voice->dice << 25;
	voice->dice ^= voice->dice >> 27;
	return voice->dice * UINT64_C(2685821657736338717);
}

static bool one_in(struct demo_voice *voice, uint32_t n)
{
	return (roll(voice) >> 33) % n == 0;
}

/* About normal, mean 0, deviation 1: four uniform numbers added. */
static double normal(struct demo_voice *voice)
{
	uint64_t r = roll(voice);
	double sum = (double)(r & 0xffff) + (double)(r >> 16 & 0xffff) +
		     (double)(r >> 32 & 0xffff) + (double)(r >> 48);

	return (sum / 65536 - 2) * 1.7320508;
}

static double spread(struct demo_voice *voice, double sigma)
{
	double factor = exp(sigma * normal(voice));

	return one_in(voice, TAIL_ONE_IN) ? factor * 2.2 : factor;
}

/* The first status that it takes. */
static int wanted_status(const struct check *check)
{
	const struct step *step = &check->steps[0];

	for (size_t i = 0; i < step->n_expectations; i++)
		if (step->expectations[i].kind == EXPECT_STATUS && step->expectations[i].n_ranges)
			return step->expectations[i].ranges[0].low;
	return 200;
}

static enum demo_kind kind_of(const struct check *check, int http_status)
{
	const struct request_template *request = &check->steps[0].request;

	if (http_status >= 400 || (request->method == METHOD_GET && !request->chat))
		return DEMO_LOOK;
	if (!request->chat)
		return DEMO_TASK;
	if (request->stream)
		return DEMO_STREAM;
	return check->timeout_us >= AGENT_TIMEOUT_US ? DEMO_AGENT : DEMO_CHAT;
}

struct demo_voice demo_voice_of(const struct check *check)
{
	uint64_t hash = hash_id(check->id);
	int status = wanted_status(check);

	return (struct demo_voice){
		.check = check,
		.kind = kind_of(check, status),
		.http_status = status,
		.pace = (0.8 + (double)(hash % 500) / 1000) * (double)check->n_ordinary,
		.dice = hash | 1,
	};
}

/* By the hour, and a little by the day. */
static double rhythm(int64_t wall_us)
{
	int64_t hour = wall_us / (3600 * US_PER_S);
	uint64_t day = (uint64_t)(hour / 24) * UINT64_C(0x9e3779b97f4a7c15);

	return by_hour[hour % 24] / 100.0 * (0.94 + (double)(day >> 57) / 1000);
}

static int64_t seconds(double s)
{
	return (int64_t)(s * (double)US_PER_S);
}

static void take_time(struct demo_voice *voice, double factor, struct demo_answer *answer)
{
	double median = tempos[voice->kind].median, sigma = tempos[voice->kind].spread;

	factor *= voice->pace;
	if (voice->kind != DEMO_STREAM) {
		answer->duration_us = seconds(median * factor * spread(voice, sigma));
		answer->ttfb_us = answer->duration_us - 200;
		return;
	}
	double first = tempos[voice->kind].first;
	answer->ttft_us = seconds(first * factor * spread(voice, sigma));
	answer->ttfb_us = answer->ttft_us - answer->ttft_us / 8;
	answer->duration_us =
		answer->ttft_us + seconds((median - first) * factor * spread(voice, sigma));
}

/* What goes wrong takes its own time. */
static void fail_at(struct demo_voice *voice, struct demo_answer *answer)
{
	switch (answer->fault->effect) {
	case DEMO_REFUSED:
	case DEMO_WORK:
		answer->duration_us = seconds(0.0009 * spread(voice, 0.4));
		answer->ttfb_us = answer->ttft_us = -1;
		return;
	case DEMO_MASKED:
	case DEMO_COLD:
	case DEMO_BAD_GATEWAY:
		answer->duration_us = seconds(0.06 * spread(voice, 0.4));
		answer->ttfb_us = answer->duration_us - 400;
		answer->ttft_us = answer->ttft_us < 0 ? -1 : answer->ttfb_us + 200;
		return;
	case DEMO_CUT:
		answer->duration_us = answer->ttft_us + (answer->duration_us - answer->ttft_us) / 3;
		return;
	case DEMO_STALL: answer->duration_us += seconds(11 + 2 * spread(voice, 0.3)); return;
	case DEMO_SLOW:
	case DEMO_EFFECT_COUNT: return;
	}
}

struct demo_answer demo_answer_at(struct demo_voice *voice, int64_t wall_us, int64_t ago_us)
{
	struct demo_answer answer = {.started_wall_us = wall_us, .ttft_us = -1};
	const struct demo_fault *fault = demo_fault_at(voice->check->id, ago_us);
	bool words = voice->kind >= DEMO_CHAT;

	if (fault && (roll(voice) >> 33) % 100 < fault->percent)
		answer.fault = fault;
	bool slow = answer.fault && fault->effect == DEMO_SLOW;
	take_time(voice, rhythm(wall_us) * (slow ? 2.8 : 1), &answer);
	answer.tokens = words ? 24 + (uint32_t)(roll(voice) >> 56) : 0;
	answer.lost = !answer.fault && words && one_in(voice, LOST_ONE_IN);
	if (answer.lost) {
		answer.duration_us = LOST_US;
		answer.ttfb_us = answer.ttft_us = -1;
	} else if (answer.fault) {
		fail_at(voice, &answer);
	}
	return answer;
}
