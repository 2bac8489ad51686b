#include "asking.h"

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
	const struct timing *t = &told->result.timing;
	assert_true(t->dns_us >= 0 && t->dns_us <= t->connect_us);
	assert_int_equal(t->tls_us, -1);
	assert_true(t->connect_us <= t->ttfb_us && t->ttfb_us <= t->total_us);
	assert_int_equal(told->result.tls.expires_us, 0);
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

/* Whoever sends faster than it is read must not stop the other transfers' clocks. */
static void a_flood_leaves_the_loop_its_turns(void **state)
{
	(void)state;
	struct client client;
	struct wire *wire;
	client_open(&client);
	struct request request = get();
	request.body_limit = 8 << 20;
	client.told.busy_us = 100;
	static char text[64 << 10];
	memset(text, 'a', sizeof(text));
	const struct told *told = ask_with(&client, &wire,
		ANSWER(SEND("HTTP/1.1 200 OK\r\n\r\n"),
			{.what = WIRE_FOREVER, .text = text, .n = sizeof(text)}),
		request);
	wire_stop(wire);
	expect_reason(told, REASON_TOO_LARGE, "exceeds 8388608 bytes");
	assert_in_range(told->turn_bytes_most, 1, 512 << 10);
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
		cmocka_unit_test(cancelled_at_any_time),
		cmocka_unit_test(closing_ends_all_silently),
		cmocka_unit_test(an_event_may_start_the_next),
		cmocka_unit_test(each_is_a_fresh_visitor),
		cmocka_unit_test(the_environment_sets_no_proxy),
		cmocka_unit_test(a_flood_leaves_the_loop_its_turns),
	};
	return RUN(tests);
}
