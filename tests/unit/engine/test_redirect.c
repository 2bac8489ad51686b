#include "client.h"
#include "wire.h"

#include "engine/transfer_private.h"

#define ANSWER(...) ((const struct wire_act[]){__VA_ARGS__, {.what = WIRE_END}})
#define SEND(text_)                                                                                \
	{                                                                                          \
		.what = WIRE_SEND, .text = (text_)                                                 \
	}

enum { REDIRECT_MS = 20 };

static const struct wire_act ok[] = {
	SEND("HTTP/1.1 200 OK\r\nX-Final: yes\r\n\r\nthere"), {.what = WIRE_END}};
static const struct service plain = {.id = "test"};
static const struct request_header headers[] = {
	{"User-Agent", "outrider/test"},
	{"Authorization", "Bearer canary"},
	{"X-PreReleasePassword", "canary"},
	{"X-Request-ID", "some-id"},
};

struct walk {
	struct client client;
	struct wire *wire, *other; /* the second one is another origin: another port */
	char url[128];
	char answer[512];
	struct request request;
};

/* PORT in location stands for the other server's. */
static void walk_open(struct walk *walk, const char *status, const char *location)
{
	static const struct wire_act *first[3], *other[2];
	static struct wire_act redirect[3] = {{.what = WIRE_WAIT, .n = REDIRECT_MS}};
	char where[256];
	memset(walk, 0, sizeof(*walk));
	client_open(&walk->client);
	other[0] = ok;
	walk->other = wire_start(other);
	const char *port = strstr(location, "PORT");
	snprintf(where, sizeof(where), "%s", location);
	if (port)
		snprintf(where, sizeof(where), "%.*s%u%s", (int)(port - location), location,
			walk->other->port, port + 4);
	snprintf(walk->answer, sizeof(walk->answer),
		"HTTP/1.1 %s\r\nLocation: %s\r\nX-Final: no\r\nContent-Length: 4\r\n\r\nhere",
		status, where);
	redirect[1] = (struct wire_act)SEND(walk->answer);
	first[0] = redirect;
	first[1] = ok;
	walk->wire = wire_start(first);
	snprintf(walk->url, sizeof(walk->url), "http://127.0.0.1:%u/a/b?c", walk->wire->port);
	walk->request = (struct request){.service = &plain,
		.method = METHOD_GET,
		.url = walk->url,
		.headers = headers,
		.n_headers = COUNT(headers),
		.body_limit = 1000,
		.redirects = 3};
}

static const struct told *walk_run(struct walk *walk)
{
	return client_run(&walk->client, &walk->request);
}

static void walk_close(struct walk *walk)
{
	client_close(&walk->client);
	wire_stop(walk->wire);
	wire_stop(walk->other);
}

static void none_is_followed_unless_asked(void **state)
{
	(void)state;
	struct walk walk;
	walk_open(&walk, "302 Found", "/there");
	walk.request.redirects = 0;
	const struct told *told = walk_run(&walk);
	assert_int_equal(told->result.reason, REASON_NONE);
	assert_int_equal(told->status, 302);
	assert_string_equal(buf_text(&told->body), "here");
	assert_int_equal(told->result.redirects, 0);
	assert_int_equal(walk.wire->connections, 1);
	walk_close(&walk);
}

static void only_the_last_answer_is_told(void **state)
{
	(void)state;
	struct walk walk;
	walk_open(&walk, "302 Found", "../there?x=1#fragment");
	const struct told *told = walk_run(&walk);
	assert_int_equal(told->result.reason, REASON_NONE);
	assert_int_equal(told->heads, 1);
	assert_int_equal(told->status, 200);
	assert_string_equal(told_header(told, "x-final"), "yes");
	assert_string_equal(buf_text(&told->body), "there");
	assert_int_equal(told->result.redirects, 1);
	const struct timing *t = &told->result.timing;
	assert_true(t->dns_us >= REDIRECT_MS * INT64_C(1000)); /* from the first request on */
	assert_true(t->dns_us <= t->connect_us && t->connect_us <= t->ttfb_us &&
		    t->ttfb_us <= t->total_us);
	/* to the same origin everything goes along */
	assert_int_equal(strncmp(walk.wire->request, "GET /there?x=1 HTTP/1.1\r\n", 25), 0);
	assert_contains(walk.wire->request, "Authorization: Bearer canary");
	assert_contains(walk.wire->request, "X-PreReleasePassword: canary");
	walk_close(&walk);
}

