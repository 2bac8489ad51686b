#include "once.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "engine/executor.h"
#include "engine/transfer.h"
#include "interrupt.h"
#include "loader.h"
#include "report/file.h"
#include "report/report.h"
#include "wait.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	TICK_US = 500000,
	REPORT_BYTES_MAX = 256 << 20,
	WAIT_URL_BYTES_MAX = 4096,
	WIDTH_DEFAULT = 80, /* of a terminal that does not say */
};

struct once {
	const struct cli *cli;
	struct config *config;
	const struct check **checks; /* the selected ones, in the order of the plan */
	struct record **records; /* of the same places */
	size_t n, done;
	struct event_base *base;
	struct event *wake, *tick, *cancel;
	struct transfers *transfers;
	struct executor *executor;
	FILE *out; /* for people */
	struct terminal *terminal;
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
	const struct selection *selection = &once->cli->selection;
	if (!selection_validate(selection, plan, error))
		return false;
	once->checks = mem_alloc(plan->n_checks * sizeof(const struct check *));
	once->records = mem_alloc(plan->n_checks * sizeof(struct record *));
	for (size_t i = 0; i < plan->n_checks; i++)
		if (loader_wants(config, selection, i))
			once->checks[once->n++] = &plan->checks[i];
	return once->n > 0 || error_set(error, "every selected check has `enabled: false`");
}

static void override_retries(struct config *config, int retries)
{
	for (size_t i = 0; retries >= 0 && i < config->plan.n_checks; i++)
		config->plan.checks[i].retries.times = (uint8_t)retries;
}

/* --- what is said --- */

static bool is_stdout(const char *path)
{
	return path && (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0);
}

static unsigned width_of(FILE *out)
{
	struct winsize size;
	if (!isatty(fileno(out)))
		return 0;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_DEFAULT;
	return size.ws_col;
}

static struct terminal_options terminal_options_of(const struct once *once)
{
	const struct cli *cli = once->cli;
	const char *term = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");
	bool able = isatty(fileno(once->out)) && (!term || strcmp(term, "dumb") != 0);
	struct terminal_options options = {.live = able && !cli->quiet,
		.quiet = cli->quiet,
		.verbose = cli->verbose,
		.width = width_of(once->out)};
	switch (cli->color) {
	case COLOR_AUTO: options.color = able && !(no_color && *no_color); break;
	case COLOR_ALWAYS: options.color = true; break;
	case COLOR_NEVER: break;
	}
	for (size_t i = 0; i < once->n; i++)
		if (strlen(once->checks[i]->id) > options.id_width)
			options.id_width = (unsigned)strlen(once->checks[i]->id);
	return options;
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
	terminal_pause(once->terminal);
	say("interrupted; once more to exit at once", 0);
	stop(once);
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct once *once = ctx;
	(void)fd, (void)what;
	terminal_tick(once->terminal, clock_mono_us() - once->started_us, width_of(once->out));
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

static void on_started(void *ctx, const struct check *check)
{
	struct once *once = ctx;
	terminal_started(once->terminal, check);
}

static void on_finished(void *ctx, struct record *record, void *cookie)
{
	struct once *once = ctx;
	struct record **place = cookie;
	*place = record;
	once->done++;
	terminal_finished(once->terminal, record);
	if (once->cli->fail_fast && counts_as_failed(once->cli, record))
		stop(once);
	if (ferror(once->out) && !once->cli->json) /* nobody hears us any more */
		stop(once);
	if (once->done == once->n)
		event_base_loopbreak(once->base);
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
		(struct engine_options){.jobs = once->cli->jobs},
		(struct executor_sink){once, on_started, on_finished});
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
	struct terminal_options options = terminal_options_of(once);
	struct timeval tick = {.tv_usec = TICK_US};
	once->terminal = terminal_new(once->out, options, once->n);
	once->started_us = clock_mono_us();
	once->started_wall_us = clock_wall_us();
	event_add(once->wake, NULL);
	if (options.live)
		event_add(once->tick, &tick);
	for (size_t i = 0; i < once->n; i++)
		executor_submit(once->executor,
			&(struct submission){
				.plan = &once->config->plan,
				.check = once->checks[i],
				.cookie = &once->records[i],
				.check_number =
					(uint32_t)(once->checks[i] - once->config->plan.checks) + 1,
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

static bool write_json(const struct cli *cli, const struct report *report, struct error *error)
{
	struct buf text = BUF_INIT(REPORT_BYTES_MAX);
	bool ok = true;
	report_json(report, &text);
	if (text.cut)
		ok = error_set(error, "the report is larger than %d MiB", REPORT_BYTES_MAX >> 20);
	else if (is_stdout(cli->json))
		fwrite(buf_text(&text), 1, text.n, stdout);
	else
		ok = report_file_write(cli->json, buf_str(&text), error);
	buf_fini(&text);
	return ok;
}

static int finish(struct once *once)
{
	struct report report = {
		.mode = once->config->plan.mode,
		.started_wall_us = once->started_wall_us,
		.duration_us = clock_mono_us() - once->started_us,
		.records = (const struct record *const *)once->records,
		.n_records = once->n,
		.interrupted = once->interrupted,
	};
	struct error error = {""};
	int status = EXIT_OK;
	terminal_summary(once->terminal, &report);
	for (size_t i = 0; i < once->n; i++)
		if (counts_as_failed(once->cli, once->records[i]))
			status = EXIT_FAILED;
	if (once->cli->json && !write_json(once->cli, &report, &error))
		status = say(error.text, EXIT_BROKEN);
	return once->interrupted ? EXIT_INTERRUPTED : status;
}

static int run(struct once *once)
{
	struct error error = {""};
	const char *json = once->cli->json;
	if (json && !is_stdout(json) && !report_file_check(json, &error))
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
	once->config = loader_load(&source, false);
	if (!once->config)
		return EXIT_USAGE;
	if (!select_checks(once, &error))
		return say(error.text, EXIT_USAGE);
	if (!loader_urls_given(once->config, &once->cli->selection))
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
	if (once->terminal)
		terminal_free(once->terminal);
	for (size_t i = 0; i < once->n; i++)
		record_free(once->records[i]);
	free(once->records);
	free(once->checks);
	log_redact_with(NULL);
	if (once->config)
		config_free(once->config);
}

int once_run(const struct cli *cli)
{
	struct once once = {
		.cli = cli,
		.out = is_stdout(cli->json) ? stderr : stdout,
		.interrupt_fd = -1,
	};
	log_configure((struct log_options){.level = LOG_WARN, .format = cli->log_format});
	int status = prepare_and_run(&once);
	clean_up(&once);
	return status;
}
