#include "unit.h"

#include "base/json.h"
#include "base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int kept = -1;
static int caught = -1;

static int catch (void **state)
{
	(void)state;
	caught = memfd_create("log", MFD_CLOEXEC);
	kept = dup(STDERR_FILENO);
	log_configure((struct log_options){LOG_INFO, LOG_TEXT});
	return caught < 0 || kept < 0 || dup2(caught, STDERR_FILENO) < 0 ? -1 : 0;
}

static int release(void **state)
{
	(void)state;
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(caught);
	log_redact_with(NULL);
	return 0;
}

/* Everything that was logged since the last call. */
static char *lines(void)
{
	static char text[4 << 20];
	ssize_t n = pread(caught, text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_int_equal(ftruncate(caught, 0), 0);
	lseek(caught, 0, SEEK_SET);
	return text;
}

/* The line after its time. */
static void assert_line(const char *want)
{
	char *line = lines();
	assert_true(strlen(line) > 25);
	assert_memory_equal(line + 23, "Z ", 2);
	assert_string_equal(line + 25, want);
}

static void plain_lines(void **state)
{
	(void)state;
	log_write(LOG_INFO, "daemon.start", LOG_STR("listen", "127.0.0.1:8080"),
		LOG_INT("checks", 21));
	assert_line("info daemon.start listen=127.0.0.1:8080 checks=21\n");
	log_write(LOG_WARN, "alone");
	assert_line("warn alone\n");
	log_write(LOG_ERROR, "x", LOG_REAL("share", 0.25), LOG_INT("n", -7), LOG_STR("none", NULL));
	assert_line("error x share=0.25 n=-7\n");
}

static void values_are_quoted_and_inert(void **state)
{
	(void)state;
	log_write(LOG_INFO, "x", LOG_STR("a", "two words"), LOG_STR("b", ""), LOG_STR("c", "k=v"),
		LOG_STR("d", "say \"hi\" c:\\x"));
	assert_line("info x a=\"two words\" b=\"\" c=\"k=v\" d=\"say \\\"hi\\\" c:\\\\x\"\n");
	log_write(LOG_INFO, "x", LOG_STR("a", "1\n2\r\x1b[31m\x7f"),
		LOG_STR("b", "\xc3\xa9\xe2\x80\xae\xff"));
	assert_line("info x a=\"1\\n2\\x0d\\x1b[31m\\x7f\" b=\"\xc3\xa9\\u{202E}\xef\xbf\xbd\"\n");
}

static void levels(void **state)
{
	(void)state;
	log_write(LOG_DEBUG, "quiet");
	assert_string_equal(lines(), "");
	log_configure((struct log_options){LOG_DEBUG, LOG_TEXT});
	log_write(LOG_DEBUG, "loud");
	assert_line("debug loud\n");
	log_configure((struct log_options){LOG_ERROR, LOG_TEXT});
	log_write(LOG_WARN, "quiet");
	assert_string_equal(lines(), "");
}

static void json_lines(void **state)
{
	(void)state;
	log_configure((struct log_options){LOG_INFO, LOG_JSON});
	log_write(LOG_INFO, "x.y", LOG_STR("text", "a\"\n\xff"), LOG_INT("n", 3),
		LOG_REAL("r", 0.5), LOG_STR("none", NULL));
	char *line = lines();
	struct error error = {0};
	struct json *tree = json_parse(str_of(line), &error);
	assert_non_null(tree);
	assert_int_equal(json_count(tree), 7);
	assert_true(str_eq(json_string(json_member(tree, "message")), STR("x.y")));
	assert_true(str_eq(json_string(json_member(tree, "level")), STR("info")));
	assert_true(str_eq(json_string(json_member(tree, "event")), STR("x.y")));
	assert_true(str_eq(json_string(json_member(tree, "text")), STR("a\"\n\xef\xbf\xbd")));
	assert_true(json_number(json_member(tree, "n")) == 3);
	json_free(tree);
}

static void secrets_stay_out(void **state)
{
	(void)state;
	struct secrets *secrets = secrets_new();
	secrets_add(secrets, STR("s3cr\"t key"));
	log_redact_with(secrets);
	log_write(LOG_INFO, "x", LOG_STR("a", "Bearer s3cr\"t key"), LOG_STR("b", "s3cr%22t+key"));
	assert_line("info x a=\"Bearer [redacted]\" b=[redacted]\n");
	log_configure((struct log_options){LOG_INFO, LOG_JSON});
	log_write(LOG_INFO, "x", LOG_STR("a", "s3cr\"t key"));
	char *line = lines();
	assert_non_null(strstr(line, "\"a\":\"[redacted]\"}\n"));
	log_redact_with(NULL);
	secrets_free(secrets);
}

static void long_values_keep_the_line_whole(void **state)
{
	(void)state;
	struct buf huge = BUF_INIT(1 << 20);
	while (huge.n < 200000)
		buf_puts(&huge, "\x1b\xe2\x82\xac\"");
	const char *h = buf_text(&huge);
	for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
		log_configure((struct log_options){LOG_INFO, (enum log_format)format});
		log_write(LOG_INFO, "x", LOG_STR("a", h), LOG_STR("b", h), LOG_STR("c", h),
			LOG_STR("d", h), LOG_STR("e", h), LOG_STR("f", h), LOG_STR("g", h),
			LOG_STR("h", h), LOG_STR("i", h), LOG_STR("j", h), LOG_STR("k", h));
		char *line = lines();
		size_t n = strlen(line);
		assert_true(n > 16 * 1024 && n < 28 * 1024);
		assert_ptr_equal(strchr(line, '\n'), line + n - 1);
		assert_null(strstr(line, "\xef\xbf\xbd")); /* cut between characters */
		struct error error = {0};
		if (format == LOG_JSON && !json_valid(str_of(line), &error))
			fail_msg("%s", error.text);
		if (format == LOG_TEXT)
			assert_int_equal(line[n - 2], '"');
	}
	buf_fini(&huge);
}

