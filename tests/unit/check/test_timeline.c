/* A long stream's timeline: few frames, and still its story. */
#include "check/timeline.h"
#include "unit.h"

static struct timeline timeline;

static int empty(void **state)
{
	(void)state;
	timeline_fini(&timeline);
	return 0;
}

#define TEST(f) cmocka_unit_test_teardown(f, empty)

static void add(int64_t ms, enum frame_kind kind)
{
	timeline_add(&timeline, ms * 1000, kind, 7);
}

/* Every frame that came is there, or counted where it is missing. */
static void assert_counted(size_t came)
{
	uint64_t left_out = 0;

	assert_true(timeline.n <= TIMELINE_MAX);
	for (size_t i = 0; i < timeline.n; i++) {
		left_out += timeline.frames[i].left_out;
		assert_true(i == 0 || timeline.frames[i].at_us >= timeline.frames[i - 1].at_us);
	}
	assert_int_equal(left_out, timeline.left_out);
	assert_int_equal(left_out + timeline.n, came);
}

static bool has(int64_t ms, enum frame_kind kind)
{
	for (size_t i = 0; i < timeline.n; i++)
		if (timeline.frames[i].at_us == ms * 1000 && timeline.frames[i].kind == kind)
			return true;
	return false;
}

static void a_short_one_is_whole(void **state)
{
	(void)state;
	for (int i = 0; i < TIMELINE_MAX; i++) {
		add(i, FRAME_TOKEN);
		assert_counted((size_t)i + 1);
	}
	assert_int_equal(timeline.left_out, 0);
	assert_int_equal(timeline.frames[5].bytes, 7);
}

static void a_long_one_keeps_its_ends_and_its_pauses(void **state)
{
	(void)state;
	int64_t ms = 0;
	size_t came = 0;
	for (int i = 0; i < 20000; i++) {
		if (i == 7000)
			ms += 30000;
		if (i == 15000)
			ms += 9000;
		add(ms += 10, FRAME_TOKEN);
		assert_counted(++came);
	}
	for (int i = 1; i <= TIMELINE_FIRST; i++)
		assert_true(has(10 * i, FRAME_TOKEN));
	for (int i = 0; i < TIMELINE_LAST; i++)
		assert_true(has(ms - 10 * i, FRAME_TOKEN));
	/* both ends of the pauses, and nothing left out inside */
	assert_true(has(70000, FRAME_TOKEN) && has(100010, FRAME_TOKEN));
	assert_true(has(180000, FRAME_TOKEN) && has(189010, FRAME_TOKEN));
	for (size_t i = 1; i < timeline.n; i++)
		if (timeline.frames[i].at_us - timeline.frames[i - 1].at_us >= 9000000)
			assert_int_equal(timeline.frames[i].left_out, 0);
}

static void a_long_one_stays_spread_over_its_time(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++)
		add(i, FRAME_TOKEN);
	assert_counted(100000);
	for (size_t i = 1; i < timeline.n; i++)
		assert_true(timeline.frames[i].at_us - timeline.frames[i - 1].at_us < 8000000);
}

static void what_tells_the_story_stays(void **state)
{
	(void)state;
	for (int i = 0; i < 10000; i++)
		add(i, i == 3000 ? FRAME_ERROR : i == 6000 ? FRAME_FINISH : FRAME_COMMENT);
	assert_counted(10000);
	assert_true(has(3000, FRAME_ERROR));
	assert_true(has(6000, FRAME_FINISH));
	empty(NULL);
	for (int i = 0; i < 10000; i++) /* and does not crowd out the rest */
		add(i, FRAME_MALFORMED);
	assert_counted(10000);
	assert_true(timeline.n > TIMELINE_MAX / 2);
}

static void all_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 5000; i++)
		add(3, i % 2 ? FRAME_TOKEN : FRAME_COMMENT);
	assert_counted(5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_short_one_is_whole),
		TEST(a_long_one_keeps_its_ends_and_its_pauses),
		TEST(a_long_one_stays_spread_over_its_time),
		TEST(what_tells_the_story_stays),
		TEST(all_at_once),
	};
	return RUN(tests);
}
