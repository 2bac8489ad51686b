/* Rows a second and bytes a row of the store against a bare prepared insert of the same layout, in
 * turn: bare, ours with results only, ours with rollups. One WAL file each, synchronous=FULL, batches of
 * 256, in a folder of its own below TMPDIR. Prints a line of JSON for each turn, and one about bytes. */
#include "base/clock.h"
#include "base/memory.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/sql.h"
#include "store/store.h"
#include "support/measure.h"

#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define START_US INT64_C(1763805600000000)

enum { CHUNK = 80 * STORE_BATCH_ROWS };

static char directory[128];
static size_t n_checks = 200;
static sem_t all_committed;
static size_t to_commit;

static uint32_t noise(void)
{
	static uint64_t x = 88172645463325252U;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32);
}

/* The i-th result of all: every check once a minute, each at its own offset; TLS, 1 in 100 fails. */
static struct record *make_record(size_t i)
{
	struct record *record = MEM_NEW(struct record);
	size_t check = i % n_checks;
	int64_t at = START_US + (int64_t)(i / n_checks) * 60 * US_PER_S +
		     (int64_t)(check * 60 * US_PER_S / n_checks) + noise() % 900;
	bool fails = noise() % 100 == 0;
	int64_t dns = 200 + noise() % 3000;
	int64_t connect = dns + 300 + noise() % 20000;
	int64_t tls = connect + 2000 + noise() % 40000;
	int64_t ttfb = tls + 5000 + noise() % 400000;
	record->check_id = "check";
	record->key = (uint64_t)(check + 1) << RESULT_KEY_TIME_BITS | (uint64_t)(at / US_PER_MS);
	record->started_wall_us = at;
	record->timing = (struct timing){dns, connect, tls, ttfb, ttfb + 100 + noise() % 5000};
	record->duration_us = record->timing.total_us + 150 + noise() % 300;
	record->outcome = fails ? OUTCOME_FAIL : OUTCOME_PASS;
	record->reason = fails ? REASON_EXPECTATION : REASON_NONE;
	record->attempts = 1;
	record->http_status = fails ? 503 : 200;
	record->message = fails ? "status: expected 200, got 503 Service Unavailable" : "";
	record->prompt_tokens = record->completion_tokens = -1;
	return record;
}

static struct store_item *make_item(size_t i)
{
	struct store_item *item = MEM_NEW(struct store_item);
	item->record = make_record(i);
	item->check_number = (uint32_t)(i % n_checks) + 1;
	item->health = (struct health){.state = HEALTH_UP,
		.recent = UINT64_MAX,
		.known = 64,
		.seen = 64,
		.latest = item->record->outcome};
	item->since_wall_us = START_US;
	return item;
}

struct cost {
	int64_t wall_us, cpu_us;
};

static struct cost now(void)
{
	return (struct cost){clock_mono_us(), bench_cpu_us()};
}

static void add(struct cost *total, struct cost since)
{
	struct cost t = now();
	total->wall_us += t.wall_us - since.wall_us;
	total->cpu_us += t.cpu_us - since.cpu_us;
}

static void die(const char *what, const struct error *error)
{
	fprintf(stderr, "%s: %s\n", what, error->text);
	exit(1);
}

static void on_committed(void *ctx, size_t items, size_t waiting)
{
	(void)ctx, (void)waiting;
	to_commit -= items;
	if (to_commit == 0)
		sem_post(&all_committed);
}

static int64_t stopped_us(void)
{
	return 1;
}

/* Without rollups: no check ever has enough results, and no time goes by. */
static struct cost run_ours(const char *path, bool rolls, size_t from, size_t rows)
{
	struct error error = {""};
	struct cost total = {0};
	struct store_options options = {.path = path,
		.roll_after = rolls ? 0 : UINT_MAX,
		.mono_us = rolls ? NULL : stopped_us};
	struct store *store = store_open(&options, &error);
	if (!store || !store_start(store, (struct store_events){.committed = on_committed}, &error))
		die(path, &error);
	char id[32];
	for (size_t i = 0; i < n_checks; i++) {
		snprintf(id, sizeof(id), "check-%zu", i);
		store_check_number(store, id, NULL);
	}
	struct store_item **items = mem_alloc(CHUNK * sizeof(struct store_item *));
	for (size_t done = 0; done < rows; done += CHUNK) {
		for (size_t i = 0; i < CHUNK; i++)
			items[i] = make_item(from + done + i);
		to_commit = CHUNK;
		struct cost start = now();
		for (size_t i = 0; i < CHUNK; i++)
			if (!store_give(store, items[i]))
				die("queue", &error);
		sem_wait(&all_committed);
		add(&total, start);
	}
	free(items);
	store_close(store);
	return total;
}

static void bind_record(sqlite3_stmt *stmt, const struct record *record)
{
	struct binder b = bind_to(stmt);
	bind_int(&b, (int64_t)record->key);
	bind_int(&b, record->outcome);
	bind_int(&b, record->reason);
	bind_int(&b, 0);
	bind_int(&b, record->attempts);
	bind_int(&b, record->http_status);
	bind_int(&b, record->duration_us);
	bind_int(&b, record->timing.dns_us);
	bind_int(&b, record->timing.connect_us);
	bind_int(&b, record->timing.tls_us);
	bind_int(&b, record->timing.ttfb_us);
	bind_int(&b, record->timing.total_us);
	bind_measure(&b, -1);
	bind_measure(&b, -1);
	bind_text(&b, *record->message ? record->message : NULL);
}

