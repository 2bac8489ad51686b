/* Compressed answers that mean harm, made by gzip(1). */
#include "asking.h"

enum { BOMB_BYTES = 32 << 20, FILE_MAX = 1 << 20 };

static struct buf packed;

/* What a shell command writes, as a body. */
static const char *made_by(const char *command)
{
	char bytes[4096];
	size_t n;
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	buf_fini(&packed);
	packed = BUF_INIT(FILE_MAX);
	while ((n = fread(bytes, 1, sizeof(bytes), pipe)) > 0)
		buf_put(&packed, bytes, n);
	assert_int_equal(pclose(pipe), 0);
	return packed.p;
}

struct pulse {
	struct event *timer;
	unsigned beats;
};

static void on_pulse(evutil_socket_t fd, short what, void *ctx)
{
	struct pulse *pulse = ctx;
	(void)fd, (void)what;
	pulse->beats++;
}

static void a_bomb_leaves_the_loop_its_turns(void **state)
{
	(void)state;
	struct client client;
	struct wire *wire;
	struct pulse pulse = {0};
	client_open(&client);
	const char *body = made_by("head -c 33554432 /dev/zero | gzip -9");
	struct request request = get();
	request.body_limit = BOMB_BYTES;
	pulse.timer = event_new(client.base, -1, EV_PERSIST, on_pulse, &pulse);
	event_add(pulse.timer, &(struct timeval){0, 100});
	const struct told *told = ask_with(&client, &wire,
		ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"),
			{.what = WIRE_SEND, .text = body, .n = packed.n}),
		request);
	wire_stop(wire);
	expect_reason(told, REASON_NONE, "");
	assert_int_equal(told->body.n, BOMB_BYTES);
	assert_in_range(told->turn_bytes_most, 1, 1 << 20);
	assert_true(pulse.beats >= 10);
	event_free(pulse.timer);
	client_close(&client);
}

/* Few bytes, that take long to be read. */
static void slow_pieces_leave_the_loop_its_turns(void **state)
{
	(void)state;
	struct client client;
	struct wire *wire;
	client_open(&client);
	client.told.busy_us = 4000;
	const char *body = made_by("head -c 262144 /dev/zero | gzip -9");
	const struct told *told = ask_with(&client, &wire,
		ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"),
			{.what = WIRE_SEND, .text = body, .n = packed.n}),
		get());
	wire_stop(wire);
	expect_reason(told, REASON_NONE, "");
	assert_int_equal(told->body.n, 262144);
	assert_in_range(told->turn_bytes_most, 1, 64 << 10);
	client_close(&client);
}

/* Half of it is told in later turns, and the limit reached in one of them. */
static void a_limit_reached_in_a_later_turn_ends_it(void **state)
{
	(void)state;
	struct client client;
	struct wire *wire;
	client_open(&client);
	client.told.busy_us = 4000;
	struct request request = get();
	request.body_limit = 100 << 10;
	const char *body = made_by("head -c 262144 /dev/zero | gzip -9");
	event_base_loopexit(client.base, &(struct timeval){30, 0}); /* or it would hang */
	const struct told *told = ask_with(&client, &wire,
		ANSWER(SEND("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"),
			{.what = WIRE_SEND, .text = body, .n = packed.n}, {.what = WIRE_HOLD}),
		request);
	wire_stop(wire);
	expect_reason(told, REASON_TOO_LARGE, "exceeds 102400 bytes");
	assert_int_equal(told->body.n, 100 << 10);
	client_close(&client);
}

/* As a body whose Content-Length is right. */
static const struct told *answer_with(struct client *client, const char *encoding, struct str body)
{
	static char head[256];
	struct wire *wire;
	snprintf(head, sizeof(head),
		"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %zu\r\n\r\n", encoding,
		body.n);
	const struct told *told = ask_with(client, &wire,
		ANSWER(SEND(head), {.what = WIRE_SEND, .text = body.p, .n = body.n}), get());
	wire_stop(wire);
	return told;
}

static void cut_at_a_right_length_it_is_truncated(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	made_by("seq 1 1000 | gzip -9");
	const struct told *told = answer_with(&client, "gzip", buf_str(&packed));
	expect_reason(told, REASON_NONE, "");
	assert_int_equal(told->body.n, 3893);
	for (size_t n = 1; n < packed.n; n += n < packed.n - 110 ? 97 : 1) {
		told = answer_with(&client, "gzip", (struct str){packed.p, n});
		expect_reason(told, REASON_TRUNCATED, "the compressed body ends before its end");
	}
	told = answer_with(&client, "gzip", (struct str){"", 0});
	expect_reason(told, REASON_NONE, ""); /* nothing, of nothing */
	packed.p[packed.n - 6] ^= 1; /* its check sum */
	told = answer_with(&client, "gzip", buf_str(&packed));
	expect_reason(told, REASON_PROTOCOL, "the compressed body is broken: incorrect data check");
	client_close(&client);
}

static void several_members_are_one_body(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	made_by("(echo one | gzip; echo two | gzip -1; head -c 16384 /dev/zero | gzip)");
	const struct told *told = answer_with(&client, "x-gzip", buf_str(&packed));
	expect_reason(told, REASON_NONE, "");
	assert_int_equal(told->body.n, 8 + 16384);
	assert_memory_equal(told->body.p, "one\ntwo\n", 9);
	buf_puts(&packed, "and more");
	told = answer_with(&client, "gzip", buf_str(&packed));
	expect_reason(told, REASON_PROTOCOL, "broken: incorrect header check");
	client_close(&client);
}

static void deflate_with_and_without_its_frame(void **state)
{
	static const char framed[] = "\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15";
	(void)state;
	struct client client;
	client_open(&client);
	const struct told *told = answer_with(&client, "deflate", (struct str){framed, 13});
	expect_reason(told, REASON_NONE, "");
	assert_string_equal(buf_text(&told->body), "hello");
	told = answer_with(&client, "deflate", (struct str){framed + 2, 7});
	expect_reason(told, REASON_NONE, "");
	assert_string_equal(buf_text(&told->body), "hello");
	told = answer_with(&client, "deflate", (struct str){framed, 12});
	expect_reason(told, REASON_TRUNCATED, "");
	told = answer_with(&client, "br", (struct str){framed, 13});
	expect_reason(told, REASON_PROTOCOL, "an encoding that was not asked for: br");
	told = answer_with(&client, "deflate\r\nContent-Encoding: gzip", (struct str){framed, 13});
	expect_reason(told, REASON_PROTOCOL, "an encoding that was not asked for: one upon");
	client_close(&client);
}

static int release(void **state)
{
	(void)state;
	buf_fini(&packed);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bomb_leaves_the_loop_its_turns),
		cmocka_unit_test(a_limit_reached_in_a_later_turn_ends_it),
		cmocka_unit_test(slow_pieces_leave_the_loop_its_turns),
		cmocka_unit_test(cut_at_a_right_length_it_is_truncated),
		cmocka_unit_test(several_members_are_one_body),
		cmocka_unit_test(deflate_with_and_without_its_frame),
	};
	return cmocka_run_group_tests(tests, NULL, release);
}