static void credentials_never_cross_origins(void **state)
{
	(void)state;
	struct walk walk;
	const char *const ways[] = {"http://127.0.0.1:PORT/x",
		"http://user:canary@localhost:PORT/x", "//localhost:PORT"};
	for (size_t i = 0; i < COUNT(ways); i++) {
		walk_open(&walk, "301 Moved", ways[i]);
		const struct told *told = walk_run(&walk);
		assert_int_equal(told->result.reason, REASON_NONE);
		assert_int_equal(told->status, 200);
		assert_int_equal(walk.other->connections, 1);
		assert_null(strstr(walk.other->request, "canary"));
		assert_null(strcasestr(walk.other->request, "authorization"));
		assert_contains(walk.other->request, "User-Agent: outrider/test");
		assert_contains(walk.other->request, "X-Request-ID: some-id");
		walk_close(&walk);
	}
}

static void a_login_in_the_url_stays_at_home(void **state)
{
	(void)state;
	struct walk walk;
	const char *const ways[] = {"/there", "http://127.0.0.1:PORT/there"};
	for (size_t i = 0; i < COUNT(ways); i++) {
		walk_open(&walk, "302 Found", ways[i]);
		walk.request.n_headers = 1; /* no Authorization of its own */
		snprintf(walk.url, sizeof(walk.url), "http://us%%65r:pass@127.0.0.1:%u/a",
			walk.wire->port);
		const struct told *told = walk_run(&walk);
		assert_int_equal(told->status, 200);
		if (i == 0)
			assert_contains(
				walk.wire->request, "Authorization: Basic dXNlcjpwYXNz\r\n");
		else
			assert_null(strcasestr(walk.other->request, "authorization"));
		walk_close(&walk);
	}
}

static void methods_change_as_in_browsers(void **state)
{
	(void)state;
	const struct {
		const char *status;
		enum http_method method;
		const char *line;
		bool body;
	} cases[] = {
		{"301 Moved", METHOD_POST, "GET /there", false},
		{"302 Found", METHOD_POST, "GET /there", false},
		{"303 See Other", METHOD_PUT, "GET /there", false},
		{"307 Temporary", METHOD_POST, "POST /there", true},
		{"308 Permanent", METHOD_PUT, "PUT /there", true},
		{"301 Moved", METHOD_DELETE, "DELETE /there", false},
		{"303 See Other", METHOD_HEAD, "HEAD /there", false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct walk walk;
		walk_open(&walk, cases[i].status, "/there");
		walk.request.method = cases[i].method;
		if (cases[i].method != METHOD_HEAD && cases[i].method != METHOD_DELETE) {
			walk.request.has_body = true;
			walk.request.body = STR("payload");
		}
		const struct told *told = walk_run(&walk);
		assert_int_equal(told->result.reason, REASON_NONE);
		assert_int_equal(
			strncmp(walk.wire->request, cases[i].line, strlen(cases[i].line)), 0);
		assert_int_equal(strstr(walk.wire->request, "payload") != NULL, cases[i].body);
		walk_close(&walk);
	}
}

static void refused(const char *status, const char *location, const char *why, bool with_body)
{
	struct walk walk;
	walk_open(&walk, status, location);
	if (with_body) {
		walk.request.method = METHOD_POST;
		walk.request.has_body = true;
		walk.request.body = STR("canary");
	}
	const struct told *told = walk_run(&walk);
	assert_string_equal(reason_name(told->result.reason), "protocol");
	assert_contains(told->detail, why);
	assert_int_equal(walk.other->connections, 0);
	assert_int_equal(told->bodies, 0);
	walk_close(&walk);
}

static void some_ways_are_refused(void **state)
{
	(void)state;
	refused("302 Found", "file:///etc/passwd", "not to http or https: file:///etc/passwd",
		false);
	refused("302 Found", "gopher://127.0.0.1:PORT/", "not to http or https", false);
	refused("302 Found", "http://[broken/", "no usable address", false);
	refused("302 Found", "http://169.254.169.254/latest",
		"into another network: http://169.254.169.254/latest", false);
	refused("302 Found", "http://10.0.0.1/", "another network", false);
	refused("307 Temporary", "http://localhost:PORT/", "the body would go to another host",
		true);
}

static void a_circle_ends(void **state)
{
	(void)state;
	struct client client;
	char answer[256], url[64];
	client_open(&client);
	struct wire_act around[] = {{.what = WIRE_SEND, .text = answer}, {.what = WIRE_END}};
	const struct wire_act *const scripts[] = {around, NULL};
	struct wire *wire = wire_start(scripts);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", wire->port);
	snprintf(answer, sizeof(answer), "HTTP/1.1 302 Found\r\nLocation: %s\r\n\r\n", url);
	struct request request = {.service = &plain,
		.method = METHOD_GET,
		.url = url,
		.body_limit = 10,
		.redirects = 4};
	const struct told *told = client_run(&client, &request);
	assert_int_equal(told->result.reason, REASON_PROTOCOL);
	assert_string_equal(told->detail, "more than 4 redirects");
	assert_int_equal(told->status, 302);
	assert_int_equal(told->heads, 1);
	assert_int_equal(wire->connections, 5);
	request.redirects = 1;
	told = client_run(&client, &request);
	assert_string_equal(told->detail, "more than 1 redirect");
	wire_stop(wire);
	client_close(&client);
}

static void a_redirect_without_a_place_is_an_answer(void **state)
{
	(void)state;
	struct client client;
	char url[64];
	client_open(&client);
	const struct wire_act *const scripts[] = {
		ANSWER(SEND("HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nno")),
		ANSWER(SEND("HTTP/1.1 304 Not Modified\r\nLocation: /x\r\n\r\n")), NULL};
	struct wire *wire = wire_start(scripts);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", wire->port);
	struct request request = {.service = &plain,
		.method = METHOD_GET,
		.url = url,
		.body_limit = 10,
		.redirects = 4};
	const struct told *told = client_run(&client, &request);
	assert_int_equal(told->result.reason, REASON_NONE);
	assert_int_equal(told->status, 302);
	assert_string_equal(buf_text(&told->body), "no");
	told = client_run(&client, &request);
	assert_int_equal(told->status, 304);
	wire_stop(wire);
	client_close(&client);
}

static enum net_class class_of(const char *text)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};
	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return net_class_of((struct sockaddr *)&four);
	assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
	return net_class_of((struct sockaddr *)&six);
}

