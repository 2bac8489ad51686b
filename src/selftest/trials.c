#include "selftest/trials.h"

#include "base/memory.h"
#include "check/record.h"
#include "engine/executor.h"
#include "engine/transfer.h"
#include "selftest/tap.h"

#include <event2/event.h>
#include <stdlib.h>

enum { TICK_US = 250000 };

struct running {
	const struct trials_options *options;
	struct event_base *base;
	struct event *tick, *wake, *cancel;
	struct transfers *transfers;
	struct transport inner;
	struct executor *executor;
	size_t n, done;
	bool interrupted;
};

void trial_aim(struct trial *trial, const char *url, const char *ca)
{
	struct service *service = &trial->service;
	*service = *trial->check.service;
	service->url = url;
	service->tls_ca = ca;
	service->tls_cert = service->tls_key = service->proxy = NULL;
	service->http = HTTP_1_1; /* which is what the stand-in speaks */
	service->ip = IP_ANY;
	service->max_in_flight = 0;
	trial->check.service = service;
}

void trial_fini(struct trial *trial)
{
	free(trial->message);
	free(trial->fell);
	trial->message = NULL;
	trial->fell = NULL;
}

static void tell(struct running *running)
{
	const struct trials_options *options = running->options;
	if (options->progress)
		options->progress(options->ctx, running->done, running->n);
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	tell(ctx);
}

static void on_cancel(evutil_socket_t fd, short what, void *ctx)
{
	struct running *running = ctx;
	(void)fd, (void)what;
	if (running->done == running->n)
		return;
	executor_cancel_all(running->executor);
	executor_cancel_all(running->executor); /* nothing of a stand-in's need be cleaned up */
}

static void on_interrupt(evutil_socket_t fd, short what, void *ctx)
{
	struct running *running = ctx;
	(void)fd, (void)what;
	running->interrupted = true;
	event_active(running->cancel, EV_TIMEOUT, 0);
}

static void on_finished(void *ctx, struct record *record, void *cookie)
{
	struct running *running = ctx;
	struct trial *trial = cookie;
	trial->over = true;
	trial->outcome = record->outcome;
	trial->reason = record->reason;
	trial->duration_us = record->duration_us;
	free(trial->message);
	trial->message = mem_strdup(record->message ? record->message : "");
	points_judge(
		trial->points, trial->n_points, record->findings, record->n_findings, trial->fell);
	record_free(record);
	if (++running->done == running->n)
		event_base_loopbreak(running->base);
}

static bool open_loop(struct running *running, struct error *error)
{
	const struct trials_options *options = running->options;
	struct event_config *config = event_config_new();
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	running->base = event_base_new_with_config(config);
	event_config_free(config);
	if (!running->base)
		return error_set(error, "no event loop");
	running->transfers = transfers_open(running->base, error);
	if (!running->transfers)
		return false;
	running->inner = transfers_transport(running->transfers);
	running->tick = event_new(running->base, -1, EV_PERSIST, on_tick, running);
	running->wake =
		event_new(running->base, options->interrupt_fd, EV_READ, on_interrupt, running);
	running->cancel = evtimer_new(running->base, on_cancel, running);
	running->executor = executor_new(running->base, selftest_tap(&running->inner),
		(struct engine_options){.jobs = options->jobs},
		(struct executor_sink){running, NULL, NULL, on_finished});
	return true;
}

static void close_loop(struct running *running)
{
	struct event *events[] = {running->tick, running->wake, running->cancel};
	executor_free(running->executor);
	if (running->transfers)
		transfers_close(running->transfers);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
	if (running->base)
		event_base_free(running->base);
}

static void start(struct running *running, struct trial *trial, uint32_t number)
{
	struct submission submission = {
		.plan = running->options->plan,
		.check = &trial->check,
		.cookie = trial,
		.check_number = number,
	};
	if (!trial->fell)
		trial->fell = mem_alloc((trial->n_points + 1) * sizeof(*trial->fell));
	trial->over = false;
	trial->requests = 0;
	trial->print = (struct fingerprint){0};
	executor_submit(running->executor, &submission);
}

bool trials_run(struct trial *const *trials, size_t n, const struct trials_options *options,
	bool *interrupted, struct error *error)
{
	struct running running = {.options = options, .n = n};
	struct timeval tick = {.tv_usec = TICK_US};
	bool ok = open_loop(&running, error);
	for (size_t i = 0; ok && i < n; i++)
		start(&running, trials[i], (uint32_t)i + 1);
	if (ok && n) {
		event_add(running.tick, &tick);
		event_add(running.wake, NULL);
		event_base_dispatch(running.base);
		tell(&running);
	}
	close_loop(&running);
	*interrupted = running.interrupted;
	return ok;
}
