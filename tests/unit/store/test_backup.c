/* A backup is sound, ours, of one moment, and never in the writer's way; it overwrites nothing and
 * leaves nothing behind when it fails. */
#include "unit/store/rolled.h"

#include "store/backup.h"

#include <sched.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mount.h>

static char copy[128];

static int begin(void **state)
{
	make_place_each(state);
	snprintf(copy, sizeof(copy), "%s/copy.db", place);
	return 0;
}

#define BACKUP_TEST(name) cmocka_unit_test_setup_teardown(name, begin, remove_place_each)

struct writing {
	struct store *store;
	atomic_bool stop;
	atomic_int given;
};

static void *write_on(void *arg)
{
	struct writing *writing = arg;
	for (int i = 0; !atomic_load(&writing->stop); i++) {
		int64_t at = T0_US + i * INT64_C(7) * US_PER_S;
		for (uint32_t number = 1; number <= 4; number++) {
			struct store_item *item =
				make_item(number, at, i % 50 ? OUTCOME_PASS : OUTCOME_FAIL);
			item->record->duration_us = 1000 + i * 7919 % 900000;
			if (!store_give(writing->store, item))
				store_item_free(item);
		}
		if (store_queue_length(writing->store) > 4000)
			usleep(2000);
	}
	return NULL;
}

static size_t seen(struct witness *w)
{
	pthread_mutex_lock(&w->lock);
	size_t items = w->items;
	pthread_mutex_unlock(&w->lock);
	return items;
}

/* The tests' questions go to the copy. */
static void look_at_copy(void)
{
	strcpy(file, copy);
}

static void a_copy_while_the_store_writes(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct error error = {""};
	struct writing writing = {.store = open_store(&w)};
	char id[16];
	for (int i = 1; i <= 4; i++) {
		snprintf(id, sizeof(id), "check-%d", i);
		store_check_number(writing.store, id, NULL);
	}
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, write_on, &writing), 0);
	await(&w, &w.items, 8000);
	size_t meanwhile = 0;
	int64_t bytes = 0;
	size_t before = 0;
	for (int tries = 0; meanwhile == 0 && tries < 50; tries++) {
		unlink(copy);
		before = seen(&w);
		if (!store_backup(file, copy, -1, &bytes, &error))
			fail_msg("%s", error.text);
		meanwhile = seen(&w) - before;
	}
	print_message("%zu results were committed during a backup of %lld bytes\n", meanwhile,
		(long long)bytes);
	assert_true(meanwhile > 0);
	atomic_store(&writing.stop, true);
	pthread_join(thread, NULL);
	store_close(writing.store);
	size_t in_all = (size_t)ask_sql("SELECT count(*) FROM result");
	look_at_copy();
	assert_sound();
	assert_in_range(ask_sql("SELECT count(*) FROM result"), before, in_all);
	assert_int_equal(ask_sql("PRAGMA application_id"), DB_APPLICATION_ID);
	assert_true(assert_rolled() > 0);
	/* and a daemon takes it up as its own */
	store_close(open_store(NULL));
	assert_int_equal(each_file(NULL, BACKUP_SUFFIX), 0);
}

static void fails(const char *from, const char *to, const char *because)
{
	struct error error = {""};
	int64_t bytes = 1;
	assert_false(store_backup(from, to, -1, &bytes, &error));
	assert_int_equal(bytes, 0);
	if (!strstr(error.text, because))
		fail_msg("\"%s\" does not say \"%s\"", error.text, because);
}

