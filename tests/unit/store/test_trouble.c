/* The disk is full, breaks, and is well again: nothing that was given is lost, nothing is called
 * written that is not. */
#include "unit/store/failing_vfs.h"
#include "unit/store/fixture.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

static void give_many(struct store *store, int from, int n)
{
	for (int i = from; i < from + n; i++) {
		struct store_item *item = make_item(1, T0_US + i * US_PER_S, OUTCOME_FAIL);
		assert_true(store_give(store, item));
	}
}

static void a_batch_that_fails_is_kept_and_tried_again(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	store_check_number(store, "one", NULL);
	give_many(store, 0, 10);
	await(&w, &w.items, 10);
	atomic_store(&failing_in, 0);
	give_many(store, 10, 10);
	await(&w, &w.failures, 1);
	assert_non_null(strstr(w.why, "full"));
	usleep(600000); /* at least one more try */
	assert_int_equal(w.failures, 1);
	assert_int_equal(w.items, 10);
	assert_int_equal(store_queue_length(store), 10);
	struct stored_state known; /* from memory */
	assert_true(store_load_state(store, 1, &known));
	assert_int_equal(known.latest_key, key_at(1, T0_US + 19 * US_PER_S));
	atomic_store(&failing_code, SQLITE_IOERR_WRITE); /* another condition: said again */
	await(&w, &w.failures, 2);
	assert_non_null(strstr(w.why, "I/O"));
	atomic_store(&failing_in, INT_MAX);
	await(&w, &w.items, 20);
	assert_int_equal(store_queue_length(store), 0);
	atomic_store(&failing_in, 0); /* and again, after it healed */
	give_many(store, 20, 1);
	await(&w, &w.failures, 3);
	atomic_store(&failing_in, INT_MAX);
	store_close(store);
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 21);
	assert_sound();
}

struct stuck {
	size_t n;
	char keys[64][16];
};

static void saw_stuck(void *ctx, const struct outbox_message *message)
{
	struct stuck *stuck = *(struct stuck **)((struct witness *)ctx + 1);
	snprintf(stuck->keys[stuck->n++], sizeof(stuck->keys[0]), "%s", message->dedup_key);
}

/* Each message once and in order, whenever it came; none of what is written. */
static void messages_that_are_stuck_are_told(void **state)
{
	(void)state;
	static struct stuck stuck;
	struct {
		struct witness w;
		struct stuck *stuck;
	} both = {WITNESS_INIT, &stuck};
	struct error error = {""};
	struct store *store = open_store(NULL);
	assert_true(store_start(store,
		(struct store_events){.ctx = &both,
			.committed = saw_commit,
			.failed = saw_failure,
			.stuck = saw_stuck},
		&error));
	for (int i = 0; i < 12; i++) {
		struct store_item *item = make_item(1, T0_US + i * 1000, OUTCOME_PASS);
		char key[16];
		snprintf(key, sizeof(key), "k%d", i);
		if (i % 2 == 0)
			add_message(item, "ops", key, "opened", 1, T0_US);
		if (i == 2)
			await(&both.w, &both.w.items, 2); /* k0 is written */
		if (i == 2)
			atomic_store(&failing_in, 0);
		if (i == 8)
			await(&both.w, &both.w.failures, 1);
		assert_true(store_give(store, item));
	}
	usleep(1200000); /* more than one try */
	atomic_store(&failing_in, INT_MAX);
	await(&both.w, &both.w.items, 12);
	atomic_store(&failing_in, 0); /* and the next time */
	struct store_item *last = make_item(1, T0_US + 60 * 1000, OUTCOME_PASS);
	add_message(last, "ops", "k12", "opened", 1, T0_US);
	assert_true(store_give(store, last));
	await(&both.w, &both.w.failures, 2);
	atomic_store(&failing_in, INT_MAX);
	await(&both.w, &both.w.items, 13);
	store_close(store);
	assert_int_equal(stuck.n, 6);
	for (size_t i = 0; i < stuck.n; i++) {
		char key[24];
		snprintf(key, sizeof(key), "k%zu", 2 * (i + 1));
		assert_string_equal(stuck.keys[i], key);
	}
	assert_int_equal(ask_sql("SELECT count(*) FROM outbox"), 7);
}

