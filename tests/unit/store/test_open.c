/* Whose file is it: opening, refusing, setting aside. */
#include "unit/store/fixture.h"

#include "store/database.h"
#include "store/migrate.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>

static void write_file(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static void a_new_file_is_ours(void **state)
{
	(void)state;
	store_close(open_store(NULL));
	struct stat status;
	assert_int_equal(stat(file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640 & ~umask(022));
	assert_int_equal(ask_sql("PRAGMA application_id"), DB_APPLICATION_ID);
	assert_int_equal(ask_sql("PRAGMA user_version"), migrate_latest());
	assert_int_equal(ask_sql("SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
	assert_int_equal(ask_sql("SELECT count(*) FROM meta"), 3);
	assert_sound();
}

static void every_table_is_strict(void **state)
{
	(void)state;
	store_close(open_store(NULL));
	assert_true(ask_sql("SELECT count(*) FROM pragma_table_list WHERE schema = 'main'") > 15);
	assert_int_equal(ask_sql("SELECT count(*) FROM pragma_table_list WHERE schema = 'main'"
				 " AND name NOT LIKE 'sqlite_%' AND NOT strict"),
		0);
}

static void a_second_opener_is_refused(void **state)
{
	(void)state;
	struct store *store = open_store(NULL);
	refused("in use by another outrider (process ");
	store_close(store);
	store_close(open_store(NULL));
}

static void a_second_process_is_refused_through_a_link(void **state)
{
	(void)state;
	struct store *store = open_store(NULL);
	char link[128];
	snprintf(link, sizeof(link), "%s/other.db", place);
	assert_int_equal(symlink(file, link), 0);
	pid_t child = fork();
	if (child == 0) {
		struct error error = {""};
		struct store *second = store_open(&(struct store_options){.path = link}, &error);
		_exit(!second && strstr(error.text, "in use") ? 0 : 1);
	}
	int status = 0;
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	store_close(store);
}

static void a_newer_schema_is_refused(void **state)
{
	(void)state;
	store_close(open_store(NULL));
	ask_sql("PRAGMA user_version = 7");
	refused("newer Outrider (version 7");
	assert_int_equal(each_file(NULL, "corrupt"), 0);
}

static void another_programs_database_is_refused(void **state)
{
	(void)state;
	ask_sql("CREATE TABLE bookmarks (url)");
	refused("database of another program");
	ask_sql("PRAGMA application_id = 77");
	refused("application id 77");
	assert_int_equal(ask_sql("SELECT count(*) FROM bookmarks"), 0);
	assert_int_equal(each_file(NULL, ".lock"), 0);
	assert_int_equal(each_file(NULL, "corrupt"), 0);
}

static void a_text_file_is_refused(void **state)
{
	(void)state;
	static const char text[] = "checks:\n  - id: gateway-health\n";
	write_file(file, text, sizeof(text) - 1);
	refused("not a database of Outrider");
	assert_int_equal(each_file(NULL, ""), 1);
}

static void expect_kept(const void *bytes, size_t n)
{
	char found[64] = "";
	FILE *f = fopen(file, "rb");
	assert_non_null(f);
	assert_int_equal(fread(found, 1, sizeof(found), f), n < sizeof(found) ? n : sizeof(found));
	fclose(f);
	assert_memory_equal(found, bytes, n < sizeof(found) ? n : sizeof(found));
	assert_int_equal(each_file(NULL, "corrupt"), 0);
}

/* A daemon that was killed: lock and log stay. */
static void run_and_die(void)
{
	pid_t child = fork();
	if (child == 0) {
		struct witness w = WITNESS_INIT;
		struct store *store = open_store(&w);
		assert_true(store_give(store, make_item(1, T0_US, OUTCOME_PASS)));
		await(&w, &w.items, 1);
		_exit(0);
	}
	int status = 0;
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(each_file(NULL, "-wal"), 1);
}

/* Where a database of ours was, another's file stands: it is no damage. */
static void a_file_that_took_the_place_of_ours_is_refused(void **state)
{
	(void)state;
	static const char text[] = "checks:\n  - id: gateway-health\n";
	store_close(open_store(NULL));
	unlink(file);
	usleep(20000); /* the number of the inode is free again; its birth is not */
	write_file(file, text, sizeof(text) - 1);
	refused("not a database of Outrider");
	expect_kept(text, sizeof(text) - 1);
	unlink(file);
	store_close(open_store(NULL));
	unlink(file);
	usleep(20000);
	ask_sql("CREATE TABLE bookmarks (url)");
	int fd = open(file, O_WRONLY);
	assert_int_equal(pwrite(fd, "\xff", 1, 100), 1); /* and it is damaged */
	close(fd);
	refused("not a database of Outrider");
	assert_int_equal(each_file(NULL, "corrupt"), 0);
}

static void our_log_is_not_played_into_anothers_database(void **state)
{
	(void)state;
	char kept[512], now[512];
	run_and_die();
	unlink(file);
	usleep(20000);
	sqlite3 *db = NULL;
	char aside[128];
	snprintf(aside, sizeof(aside), "%s/theirs", place);
	assert_int_equal(sqlite3_open(aside, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db, "CREATE TABLE bookmarks (url)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(rename(aside, file), 0);
	FILE *f = fopen(file, "rb");
	assert_int_equal(fread(kept, 1, sizeof(kept), f), sizeof(kept));
	fclose(f);
	refused("database of another program");
	f = fopen(file, "rb");
	assert_int_equal(fread(now, 1, sizeof(now), f), sizeof(now));
	fclose(f);
	assert_memory_equal(kept, now, sizeof(kept));
	assert_int_equal(each_file(NULL, "-wal"), 1);
	assert_int_equal(each_file(NULL, "corrupt"), 0);
}

static void killed_at_its_first_start_it_is_still_ours(void **state)
{
	(void)state;
	run_and_die();
	store_close(open_store(NULL));
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 1);
	assert_int_equal(each_file(NULL, "corrupt"), 0);
}

/* Its first page says so: nobody copies a lock. */
static void so_is_a_copy_of_it_and_its_log(void **state)
{
	(void)state;
	run_and_die();
	char lock[128];
	snprintf(lock, sizeof(lock), "%s.lock", file);
	assert_int_equal(unlink(lock), 0);
	store_close(open_store(NULL));
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 1);
	assert_int_equal(each_file(NULL, "corrupt"), 0);
}

static void a_place_that_is_none_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir(file, 0755), 0);
	refused("it is a directory");
	rmdir(file);
	snprintf(file, sizeof(file), "%s/missing/outrider.db", place);
	refused("its directory can't be used: No such file");
	snprintf(file, sizeof(file), "%s/", place);
	refused("it is a directory");
	file[0] = '\0';
	refused("no path");
	snprintf(file, sizeof(file), "/proc/outrider.db");
	refused("outrider.db.lock can't be opened for writing: ");
}

static void an_empty_file_is_new(void **state)
{
	(void)state;
	write_file(file, "", 0);
	store_close(open_store(NULL));
	assert_int_equal(ask_sql("PRAGMA user_version"), migrate_latest());
}

/* What a start logs. */
static char *log_of_start(void)
{
	static char text[4096];
	int caught = memfd_create("log", MFD_CLOEXEC);
	int kept = dup(STDERR_FILENO);
	dup2(caught, STDERR_FILENO);
	struct store *store = open_store(NULL);
	dup2(kept, STDERR_FILENO);
	store_close(store);
	ssize_t n = pread(caught, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(kept);
	close(caught);
	return text;
}

static void one_of_ours_that_was_emptied_is_said(void **state)
{
	(void)state;
	assert_null(strstr(log_of_start(), "store.emptied"));
	assert_null(strstr(log_of_start(), "store.emptied"));
	assert_int_equal(truncate(file, 0), 0);
	assert_non_null(strstr(log_of_start(), "warn store.emptied"));
	assert_int_equal(ask_sql("PRAGMA user_version"), migrate_latest());
}

static void fill(void)
{
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	uint32_t number = store_check_number(store, "one", NULL);
	for (int i = 0; i < 2000; i++)
		assert_true(store_give(store, make_item(number, T0_US + i * US_PER_S,
						      i % 3 ? OUTCOME_PASS : OUTCOME_FAIL)));
	await(&w, &w.items, 2000);
	store_close(store);
}

static void overwrite(off_t at, size_t n, unsigned char with)
{
	int fd = open(file, O_WRONLY);
	unsigned char bytes[16384];
	memset(bytes, with, sizeof(bytes));
	assert_true(fd >= 0 && n <= sizeof(bytes));
	assert_int_equal(pwrite(fd, bytes, n, at), n);
	close(fd);
}

/* Files set aside, their logs not counted. */
static size_t set_aside(void)
{
	return each_file(NULL, ".corrupt-2") - each_file(NULL, "Z-wal") - each_file(NULL, "Z-shm");
}

static void a_damaged_file_is_set_aside(void **state)
{
	(void)state;
	fill();
	overwrite(3 * 4096 + 100, 8000, 0xab);
	struct stat before;
	assert_int_equal(stat(file, &before), 0);
	struct store *store = open_store(NULL);
	assert_int_equal(set_aside(), 1);
	store_close(store);
	struct stat after;
	assert_int_equal(stat(file, &after), 0);
	assert_true(before.st_ino != after.st_ino);
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 0);
	assert_sound();
}

static void without_its_beginning_it_is_still_ours(void **state)
{
	(void)state;
	fill();
	overwrite(0, 4096, 0);
	store_close(open_store(NULL));
	assert_int_equal(set_aside(), 1);
	fill();
	overwrite(68, 4, 0x11); /* the application id */
	store_close(open_store(NULL));
	assert_int_equal(set_aside(), 2);
	fill();
	assert_int_equal(truncate(file, 5000), 0);
	store_close(open_store(NULL));
	assert_int_equal(set_aside(), 3);
}

/* SQLite finds nothing wrong with it. */
static void a_column_with_another_name_is_damage(void **state)
{
	(void)state;
	sqlite3 *db;
	fill();
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			"PRAGMA writable_schema = on; UPDATE sqlite_schema SET sql ="
			" replace(sql, 'error_events', 'error_ewents') WHERE name = 'stream'",
			NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_changes(db), 1);
	sqlite3_close(db);
	store_close(open_store(NULL));
	assert_int_equal(set_aside(), 1);
}

/* Whatever flips in the file's header: it opens and can be written, or is set aside and says so. Only a version
 * that is higher can't be told from a newer program's. */
static void no_flipped_bit_of_the_header_refuses_every_start(void **state)
{
	(void)state;
	enum { HEADER = 100, VERSION_AT = 60 };
	static unsigned char image[1 << 20];
	store_close(open_store(NULL));
	FILE *f = fopen(file, "rb");
	size_t n = fread(image, 1, sizeof(image), f);
	fclose(f);
	for (int at = 0; at < HEADER; at++) {
		if (at >= VERSION_AT && at < VERSION_AT + 4)
			continue;
		write_file(file, image, n);
		overwrite(at, 1, image[at] ^ 0x01);
		struct witness w = WITNESS_INIT;
		struct error error = {""};
		struct store *store = store_open(&(struct store_options){.path = file}, &error);
		if (!store)
			fail_msg("byte %d: %s", at, error.text);
		assert_true(store_start(store, witness_events(&w), &error));
		assert_true(store_give(store, make_item(1, T0_US, OUTCOME_PASS)));
		await(&w, &w.items, 1);
		store_close(store);
		each_file(unlink_path, "corrupt");
	}
}

/* Somebody else's file of that kind stays where it is. */
static void a_header_of_a_newer_kind_is_refused_without_our_lock(void **state)
{
	(void)state;
	fill();
	overwrite(47, 1, 9);
	char lock[128];
	snprintf(lock, sizeof(lock), "%s.lock", file);
	unlink(lock);
	refused("another version of SQLite");
	assert_int_equal(set_aside(), 0);
}

/* The log goes with the file: a rest of it would be deleted or, worse, played into the new one. */
static void the_log_is_set_aside_too(void **state)
{
	(void)state;
	run_and_die();
	assert_int_equal(truncate(file, 0), 0);
	store_close(open_store(NULL));
	assert_int_equal(each_file(NULL, "corrupt"), 3); /* with -wal and -shm */
	assert_sound();
}

static void overwrite_log(off_t at, size_t n)
{
	char log[128];
	snprintf(log, sizeof(log), "%s-wal", file);
	int fd = open(log, O_RDWR);
	assert_true(fd >= 0);
	for (size_t i = 0; i < n; i++) {
		unsigned char byte = 0;
		assert_int_equal(pread(fd, &byte, 1, at + (off_t)i), 1);
		byte ^= 0x55;
		assert_int_equal(pwrite(fd, &byte, 1, at + (off_t)i), 1);
	}
	close(fd);
}

/* A daemon that was killed after n transactions, and a frame of the log that is broken; which: of how many
 * from the end, -1: none, but the log's beginning. */
static void run_and_break_log(int n, int which)
{
	char log[128];
	struct stat status;
	pid_t child = fork();
	if (child == 0) {
		struct witness w = WITNESS_INIT;
		struct store *store = open_store(&w);
		for (int i = 0; i < n; i++) {
			struct store_item *item = make_item(1, T0_US + i * US_PER_S, OUTCOME_PASS);
			if (!store_give(store, item))
				_exit(1);
			await(&w, &w.items, (size_t)i + 1);
		}
		_exit(0);
	}
	int left = 0;
	waitpid(child, &left, 0);
	assert_int_equal(left, 0);
	snprintf(log, sizeof(log), "%s-wal", file);
	assert_int_equal(stat(log, &status), 0);
	overwrite_log(which < 0 ? 0 : status.st_size - (which + 1) * 4120 + 100, 4);
}

static void what_is_lost_of_a_log_is_kept_and_said(void **state)
{
	(void)state;
	static const int which[] = {-1, 20};
	for (size_t i = 0; i < sizeof(which) / sizeof(*which); i++) {
		run_and_break_log(12, which[i]);
		store_close(open_store(NULL));
		assert_int_equal(each_file(NULL, "corrupt"), 1); /* the log's copy */
		assert_sound();
		each_file(unlink_path, "");
	}
	run_and_break_log(12, 0); /* as a crash may tear it */
	store_close(open_store(NULL));
	assert_int_equal(each_file(NULL, "corrupt"), 0);
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 11);
	assert_sound();
}

