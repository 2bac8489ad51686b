/* Rows a second and bytes a row of the store against a bare prepared insert of the same layout, in
 * turn (A B A B ...): one WAL file each, synchronous=FULL, batches of 256. Usage:
 * bench_store [CHECKS [ROWS [ROUNDS]]], in a directory of its own below TMPDIR. */
#include "base/clock.h"
#include "base/memory.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/sql.h"
#include "store/store.h"

#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
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
	struct rusage use;
	getrusage(RUSAGE_SELF, &use);
	return (struct cost){
		clock_mono_us(), (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * US_PER_S +
					 use.ru_utime.tv_usec + use.ru_stime.tv_usec};
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

static struct cost run_ours(const char *path, size_t from, size_t rows)
{
	struct error error = {""};
	struct cost total = {0};
	struct store *store = store_open(&(struct store_options){.path = path}, &error);
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

static double per_second(size_t rows, struct cost cost)
{
	return (double)rows * 1e6 / (double)cost.wall_us;
}

int main(int argc, char **argv)
{
	n_checks = argc > 1 ? strtoul(argv[1], NULL, 10) : n_checks;
	size_t rows = (argc > 2 ? strtoul(argv[2], NULL, 10) : 200000) / CHUNK * CHUNK;
	size_t rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : 3;
	const char *tmp = getenv("TMPDIR");
	snprintf(directory, sizeof(directory), "%s/outrider-bench-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(directory) || chdir(directory) != 0)
		return 1;
	sem_init(&all_committed, 0, 0);
	printf("%zu checks, %zu rows a round\n", n_checks, rows);
	for (size_t i = 0; i < rounds; i++) {
		struct cost bare = run_bare("bare.db", i * rows, rows);
		struct cost ours = run_ours("ours.db", i * rows, rows);
		printf("bare %7.0f rows/s %5.1f us CPU a row   ours %7.0f rows/s %5.1f us   "
		       "ratio %.2f\n",
			per_second(rows, bare), (double)bare.cpu_us / (double)rows,
			per_second(rows, ours), (double)ours.cpu_us / (double)rows,
			(double)bare.wall_us / (double)ours.wall_us);
	}
	double all = (double)(rows * rounds);
	printf("bytes a row: bare %.1f; ours %.1f in all, of it result %.1f, evidence %.1f\n",
		(double)size_of("bare.db") / all, (double)size_of("ours.db") / all,
		(double)table_bytes("ours.db", "result") / all,
		(double)table_bytes("ours.db", "evidence") / all);
	unlink("bare.db"), unlink("ours.db"), unlink("ours.db.lock");
	return rmdir(directory);
}
