#include "once.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "engine/executor.h"
#include "engine/transfer.h"
#include "interrupt.h"
#include "loader.h"
#include "reports.h"
#include "rerun.h"
#include "screen.h"
#include "wait.h"

#include <event2/event.h>
#include <stdlib.h>

enum {
	TICK_US = 500000,
	WAIT_URL_BYTES_MAX = 4096,
};

struct once {
	const struct cli *cli;
	struct config *config;
	struct selection selection;
	struct rerun rerun; /* of --rerun-failed */
	const struct check **checks; /* the selected ones, in the order of the plan */
	struct record **records; /* of the same places; NULL: it passed, and nobody asks further */
	size_t n, done;
	struct event_base *base;
	struct event *wake, *tick, *cancel;
	struct transfers *transfers;
	struct executor *executor;
	struct screen screen;
	int interrupt_fd;
	int64_t started_us, started_wall_us;
	bool interrupted;
	bool cancelled;
};

static int say(const char *text, int status)
{
	fprintf(stderr, "outrider: %s\n", text);
	return status;
}

/* --- what is run --- */

static bool select_checks(struct once *once, struct error *error)
{
	const struct config *config = once->config;
	const struct plan *plan = &config->plan;
	once->selection = once->cli->selection;
	if (!selection_validate(&once->selection, plan, error))
		return false;
	if (once->cli->rerun_failed &&
		!rerun_narrow(&once->rerun, once->cli, &once->selection, plan, error))
		return false;
	once->checks = mem_alloc(plan->n_checks * sizeof(const struct check *));
	once->records = mem_alloc(plan->n_checks * sizeof(struct record *));
	for (size_t i = 0; i < plan->n_checks; i++)
		if (loader_wants(config, &once->selection, i))
			once->checks[once->n++] = &plan->checks[i];
	return once->n > 0 || once->selection.among ||
	       error_set(error, "every selected check has `enabled: false`");
}

static void override_retries(struct config *config, int retries)
{
	for (size_t i = 0; retries >= 0 && i < config->plan.n_checks; i++)
		config->plan.checks[i].retries.times = (uint8_t)retries;
}

/* --- while it runs --- */

/* Not from where we stand, which may be deep inside the executor. */
static void stop(struct once *once)
{
	if (!once->cancelled)
		event_active(once->cancel, EV_TIMEOUT, 0);
	once->cancelled = true;
}

static void on_cancel(evutil_socket_t fd, short what, void *ctx)
{
	struct once *once = ctx;
	(void)fd, (void)what;
	if (once->done < once->n)
		executor_cancel_all(once->executor);
}

static void on_interrupt(evutil_socket_t fd, short what, void *ctx)
{
	struct once *once = ctx;
	(void)fd, (void)what;
	once->interrupted = true;
	screen_pause(&once->screen);
	say("interrupted; once more to exit at once", 0);
	stop(once);
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct once *once = ctx;
	(void)fd, (void)what;
	screen_tick(&once->screen);
}

static bool counts_as_failed(const struct cli *cli, const struct record *record)
{
	switch (record->outcome) {
	case OUTCOME_PASS: return false;
	case OUTCOME_WARN: return cli->fail_on >= FAIL_ON_WARN;
	case OUTCOME_FAIL: return !record->known_issue;
	case OUTCOME_SKIP: return cli->fail_on >= FAIL_ON_SKIP;
	case OUTCOME_COUNT: break;
	}
	return true;
}

static void on_started(void *ctx, const struct check *check, void *cookie)
{
	struct once *once = ctx;

	(void)cookie;
	screen_started(&once->screen, check);
}

static void on_finished(void *ctx, struct record *record, void *cookie)
{
	struct once *once = ctx;
	struct record **place = cookie;
	once->done++;
	screen_finished(&once->screen, record);
	if (once->cli->fail_fast && counts_as_failed(once->cli, record))
		stop(once);
	if (screen_is_deaf(&once->screen) && !reports_any(once->cli))
		stop(once);
	if (once->done == once->n)
		event_base_loopbreak(once->base);
	if (report_needs(record) || reports_any(once->cli))
		*place = record;
	else
		record_free(record);
}

static bool open_loop(struct once *once, struct error *error)
{
	struct event_config *config = event_config_new();
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	once->base = event_base_new_with_config(config);
	event_config_free(config);
	if (!once->base)
		return error_set(error, "no event loop");
	once->transfers = transfers_open(once->base, error);
	if (!once->transfers)
		return false;
	once->wake = event_new(once->base, once->interrupt_fd, EV_READ, on_interrupt, once);
	once->tick = event_new(once->base, -1, EV_PERSIST, on_tick, once);
	once->cancel = evtimer_new(once->base, on_cancel, once);
	once->executor = executor_new(once->base, transfers_transport(once->transfers),
		(struct engine_options){
			.jobs = once->cli->jobs ? once->cli->jobs : CLI_JOBS_DEFAULT},
		(struct executor_sink){once, NULL, on_started, on_finished});
	return true;
}