static void floods_are_counted(void **state)
{
	(void)state;
	log_configure((struct log_options){LOG_INFO, LOG_TEXT});
	for (int i = 0; i < 50; i++)
		log_write(LOG_WARN, "flood.test", LOG_STR("check", "x"), LOG_INT("i", i));
	char *last = strstr(lines(), "i=19\n");
	assert_non_null(last);
	assert_string_equal(last, "i=19\n");
	log_settle(false);
	assert_string_equal(lines(), "");
	log_settle(true);
	assert_line("warn log.suppressed lines_of=flood.test about=x suppressed=30\n");
	log_settle(true);
	assert_string_equal(lines(), "");
}

/* A pipe that nobody reads: lines are lost and counted, and nobody waits. */
static void who_does_not_read_stops_nobody(void **state)
{
	(void)state;
	static char text[1 << 20];
	char words[1500];
	int ends[2];
	memset(words, 'w', sizeof(words));
	words[sizeof(words) - 1] = '\0';
	log_configure((struct log_options){LOG_DEBUG, LOG_TEXT}); /* never held back */
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	alarm(60); /* it would wait for ever */
	for (int i = 0; i < 200; i++)
		log_write(LOG_DEBUG, "x", LOG_INT("i", i), LOG_STR("text", words),
			LOG_STR("more", words), LOG_STR("end", words));
	ssize_t n = read(ends[0], text, sizeof(text) - 1);
	assert_true(n > 0);
	log_write(LOG_DEBUG, "after");
	alarm(0);
	n += read(ends[0], text + n, sizeof(text) - 1 - (size_t)n);
	text[n] = '\0';
	char *lost = strstr(text, "Z warn log.lost lines=");
	assert_non_null(lost);
	assert_int_equal(lost[-24], '\n');
	assert_non_null(strstr(lost, "Z debug after\n"));
	size_t whole = 0;
	for (char *at = text; (at = strstr(at, "w\n")); at++)
		whole++;
	assert_true((size_t)strtoul(lost + 22, NULL, 10) + whole == 200);
	close(ends[0]);
	close(ends[1]);
}

static void *log_often(void *unused)
{
	for (int i = 0; i < 300; i++)
		log_write(LOG_DEBUG, "many", LOG_INT("i", i), LOG_STR("text", "some words here"));
	return unused;
}

static void lines_of_threads_stay_apart(void **state)
{
	(void)state;
	fcntl(STDERR_FILENO, F_SETFL, O_APPEND);
	log_configure((struct log_options){LOG_DEBUG, LOG_TEXT}); /* never held back */
	struct secrets *secrets = secrets_new();
	secrets_add(secrets, STR("words"));
	pthread_t threads[4];
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, log_often, NULL), 0);
	for (int i = 0; i < 200; i++)
		log_redact_with(i % 2 ? NULL : secrets);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	log_redact_with(NULL);
	secrets_free(secrets);
	size_t n = 0;
	for (char *line = lines(); *line; n++) {
		char *end = strchr(line, '\n');
		assert_non_null(end);
		assert_memory_equal(line + 23, "Z debug many i=", 15);
		assert_int_equal(end[-1], '"');
		line = end + 1;
	}
	assert_int_equal(n, 1200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(plain_lines, catch, release),
		cmocka_unit_test_setup_teardown(values_are_quoted_and_inert, catch, release),
		cmocka_unit_test_setup_teardown(levels, catch, release),
		cmocka_unit_test_setup_teardown(json_lines, catch, release),
		cmocka_unit_test_setup_teardown(secrets_stay_out, catch, release),
		cmocka_unit_test_setup_teardown(long_values_keep_the_line_whole, catch, release),
		cmocka_unit_test_setup_teardown(floods_are_counted, catch, release),
		cmocka_unit_test_setup_teardown(who_does_not_read_stops_nobody, catch, release),
		cmocka_unit_test_setup_teardown(lines_of_threads_stay_apart, catch, release),
	};
	return RUN(tests);
}
