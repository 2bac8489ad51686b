/* A made-up plan and what happened to it, for the tests of the pages. */
#ifndef TESTS_SERVE_SAMPLE_H
#define TESTS_SERVE_SAMPLE_H

#include "base/clock.h"
#include "serve/board.h"

#include <string.h>

enum { SAMPLE_SERVICES = 3, SAMPLE_CHECKS = 6 };

/* 2026-11-22T10:00:00Z */
#define SAMPLE_NOW (INT64_C(1795341600) * US_PER_S)

struct sample {
	struct service services[SAMPLE_SERVICES];
	struct check checks[SAMPLE_CHECKS];
	struct watch_policy policies[SAMPLE_CHECKS];
	struct known_issue known;
	size_t depends_on[1];
	struct plan plan;
	struct watch_plan watch;
};

static const char *const sample_tags[] = {"streaming", "slow"};

static inline void sample_init(struct sample *s)
{
	static const char *const ids[SAMPLE_CHECKS] = {"gateway-health", "gateway-stream",
		"code[baseline-cli]", "memory-recall", "memory-clear", "ui-home"};
	static const size_t services[SAMPLE_CHECKS] = {0, 0, 0, 1, 1, 2};
	*s = (struct sample){0};
	s->services[0] = (struct service){.id = "gateway", .title = "Gateway"};
	s->services[1] = (struct service){.id = "memory", .title = "Memory service"};
	s->services[2] = (struct service){.id = "ui", .title = "Web UI"};
	for (size_t i = 0; i < SAMPLE_CHECKS; i++) {
		s->checks[i] = (struct check){.id = ids[i],
			.service = &s->services[services[i]],
			.timeout_us = 60 * US_PER_S};
		s->policies[i] = (struct watch_policy){.every_us = 60 * US_PER_S, .enabled = true};
	}
	s->checks[0].title = "Gateway answers /health";
	s->checks[1].title = "Gateway streams a chat";
	s->checks[1].tags = sample_tags;
	s->checks[1].n_tags = 2;
	s->policies[1].depends_on = s->depends_on;
	s->policies[1].n_depends_on = 1;
	s->known = (struct known_issue){.reason = "ticket 12"};
	s->plan = (struct plan){.mode = "local",
		.services = s->services,
		.n_services = SAMPLE_SERVICES,
		.checks = s->checks,
		.n_checks = SAMPLE_CHECKS};
	s->watch = (struct watch_plan){.checks = s->policies, .n_checks = SAMPLE_CHECKS};
}

static inline uint64_t sample_key(size_t index, int64_t wall_us)
{
	return (uint64_t)(index + 1) << RESULT_KEY_TIME_BITS | (uint64_t)(wall_us / US_PER_MS);
}

/* A result of the check at index; change what the test is about, then give it to the board. */
static inline struct record sample_record(const struct sample *s, size_t index, int64_t wall_us)
{
	return (struct record){
		.check = &s->checks[index],
		.check_id = s->checks[index].id,
		.key = sample_key(index, wall_us),
		.started_wall_us = wall_us,
		.duration_us = 123456,
		.outcome = OUTCOME_PASS,
		.attempts = 1,
		.message = "",
		.http_status = 200,
		.timing = {100, 300, 300, 20000, 123000},
		.address = "127.0.0.1:8000",
		.request_id = "gateway-health-abc",
		.prompt_tokens = -1,
		.completion_tokens = -1,
	};
}

static inline void sample_put(struct board *board, const struct sample *s, size_t index,
	int64_t wall_us, enum outcome outcome, enum reason reason, const char *message)
{
	struct record record = sample_record(s, index, wall_us);
	record.outcome = outcome;
	record.reason = reason;
	record.message = message;
	board_result(board, index, &record);
}

static inline void sample_state(struct board *board, size_t index, enum health_state state)
{
	board_set_state(board, index, (struct health){.state = state}, SAMPLE_NOW - 3600 * US_PER_S,
		(struct board_incident){state == HEALTH_DOWN ? sample_key(index, SAMPLE_NOW) : 0,
			(ptrdiff_t)index, false});
}

#endif
