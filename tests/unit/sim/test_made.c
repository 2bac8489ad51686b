#include "unit.h"

#include "sim/made.h"

#include <event2/event.h>

static const struct sim_header headers[] = {{"x-a", "1"}, {"x-b", "2"}};
static const struct sim_header lengths[] = {{"content-length", "1"}, {"x-b", "2"}};
static const struct sim_answer answers[] = {
	{.check = "a-b",
		.ordinal = 1,
		.status = 201,
		.content_type = "text/x",
		.headers = headers,
		.n_headers = 2,
		.body = {"one", 3}},
	{.check = "a-b", .ordinal = 2, .content = "said"},
	{.check = "a", .ordinal = 1, .status = 204},
	{.check = "long",
		.ordinal = 1,
		.status = 200,
		.headers = lengths,
		.n_headers = 2,
		.body = {"one", 3}},
};

static void found_by_request_id(void **state)
{
	static const struct {
		const char *id;
		int answer; /* -1: none */
	} cases[] = {
		{"a-b-0123456789abc", 0},
		{"a-b-0123456789abc.2", 1},
		{"a-b-0123456789abc.3", -1},
		{"a-b-0123456789abc.1", 0},
		{"a-0123456789abc", 2},
		{"a-0123456789abc.2", -1},
		{"a-b", 2},
		{"a", -1},
		{"", -1},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct sim_answer *found =
			made_find(answers, COUNT(answers), str_of(cases[i].id));
		assert_ptr_equal(found, cases[i].answer < 0 ? NULL : &answers[cases[i].answer]);
	}
}

static struct exchange asked(
	struct arena *arena, struct http_request *request, enum service_id service)
{
	return (struct exchange){
		.service = service,
		.request = request,
		.arena = arena,
		.reply = {.arena = arena},
		.request_id = "a-b-0123456789abc",
	};
}

static void serves_what_was_made(void **state)
{
	struct arena arena;
	struct http_request request = {.body = STR("no JSON at all")};
	(void)state;
	arena_init(&arena);
	struct exchange exchange = asked(&arena, &request, SERVICE_UI);
	exchange.made = &answers[0];
	made_serve(&exchange);
	assert_int_equal(exchange.reply.status, 201);
	assert_str(exchange.reply.frames[0].text, "one");
	assert_string_equal(exchange.reply.headers[3].name, "x-b");
	arena_fini(&arena);
}

/* It is as long as it is, whatever was made up. */
static void tells_its_length_once(void **state)
{
	struct arena arena;
	struct http_request request = {.body = STR("")};
	(void)state;
	arena_init(&arena);
	struct exchange exchange = asked(&arena, &request, SERVICE_UI);
	exchange.made = &answers[3];
	made_serve(&exchange);
	assert_int_equal(exchange.reply.n_headers, 2);
	assert_string_equal(exchange.reply.headers[0].name, "content-length");
	assert_string_equal(exchange.reply.headers[1].name, "x-b");
	arena_fini(&arena);
}

static size_t count(const struct reply *reply, enum frame_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < reply->n_frames; i++)
		n += reply->frames[i].kind == kind;
	return n;
}

/* Whatever service is asked, and however: streamed only on request. */
static void says_what_was_made(void **state)
{
	(void)state;
	for (int service = 0; service < SERVICES_N; service++) {
		struct arena arena;
		arena_init(&arena);
		struct http_request request = {.body = STR("{\"stream\":true}")};
		struct exchange exchange = asked(&arena, &request, (enum service_id)service);
		exchange.made = &answers[1];
		made_serve(&exchange);
		assert_true(exchange.reply.stream);
		assert_int_equal(count(&exchange.reply, FRAME_TOKEN), 1);
		assert_int_equal(count(&exchange.reply, FRAME_DONE), 1);
		request.body = STR("{\"prompt\":\"x\"}");
		made_serve(&exchange);
		assert_false(exchange.reply.stream);
		assert_true(str_find(exchange.reply.frames[0].text, STR("\"content\":\"said\""),
				    false) > 0);
		arena_fini(&arena);
	}
}

/* More than one lives on a base, each on its own ports. */
static void many_on_one_base(void **state)
{
	enum { MANY = 20 };
	struct event_base *base = event_base_new();
	struct sim *sims[MANY];
	struct sim_options options = {.answers = answers, .n_answers = COUNT(answers)};
	const char *ca = NULL;
	struct error error;
	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		options.tls = i % 2;
		sims[i] = sim_new(base, &options, &error);
		assert_non_null(sims[i]);
		if (i == 1)
			ca = sim_ca(sims[i]);
		assert_ptr_equal(sim_ca(sims[i]), options.tls ? ca : NULL);
		if (i > 0)
			assert_string_not_equal(sim_url(sims[i], "ui"), sim_url(sims[i - 1], "ui"));
	}
	event_base_loop(base, EVLOOP_NONBLOCK);
	for (size_t i = 0; i < MANY; i++)
		sim_free(sims[i]);
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_by_request_id),
		cmocka_unit_test(serves_what_was_made),
		cmocka_unit_test(tells_its_length_once),
		cmocka_unit_test(says_what_was_made),
		cmocka_unit_test(many_on_one_base),
	};
	return RUN(tests);
}
