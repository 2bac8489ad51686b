#include "asking.h"

#include <fcntl.h>
#include <sys/resource.h>

static void failures_have_their_reason(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	const struct {
		const struct wire_act *script;
		enum reason reason;
		const char *detail;
	} cases[] = {
		{ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")), REASON_TRUNCATED,
			"7 bytes"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")),
			REASON_TRUNCATED, "closed"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Le")), REASON_TRUNCATED,
			"inside the header"},
		{ANSWER(SEND("HTTP/1.1 100 Continue\r\n\r\n")), REASON_TRUNCATED,
			"inside the header"},
		{ANSWER({.what = WIRE_WAIT, .n = 1}), REASON_RESET,
			"closed without an answer by 127.0.0.1:"},
		{ANSWER({.what = WIRE_RESET}), REASON_RESET, "connection reset by 127.0.0.1:"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
			 {.what = WIRE_RESET}),
			REASON_RESET, "connection reset by 127.0.0.1:"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nab")),
			REASON_PROTOCOL, "hexadecimal"},
		{ANSWER(SEND(
			 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcdef\r\n")),
			REASON_PROTOCOL, "does not end where its size says"},
		{ANSWER(SEND("SSH-2.0-OpenSSH_9.2\r\n")), REASON_PROTOCOL,
			"is not HTTP; it begins with \"SSH-2.0-OpenSSH_9.2"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n")), REASON_PROTOCOL,
			"colon"},
		{ANSWER(SEND_BYTES("HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n")), REASON_PROTOCOL, "Nul"},
		{ANSWER(SEND("HTTP/7.3 200 OK\r\n\r\n")), REASON_PROTOCOL, "HTTP version"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")), REASON_PROTOCOL,
			"Content-Length"},
		{ANSWER(SEND(
			 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde")),
			REASON_PROTOCOL, "two Content-Length"},
		{ANSWER(SEND("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nxyz"),
			 {.what = WIRE_HOLD}),
			REASON_PROTOCOL, "switched protocols"},
		{ANSWER({.what = WIRE_FOREVER, .text = "HTTP/1.1 102 Processing\r\n\r\n"}),
			REASON_PROTOCOL, "interim answers"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\n"),
			 {.what = WIRE_FOREVER, .text = "X-Endless: header\r\n"}),
			REASON_TOO_LARGE, "1000 header fields"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\nX: "),
			 {.what = WIRE_FOREVER, .text = "aaaaaaaaaaaaaaaa"}),
			REASON_TOO_LARGE, "header line"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\n\r\n"),
			 {.what = WIRE_FOREVER, .text = "body body body "}),
			REASON_TOO_LARGE, "exceeds 1048576 bytes"},
		{ANSWER(SEND("HTTP/1.1 200 "), {.what = WIRE_FOREVER, .text = "OK and more OK "}),
			REASON_TOO_LARGE, "header line"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"),
			 {.what = WIRE_FOREVER, .text = "X-Trailer: more\r\n"}),
			REASON_TOO_LARGE, "32 KiB"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
			 {.what = WIRE_FOREVER, .text = "1\r\na\r\n"}),
			REASON_TOO_LARGE, "exceeds 1048576 bytes"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
			 {.what = WIRE_FOREVER, .text = "ffffffff"}),
			REASON_PROTOCOL, "chunk"},
		{ANSWER({.what = WIRE_FOREVER, .text = "\r\n\r\n"}), REASON_PROTOCOL, "not HTTP"},
		{ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n"),
			 {.what = WIRE_HOLD}),
			REASON_TOO_LARGE, "Content-Length"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct told *told = ask(&client, cases[i].script);
		if (told->result.reason != cases[i].reason ||
			!strstr(told->detail, cases[i].detail))
			fail_msg("case %zu: %s \"%s\"", i, reason_name(told->result.reason),
				told->detail);
		assert_true(told->heads <= 1);
	}
	client_close(&client);
}

static void long_header_lines_within_the_limit_pass(void **state)
{
	(void)state;
	struct client client;
	static char line[60000];
	client_open(&client);
	memset(line, 'x', sizeof(line) - 1);
	const struct told *told =
		ask(&client, ANSWER(SEND("HTTP/1.1 200 OK\r\nA: "), SEND(line), SEND("\r\nB: "),
				     SEND(line), SEND("\r\nContent-Length: 0\r\n\r\n")));
	expect_reason(told, REASON_NONE, "");
	assert_int_equal(told->n_headers, 3);
	static char huge[100000];
	memset(huge, 'x', sizeof(huge) - 1);
	told = ask(&client,
		ANSWER(SEND("HTTP/1.1 200 OK\r\nA: "), SEND(huge), SEND("\r\nB: "), SEND(huge),
			SEND("\r\nC: "), SEND(huge), SEND("\r\n\r\n"), {.what = WIRE_HOLD}));
	expect_reason(told, REASON_TOO_LARGE, "256 KiB");
	client_close(&client);
}