/* Whatever stands in the file: it opens, or is set aside, or is refused; no crash, nothing lost. */
static void random_damage_never_breaks_opening(void **state)
{
	(void)state;
	fill();
	char keep[128];
	char command[512];
	snprintf(keep, sizeof(keep), "%s/keep", place);
	snprintf(command, sizeof(command), "cp %s %s", file, keep);
	assert_int_equal(system(command), 0);
	struct stat status;
	assert_int_equal(stat(keep, &status), 0);
	srand(7);
	size_t aside = 0;
	for (int i = 0; i < 60; i++) {
		snprintf(command, sizeof(command), "rm -f %s-* %s.corrupt*; cp %s %s", file, file,
			keep, file);
		assert_int_equal(system(command), 0);
		off_t at = rand() % (i % 4 ? (int)status.st_size : 4096);
		overwrite(at, (size_t)(1 + rand() % 4096), (unsigned char)rand());
		struct error error = {""};
		struct store *store = store_open(&(struct store_options){.path = file}, &error);
		if (!store) {
			assert_non_null(strstr(error.text, "newer Outrider"));
			continue;
		}
		aside += set_aside();
		store_close(store);
	}
	assert_in_range(aside, 10, 60);
}

static const unsigned char second[] = "CREATE TABLE more (n INTEGER NOT NULL) STRICT;\n"
				      "PRAGMA user_version = 2;\n";
