#include "selftest/selftest.h"

#include "base/clock.h"
#include "base/memory.h"
#include "interrupt.h"
#include "loader.h"
#include "report/file.h"
#include "report/proof.h"
#include "reports.h"
#include "selftest/answers.h"
#include "selftest/checks.h"
#include "selftest/jobs.h"
#include "selftest/load.h"
#include "selftest/rows.h"
#include "selftest/trials.h"
#include "standin.h"
#include "tty.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	JOBS_DEFAULT = 256,
	JOBS_CALM = 4, /* where nothing else shall disturb */
	PACE_US = 2000, /* of the stand-in's streams */
	JSON_BYTES_MAX = 64 << 20,
};

struct selftest {
	const struct cli *cli;
	struct config *config;
	struct arena arena;
	FILE *out;
	int interrupt_fd;
	int64_t started_us;
	bool interrupted;
	const char *phase;
	unsigned jobs;

	struct selftest_checks checks;
	const struct selftest_row *rows;
	size_t n_rows;
	struct trial *trials; /* row by row */
	struct row *matrix; /* the rows, filled */
	struct sim_answer *answers;
	size_t n_answers;
	int ca_fd;
	char ca_path[32];
};

static int say(const char *text, int status)
{
	fprintf(stderr, "outrider: %s\n", text);
	return status;
}

/* --- services and trials --- */

static bool row_has_tls(const struct selftest *test, size_t row)
{
	return test->checks.tls || test->rows[row].tls;
}

static struct standin *start_sims(struct selftest *test, size_t n, struct error *error)
{
	struct sim_options *sims = ARENA_ARRAY(&test->arena, n, struct sim_options);
	for (size_t i = 0; i < n; i++) {
		sims[i] = (struct sim_options){
			.faults = &test->rows[i].spec,
			.n_faults = test->rows[i].spec ? 1 : 0,
			.tls = row_has_tls(test, i),
			.pace_us = PACE_US,
			.answers = test->answers,
			.n_answers = test->n_answers,
		};
	}
	return standin_start(sims, n, error);
}

static const struct check *check_of(const struct selftest *test, size_t row, size_t column)
{
	if (test->rows[row].row.kind != ROW_FAULT)
		return &test->checks.green[column];
	return test->rows[row].pause_us ? &test->checks.paused[column]
					: &test->checks.faulty[column];
}

static bool must_be_green(const struct selftest *test, const struct trial *trial)
{
	return test->rows[trial->row].row.kind != ROW_FAULT;
}

/* libcurl reads a file: this one has no name and ends with us. */
static bool keep_ca(struct selftest *test, const char *pem, struct error *error)
{
	if (test->ca_fd >= 0)
		close(test->ca_fd);
	test->ca_fd = memfd_create("outrider-ca", MFD_CLOEXEC);
	if (test->ca_fd < 0 || write(test->ca_fd, pem, strlen(pem)) != (ssize_t)strlen(pem))
		return error_set(error, "the stand-in's certificate can't be kept: %m");
	snprintf(test->ca_path, sizeof(test->ca_path), "/proc/self/fd/%d", test->ca_fd);
	return true;
}

/* A service of ours by its name; the gateway stands for any other. */
static bool aim(
	struct selftest *test, const struct standin *standin, size_t n_rows, struct error *error)
{
	const char *pem = "";
	for (size_t row = 0; row < n_rows && !*pem; row++)
		pem = standin_ca(standin, row);
	if (*pem && !keep_ca(test, pem, error))
		return false;
	for (size_t i = 0; i < n_rows * test->checks.n; i++) {
		struct trial *trial = &test->trials[i];
		trial_fini(trial);
		*trial = (struct trial){.row = i / test->checks.n, .column = i % test->checks.n};
		trial->points = test->checks.columns[trial->column].points;
		trial->n_points = test->checks.columns[trial->column].n_points;
		trial->check = *check_of(test, trial->row, trial->column);
		const char *url = standin_url(standin, trial->row, trial->check.service->id);
		if (!url)
			url = standin_url(standin, trial->row, "gateway");
		trial_aim(trial, url, row_has_tls(test, trial->row) ? test->ca_path : NULL);
	}
	return true;
}

static struct proof_options look_of(const struct selftest *test)
{
	return (struct proof_options){
		.color = tty_color(test->out, test->cli->color),
		.quiet = test->cli->quiet,
		.verbose = test->cli->verbose,
		.width = tty_width(test->out),
		.duration_us = clock_mono_us() - test->started_us,
		.interrupted = test->interrupted,
	};
}

static void on_progress(void *ctx, size_t done, size_t n)
{
	struct selftest *test = ctx;
	struct proof_options look = look_of(test);
	if (tty_live(test->out) && !test->cli->quiet)
		proof_progress(test->out, &look, done, n, test->phase);
}

