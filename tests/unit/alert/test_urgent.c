/* Messages kept in memory while the store can't write: in order, once, and within bounds. */
#include "unit/store/fixture.h"

#include "alert/urgent.h"

static struct urgent *urgent;
static const struct outbox_row *rows;
static int64_t next_us;

static int begin(void **state)
{
	(void)state;
	urgent = urgent_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	urgent_free(urgent);
	return 0;
}

static void give(const char *channel, uint64_t incident, const char *key)
{
	char texts[4][32] = {"", "", "opened", "{}"};
	snprintf(texts[0], sizeof(texts[0]), "%s", channel);
	snprintf(texts[1], sizeof(texts[1]), "%s", key);
	struct outbox_message message = {
		texts[0], texts[1], texts[2], texts[3], incident, SEVERITY_PAGE, T0_US};
	urgent_give(urgent, &message);
	memset(texts, 'x', sizeof(texts)); /* it was copied */
}

static size_t due(int64_t now_us)
{
	next_us = INT64_MAX;
	return urgent_due(urgent, now_us, &rows, &next_us);
}

static void report(int64_t id, int result, int64_t next_try_us)
{
	struct outbox_delivery delivery = {.id = id, .next_try_wall_us = next_try_us};
	delivery.result = result;
	urgent_report(urgent, &delivery);
}

static enum urgent_twin twin(const char *channel, const char *key, int64_t *id)
{
	struct outbox_row row = {.channel = channel, .dedup_key = key};
	return urgent_twin(urgent, &row, id);
}

static void each_line_has_its_order(void **state)
{
	(void)state;
	assert_int_equal(due(T0_US), 0);
	give("ops", 7, "7/opened");
	give("ops", 7, "7/resolved");
	give("boss", 7, "7/opened");
	assert_int_equal(due(T0_US), 2);
	assert_string_equal(rows[0].dedup_key, "7/opened");
	assert_string_equal(rows[0].channel, "ops");
	assert_string_equal(rows[0].event, "opened");
	assert_int_equal(rows[0].incident, 7);
	assert_int_equal(rows[0].created_wall_us, T0_US);
	assert_string_equal(rows[1].channel, "boss");
	int64_t first = rows[0].id;
	assert_true(first < 0 && rows[1].id < 0 && first != rows[1].id);
	report(first, DELIVERY_RETRY, T0_US + 100);
	assert_int_equal(due(T0_US + 99), 1);
	assert_int_equal(next_us, T0_US + 100);
	assert_int_equal(due(T0_US + 100), 2);
	assert_int_equal(rows[0].id, first);
	assert_int_equal(rows[0].tries, 1);
	report(first, DELIVERY_DONE, 0);
	assert_int_equal(due(T0_US + 100), 2);
	assert_string_equal(rows[0].dedup_key, "7/resolved");
	report(rows[0].id, DELIVERY_DEAD, 0);
	assert_int_equal(due(T0_US + 100), 1);
}

static void what_was_delivered_is_known_once(void **state)
{
	(void)state;
	int64_t id = 0;
	give("ops", 7, "7/opened");
	assert_int_equal(due(T0_US), 1);
	assert_int_equal(twin("ops", "7/opened", &id), TWIN_PENDING);
	assert_int_equal(id, rows[0].id);
	assert_int_equal(twin("boss", "7/opened", &id), TWIN_NONE);
	assert_int_equal(twin("ops", "7/resolved", &id), TWIN_NONE);
	report(rows[0].id, DELIVERY_DONE, 0);
	assert_int_equal(twin("ops", "7/opened", &id), TWIN_DELIVERED);
	assert_int_equal(twin("ops", "7/opened", &id), TWIN_NONE);
	give("ops", 8, "8/opened");
	assert_int_equal(due(T0_US), 1);
	urgent_forget(urgent, rows[0].id);
	assert_int_equal(due(T0_US), 0);
	report(-99, DELIVERY_DONE, 0); /* forgotten meanwhile */
}

static void it_is_bounded(void **state)
{
	(void)state;
	char key[32];
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < URGENT_MAX; i++) {
			snprintf(key, sizeof(key), "%d/%d", round, i);
			give("ops", (uint64_t)(round * URGENT_MAX + i), key);
			if (round == 0 && i == URGENT_MAX - 1) {
				assert_int_equal(due(T0_US), URGENT_MAX);
				for (int k = 0; k < 10; k++)
					report(rows[k].id, DELIVERY_DONE, 0);
			}
		}
	assert_int_equal(due(T0_US), URGENT_MAX); /* ten of the second round found a place */
	assert_string_equal(rows[URGENT_MAX - 1].dedup_key, "1/9");
}

#define URGENT_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		URGENT_TEST(each_line_has_its_order),
		URGENT_TEST(what_was_delivered_is_known_once),
		URGENT_TEST(it_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