/* Whichever operation is the first to fail, what was reported is there, and whole. When it is the
 * very last, the sync behind a commit's frames, a batch that was called failed is in the log all the
 * same, and comes back with the next start; nothing else that was not reported may. */
static void a_failure_anywhere_tells_no_lies(void **state)
{
	(void)state;
	static const int codes[] = {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC};
	int stored = 0;
	int surprises = 0;
	for (int at = 0; at < 24; at++) {
		struct witness w = WITNESS_INIT;
		struct store *store = open_store(&w);
		atomic_store(&failing_code, codes[at % 3]);
		atomic_store(&failing_in, at);
		give_many(store, stored, 40);
		store_close(store);
		atomic_store(&failing_in, INT_MAX);
		assert_true(w.items == 0 || w.items == 40);
		int found = (int)ask_sql("SELECT count(*) FROM result") - stored;
		assert_true(found == (int)w.items || found == 40);
		surprises += found != (int)w.items;
		assert_sound();
		stored += found;
	}
	assert_in_range(stored, 40, 23 * 40); /* some failed, some did not */
	assert_in_range(surprises, 0, 1);
}

/* A file system of 4 MiB, or at least a limit on the size of files. */
static bool make_small_disk(void)
{
	if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		mount("none", place, "tmpfs", 0, "size=4m") == 0)
		return true;
	signal(SIGXFSZ, SIG_IGN);
	return false;
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_heals(void **state)
{
	(void)state;
	bool small = make_small_disk();
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	store_check_number(store, "one", NULL);
	struct error error = {""};
	struct reader *reader = reader_open(file, &error);
	assert_non_null(reader);
	give_many(store, 0, 100);
	await(&w, &w.items, 100);
	char filler[128];
	snprintf(filler, sizeof(filler), "%s/filler", place);
	if (small) {
		char command[256];
		snprintf(command, sizeof(command), "head -c 4m /dev/zero >%s 2>/dev/null", filler);
		assert_int_not_equal(system(command), 0);
	} else {
		limit_files(64 * 1024);
	}
	give_many(store, 100, 400);
	await(&w, &w.failures, 1);
	struct arena arena;
	arena_init(&arena);
	struct result_row *rows = NULL; /* pages go on */
	assert_in_range(reader_summary(reader, "one", 0, INT64_MAX).fail, 100, 499);
	assert_int_equal(reader_results(reader, &arena, "one", 0, 5, &rows), 5);
	arena_fini(&arena);
	if (small)
		unlink(filler);
	else
		limit_files(RLIM_INFINITY);
	await(&w, &w.items, 500);
	reader_close(reader);
	store_close(store);
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 500);
	assert_sound();
	if (small)
		assert_int_equal(umount(place), 0);
}

static void a_full_disk_at_the_start_is_refused(void **state)
{
	(void)state;
	store_close(open_store(NULL));
	unlink(file);
	atomic_store(&failing_code, SQLITE_FULL);
	atomic_store(&failing_in, 0);
	refused("database or disk is full");
	atomic_store(&failing_in, INT_MAX);
	store_close(open_store(NULL));
}

/* Into a file without a name nothing is written; it is, once the name is back. */
static void a_file_that_was_moved_is_not_written(void **state)
{
	(void)state;
	char away[128];
	snprintf(away, sizeof(away), "%s/away", place);
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	give_many(store, 0, 10);
	await(&w, &w.items, 10);
	assert_int_equal(rename(file, away), 0);
	give_many(store, 10, 10);
	await(&w, &w.failures, 1);
	assert_non_null(strstr(w.why, "deleted, moved or replaced"));
	assert_int_equal(store_queue_length(store), 10);
	assert_int_equal(rename(away, file), 0);
	await(&w, &w.items, 20);
	assert_int_equal(unlink(file), 0);
	give_many(store, 20, 10);
	await(&w, &w.failures, 2);
	store_close(store);
	assert_int_equal(w.items, 20);
}

int main(void)
{
	failing_vfs_install();
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_batch_that_fails_is_kept_and_tried_again),
		STORE_TEST(messages_that_are_stuck_are_told),
		STORE_TEST(a_failure_anywhere_tells_no_lies),
		STORE_TEST(a_full_disk_at_the_start_is_refused),
		STORE_TEST(a_full_disk_heals),
		STORE_TEST(a_file_that_was_moved_is_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