static bool run(struct selftest *test, const char *phase, struct trial **trials, size_t n,
	unsigned jobs, struct error *error)
{
	struct trials_options options = {
		.plan = &test->config->plan,
		.jobs = jobs,
		.interrupt_fd = test->interrupt_fd,
		.progress = on_progress,
		.ctx = test,
	};
	test->phase = phase;
	return n == 0 || trials_run(trials, n, &options, &test->interrupted, error);
}

/* --- healthy --- */

static void make_answers(struct selftest *test, struct column *column, const struct trial *trial)
{
	struct error error = {""};
	struct sim_answer *out = &test->answers[test->n_answers];
	size_t n = selftest_answers(&test->arena, &test->checks.faulty[trial->column],
		test->config->plan.secrets, out, &error);
	test->n_answers += n;
	column->made_up = n > 0;
	if (n == 0)
		column->unproven = arena_printf(&test->arena,
			"no answer could be made up for it (%s); to the stand-in's own it says: %s",
			error.text, trial->message);
}

/* Each check once against a healthy stand-in; who does not pass gets answers made up. */
static bool try_healthy(struct selftest *test, struct error *error)
{
	struct trial **trials = mem_alloc(test->checks.n * sizeof(*trials));
	size_t n = 0;
	struct standin *standin = start_sims(test, 1, error);
	bool ok = standin && aim(test, standin, 1, error);
	for (size_t i = 0; i < test->checks.n; i++)
		if (!test->checks.columns[i].unproven)
			trials[n++] = &test->trials[i];
	ok = ok && run(test, "healthy", trials, n, JOBS_CALM * 2, error);
	standin_stop(standin);
	test->answers = ARENA_ARRAY(&test->arena, test->checks.n * STEPS_MAX, struct sim_answer);
	for (size_t i = 0; ok && !test->interrupted && i < n; i++)
		if (trials[i]->outcome != OUTCOME_PASS)
			make_answers(test, &test->checks.columns[trials[i]->column], trials[i]);
	free(trials);
	return ok;
}

/* --- everything --- */

/* Whether the row made a difference to what came, or to when. */
static bool is_met(const struct selftest *test, const struct trial *trial)
{
	const struct trial *healthy = &test->trials[trial->column];
	int64_t pause_us = test->rows[trial->row].pause_us;
	bool later = pause_us && trial->duration_us - healthy->duration_us > pause_us / 2;
	return later || trial->print.hash != healthy->print.hash;
}

/* While hundreds run, a good answer may be late: who got the healthy answers, or legal ones, and did
 * not make of them what must be made is looked at again. */
static bool is_doubtful(const struct selftest *test, const struct trial *trial)
{
	const struct trial *healthy = &test->trials[trial->column];
	if (must_be_green(test, trial))
		return trial->outcome != OUTCOME_PASS;
	return trial->outcome != healthy->outcome && !is_met(test, trial);
}

static bool look_again(struct selftest *test, struct trial **trials, size_t n, struct error *error)
{
	size_t again = 0;
	for (size_t i = 0; i < n; i++)
		if (is_doubtful(test, trials[i]))
			trials[again++] = trials[i];
	return run(test, "once more, alone", trials, again, JOBS_CALM, error);
}

static bool try_all(struct selftest *test, struct error *error)
{
	size_t n_trials = test->n_rows * test->checks.n, n = 0;
	struct trial **trials = mem_alloc((n_trials + 1) * sizeof(*trials));
	struct standin *standin = start_sims(test, test->n_rows, error);
	bool ok = standin && aim(test, standin, test->n_rows, error);
	for (size_t i = 0; i < n_trials; i++)
		if (!test->checks.columns[i % test->checks.n].unproven)
			trials[n++] = &test->trials[i];
	ok = ok && run(test, "every fault", trials, n, test->jobs, error);
	ok = ok && (test->interrupted || look_again(test, trials, n, error));
	standin_stop(standin);
	free(trials);
	return ok;
}

/* --- what came of it --- */

/* How long a certificate must last is the file's own measure: a legal one may be too short for it. */
static bool is_excused(const struct selftest *test, const struct trial *trial)
{
	return must_be_green(test, trial) && test->rows[trial->row].tls && trial->message &&
	       str_starts(str_of(trial->message), STR("tls.expires_in"), false);
}

static struct cell cell_of(const struct selftest *test, const struct trial *trial)
{
	const struct trial *healthy = &test->trials[trial->column];
	bool cancelled = trial->outcome == OUTCOME_SKIP && trial->reason == REASON_CANCELLED;
	bool ran = trial->over && !cancelled && !test->checks.columns[trial->column].unproven &&
		   !is_excused(test, trial);
	return (struct cell){
		.ran = ran,
		.met = is_met(test, trial) || trial->outcome != healthy->outcome,
		.outcome = trial->outcome,
		.reason = trial->reason,
		.message = trial->message ? trial->message : "",
		.fell = trial->fell,
	};
}