static const unsigned char broken[] = "CREATE TABLE again (n INTEGER NOT NULL) STRICT;\n"
				      "CREATE TABLE more (n INTEGER NOT NULL) STRICT;\n"
				      "PRAGMA user_version = 3;\n";
static const unsigned char forgetful[] = "CREATE TABLE other (n INTEGER NOT NULL) STRICT;\n";

static bool migrate(const unsigned char *third, struct error *error)
{
	struct str init = asset_find("sql/0001_init.sql");
	struct asset files[] = {
		{"sql/store.sql", (const unsigned char *)"", 0},
		{"sql/0003_third.sql", third, third ? strlen((const char *)third) : 0},
		{"sql/0002_second.sql", second, sizeof(second) - 1},
		{"sql/0001_init.sql", (const unsigned char *)init.p, init.n},
		{NULL, NULL, 0},
	};
	if (!third)
		files[1].path = "sql/none.sql";
	sqlite3 *db = db_open(file, error);
	assert_non_null(db);
	bool ok = migrate_run(db, files, error);
	db_close(db);
	return ok;
}

static void migrations_run_in_order_each_whole_or_not(void **state)
{
	(void)state;
	struct error error = {""};
	store_close(open_store(NULL));
	assert_true(migrate(NULL, &error));
	assert_int_equal(ask_sql("PRAGMA user_version"), 2);
	assert_int_equal(ask_sql("SELECT count(*) FROM more"), 0);
	assert_true(migrate(NULL, &error));
	assert_false(migrate(broken, &error));
	assert_non_null(strstr(error.text, "0003_third.sql: table more already exists"));
	assert_int_equal(ask_sql("PRAGMA user_version"), 2);
	assert_int_equal(ask_sql("SELECT count(*) FROM sqlite_schema WHERE name = 'again'"), 0);
	assert_false(migrate(forgetful, &error));
	assert_non_null(strstr(error.text, "leads to version 2"));
	assert_int_equal(ask_sql("SELECT count(*) FROM sqlite_schema WHERE name = 'other'"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_new_file_is_ours),
		STORE_TEST(every_table_is_strict),
		STORE_TEST(a_second_opener_is_refused),
		STORE_TEST(a_second_process_is_refused_through_a_link),
		STORE_TEST(a_newer_schema_is_refused),
		STORE_TEST(another_programs_database_is_refused),
		STORE_TEST(a_text_file_is_refused),
		STORE_TEST(a_file_that_took_the_place_of_ours_is_refused),
		STORE_TEST(our_log_is_not_played_into_anothers_database),
		STORE_TEST(killed_at_its_first_start_it_is_still_ours),
		STORE_TEST(so_is_a_copy_of_it_and_its_log),
		STORE_TEST(a_place_that_is_none_is_refused),
		STORE_TEST(an_empty_file_is_new),
		STORE_TEST(one_of_ours_that_was_emptied_is_said),
		STORE_TEST(a_damaged_file_is_set_aside),
		STORE_TEST(without_its_beginning_it_is_still_ours),
		STORE_TEST(a_column_with_another_name_is_damage),
		STORE_TEST(no_flipped_bit_of_the_header_refuses_every_start),
		STORE_TEST(a_header_of_a_newer_kind_is_refused_without_our_lock),
		STORE_TEST(the_log_is_set_aside_too),
		STORE_TEST(what_is_lost_of_a_log_is_kept_and_said),
		STORE_TEST(random_damage_never_breaks_opening),
		STORE_TEST(migrations_run_in_order_each_whole_or_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