static void networks_have_classes(void **state)
{
	(void)state;
	const struct {
		const char *text;
		enum net_class class;
	} cases[] = {
		{"127.0.0.1", NET_LOOPBACK},
		{"127.255.0.9", NET_LOOPBACK},
		{"0.0.0.0", NET_LOOPBACK},
		{"::1", NET_LOOPBACK},
		{"::", NET_LOOPBACK},
		{"::ffff:127.0.0.1", NET_LOOPBACK},
		{"169.254.169.254", NET_LINK},
		{"fe80::1", NET_LINK},
		{"::ffff:169.254.1.1", NET_LINK},
		{"10.1.2.3", NET_PRIVATE},
		{"172.16.0.1", NET_PRIVATE},
		{"172.31.255.1", NET_PRIVATE},
		{"192.168.1.1", NET_PRIVATE},
		{"100.64.0.1", NET_PRIVATE},
		{"fd00::1", NET_PRIVATE},
		{"172.32.0.1", NET_PUBLIC},
		{"100.128.0.1", NET_PUBLIC},
		{"8.8.8.8", NET_PUBLIC},
		{"2001:db8::1", NET_PUBLIC},
		{"::ffff:8.8.8.8", NET_PUBLIC},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		if (class_of(cases[i].text) != cases[i].class)
			fail_msg("%s: %d", cases[i].text, (int)class_of(cases[i].text));
	assert_true(net_class_allowed(NET_LOOPBACK, NET_PUBLIC));
	assert_true(net_class_allowed(NET_PRIVATE, NET_PRIVATE));
	assert_false(net_class_allowed(NET_PUBLIC, NET_LOOPBACK));
	assert_false(net_class_allowed(NET_PRIVATE, NET_LINK));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_is_followed_unless_asked),
		cmocka_unit_test(only_the_last_answer_is_told),
		cmocka_unit_test(credentials_never_cross_origins),
		cmocka_unit_test(a_login_in_the_url_stays_at_home),
		cmocka_unit_test(methods_change_as_in_browsers),
		cmocka_unit_test(some_ways_are_refused),
		cmocka_unit_test(a_circle_ends),
		cmocka_unit_test(a_redirect_without_a_place_is_an_answer),
		cmocka_unit_test(networks_have_classes),
	};
	return RUN(tests);
}
