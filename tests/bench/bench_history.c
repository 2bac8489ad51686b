/* What a question about history costs over a short and over a long one: the same questions over two
 * databases in turn, one of a single check, the other of ten whose histories are longer. Both hold a
 * result of each check every minute up to the same moment, rolled up as the store does it. Prints a line
 * of JSON for each question, and one about bytes. */
#include "base/clock.h"
#include "base/memory.h"
#include "store/database.h"
#include "store/reader.h"
#include "store/roll.h"
#include "support/measure.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define END_US INT64_C(1763805600000000)
#define MINUTE_US (60 * US_PER_S)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

enum { BLOCK = 500, ROUNDS_MAX = 1000 };

static char directory[128];

static uint32_t noise(void)
{
	static uint64_t x = 88172645463325252U;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32);
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

/* A history in the making. */
struct history {
	const char *path;
	uint32_t checks;
	size_t results; /* of each */
	struct database database;
	struct session session;
	struct roller roller;
};

static void run_sql(struct history *h, const char *sql)
{
	struct error error = {""};
	if (!db_run(h->database.db, str_of(sql), &error))
		die(sql, error.text);
}

static void insert_result(struct history *h, uint32_t number, size_t i)
{
	int64_t at_us = END_US - (int64_t)(h->results - i) * MINUTE_US + noise() % 900 * US_PER_MS;
	bool fails = noise() % 100 == 0;
	int64_t ttfb = 8000 + noise() % 400000;
	struct binder b = session_bind(&h->session, DO_INSERT_RESULT);
	bind_int(&b, (int64_t)key_of_time(number, at_us));
	bind_int(&b, fails ? OUTCOME_FAIL : OUTCOME_PASS);
	bind_int(&b, fails ? REASON_EXPECTATION : REASON_NONE);
	bind_int(&b, 0);
	bind_int(&b, 1);
	bind_int(&b, fails ? 503 : 200);
	bind_int(&b, ttfb + 200 + noise() % 6000);
	bind_int(&b, 200 + noise() % 3000);
	bind_int(&b, 3500 + noise() % 20000);
	bind_measure(&b, -1);
	bind_int(&b, ttfb);
	bind_int(&b, ttfb + 100 + noise() % 5000);
	bind_measure(&b, -1);
	bind_measure(&b, -1);
	bind_text(&b, fails ? "status: expected 200, got 503 Service Unavailable" : NULL);
	if (!session_run(&h->session, DO_INSERT_RESULT))
		die(h->path, sqlite3_errmsg(h->database.db));
}

static void add_block(struct history *h, size_t first)
{
	uint32_t numbers[ROLL_CHECKS_MAX];
	if (!session_run(&h->session, DO_BEGIN))
		die(h->path, sqlite3_errmsg(h->database.db));
	for (uint32_t c = 0; c < h->checks; c++) {
		numbers[c] = c + 1;
		for (size_t i = first; i < first + BLOCK; i++)
			insert_result(h, c + 1, i);
	}
	struct error error = {""};
	if (!session_run(&h->session, DO_COMMIT))
		die(h->path, sqlite3_errmsg(h->database.db));
	if (!roller_step(&h->roller, numbers, h->checks, &error))
		die(h->path, error.text);
	h->roller.n_due = 0;
}

static void make_checks(struct history *h)
{
	char sql[200];
	for (uint32_t c = 1; c <= h->checks; c++) {
		snprintf(sql, sizeof(sql),
			"INSERT INTO checks (number, id, created_us) VALUES (%u, 'check-%u', 1)", c,
			c);
		run_sql(h, sql);
		struct binder b = session_bind(&h->session, DO_ADD_MISSED);
		bind_int(&b, c);
		bind_int(&b, 0);
		if (!session_run(&h->session, DO_ADD_MISSED))
			die(h->path, sqlite3_errmsg(h->database.db));
	}
}

static void make_history(struct history *h)
{
	struct error error = {""};
	if (!database_open(&h->database, h->path, &error) ||
		!session_init(&h->session, h->database.db, &error) ||
		!roller_init(&h->roller, &h->session, 0, &error))
		die(h->path, error.text);
	run_sql(h, "PRAGMA synchronous = OFF");
	make_checks(h);
	for (size_t i = 0; i < h->results; i += BLOCK)
		add_block(h, i);
	roller_fini(&h->roller);
	session_fini(&h->session);
	database_close(&h->database);
}

/* --- questions --- */

static const struct question {
	const char *name;
	int64_t length_us;
	int64_t step_us; /* of a series; 0: a summary; -1: an objective */
} questions[] = {
	{"summary of 24 h", DAY_US, 0},
	{"summary of 7 d", 7 * DAY_US, 0},
	{"summary of 30 d", 30 * DAY_US, 0},
	{"summary of 90 d", 90 * DAY_US, 0},
	{"series of 24 h by 5 min", DAY_US, 5 * MINUTE_US},
	{"series of 7 d by 1 h", 7 * DAY_US, HOUR_US},
	{"series of 60 d by 1 d", 60 * DAY_US, DAY_US},
	{"objective of 30 d", 30 * DAY_US, -1},
};