static void close_loop(struct once *once)
{
	if (once->executor)
		executor_free(once->executor);
	if (once->transfers)
		transfers_close(once->transfers);
	struct event *events[] = {once->wake, once->tick, once->cancel};
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
	if (once->base)
		event_base_free(once->base);
}

static void run_checks(struct once *once)
{
	struct timeval tick = {.tv_usec = TICK_US};
	screen_open(&once->screen, once->cli, once->checks, once->n);
	once->started_us = clock_mono_us();
	once->started_wall_us = clock_wall_us();
	if (once->n == 0)
		return;
	event_add(once->wake, NULL);
	if (once->screen.live)
		event_add(once->tick, &tick);
	for (size_t i = 0; i < once->n; i++)
		executor_submit(once->executor,
			&(struct submission){
				.plan = &once->config->plan,
				.check = once->checks[i],
				.cookie = &once->records[i],
				.check_number =
					(uint32_t)(once->checks[i] - once->config->plan.checks) + 1,
				.evidence = once->cli->verbose,
				.brief = !reports_any(once->cli),
			});
	event_base_dispatch(once->base);
}

static void wait_first(const struct once *once)
{
	const struct plan *plan = &once->config->plan;
	const struct service **services =
		mem_alloc((plan->n_services + 1) * sizeof(const struct service *));
	char limit[TEXT_DURATION_MAX];
	size_t n = 0;
	for (size_t i = 0; i < plan->n_services; i++)
		for (size_t j = 0; j < once->n; j++)
			if (once->checks[j]->service == &plan->services[i]) {
				services[n++] = &plan->services[i];
				break;
			}
	const struct service *silent =
		wait_for_services(services, n, once->cli->wait_us, once->interrupt_fd);
	if (silent) {
		struct buf url = BUF_INIT(WAIT_URL_BYTES_MAX);
		secrets_redact(plan->secrets, str_of(silent->url), &url);
		fprintf(stderr, "outrider: %s (%s) accepts no connections, after %s\n", silent->id,
			buf_text(&url), text_duration(once->cli->wait_us, limit));
		buf_fini(&url);
	}
	free(services);
}

/* --- when it is over --- */

/* Moves the records together; how many there are. */
static size_t gather_records(struct once *once)
{
	size_t n = 0;
	for (size_t i = 0; i < once->n; i++)
		if (once->records[i])
			once->records[n++] = once->records[i];
	for (size_t i = n; i < once->n; i++)
		once->records[i] = NULL;
	return n;
}

static int finish(struct once *once)
{
	size_t n = gather_records(once);
	struct report report = {
		.mode = once->config->plan.mode,
		.started_wall_us = once->started_wall_us,
		.duration_us = clock_mono_us() - once->started_us,
		.records = (const struct record *const *)once->records,
		.n_records = n,
		.n_passes_left_out = once->n - n,
		.interrupted = once->interrupted,
	};
	int status = EXIT_OK;
	screen_summary(&once->screen, &report);
	for (size_t i = 0; i < n; i++)
		if (counts_as_failed(once->cli, once->records[i]))
			status = EXIT_FAILED;
	if (!reports_write(once->cli, &report))
		status = EXIT_BROKEN;
	return once->interrupted ? EXIT_INTERRUPTED : status;
}

static int run(struct once *once)
{
	struct error error = {""};
	if (!reports_check(once->cli, &error))
		return say(error.text, EXIT_BROKEN);
	once->interrupt_fd = interrupt_open(&error);
	if (once->interrupt_fd < 0 || !open_loop(once, &error))
		return say(error.text, EXIT_BROKEN);
	if (once->cli->wait_us)
		wait_first(once);
	run_checks(once);
	return finish(once);
}

static int prepare_and_run(struct once *once)
{
	struct config_source source = cli_source(once->cli);
	struct error error = {""};
	if (!reports_validate(once->cli, &error))
		return say(error.text, EXIT_USAGE);
	once->config = loader_load(&source, false, NULL);
	if (!once->config)
		return EXIT_USAGE;
	if (!select_checks(once, &error))
		return say(error.text, EXIT_USAGE);
	if (!loader_urls_given(once->config, &once->selection, NULL))
		return EXIT_USAGE;
	if (once->cli->demo && !loader_stood_in(once->config, &once->selection, &source, NULL))
		return EXIT_USAGE;
	override_retries(once->config, once->cli->retries);
	log_redact_with(once->config->plan.secrets);
	return run(once);
}

static void clean_up(struct once *once)
{
	close_loop(once);
	if (once->interrupt_fd >= 0)
		interrupt_close();
	screen_close(&once->screen);
	for (size_t i = 0; i < once->n; i++)
		record_free(once->records[i]);
	free(once->records);
	free(once->checks);
	rerun_fini(&once->rerun);
	log_redact_with(NULL);
	if (once->config)
		config_free(once->config);
}

int once_run(const struct cli *cli)
{
	struct once once = {
		.cli = cli,
		.interrupt_fd = -1,
	};
	log_configure((struct log_options){.level = LOG_WARN, .format = cli->log_format});
	int status = prepare_and_run(&once);
	clean_up(&once);
	return status;
}
