#include "asking.h"

#include "base/clock.h"

static void arrivals_are_stamped_in_order(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	const struct told *told = ask(&client,
		ANSWER(SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
			{.what = WIRE_WAIT, .n = 150}, SEND("1\r\na\r\n"),
			{.what = WIRE_WAIT, .n = 150}, SEND("1\r\nb\r\n1\r\nc\r\n0\r\n\r\n")));
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

/* Who is read second has waited for the first, which is no fault of its service's. */
static void what_is_ready_together_has_one_stamp(void **state)
{
	static const struct wire_act late[] = {SEND("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"),
		{.what = WIRE_WAIT, .n = 200}, SEND("x"), {.what = WIRE_END}};
	static const struct wire_act *const scripts[] = {late, NULL};
	struct wire *wires[2] = {wire_start(scripts), wire_start(scripts)};
	struct client clients[2];
	struct request requests[2]; /* the transport only borrows them */
	char urls[2][64];
	(void)state;
	client_open(&clients[0]);
	clients[1] = clients[0];
	for (size_t i = 0; i < 2; i++) {
		requests[i] = get();
		snprintf(urls[i], sizeof(urls[i]), "http://127.0.0.1:%u/", wires[i]->port);
		requests[i].url = urls[i];
		clients[i].told.busy_us = 30000;
		client_begin(&clients[i], &requests[i]);
		while (!clients[i].told.heads)
			event_base_loop(clients[i].base, EVLOOP_ONCE);
	}
	usleep(600000); /* both bodies are there */
	while (!clients[0].told.dones || !clients[1].told.dones)
		event_base_loop(clients[0].base, EVLOOP_ONCE);
	assert_int_equal(clients[0].told.first_us, clients[1].told.first_us);
	assert_true(clients[1].told.first_us > clients[1].told.head_us);
	buf_fini(&clients[1].told.body);
	for (size_t i = 0; i < 2; i++)
		wire_stop(wires[i]);
	client_close(&clients[0]);
}

/* A visitor whose server is this test itself: its socket, when the head was told. */
static int begin_by_hand(struct client *client, struct request *request)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(address);
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, n), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &n), 0);
	static char by_hand[64];
	snprintf(by_hand, sizeof(by_hand), "http://127.0.0.1:%u/", ntohs(address.sin_port));
	*request = get();
	request->url = by_hand;
	client_begin(client, request);
	event_base_loop(client->base, EVLOOP_ONCE);
	int fd = accept(listener, NULL, NULL);
	close(listener);
	assert_int_equal(write(fd, head, sizeof(head) - 1), sizeof(head) - 1);
	while (!client->told.heads)
		event_base_loop(client->base, EVLOOP_ONCE);
	return fd;
}

/* Two sockets are ready; while the first is busy, the second gets more. */
static void what_comes_while_it_waits_was_not_there_before(void **state)
{
	enum { BUSY_US = 200000 };
	struct client clients[2];
	struct request requests[2];
	int fds[2];
	(void)state;
	client_open(&clients[0]);
	clients[1] = clients[0];
	for (size_t i = 0; i < 2; i++)
		fds[i] = begin_by_hand(&clients[i], &requests[i]);
	event_base_loop(clients[0].base, EVLOOP_NONBLOCK); /* none is left over: now in order */
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(write(fds[i], "a", 1), 1);
	clients[0].told.busy_us = BUSY_US;
	clients[0].told.then_to = fds[1];
	event_base_loop(clients[0].base, EVLOOP_ONCE);
	assert_string_equal(buf_text(&clients[1].told.body), "ab");
	assert_true(clients[1].told.last_us - clients[0].told.first_us > BUSY_US / 2);
	buf_fini(&clients[1].told.body);
	for (size_t i = 0; i < 2; i++)
		close(fds[i]);
	while (!clients[0].told.dones || !clients[1].told.dones)
		event_base_loop(clients[0].base, EVLOOP_ONCE);
	client_close(&clients[0]);
}

/* libcurl begins in a later turn of the loop than we do. */
static void all_clocks_begin_together(void **state)
{
	enum { LATE_US = 100000 };
	static const struct wire_act *scripts[2];
	(void)state;
	struct client client;
	client_open(&client);
	scripts[0] = ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
	struct wire *wire = wire_start(scripts);
	struct request request = get();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", wire->port);
	int64_t began_us = clock_mono_us();
	client_begin(&client, &request);
	int64_t begun_us = clock_mono_us();
	usleep(LATE_US);
	event_base_dispatch(client.base);
	const struct timing *t = &client.told.result.timing;
	assert_in_range(t->dns_us, 0, LATE_US - 1);
	assert_true(t->connect_us >= LATE_US);
	assert_true(t->ttfb_us >= t->connect_us && t->total_us >= t->ttfb_us);
	assert_true(client.told.first_us >= began_us + t->ttfb_us);
	assert_true(client.told.done_us >= began_us + t->total_us);
	assert_true(client.told.first_us - begun_us <= t->total_us);
	wire_stop(wire);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrivals_are_stamped_in_order),
		cmocka_unit_test(what_is_ready_together_has_one_stamp),
		cmocka_unit_test(what_comes_while_it_waits_was_not_there_before),
		cmocka_unit_test(all_clocks_begin_together),
	};
	return RUN(tests);
}
