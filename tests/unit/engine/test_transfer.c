#include "client.h"
#include "wire.h"

#include <fcntl.h>
#include <sys/resource.h>

#define ANSWER(...) ((const struct wire_act[]){__VA_ARGS__, {.what = WIRE_END}})
#define SEND(text_)                                                                                \
	{                                                                                          \
		.what = WIRE_SEND, .text = (text_)                                                 \
	}
#define SEND_BYTES(bytes)                                                                          \
	{                                                                                          \
		.what = WIRE_SEND, .text = (bytes), .n = sizeof(bytes) - 1                         \
	}

static const struct service plain = {.id = "test"};
static const struct request_header agent = {"User-Agent", "outrider/test"};
static char url[128];

static struct request get(void)
{
	return (struct request){.service = &plain,
		.method = METHOD_GET,
		.url = url,
		.headers = &agent,
		.n_headers = 1,
		.body_limit = 1 << 20};
}

/* Asks once; the server's memory of it stays for the caller to look at. */
static const struct told *ask_with(struct client *client, struct wire **wire,
	const struct wire_act *script, struct request request)
{
	static const struct wire_act *scripts[2];
	scripts[0] = script;
	*wire = wire_start(scripts);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/path?q=1", (*wire)->port);
	return client_run(client, &request);
}

static const struct told *ask(struct client *client, const struct wire_act *script)
{
	struct wire *wire;
	const struct told *told = ask_with(client, &wire, script, get());
	wire_stop(wire);
	return told;
}

static void expect_reason(const struct told *told, enum reason reason, const char *part)
{
	assert_string_equal(reason_name(told->result.reason), reason_name(reason));
	assert_contains(told->detail, part);
}

static void a_plain_answer(void **state)
{
	(void)state;
	struct client client;
	struct wire *wire;
	client_open(&client);
	const struct told *told = ask_with(&client, &wire,
		ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Some: thing \r\n\r\nhello")),
		get());
	expect_reason(told, REASON_NONE, "");
	assert_int_equal(told->status, 200);
	assert_string_equal(told_header(told, "x-some"), "thing");
	assert_string_equal(buf_text(&told->body), "hello");
	assert_string_equal(told->detail, "");
	char address[64];
	snprintf(address, sizeof(address), "127.0.0.1:%u", wire->port);
	assert_string_equal(told->address, address);
	assert_int_equal(told->result.http_version, 11);
	assert_int_equal(told->result.redirects, 0);
	assert_int_equal(told->resolved, 1);
	const struct timing *t = &told->result.timing;
	assert_true(t->dns_us >= 0 && t->dns_us <= t->connect_us);
	assert_int_equal(t->tls_us, -1);
	assert_true(t->connect_us <= t->ttfb_us && t->ttfb_us <= t->total_us);
	assert_int_equal(told->result.tls_expires_us, 0);
	assert_int_equal(strncmp(wire->request, "GET /path?q=1 HTTP/1.1\r\n", 24), 0);
	assert_contains(wire->request, "User-Agent: outrider/test\r\n");
	assert_contains(wire->request, "Accept-Encoding: gzip, deflate\r\n");
	assert_null(strstr(wire->request, "Expect"));
	wire_stop(wire);
	client_close(&client);
}

static void what_is_sent(void **state)
{
	(void)state;
	struct client client;
	struct wire *wire;
	client_open(&client);
	const struct request_header headers[] = {{"X-Empty", ""}, {"X-Split", "a\r\nInjected: b"},
		{"Content-Type", "application/json"}};
	const struct {
		enum http_method method;
		bool has_body;
		const char *line, *body;
	} cases[] = {
		{METHOD_POST, true, "POST /", "\r\n\r\n{\"a\": 1}"},
		{METHOD_PUT, true, "PUT /", "\r\n\r\n{\"a\": 1}"},
		{METHOD_PATCH, true, "PATCH /", "\r\n\r\n{\"a\": 1}"},
		{METHOD_DELETE, true, "DELETE /", "\r\n\r\n{\"a\": 1}"},
		{METHOD_GET, true, "GET /", "\r\n\r\n{\"a\": 1}"},
		{METHOD_POST, false, "POST /", "Content-Length: 0\r\n"},
		{METHOD_DELETE, false, "DELETE /", "\r\n\r\n"},
		{METHOD_HEAD, false, "HEAD /", "\r\n\r\n"},
		{METHOD_GET, false, "GET /",
			"\r\n\r\n"}, /* after all of them: nothing is left over */
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request request = get();
		request.method = cases[i].method;
		request.headers = headers;
		request.n_headers = COUNT(headers);
		request.has_body = cases[i].has_body;
		request.identity = i % 2;
		if (request.has_body)
			request.body = STR("{\"a\": 1}");
		const struct told *told =
			ask_with(&client, &wire, ANSWER(SEND("HTTP/1.1 204 No\r\n\r\n")), request);
		expect_reason(told, REASON_NONE, "");
		assert_int_equal(told->status, 204);
		assert_int_equal(strncmp(wire->request, cases[i].line, strlen(cases[i].line)), 0);
		assert_contains(wire->request, cases[i].body);
		assert_contains(wire->request, "X-Empty:\r\n");
		assert_contains(wire->request, "X-Split: a  Injected: b\r\n");
		assert_contains(wire->request, "Content-Type: application/json\r\n");
		assert_contains(wire->request, i % 2 ? "Accept-Encoding: identity\r\n"
						     : "Accept-Encoding: gzip, deflate\r\n");
		assert_null(strcasestr(wire->request, "urlencoded"));
		assert_int_equal(strstr(wire->request, "{\"a\"") != NULL, cases[i].has_body);
		wire_stop(wire);
	}
	client_close(&client);
}

