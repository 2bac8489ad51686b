#include "unit.h"

#include "sim/made.h"

#include <event2/event.h>

static const struct sim_header headers[] = {{"x-a", "1"}, {"x-b", "2"}};
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
		cmocka_unit_test(many_on_one_base),
	};
	return RUN(tests);
}
