/* Every file of bad/ breaks one rule. Its first lines say what must be reported, and where:
 * `# expect: LINE:COL: text` for each error, in order, and `# env: NAME=VALUE`. */
#include "config/config.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { FILES_MIN = 60, FILE_MAX = 64 * 1024, MS_MAX = 100 };

static size_t files;

static struct str read_file(const char *path, char text[FILE_MAX])
{
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	size_t n = fread(text, 1, FILE_MAX - 1, file);
	fclose(file);
	text[n] = '\0';
	return (struct str){text, n};
}

static struct str next_line(struct str *text)
{
	const char *end = memchr(text->p, '\n', text->n);
	size_t n = end ? (size_t)(end - text->p) : text->n;
	struct str line = {text->p, n};
	*text = str_from(*text, n + 1);
	return line;
}

/* The next line that begins with the file's name: an error, not its excerpt. */
static struct str next_error(struct str *output, struct str path)
{
	while (output->n) {
		struct str line = next_line(output);
		if (str_starts(line, path, false))
			return str_from(line, path.n + 1);
	}
	return (struct str){NULL, 0};
}

static bool set_variable(struct str line)
{
	char name[64], value[64];
	char copy[160];
	snprintf(copy, sizeof(copy), "%.*s", STR_ARG(line));
	if (sscanf(copy, "# env: %63[^=]=%63s", name, value) != 2)
		return false;
	setenv(name, value, 1);
	return true;
}

static size_t compare(const char *path, struct str text, const struct diagnostics *diagnostics)
{
	struct str output = buf_str(&diagnostics->text);
	size_t expected = 0, wrong = 0;
	for (;;) {
		struct str line = next_line(&text);
		if (set_variable(line))
			continue;
		if (!str_starts(line, STR("# expect: "), false))
			break;
		struct str wanted = str_from(line, 10);
		struct str error = next_error(&output, str_of(path));
		expected++;
		if (str_starts(error, wanted, false))
			continue;
		print_error("%s\n  expected: %.*s\n  reported: %.*s\n", path, STR_ARG(wanted),
			STR_ARG(error));
		wrong++;
	}
	if (expected != diagnostics->errors || expected == 0) {
		print_error("%s: %zu errors expected, %zu reported:\n%s", path, expected,
			diagnostics->errors, buf_text(&diagnostics->text));
		wrong++;
	}
	return wrong;
}

static void apply_variables(struct str text)
{
	while (text.n) {
		struct str line = next_line(&text);
		if (!str_starts(line, STR("# "), false))
			return;
		set_variable(line);
	}
}

static size_t try_file(const char *name)
{
	static char text[FILE_MAX];
	char path[512];
	struct diagnostics diagnostics;
	diagnostics_init(&diagnostics);
	snprintf(path, sizeof(path), TESTS_DIR "/unit/config/bad/%s", name);
	struct str content = read_file(path, text);
	apply_variables(content);
	clock_t start = clock();
	struct config *config = config_load(&(struct config_source){.path = path}, &diagnostics);
	clock_t took = clock() - start; /* of the processor: others use it too */
	size_t wrong = compare(path, content, &diagnostics);
	if (config || took > MS_MAX * CLOCKS_PER_SEC / 1000) {
		print_error(
			"%s: %s, %lld us\n", path, config ? "loaded" : "refused", (long long)took);
		wrong++;
	}
	config_free(config);
	diagnostics_fini(&diagnostics);
	files++;
	return wrong;
}

static int is_yaml(const struct dirent *entry)
{
	return str_ends(str_of(entry->d_name), STR(".yaml"), false);
}

static void every_bad_file_is_refused_in_its_place(void **state)
{
	(void)state;
	struct dirent **entries;
	size_t wrong = 0;
	int n = scandir(TESTS_DIR "/unit/config/bad", &entries, is_yaml, alphasort);
	for (int i = 0; i < n; i++) {
		wrong += try_file(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	print_message("%zu bad files\n", files);
	assert_true(files >= FILES_MIN);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bad_file_is_refused_in_its_place),
	};
	unsetenv("CREDENTIALS_DIRECTORY");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