/* An answer that was made up and is not taken proves nothing. */
static void drop_untaken(struct selftest *test)
{
	for (size_t i = 0; i < test->checks.n; i++) {
		const struct trial *healthy = &test->trials[i];
		struct column *column = &test->checks.columns[i];
		if (!column->made_up || !healthy->over || healthy->outcome == OUTCOME_PASS ||
			test->interrupted)
			continue;
		column->unproven = arena_printf(&test->arena,
			"to an answer made up from what it expects it says: %s", healthy->message);
	}
}

static struct matrix fill_matrix(struct selftest *test)
{
	drop_untaken(test);
	test->matrix = ARENA_ARRAY(&test->arena, test->n_rows, struct row);
	for (size_t row = 0; row < test->n_rows; row++) {
		test->matrix[row] = test->rows[row].row;
		test->matrix[row].cells = ARENA_ARRAY(&test->arena, test->checks.n, struct cell);
		for (size_t i = 0; i < test->checks.n; i++)
			test->matrix[row].cells[i] =
				cell_of(test, &test->trials[row * test->checks.n + i]);
	}
	return (struct matrix){
		.rows = test->matrix,
		.n_rows = test->n_rows,
		.columns = test->checks.columns,
		.n_columns = test->checks.n,
		.some_faults = test->cli->n_faults > 0,
	};
}

static bool write_json(const struct selftest *test, const struct matrix *matrix,
	const struct proof_options *look, struct error *error)
{
	struct buf text = BUF_INIT(JSON_BYTES_MAX);
	bool ok = true;
	proof_json(matrix, look, &text);
	if (text.cut)
		ok = error_set(error, "the report is larger than %d MiB", JSON_BYTES_MAX >> 20);
	else if (reports_on_stdout(test->cli))
		fwrite(buf_text(&text), 1, text.n, stdout);
	else
		ok = report_file_write(test->cli->json, buf_str(&text), error);
	buf_fini(&text);
	return ok;
}

static int report(struct selftest *test)
{
	struct matrix matrix = fill_matrix(test);
	struct proof_options look = look_of(test);
	struct error error = {""};
	int status = matrix_judge(&matrix).holds ? EXIT_OK : EXIT_FAILED;
	proof_print(test->out, &matrix, &look);
	if (test->cli->json && !write_json(test, &matrix, &look, &error))
		status = say(error.text, EXIT_BROKEN);
	return test->interrupted ? EXIT_INTERRUPTED : status;
}

/* --- all of it --- */

static int prepare_and_run(struct selftest *test)
{
	struct error error = {""};
	if (!reports_check(test->cli, &error))
		return say(error.text, EXIT_BROKEN);
	test->config = selftest_load(test->cli);
	if (!test->config)
		return EXIT_USAGE;
	if (!selftest_checks(
		    &test->arena, test->config, &test->cli->selection, &test->checks, &error))
		return say(error.text, EXIT_USAGE);
	test->rows = selftest_rows(&test->arena, test->cli, selftest_smallest_limit(&test->checks),
		selftest_largest_expected(&test->checks), &test->n_rows, &error);
	if (!test->rows)
		return say(error.text, EXIT_USAGE);
	log_redact_with(test->config->plan.secrets);
	test->trials = mem_alloc(test->n_rows * test->checks.n * sizeof(*test->trials));
	test->jobs = selftest_jobs(
		test->cli->jobs ? test->cli->jobs : JOBS_DEFAULT, test->n_rows, &error);
	if (!test->jobs)
		return say(error.text, EXIT_BROKEN);
	test->interrupt_fd = interrupt_open(&error);
	if (test->interrupt_fd < 0)
		return say(error.text, EXIT_BROKEN);
	if (!try_healthy(test, &error) || (!test->interrupted && !try_all(test, &error)))
		return say(error.text, EXIT_BROKEN);
	return report(test);
}

int selftest_run(const struct cli *cli)
{
	struct selftest test = {
		.cli = cli,
		.out = reports_on_stdout(cli) ? stderr : stdout,
		.interrupt_fd = -1,
		.ca_fd = -1,
		.started_us = clock_mono_us(),
	};
	arena_init(&test.arena);
	log_configure((struct log_options){.level = LOG_WARN, .format = cli->log_format});
	int status = prepare_and_run(&test);
	for (size_t i = 0; test.trials && i < test.n_rows * test.checks.n; i++)
		trial_fini(&test.trials[i]);
	free(test.trials);
	if (test.interrupt_fd >= 0)
		interrupt_close();
	if (test.ca_fd >= 0)
		close(test.ca_fd);
	arena_fini(&test.arena);
	log_redact_with(NULL);
	config_free(test.config);
	return status;
}