static void the_limit_counts_decoded_bytes(void **state)
{
	(void)state;
	struct client client;
	struct wire *wire;
	client_open(&client);
	struct request request = get();
	request.body_limit = 5;
	const struct told *told = ask_with(&client, &wire,
		ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"), SEND_BYTES(GZIP)),
		request);
	wire_stop(wire);
	expect_reason(told, REASON_TOO_LARGE, "exceeds 5 bytes");
	assert_string_equal(buf_text(&told->body), "hello"); /* what fits is evidence */
	told = ask_with(&client, &wire,
		ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")), request);
	wire_stop(wire);
	expect_reason(told, REASON_NONE, "");
	told = ask_with(&client, &wire,
		ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!")), request);
	wire_stop(wire);
	expect_reason(told, REASON_TOO_LARGE, "exceeds 5 bytes");
	client_close(&client);
}

static bool has_ipv6(void)
{
	const struct sockaddr_in6 at = {
		.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0;
	if (fd >= 0)
		close(fd);
	return has;
}

/* Where there is no IPv6, localhost has one address. */
static void expect_both(struct client *client, uint16_t port)
{
	if (!has_ipv6())
		return;
	char first[64], second[64];
	struct request request = get();
	snprintf(url, sizeof(url), "http://localhost:%u/", port);
	const struct told *told = client_run(client, &request);
	expect_reason(told, REASON_CONNECT, "");
	snprintf(first, sizeof(first), "127.0.0.1:%u", port);
	snprintf(second, sizeof(second), "[::1]:%u", port);
	assert_contains(told->detail, first);
	assert_contains(told->detail, second);
	assert_contains(told->detail, " was tried before");
}

static void an_address_of_the_other_family(struct client *client, uint16_t port)
{
	static const struct service six = {.id = "six", .ip = IP_6};
	struct request request = get();
	request.service = &six;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
	expect_reason(client_run(client, &request), REASON_CONNECT,
		"no IPv6 address, which 'ip: 6' asks for");
}

static void nobody_listens(void **state)
{
	(void)state;
	struct client client;
	uint16_t port;
	client_open(&client);
	close(wire_listen(&port));
	struct request request = get();
	char expected[64];
	snprintf(expected, sizeof(expected), "connection refused by 127.0.0.1:%u", port);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
	const struct told *told = client_run(&client, &request);
	expect_reason(told, REASON_CONNECT, expected);
	assert_int_equal(told->heads, 0);
	assert_int_equal(told->result.timing.connect_us, -1);
	assert_int_equal(told->result.timing.ttfb_us, -1);
	expect_both(&client, port);
	an_address_of_the_other_family(&client, port);
	snprintf(url, sizeof(url), "http://[::1]:%u/", port);
	told = client_run(&client, &request);
	assert_int_equal(told->result.reason, REASON_CONNECT);
	client_close(&client);
}

static void names_that_do_not_exist(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	struct request request = get();
	snprintf(url, sizeof(url), "http://name.invalid/");
	const struct told *told = client_run(&client, &request);
	expect_reason(told, REASON_DNS, "name.invalid"); /* what else, its name servers decide */
	assert_int_equal(told->result.timing.dns_us, -1);
	assert_null(told->result.address);
	client_close(&client);
}

static void what_cannot_be_sent_is_internal(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	struct request request = get();
	char *long_url = malloc(100000);
	memset(long_url, 'u', 99999);
	memcpy(long_url, "http://127.0.0.1/", 17);
	long_url[99999] = '\0';
	request.url = long_url;
	const struct told *told = client_run(&client, &request);
	expect_reason(told, REASON_INTERNAL, "64 KiB");
	request.url = "http://[half/";
	told = client_run(&client, &request);
	expect_reason(told, REASON_INTERNAL, "");
	request.url = "file:///etc/passwd";
	told = client_run(&client, &request);
	assert_int_not_equal(told->result.reason, REASON_NONE);
	assert_int_equal(told->bodies, 0);
	free(long_url);
	client_close(&client);
}

static void a_shortage_of_descriptors_is_ours(void **state)
{
	(void)state;
	struct client client;
	struct rlimit before;
	client_open(&client);
	const struct told *told = ask(&client, ANSWER(SEND("HTTP/1.1 200 OK\r\n\r\n"))); /* warm */
	expect_reason(told, REASON_NONE, "");
	struct request request = get();
	int lowest = open("/dev/null", O_RDONLY);
	close(lowest);
	getrlimit(RLIMIT_NOFILE, &before);
	const char *const urls[] = {"http://127.0.0.1:1/", "http://name.invalid/"};
	for (size_t i = 0; i < COUNT(urls); i++) {
		request.url = urls[i];
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)lowest, before.rlim_max});
		told = client_run(&client, &request);
		setrlimit(RLIMIT_NOFILE, &before);
		expect_reason(told, REASON_INTERNAL, "no free file descriptors");
	}
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_have_their_reason),
		cmocka_unit_test(long_header_lines_within_the_limit_pass),
		cmocka_unit_test(the_limit_counts_decoded_bytes),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(names_that_do_not_exist),
		cmocka_unit_test(what_cannot_be_sent_is_internal),
		cmocka_unit_test(a_shortage_of_descriptors_is_ours),
	};
	return RUN(tests);
}
