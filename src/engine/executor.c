#include "engine/executor.h"

#include "base/clock.h"
#include "base/memory.h"
#include "engine/alarm.h"
#include "engine/lanes.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
	STARTS_MAX = 8, /* in one turn of the loop: then those under way are looked at */
	IDLE_MAX = 64, /* jobs that keep the memory of their run and alarm */
};

struct job {
	struct ticket ticket; /* first: a ticket is its job */
	TAILQ_ENTRY(job) link; /* among the running or the over */
	struct executor *executor;
	struct submission submission;
	struct run *run; /* NULL, or the memory of an earlier one, until it starts */
	struct transfer *transfer;
	struct alarm *alarm;
	int64_t wake_us; /* what the run wants */
	int64_t armed_us; /* what the alarm is set to, never later; INT64_MAX: not set */
	bool begun;
	bool placed; /* holds its places in the limits */
	bool paused; /* before a retry: its places are free, and at the pause's end it waits for new ones */
};

TAILQ_HEAD(job_list, job);

struct executor {
	struct event_base *base;
	struct transport transport;
	struct executor_sink sink;
	struct lanes *lanes;
	struct job_list running, over, idle;
	size_t n_idle;
	size_t in_flight; /* running or over */
	struct alarm *drain; /* ends and starts runs, outside of everybody's callbacks */
	uint64_t seed;
};

static void on_drain(void *ctx);

/* Who names a number gets that many at most. */
static struct lanes_limits lanes_limits(unsigned jobs)
{
	if (jobs)
		return (struct lanes_limits){jobs, jobs};
	return (struct lanes_limits){ENGINE_JOBS_MAX, ENGINE_JOBS_DEFAULT};
}

struct executor *executor_new(struct event_base *base, struct transport transport,
	struct engine_options options, struct executor_sink sink)
{
	struct executor *executor = MEM_NEW(struct executor);
	executor->base = base;
	executor->transport = transport;
	executor->sink = sink;
	executor->lanes = lanes_new(lanes_limits(options.jobs));
	TAILQ_INIT(&executor->running);
	TAILQ_INIT(&executor->over);
	TAILQ_INIT(&executor->idle);
	executor->drain = alarm_new(base, on_drain, executor);
	if (getrandom(&executor->seed, sizeof(executor->seed), 0) != sizeof(executor->seed))
		executor->seed = (uint64_t)clock_wall_us();
	return executor;
}

static void job_free(struct job *job)
{
	run_free(job->run);
	alarm_free(job->alarm);
	free(job);
}

static struct job *job_take(struct executor *executor)
{
	struct job *job = TAILQ_FIRST(&executor->idle);
	if (!job) {
		job = MEM_NEW(struct job);
		job->executor = executor;
		return job;
	}
	TAILQ_REMOVE(&executor->idle, job, link);
	executor->n_idle--;
	*job = (struct job){.executor = executor, .run = job->run, .alarm = job->alarm};
	return job;
}

/* Its alarm does not ring. The latest is the next one's: its memory is still near. */
static void job_give(struct job *job)
{
	struct executor *executor = job->executor;
	if (executor->n_idle == IDLE_MAX) {
		job_free(job);
		return;
	}
	run_clear(job->run);
	TAILQ_INSERT_HEAD(&executor->idle, job, link);
	executor->n_idle++;
}

void executor_free(struct executor *executor)
{
	struct job *job;
	if (!executor)
		return;
	assert(executor->in_flight == 0);
	while ((job = TAILQ_FIRST(&executor->idle))) {
		TAILQ_REMOVE(&executor->idle, job, link);
		job_free(job);
	}
	alarm_free(executor->drain);
	lanes_free(executor->lanes);
	free(executor);
}

