#include "serve/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
		"127.0.0.1:65536", "127.0.0.1:-1", "::1:8080", "[::1]", "[::1:8080",
		"[127.0.0.1]:80", "example.org:80", "http://127.0.0.1:80", "256.0.0.1:80", "[]:80",
		"127.0.0.1 :80",
		"[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]:80"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct listen_address address;
		struct error error = {0};
		assert_false(listen_parse(wrong[i], &address, &error));
		assert_non_null(strstr(error.text, "is not an address to listen on"));
	}
}

static int open_at(const char *text, char name[LISTEN_ADDRESS_MAX])
{
	struct listen_address address;
	struct error error = {0};
	assert_true(listen_parse(text, &address, &error));
	int fd = listen_open(&address, &error);
	assert_string_equal(error.text, "");
	listen_name(fd, name);
	return fd;
}

static void test_names(void **state)
{
	(void)state;
	static const struct {
		const char *text, *host;
	} cases[] = {{"127.0.0.1:0", "127.0.0.1:"}, {"localhost:0", "127.0.0.1:"},
		{"[::1]:0", "[::1]:"}, {":0", "[::]:"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[LISTEN_ADDRESS_MAX];
		int fd = open_at(cases[i].text, name);
		assert_memory_equal(name, cases[i].host, strlen(cases[i].host));
		assert_string_not_equal(name + strlen(cases[i].host), "0");
		close(fd);
	}
}

static void test_in_use(void **state)
{
	(void)state;
	char name[LISTEN_ADDRESS_MAX];
	char expected[160] = "can't listen on ";
	struct listen_address address;
	struct error error = {0};
	int fd = open_at("127.0.0.1:0", name);
	assert_true(listen_parse(name, &address, &error));
	assert_int_equal(listen_open(&address, &error), -1);
	strcat(strcat(expected, name), ": another program listens there already");
	assert_string_equal(error.text, expected);
	close(fd);
}

static void test_not_ours(void **state)
{
	(void)state;
	struct listen_address address;
	struct error error = {0};
	assert_true(listen_parse("192.0.2.1:8080", &address, &error));
	assert_int_equal(listen_open(&address, &error), -1);
	assert_string_equal(error.text,
		"can't listen on 192.0.2.1:8080: this machine does not have the address");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_in_use),
		cmocka_unit_test(test_not_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