static void a_large_body_is_sent(void **state)
{
	(void)state;
	struct client client;
	struct wire *wire;
	client_open(&client);
	struct request request = get();
	enum { BODY_BYTES = 1500000 }; /* libcurl would ask for leave first (Expect) */
	char *body = malloc(BODY_BYTES);
	memset(body, 'b', BODY_BYTES);
	request.method = METHOD_POST;
	request.has_body = true;
	request.body = (struct str){body, BODY_BYTES};
	const struct told *told =
		ask_with(&client, &wire, ANSWER(SEND("HTTP/1.1 200 OK\r\n\r\n")), request);
	expect_reason(told, REASON_NONE, "");
	const char *sent = strstr(wire->request, "\r\n\r\n");
	assert_int_equal(strspn(sent + 4, "b"), BODY_BYTES);
	assert_null(strcasestr(wire->request, "expect"));
	assert_null(strcasestr(wire->request, "content-type")); /* nothing that nobody asked for */
	wire_stop(wire);
	free(body);
	client_close(&client);
}

static void bodies_in_every_framing(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	const struct told *told = ask(&client, ANSWER(SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
							   "chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n "
							   "world\r\n0\r\nTrailer: t\r\n\r\n")));
	expect_reason(told, REASON_NONE, "");
	assert_string_equal(buf_text(&told->body), "hello world");
	assert_int_equal(told->n_headers, 1);

	told = ask(&client, ANSWER(SEND("HTTP/1.0 200 OK\r\n\r\nuntil the end")));
	expect_reason(told, REASON_NONE, "");
	assert_string_equal(buf_text(&told->body), "until the end");
	assert_int_equal(told->result.http_version, 10);

	told = ask(&client, ANSWER({.what = WIRE_TEAR,
				    .text = "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n"
					    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: "
					    "y\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"}));
	expect_reason(told, REASON_NONE, "");
	assert_string_equal(buf_text(&told->body), "abcdefg");
	assert_true(told->bodies >= 2);
	assert_string_equal(told_header(told, "x"), "y");
	assert_null(told_header(told, "a"));

	told = ask(&client, ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")));
	expect_reason(told, REASON_NONE, "");
	assert_int_equal(told->bodies, 0);
	assert_int_equal(told->heads, 1);

	told = ask(&client, ANSWER(SEND("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno")));
	expect_reason(told, REASON_NONE, "");
	assert_int_equal(told->status, 500);
	assert_string_equal(buf_text(&told->body), "no");
	client_close(&client);
}

/* "hello gzip\n" */
#define GZIP                                                                                       \
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x57\x48\xaf\xca\x2c\xe0\x02" \
	"\x00\x39\x7c\x63\x56\x0b\x00\x00\x00"

