/* A scripted server asked one question through the real transport. */
#ifndef OUTRIDER_TESTS_UNIT_ENGINE_ASKING_H
#define OUTRIDER_TESTS_UNIT_ENGINE_ASKING_H

#include "client.h"
#include "wire.h"

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

static inline const struct told *ask(struct client *client, const struct wire_act *script)
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

/* "hello gzip\n" */
#define GZIP                                                                                       \
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x57\x48\xaf\xca\x2c\xe0\x02" \
	"\x00\x39\x7c\x63\x56\x0b\x00\x00\x00"

#endif
