/* What the courier sees: what is due, in which order, and when to look again. */
#include "unit/store/fixture.h"

struct seen {
	struct store *store;
	struct witness w;
	struct outbox *outbox;
	struct arena arena;
	struct outbox_row *rows;
	size_t n;
	int64_t next;
	int given;
};

static void begin(struct seen *s)
{
	struct error error = {""};
	*s = (struct seen){.w = WITNESS_INIT};
	s->store = open_store(&s->w);
	arena_init(&s->arena);
	s->outbox = outbox_open(file, &error);
	assert_non_null(s->outbox);
}

static void end(struct seen *s)
{
	outbox_close(s->outbox);
	arena_fini(&s->arena);
	store_close(s->store);
}

static void message(
	struct seen *s, const char *channel, uint64_t incident, const char *event, int64_t at_us)
{
	struct store_item *item = make_item(1, T0_US + ++s->given * 1000, OUTCOME_PASS);
	char key[64];
	snprintf(key, sizeof(key), "one/%d/%s", (int)incident, event);
	add_message(item, channel, key, event, incident, at_us);
	assert_true(store_give(s->store, item));
	await(&s->w, &s->w.items, (size_t)s->given);
}

static void report(struct seen *s, int64_t id, enum delivery_result result, int64_t next_us)
{
	size_t commits = s->w.commits;
	struct outbox_delivery delivery = {
		.id = id, .at_wall_us = T0_US, .next_try_wall_us = next_us, .error = "no"};
	delivery.result = result;
	store_give_delivery(s->store, &delivery);
	await(&s->w, &s->w.commits, commits + 1);
}

static void look(struct seen *s, int64_t now_us, size_t max)
{
	s->n = outbox_due(s->outbox, &s->arena, now_us, NULL, max, &s->rows, &s->next);
}

static void an_empty_one_has_nothing_due(void **state)
{
	(void)state;
	struct seen s;
	begin(&s);
	look(&s, T0_US, 10);
	assert_int_equal(s.n, 0);
	assert_true(s.next == INT64_MAX);
	end(&s);
}

static void each_incident_and_channel_has_its_order(void **state)
{
	(void)state;
	struct seen s;
	begin(&s);
	message(&s, "ops", 7, "opened", T0_US);
	message(&s, "ops", 7, "resolved", T0_US);
	message(&s, "boss", 7, "opened", T0_US);
	message(&s, "ops", 8, "opened", T0_US);
	look(&s, T0_US, 10);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.rows[0].id, 1);
	assert_string_equal(s.rows[0].channel, "ops");
	assert_string_equal(s.rows[0].dedup_key, "one/7/opened");
	assert_string_equal(s.rows[0].event, "opened");
	assert_string_equal(s.rows[0].payload, "{}");
	assert_int_equal(s.rows[0].incident, 7);
	assert_int_equal(s.rows[0].created_wall_us, T0_US);
	assert_int_equal(s.rows[1].id, 3);
	assert_int_equal(s.rows[2].id, 4);
	look(&s, T0_US, 2);
	assert_int_equal(s.n, 2);
	report(&s, 1, DELIVERY_DONE, 0);
	look(&s, T0_US, 10);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.rows[0].id, 2);
	report(&s, 3, DELIVERY_DEAD, 0);
	report(&s, 4, DELIVERY_DONE, 0);
	report(&s, 4, DELIVERY_RETRY, 0); /* too late: it is done */
	look(&s, T0_US, 10);
	assert_int_equal(s.n, 1);
	end(&s);
}

static void of_what_waits_nobody_is_reminded(void **state)
{
	(void)state;
	struct seen s;
	begin(&s);
	message(&s, "ops", 7, "reminder", T0_US); /* of what nobody heard of */
	message(&s, "ops", 7, "acknowledged", T0_US);
	message(&s, "ops", 7, "opened", T0_US);
	message(&s, "ops", 7, "reminder", T0_US);
	assert_int_equal(ask_sql("SELECT count(*) FROM outbox"), 1);
	report(&s, 1, DELIVERY_DONE, 0);
	message(&s, "ops", 7, "reminder", T0_US);
	message(&s, "ops", 7, "reminder", T0_US); /* the same key, too */
	assert_int_equal(ask_sql("SELECT count(*) FROM outbox"), 2);
	message(&s, "ops", 7, "acknowledged", T0_US);
	look(&s, T0_US, 10);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.rows[0].event, "reminder");
	end(&s);
}

static void a_failed_one_waits_and_holds_up_its_own_line(void **state)
{
	(void)state;
	struct seen s;
	begin(&s);
	message(&s, "ops", 7, "opened", T0_US);
	message(&s, "ops", 7, "resolved", T0_US);
	report(&s, 1, DELIVERY_RETRY, T0_US + 5 * US_PER_S);
	look(&s, T0_US + US_PER_S, 10);
	assert_int_equal(s.n, 0);
	assert_int_equal(s.next - T0_US, 5 * US_PER_S);
	look(&s, T0_US + 5 * US_PER_S, 10);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.rows[0].id, 1);
	assert_int_equal(s.rows[0].tries, 1);
	assert_true(s.next == INT64_MAX);
	end(&s);
}

static void a_clock_that_was_set_back_holds_nothing_up(void **state)
{
	(void)state;
	struct seen s;
	begin(&s);
	message(&s, "ops", 7, "opened", T0_US);
	look(&s, T0_US - 86400 * US_PER_S, 10);
	assert_int_equal(s.n, 1);
	end(&s);
}

/* Delivered rows stay as history; they must not make looking slower. */
static void history_is_not_searched(void **state)
{
	(void)state;
	struct seen s;
	begin(&s);
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	struct str sql = asset_find("sql/outbox.sql");
	const char *at = strstr(sql.p, "SELECT");
	char plan[4096];
	snprintf(plan, sizeof(plan), "EXPLAIN QUERY PLAN %s", at);
	assert_int_equal(sqlite3_prepare_v2(db, plan, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_string_equal(
		(const char *)sqlite3_column_text(stmt, 3), "SCAN o USING INDEX outbox_waiting");
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	end(&s);
}

static void only_our_files_are_read(void **state)
{
	(void)state;
	struct error error = {""};
	assert_null(outbox_open(file, &error));
	assert_non_null(strstr(error.text, "unable to open"));
	ask_sql("CREATE TABLE outbox (id)");
	assert_null(outbox_open(file, &error));
	assert_non_null(strstr(error.text, "not a database of Outrider"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(an_empty_one_has_nothing_due),
		STORE_TEST(each_incident_and_channel_has_its_order),
		STORE_TEST(of_what_waits_nobody_is_reminded),
		STORE_TEST(a_failed_one_waits_and_holds_up_its_own_line),
		STORE_TEST(a_clock_that_was_set_back_holds_nothing_up),
		STORE_TEST(history_is_not_searched),
		STORE_TEST(only_our_files_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