static void compressed_bodies_are_decoded(void **state)
{
	(void)state;
	struct client client;
	struct wire *wire;
	client_open(&client);
	const struct wire_act *script =
		ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"), SEND_BYTES(GZIP));
	const struct told *told = ask(&client, script);
	expect_reason(told, REASON_NONE, "");
	assert_string_equal(buf_text(&told->body), "hello gzip\n");

	struct request request = get();
	request.identity = true;
	told = ask_with(&client, &wire, script, request);
	wire_stop(wire);
	expect_reason(told, REASON_NONE, "");
	assert_string_equal(buf_text(&told->body), "hello gzip\n");

	told = ask(&client,
		ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip at all")));
	expect_reason(told, REASON_PROTOCOL, "");
	assert_true(told->detail[0]);
	told = ask(&client, ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\n\r\nabc")));
	expect_reason(told, REASON_PROTOCOL, "encoding");
	client_close(&client);
}

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
			REASON_PROTOCOL, "chunked-encoding"},
		{ANSWER(SEND(
			 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcdef\r\n")),
			REASON_PROTOCOL, "chunked-encoding"},
		{ANSWER(SEND("SSH-2.0-OpenSSH_9.2\r\n")), REASON_PROTOCOL, "HTTP/0.9"},
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
	snprintf(url, sizeof(url), "http://localhost:%u/", port); /* both families are tried */
	told = client_run(&client, &request);
	expect_reason(told, REASON_CONNECT, "connection refused by ");
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
	expect_reason(told, REASON_DNS, "name.invalid");
	assert_int_equal(told->result.timing.dns_us, -1);
	assert_int_equal(told->resolved, 0);
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

static void cancelled_at_any_time(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	const struct wire_act *endless = ANSWER(
		SEND("HTTP/1.1 200 OK\r\n\r\n"), {.what = WIRE_FOREVER, .text = "body body body "});
	client.told.cancel = CANCEL_AT_HEAD;
	const struct told *told = ask(&client, endless);
	expect_reason(told, REASON_CANCELLED, "");
	assert_int_equal(told->bodies, 0);
	assert_true(told->result.timing.ttfb_us >= told->result.timing.connect_us);
	assert_true(told->result.timing.total_us >= told->result.timing.ttfb_us);
	assert_contains(told->address, "127.0.0.1:");
	client.told.cancel = CANCEL_AT_BODY;
	told = ask(&client, endless);
	expect_reason(told, REASON_CANCELLED, "");
	assert_int_equal(told->bodies, 1);
	client.told.cancel = CANCEL_AT_HEAD;
	told = ask(&client, ANSWER(SEND("HTTP/1.1 204 No\r\n\r\n")));
	expect_reason(told, REASON_CANCELLED, "");
	/* the head of a redirect that is refused is told from outside of libcurl */
	struct wire *refusing;
	struct request redirected = get();
	redirected.redirects = 1;
	told = ask_with(&client, &refusing,
		ANSWER(SEND("HTTP/1.1 302 Found\r\nLocation: file:///x\r\n\r\n")), redirected);
	wire_stop(refusing);
	expect_reason(told, REASON_CANCELLED, "");

	client.told.cancel = CANCEL_NEVER;
	struct request request = get();
	for (int turns = 0; turns < 4; turns++) { /* before, and while it connects or waits */
		const struct wire_act *const scripts[] = {ANSWER({.what = WIRE_HOLD}), NULL};
		struct wire *wire = wire_start(scripts);
		snprintf(url, sizeof(url), "http://127.0.0.1:%u/", wire->port);
		client_begin(&client, &request);
		for (int i = 0; i < turns; i++)
			event_base_loop(client.base, EVLOOP_ONCE);
		told_cancel(&client.told);
		event_base_dispatch(client.base);
		expect_reason(&client.told, REASON_CANCELLED, "");
		assert_int_equal(client.told.result.timing.ttfb_us, -1);
		if (turns == 0) /* nothing of the handle's earlier use shows */
			assert_int_equal(client.told.result.timing.connect_us, -1);
		wire_stop(wire);
	}
	snprintf(url, sizeof(url), "http://name.invalid/");
	client_begin(&client, &request);
	event_base_loop(client.base, EVLOOP_ONCE);
	told_cancel(&client.told);
	client_close(&client);
}

static void closing_ends_all_silently(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	const struct wire_act *const scripts[] = {ANSWER({.what = WIRE_HOLD}), NULL};
	struct wire *wire = wire_start(scripts);
	struct request request = get();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", wire->port);
	client_begin(&client, &request);
	for (int i = 0; i < 3; i++)
		event_base_loop(client.base, EVLOOP_ONCE);
	client_close(&client);
	assert_int_equal(client.told.dones, 0);
	wire_stop(wire);
}

/* Each answer starts the next request from inside its own events. */
struct chain {
	struct client *client;
	struct request request;
	int left;
	bool from_body;
	struct transfer *transfer;
};

static void chain_event(void *ctx, const struct event *event)
{
	struct chain *chain = ctx;
	struct transport transport = transfers_transport(chain->client->transfers);
	struct transport_result result;
	bool go = event->kind == (chain->from_body ? EVENT_BODY : EVENT_DONE);
	if (event->kind == EVENT_DONE)
		assert_int_equal(event->done.reason, REASON_NONE);
	if (!go)
		return;
	if (chain->from_body)
		transport.cancel(transport.ctx, chain->transfer, &result);
	if (chain->left-- > 0)
		chain->transfer = transport.start(transport.ctx, &chain->request,
			(struct transfer_sink){.ctx = chain, .event = chain_event});
	else
		event_base_loopexit(chain->client->base, &(struct timeval){0, 20000});
}

static void an_event_may_start_the_next(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	for (int from_body = 0; from_body <= 1; from_body++) {
		const struct wire_act *const scripts[] = {
			ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")), NULL};
		struct wire *wire = wire_start(scripts);
		struct chain chain = {
			.client = &client, .request = get(), .left = 50, .from_body = from_body};
		struct transport transport = transfers_transport(client.transfers);
		snprintf(url, sizeof(url), "http://127.0.0.1:%u/", wire->port);
		chain.transfer = transport.start(transport.ctx, &chain.request,
			(struct transfer_sink){.ctx = &chain, .event = chain_event});
		event_base_dispatch(client.base);
		assert_int_equal(chain.left, -1);
		wire_stop(wire);
	}
	client_close(&client);
}

static void each_is_a_fresh_visitor(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	const struct wire_act *const scripts[] = {
		ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: "
			    "keep-alive\r\n\r\nok"),
			{.what = WIRE_HOLD}),
		NULL};
	struct wire *wire = wire_start(scripts);
	struct request request = get();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", wire->port);
	for (unsigned i = 1; i <= 5; i++) {
		const struct told *told = client_run(&client, &request);
		expect_reason(told, REASON_NONE, "");
		assert_true(told->result.timing.connect_us > 0);
		assert_int_equal(wire->connections, i);
	}
	wire_stop(wire);
	client_close(&client);
}

static void the_environment_sets_no_proxy(void **state)
{
	(void)state;
	struct client client;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	client_open(&client);
	const struct told *told = ask(&client, ANSWER(SEND("HTTP/1.1 200 OK\r\n\r\nx")));
	expect_reason(told, REASON_NONE, "");
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");

	/* one of the service's own is used, and only for it */
	struct service proxied = plain;
	char proxy[64];
	const struct wire_act *const scripts[] = {
		ANSWER(SEND("HTTP/1.1 200 OK\r\n\r\nproxy")), NULL};
	struct wire *wire = wire_start(scripts);
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", wire->port);
	proxied.proxy = proxy;
	struct request request = get();
	request.service = &proxied;
	request.url = "http://192.0.2.1/x";
	told = client_run(&client, &request);
	expect_reason(told, REASON_NONE, "");
	assert_contains(wire->request, "GET http://192.0.2.1/x HTTP/1.1");
	wire_stop(wire);
	told = ask(&client, ANSWER(SEND("HTTP/1.1 200 OK\r\n\r\ndirect")));
	expect_reason(told, REASON_NONE, "");
	assert_string_equal(buf_text(&told->body), "direct");
	client_close(&client);
}

static void arrivals_are_stamped_in_order(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	const struct told *told = ask(&client,
		ANSWER(SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
			{.what = WIRE_WAIT, .n = 40}, SEND("1\r\na\r\n"),
			{.what = WIRE_WAIT, .n = 40}, SEND("1\r\nb\r\n1\r\nc\r\n0\r\n\r\n")));
	expect_reason(told, REASON_NONE, "");
	assert_int_equal(told->bodies, 3);
	assert_true(told->head_us < told->first_us && told->first_us < told->last_us);

	/* what one read brought has one stamp */
	told = ask(&client,
		ANSWER(SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
			    "1\r\nb\r\n1\r\nc\r\n0\r\n\r\n")));
	assert_int_equal(told->bodies, 3);
	assert_true(told->head_us == told->first_us && told->first_us == told->last_us);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_answer),
		cmocka_unit_test(what_is_sent),
		cmocka_unit_test(a_large_body_is_sent),
		cmocka_unit_test(bodies_in_every_framing),
		cmocka_unit_test(compressed_bodies_are_decoded),
		cmocka_unit_test(failures_have_their_reason),
		cmocka_unit_test(long_header_lines_within_the_limit_pass),
		cmocka_unit_test(the_limit_counts_decoded_bytes),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(names_that_do_not_exist),
		cmocka_unit_test(what_cannot_be_sent_is_internal),
		cmocka_unit_test(a_shortage_of_descriptors_is_ours),
		cmocka_unit_test(cancelled_at_any_time),
		cmocka_unit_test(closing_ends_all_silently),
		cmocka_unit_test(an_event_may_start_the_next),
		cmocka_unit_test(each_is_a_fresh_visitor),
		cmocka_unit_test(the_environment_sets_no_proxy),
		cmocka_unit_test(arrivals_are_stamped_in_order),
	};
	return RUN(tests);
}
