/* A chat stream on a virtual clock, for the tests of what it shows. */
#ifndef OUTRIDER_TESTS_UNIT_CHECK_STREAMING_H
#define OUTRIDER_TESTS_UNIT_CHECK_STREAMING_H

#include "check/stream.h"
#include "unit.h"

#include <stdio.h>

/* Zero of the clock; stamps below are in ms after it. */
enum { ZERO_US = 1000000 };

static struct stream stream;

/* Begins anew within a test. */
static inline void anew(void)
{
	stream_fini(&stream);
	stream_init(&stream, ZERO_US);
}

static inline int setup(void **state)
{
	(void)state;
	stream_init(&stream, ZERO_US);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	stream_fini(&stream);
	return 0;
}

static inline void at(int64_t ms, const char *bytes)
{
	stream_feed(&stream, str_of(bytes), ZERO_US + ms * 1000);
}

static inline void event(int64_t ms, const char *json)
{
	char text[512];

	snprintf(text, sizeof(text), "data: %s\n\n", json);
	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	at(ms, text);
}

static inline void delta(int64_t ms, const char *members)
{
	char json[400];

	snprintf(json, sizeof(json), "{'choices':[{'index':0,'delta':{%s}}]}", members);
	event(ms, json);
}

static inline void token(int64_t ms)
{
	delta(ms, "'content':'x'");
}

static inline void finish(int64_t ms)
{
	event(ms, "{'choices':[{'delta':{},'finish_reason':'stop'}]}");
}

static inline void done(int64_t ms)
{
	at(ms, "data: [DONE]\n\n");
}

static inline void ends(int64_t ms, enum stream_end how)
{
	stream_end(&stream, how, ZERO_US + ms * 1000);
}

static inline void assert_ms(int64_t us, int64_t ms)
{
	assert_int_equal(us, ms < 0 ? -1 : ms * 1000);
}

static inline void assert_integrity(enum integrity want)
{
	assert_string_equal(integrity_name(stream_integrity(&stream, false)), integrity_name(want));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