static void nothing_is_overwritten(void **state)
{
	(void)state;
	char part[160];
	store_close(open_store(NULL));
	close(open(copy, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	fails(file, copy, "exists already");
	struct stat status;
	assert_int_equal(stat(copy, &status), 0);
	assert_int_equal(status.st_size, 0);
	fails(file, file, "exists already");
	unlink(copy);
	assert_int_equal(symlink("/nowhere", copy), 0);
	fails(file, copy, "exists already");
	unlink(copy);
	snprintf(part, sizeof(part), "%s" BACKUP_SUFFIX, copy);
	int fd = open(part, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	fails(file, copy, "another backup");
	assert_int_equal(stat(part, &status), 0); /* it is somebody's work */
	close(fd);
	unlink(part);
	assert_int_equal(mkdir(part, 0700), 0);
	fails(file, copy, BACKUP_SUFFIX);
	rmdir(part);
	assert_int_equal(symlink(file, part), 0);
	fails(file, copy, BACKUP_SUFFIX);
	unlink(part);
	assert_sound();
}

/* Its process was killed: nobody holds it any more. */
static void a_part_that_was_left_is_replaced(void **state)
{
	(void)state;
	char part[160], moved[160];
	struct error error = {""};
	int64_t bytes = 0;
	store_close(open_store(NULL));
	snprintf(part, sizeof(part), "%s" BACKUP_SUFFIX, copy);
	int fd = open(part, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "half a copy", 11), 11);
	close(fd);
	if (!store_backup(file, copy, -1, &bytes, &error))
		fail_msg("%s", error.text);
	assert_int_equal(each_file(NULL, BACKUP_SUFFIX), 0);
	/* killed when it had its name, which was moved away since */
	snprintf(moved, sizeof(moved), "%s/moved.db", place);
	assert_int_equal(rename(copy, moved), 0);
	assert_int_equal(link(moved, part), 0);
	assert_true(store_backup(file, copy, -1, &bytes, &error));
	strcpy(file, moved);
	assert_sound();
	look_at_copy();
	assert_sound();
}

/* A file system of 1 MiB, where one is to be had. */
static void a_full_disk_leaves_nothing(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	store_check_number(store, "one", NULL);
	for (int i = 0; i < 20000; i++)
		assert_true(store_give(store, make_item(1, T0_US + i * US_PER_S, OUTCOME_PASS)));
	store_close(store);
	char small[160], to[200];
	snprintf(small, sizeof(small), "%s/small", place);
	snprintf(to, sizeof(to), "%s/copy.db", small);
	assert_int_equal(mkdir(small, 0700), 0);
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("none", small, "tmpfs", 0, "size=256k") != 0)
		skip();
	fails(file, to, "full");
	assert_int_not_equal(access(to, F_OK), 0);
	strcat(to, BACKUP_SUFFIX);
	assert_int_not_equal(access(to, F_OK), 0);
	assert_int_equal(umount(small), 0);
	assert_sound();
}

static void what_fails_leaves_nothing(void **state)
{
	(void)state;
	char other[160];
	snprintf(other, sizeof(other), "%s/none.db", place);
	fails(other, copy, "No such file");
	snprintf(other, sizeof(other), "%s/not/there", place);
	store_close(open_store(NULL));
	fails(file, other, "its directory can't be used: No such file");
	snprintf(other, sizeof(other), "%s/theirs.db", place);
	char ours[96];
	strcpy(ours, file);
	strcpy(file, other);
	ask_sql("CREATE TABLE bookmarks (url)");
	strcpy(file, ours);
	fails(other, copy, "not a database of Outrider");
	snprintf(other, sizeof(other), "%s/text.db", place);
	FILE *text = fopen(other, "w");
	fputs("this is no database, however long one looks at it, and it is not ours\n", text);
	fclose(text);
	fails(other, copy, "not a database");
	assert_int_equal(each_file(NULL, "copy"), 0);
}

static void a_damaged_file_gives_no_copy(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	store_check_number(store, "one", NULL);
	for (int i = 0; i < 2000; i++)
		assert_true(store_give(store, make_item(1, T0_US + i * US_PER_S, OUTCOME_PASS)));
	store_close(store);
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	char noise[4096];
	memset(noise, 0x5a, sizeof(noise));
	int64_t root = ask_sql("SELECT rootpage FROM sqlite_schema WHERE name = 'result'");
	assert_int_equal(pwrite(fd, noise, sizeof(noise), (root - 1) * 4096), sizeof(noise));
	close(fd);
	fails(file, copy, "malformed");
	assert_int_equal(each_file(NULL, "copy"), 0);
}

static void a_stop_is_heeded(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	store_check_number(store, "one", NULL);
	for (int i = 0; i < 5000; i++)
		assert_true(store_give(store, make_item(1, T0_US + i * US_PER_S, OUTCOME_PASS)));
	store_close(store);
	struct error error = {""};
	int64_t bytes = 0;
	int stop = eventfd(1, EFD_CLOEXEC);
	assert_false(store_backup(file, copy, stop, &bytes, &error));
	assert_non_null(strstr(error.text, "interrupted"));
	assert_int_equal(each_file(NULL, "copy"), 0);
	close(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BACKUP_TEST(a_copy_while_the_store_writes),
		BACKUP_TEST(nothing_is_overwritten),
		BACKUP_TEST(a_part_that_was_left_is_replaced),
		BACKUP_TEST(a_full_disk_leaves_nothing),
		BACKUP_TEST(what_fails_leaves_nothing),
		BACKUP_TEST(a_damaged_file_gives_no_copy),
		BACKUP_TEST(a_stop_is_heeded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