/* At half past, when most minutes are read. */
static uint64_t count_windows(struct reader *reader, const char *id, int64_t length_us)
{
	const int64_t now_us = END_US - 30 * MINUTE_US;
	int64_t from_us[SLO_SPAN_COUNT + 1] = {slo_window_start(length_us, now_us)};
	struct slo_count counts[SLO_SPAN_COUNT + 1];
	for (unsigned i = 0; i < SLO_SPAN_COUNT; i++)
		from_us[i + 1] = slo_window_start(slo_span_us((enum slo_span)i), now_us);
	reader_counts(reader, id, from_us, counts, SLO_SPAN_COUNT + 1, END_US);
	return counts[0].good;
}

static double ask(struct reader *reader, const struct question *question, uint32_t check)
{
	char id[16];
	struct error error = {""};
	struct arena arena;
	struct series series;
	arena_init(&arena);
	snprintf(id, sizeof(id), "check-%u", check);
	uint64_t found = 0;
	int64_t start = clock_mono_us();
	if (question->step_us < 0)
		found = count_windows(reader, id, question->length_us);
	else if (!question->step_us)
		found = reader_summary(reader, id, END_US - question->length_us, END_US).pass;
	else if (reader_series(reader, &arena, id, END_US - question->length_us, END_US,
			 question->step_us, &series, &error))
		found = series.points[series.n / 2].pass;
	int64_t took = clock_mono_us() - start;
	arena_fini(&arena);
	if (!found)
		die(question->name, "nothing was found");
	return (double)(took > 0 ? took : 1);
}

static struct reader *open_reader(const char *path)
{
	struct error error = {""};
	struct reader *reader = reader_open(path, &error);
	if (!reader)
		die(path, error.text);
	return reader;
}

static void compare(const struct history *small, const struct history *large, size_t rounds)
{
	struct reader *readers[] = {open_reader(small->path), open_reader(large->path)};
	for (size_t q = 0; q < sizeof(questions) / sizeof(*questions); q++)
		for (size_t i = 0; i < rounds + 2; i++) {
			double few = ask(readers[0], &questions[q], 1);
			double many =
				ask(readers[1], &questions[q], 1 + (uint32_t)(i % large->checks));
			if (i >= 2) /* the first ones warm up */
				printf("{\"question\": \"%s\", \"small_us\": %.0f, \"large_us\": "
				       "%.0f}\n",
					questions[q].name, few, many);
		}
	reader_close(readers[0]);
	reader_close(readers[1]);
}

static long long size_of(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 ? (long long)status.st_size : 0;
}

static bool read_options(
	struct history *small, struct history *large, size_t *rounds, int argc, char **argv)
{
	static const struct option known[] = {{"cores", required_argument, NULL, 'c'},
		{"small", required_argument, NULL, 's'}, {"large", required_argument, NULL, 'l'},
		{"rounds", required_argument, NULL, 't'}, {0}};
	for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		unsigned long number = optarg ? strtoul(optarg, NULL, 10) : 0;
		switch (c) {
		case 'c': bench_pin((int)number); break; /* the first of two */
		case 's': small->results = number / BLOCK * BLOCK; break;
		case 'l': large->results = number / large->checks / BLOCK * BLOCK; break;
		case 't': *rounds = number; break;
		default: return false;
		}
	}
	return small->results && large->results && *rounds > 0 && *rounds <= ROUNDS_MAX;
}

int main(int argc, char **argv)
{
	struct history small = {.path = "small.db", .checks = 1, .results = 100000};
	struct history large = {.path = "large.db", .checks = 10, .results = 100000};
	size_t rounds = 20;
	if (!read_options(&small, &large, &rounds, argc, argv))
		return 2;
	const char *tmp = getenv("TMPDIR");
	snprintf(directory, sizeof(directory), "%s/outrider-bench-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(directory) || chdir(directory) != 0)
		return 1;
	make_history(&small);
	make_history(&large);
	compare(&small, &large, rounds);
	printf("{\"small\": %zu, \"large\": %zu, \"small_bytes\": %lld, \"large_bytes\": %lld}\n",
		small.results * small.checks, large.results * large.checks, size_of(small.path),
		size_of(large.path));
	const char *made[] = {"small.db", "small.db.lock", "large.db", "large.db.lock",
		"small.db-wal", "small.db-shm", "large.db-wal", "large.db-shm"};
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		unlink(made[i]);
	return rmdir(directory) == 0 ? 0 : 1;
}