static void wake_drain(struct executor *executor)
{
	alarm_now(executor->drain);
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t next_seed(struct executor *executor)
{
	uint64_t z = executor->seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* A run's deadline moves with every byte; its alarm only when it has become too late. */
static void arm(struct job *job)
{
	if (job->wake_us >= job->armed_us)
		return;
	alarm_set(job->alarm, job->wake_us - clock_mono_us());
	job->armed_us = job->wake_us;
}

static void on_event(void *ctx, const struct event *event);

static void job_send(struct job *job, const struct request *request)
{
	struct executor *executor = job->executor;
	struct transfer_sink sink = {job, on_event};
	assert(!job->transfer);
	job->transfer = executor->transport.start(executor->transport.ctx, request, sink);
}

static struct command job_abort(struct job *job)
{
	struct executor *executor = job->executor;
	struct event done = {.kind = EVENT_DONE};
	assert(job->transfer);
	executor->transport.cancel(executor->transport.ctx, job->transfer, &done.done);
	job->transfer = NULL;
	done.at_us = clock_mono_us();
	return run_step(job->run, &done);
}

static void give_places_back(struct job *job)
{
	if (job->placed)
		lanes_done(job->executor->lanes, &job->ticket);
	job->placed = false;
}

static void wait_in_line(struct job *job)
{
	lanes_wait(job->executor->lanes, &job->ticket, job->submission.check->service->id);
	wake_drain(job->executor);
}

static void job_pause(struct job *job)
{
	job->paused = true;
	give_places_back(job);
	wake_drain(job->executor); /* somebody may have waited for them */
}

static void job_over(struct job *job)
{
	struct executor *executor = job->executor;
	assert(!job->transfer);
	alarm_clear(job->alarm);
	TAILQ_REMOVE(&executor->running, job, link);
	TAILQ_INSERT_TAIL(&executor->over, job, link);
	wake_drain(executor);
}

/* The only door to run_step but for an abort's end. */
static void job_feed(struct job *job, const struct event *event)
{
	struct command command = run_step(job->run, event);
	while (command.kind == CMD_ABORT)
		command = job_abort(job);
	job->wake_us = command.wake_us;
	switch (command.kind) {
	case CMD_SEND: job_send(job, command.request); break;
	case CMD_PAUSE: job_pause(job); break;
	case CMD_FINISH: job_over(job); return;
	case CMD_WAIT:
	case CMD_ABORT: break;
	}
	arm(job);
}

static void on_event(void *ctx, const struct event *event)
{
	struct job *job = ctx;
	if (event->kind == EVENT_DONE)
		job->transfer = NULL;
	job_feed(job, event);
}

static void on_alarm(void *ctx)
{
	struct job *job = ctx;
	struct event event = {.kind = EVENT_TIMER, .at_us = clock_mono_us()};
	job->armed_us = INT64_MAX;
	if (job->wake_us > event.at_us) {
		arm(job);
		return;
	}
	if (job->paused)
		wait_in_line(job);
	else
		job_feed(job, &event);
}

static void job_begin(struct job *job)
{
	struct executor *executor = job->executor;
	const struct submission *submission = &job->submission;
	int64_t wall_us = clock_wall_us();
	struct run_identity identity = {
		.key = result_key(submission->check_number, wall_us),
		.started_wall_us = wall_us,
		.seed = next_seed(executor),
		.evidence = submission->evidence,
		.brief = submission->brief,
		.whole = submission->whole,
	};
	if (job->run) {
		run_again(job->run, submission->plan, submission->check, identity);
	} else {
		job->run = run_new(submission->plan, submission->check, identity);
		job->alarm = alarm_new(executor->base, on_alarm, job);
	}
	job->begun = true;
	job->armed_us = INT64_MAX;
	TAILQ_INSERT_TAIL(&executor->running, job, link);
	executor->in_flight++;
}

static void job_start(struct job *job)
{
	const struct executor_sink *sink = &job->executor->sink;
	bool again = job->begun;
	bool wanted = !sink->wanted || sink->wanted(sink->ctx, job->submission.cookie);
	job->placed = true;
	job->paused = false;
	if (!again)
		job_begin(job);
	if (wanted && !again && sink->started)
		sink->started(sink->ctx, job->submission.check, job->submission.cookie);
	job_feed(job, &(struct event){.kind = wanted ? EVENT_START : EVENT_CANCEL,
			      .at_us = clock_mono_us()});
}

static void job_end(struct job *job)
{
	struct executor *executor = job->executor;
	struct record *record = run_record_take(job->run);
	void *cookie = job->submission.cookie;
	executor->in_flight--;
	give_places_back(job);
	job_give(job);
	executor->sink.finished(executor->sink.ctx, record, cookie);
}

static void on_drain(void *ctx)
{
	struct executor *executor = ctx;
	struct job *job;
	struct ticket *ticket;
	while ((job = TAILQ_FIRST(&executor->over))) {
		TAILQ_REMOVE(&executor->over, job, link);
		job_end(job);
	}
	for (size_t i = 0; i < STARTS_MAX; i++) {
		if (!(ticket = lanes_next(executor->lanes)))
			return;
		job_start((struct job *)(void *)ticket);
	}
	alarm_set(executor->drain, 0); /* after the loop has looked at the sockets */
}

void executor_submit(struct executor *executor, const struct submission *submission)
{
	const struct service *service = submission->check->service;
	struct job *job = job_take(executor);
	job->submission = *submission;
	job->ticket.limit = service->max_in_flight;
	wait_in_line(job);
}

static void drop_waiting(void *ctx, struct ticket *ticket)
{
	struct job *job = (struct job *)(void *)ticket;
	(void)ctx;
	if (job->begun) /* it waited to go on, and was cancelled with those that run */
		return;
	job_begin(job);
	job_feed(job, &(struct event){.kind = EVENT_CANCEL, .at_us = clock_mono_us()});
}

void executor_cancel_all(struct executor *executor)
{
	struct event cancel = {.kind = EVENT_CANCEL, .at_us = clock_mono_us()};
	struct job *job, *next;
	for (job = TAILQ_FIRST(&executor->running); job; job = next) {
		next = TAILQ_NEXT(job, link);
		job->paused = false;
		job_feed(job, &cancel);
	}
	lanes_drop_waiting(executor->lanes, drop_waiting, NULL);
}

size_t executor_in_flight(const struct executor *executor)
{
	return executor->in_flight;
}

size_t executor_waiting(const struct executor *executor)
{
	return lanes_waiting(executor->lanes);
}
