#include "ours.h"

#include "base/memory.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

struct ours {
	struct ours_options options;
	struct plan plan;
	struct transfers *transfers;
	struct executor *executor;
	size_t left, running;
	uint64_t failures;
	uint32_t number; /* of the next check */
};

static void submit(struct ours *ours)
{
	struct submission submission = {.plan = &ours->plan, .check_number = 1, .brief = true};
	if (ours->options.numbers)
		submission.check_number = 1 + ours->number++ % ours->options.numbers;
	submission.whole = ours->options.take != NULL;
	submission.check = ours->options.next(ours->options.ctx, &submission.cookie);
	executor_submit(ours->executor, &submission);
}

static void on_started(void *ctx, const struct check *check, void *cookie)
{
	const struct ours *ours = ctx;
	(void)cookie;
	if (ours->options.started)
		ours->options.started(ours->options.ctx, check);
}

static void on_finished(void *ctx, struct record *record, void *cookie)
{
	struct ours *ours = ctx;
	if (record->outcome != OUTCOME_PASS && ours->failures++ == 0)
		fprintf(stderr, "%s: %s\n", record->check_id, record->message);
	if (ours->options.finished)
		ours->options.finished(ours->options.ctx, record, cookie);
	if (ours->options.take)
		ours->options.take(ours->options.ctx, record);
	else
		record_free(record);
	if (ours->left) {
		ours->left--;
		submit(ours);
	} else if (--ours->running == 0) {
		event_base_loopbreak(ours->options.base);
	}
}

struct ours *ours_new(const struct ours_options *options)
{
	struct ours *ours = MEM_NEW(struct ours);
	struct error error;
	ours->options = *options;
	ours->transfers = transfers_open(options->base, &error);
	if (!ours->transfers)
		abort();
	struct transport transport = transfers_transport(ours->transfers);
	if (options->between)
		transport = options->between(options->ctx, transport);
	ours->executor = executor_new(options->base, transport,
		(struct engine_options){.jobs = options->at_a_time},
		(struct executor_sink){ours, NULL, on_started, on_finished});
	return ours;
}

void ours_free(struct ours *ours)
{
	executor_free(ours->executor);
	transfers_close(ours->transfers);
	free(ours);
}

uint64_t ours_run(struct ours *ours, size_t runs)
{
	size_t first = runs < ours->options.at_a_time ? runs : ours->options.at_a_time;
	ours->failures = 0;
	ours->running = first;
	ours->left = runs - first;
	for (size_t i = 0; i < first; i++)
		submit(ours);
	event_base_dispatch(ours->options.base);
	return ours->failures;
}
