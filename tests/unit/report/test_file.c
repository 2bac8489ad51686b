#include "report/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/outrider-report-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink("report.json");
	unlink("link");
	unlink("again");
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static size_t files(void)
{
	size_t n = 0;
	DIR *all = opendir(".");
	for (const struct dirent *one; (one = readdir(all));)
		n += one->d_name[0] != '.';
	closedir(all);
	return n;
}

static const char *read_file(const char *path)
{
	static char text[256];
	FILE *file = fopen(path, "r");
	if (!file)
		return "(none)";
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void test_writing_leaves_one_file(void **state)
{
	(void)state;
	struct error error = {""};
	assert_true(report_file_check("report.json", &error));
	assert_int_equal(files(), 0);
	assert_true(report_file_write("report.json", STR("one"), &error));
	assert_string_equal(read_file("report.json"), "one");
	assert_true(report_file_check("report.json", &error));
	assert_string_equal(read_file("report.json"), "one");
	assert_true(report_file_write("report.json", STR("2"), &error));
	assert_string_equal(read_file("report.json"), "2");
	assert_int_equal(files(), 1);
}

static void test_links_and_modes_are_kept(void **state)
{
	(void)state;
	struct error error = {""};
	struct stat seen;
	assert_true(report_file_write("report.json", STR("one"), &error));
	assert_int_equal(chmod("report.json", 0640), 0);
	assert_int_equal(symlink("report.json", "link"), 0);
	assert_true(report_file_write("link", STR("through"), &error));
	assert_string_equal(read_file("report.json"), "through");
	assert_int_equal(lstat("link", &seen), 0);
	assert_true(S_ISLNK(seen.st_mode));
	assert_int_equal(stat("report.json", &seen), 0);
	assert_int_equal(seen.st_mode & 0777, 0640);
	unlink("link");
}

static const char *refused(const char *path)
{
	static struct error error;
	error = (struct error){""};
	assert_false(report_file_check(path, &error));
	return error.text;
}

static void test_what_cannot_be_written(void **state)
{
	(void)state;
	assert_string_equal(refused("none/report.json"),
		"can't write none/report.json: No such file or directory");
	assert_string_equal(refused("/tmp"), "can't write /tmp: Is a directory");
	assert_string_equal(refused("/dev/null/x"), "can't write /dev/null/x: Not a directory");
}

static void test_devices_stay_devices(void **state)
{
	(void)state;
	struct error error = {""};
	struct stat seen;
	assert_true(report_file_write("/dev/null", STR("x"), &error));
	assert_int_equal(stat("/dev/null", &seen), 0);
	assert_true(S_ISCHR(seen.st_mode));
	assert_true(report_file_check("/dev/full", &error));
	assert_false(report_file_write("/dev/full", STR("x"), &error));
	assert_string_equal(error.text, "can't write /dev/full: No space left on device");
}

static void test_appending(void **state)
{
	(void)state;
	struct error error = {""};
	unlink("again");
	assert_int_equal(report_file_size("again"), 0);
	assert_true(report_file_append("again", STR("one\n"), &error));
	assert_true(report_file_append("again", STR("two\n"), &error));
	assert_string_equal(read_file("again"), "one\ntwo\n");
	assert_int_equal(report_file_size("again"), 8);
	assert_false(report_file_append("/dev/full", STR("x"), &error));
	assert_string_equal(error.text, "can't write all of /dev/full: No space left on device");
}

static void test_what_is_appended_is_whole_or_not_there(void **state)
{
	(void)state;
	struct error error = {""};
	struct rlimit before, small = {10, RLIM_INFINITY};
	unlink("again");
	assert_true(report_file_append("again", STR("one\n"), &error));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	bool ok = report_file_append("again", STR("too long for ten bytes"), &error);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_false(ok);
	assert_string_equal(error.text, "can't write again: File too large");
	assert_string_equal(read_file("again"), "one\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writing_leaves_one_file),
		cmocka_unit_test(test_links_and_modes_are_kept),
		cmocka_unit_test(test_what_cannot_be_written),
		cmocka_unit_test(test_devices_stay_devices),
		cmocka_unit_test(test_appending),
		cmocka_unit_test(test_what_is_appended_is_whole_or_not_there),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