static void insert_batch(sqlite3 *db, sqlite3_stmt *stmt, struct record **records, size_t n)
{
	struct error error = {""};
	if (!db_run(db, STR("BEGIN IMMEDIATE"), &error))
		die("begin", &error);
	for (size_t i = 0; i < n; i++) {
		bind_record(stmt, records[i]);
		if (!stmt_run(stmt))
			die(sqlite3_errmsg(db), &error);
		record_free(records[i]);
	}
	if (!db_run(db, STR("COMMIT"), &error))
		die("commit", &error);
}

static struct cost run_bare(const char *path, size_t from, size_t rows)
{
	struct error error = {""};
	struct cost total = {0};
	close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640));
	sqlite3 *db = db_open(path, &error);
	if (!db || !db_become_writer(db, true, &error) || !migrate_run(db, assets, &error))
		die(path, &error);
	sqlite3_stmt *stmt = db_prepare(db, sql_named("sql/store.sql", "insert_result"), &error);
	struct record **records = mem_alloc(CHUNK * sizeof(struct record *));
	for (size_t done = 0; done < rows; done += CHUNK) {
		for (size_t i = 0; i < CHUNK; i++)
			records[i] = make_record(from + done + i);
		struct cost start = now();
		for (size_t i = 0; i < CHUNK; i += STORE_BATCH_ROWS)
			insert_batch(db, stmt, records + i,
				CHUNK - i < STORE_BATCH_ROWS ? CHUNK - i : STORE_BATCH_ROWS);
		add(&total, start);
	}
	free(records);
	sqlite3_finalize(stmt);
	db_close(db);
	return total;
}

static int64_t size_of(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 ? (int64_t)status.st_size : 0;
}

/* Bytes of the pages of one table. */
static int64_t table_bytes(const char *path, const char *table)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	sqlite3_open(path, &db);
	sqlite3_prepare_v2(db, "SELECT sum(pgsize) FROM dbstat WHERE name = ?", -1, &stmt, NULL);
	sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
	int64_t bytes = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return bytes;
}

static int64_t rollup_bytes(const char *path)
{
	return table_bytes(path, "rollup_minute") + table_bytes(path, "rollup_hour") +
	       table_bytes(path, "rollup_day");
}

struct options {
	size_t rows, rounds;
	int core;
};

static bool read_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {{"cores", required_argument, NULL, 'c'},
		{"checks", required_argument, NULL, 'n'}, {"rows", required_argument, NULL, 'r'},
		{"rounds", required_argument, NULL, 't'}, {0}};
	for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		unsigned long number = optarg ? strtoul(optarg, NULL, 10) : 0;
		switch (c) {
		case 'c': options->core = (int)number; break; /* the first of two */
		case 'n': n_checks = number; break;
		case 'r': options->rows = number; break;
		case 't': options->rounds = number; break;
		default: return false;
		}
	}
	options->rows = options->rows < CHUNK ? CHUNK : options->rows / CHUNK * CHUNK;
	return n_checks > 0;
}

static void say(const char *who, size_t rows, struct cost cost)
{
	printf("{\"who\": \"%s\", \"rows\": %zu, \"wall_us\": %lld, \"cpu_us\": %lld}\n", who, rows,
		(long long)cost.wall_us, (long long)cost.cpu_us);
}

static void measure(const struct options *options)
{
	for (size_t i = 0; i < options->rounds; i++) {
		size_t from = i * options->rows;
		say("bare", options->rows, run_bare("bare.db", from, options->rows));
		say("plain", options->rows, run_ours("plain.db", false, from, options->rows));
		say("ours", options->rows, run_ours("ours.db", true, from, options->rows));
	}
	double all = (double)(options->rows * options->rounds);
	printf("{\"who\": \"bytes\", \"bare\": %.1f, \"all\": %.1f, \"result\": %.1f, "
	       "\"evidence\": %.1f, "
	       "\"rollups\": %.1f}\n",
		(double)size_of("bare.db") / all, (double)size_of("ours.db") / all,
		(double)table_bytes("ours.db", "result") / all,
		(double)table_bytes("ours.db", "evidence") / all,
		(double)rollup_bytes("ours.db") / all);
}

int main(int argc, char **argv)
{
	struct options options = {.rows = 200000, .rounds = 3, .core = 0};
	if (!read_options(&options, argc, argv))
		return 2;
	const char *tmp = getenv("TMPDIR");
	snprintf(directory, sizeof(directory), "%s/outrider-bench-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(directory) || chdir(directory) != 0)
		return 1;
	bench_pin(options.core);
	sem_init(&all_committed, 0, 0);
	measure(&options);
	const char *made[] = {"bare.db", "plain.db", "plain.db.lock", "ours.db", "ours.db.lock"};
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		unlink(made[i]);
	return rmdir(directory) == 0 ? 0 : 1;
}
