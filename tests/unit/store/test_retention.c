/* What was kept long enough goes: in steps, per check, and never what is not in the rollups, what an
 * open incident needs, a state or an alert that waits. */
#include "unit/store/rolled.h"

#include "store/retention.h"
#include "store/upkeep.h"

#define HOUR_US (3600 * US_PER_S)
#define DAY_US (24 * HOUR_US)
#define NOW_US (T0_US + 60 * DAY_US)

static int64_t frozen_us(void)
{
	return 1000 * US_PER_S;
}

static int64_t wall_now_us = NOW_US;

static int64_t wall_us(void)
{
	return wall_now_us;
}

static const struct store_keep sensible = {.results_us = 30 * DAY_US,
	.evidence_us = 14 * DAY_US,
	.minutes_us = 7 * DAY_US,
	.hours_us = 40 * DAY_US,
	.days_us = 0,
	.incidents_us = 50 * DAY_US};

/* Sixty days of results, one each three hours, every fifth a failure with evidence. */
static void live_sixty_days(uint32_t n_checks)
{
	struct witness w = WITNESS_INIT;
	struct error error = {""};
	struct store *store = store_open(
		&(struct store_options){
			.path = file, .roll_after = 20, .mono_us = frozen_us, .wall_us = wall_us},
		&error);
	assert_true(store_start(store, witness_events(&w), &error));
	char id[16];
	for (uint32_t i = 1; i <= n_checks; i++) {
		snprintf(id, sizeof(id), "check-%u", i);
		assert_int_equal(store_check_number(store, id, NULL), i);
	}
	int n = 0;
	for (int64_t at = T0_US; at < NOW_US; at += 3 * HOUR_US, n++)
		for (uint32_t i = 1; i <= n_checks; i++) {
			struct store_item *item =
				make_item(i, at, n % 5 ? OUTCOME_PASS : OUTCOME_FAIL);
			item->missed = n % 10 == 3;
			item->record->is_stream = true;
			item->record->stream.tokens_per_second = -1;
			assert_true(store_give(store, item));
		}
	store_close(store);
}

/* A single thread does what the store's would do, on a virtual clock, until nothing is left to do. */
struct keeper {
	sqlite3 *db;
	struct session session;
	struct upkeep upkeep;
	int64_t now_us;
	size_t steps;
};

static void keeper_open(struct keeper *k, const struct store_keep *keep)
{
	struct error error = {""};
	*k = (struct keeper){.now_us = 1000 * US_PER_S};
	k->db = db_open(file, &error);
	assert_non_null(k->db);
	assert_true(session_init(&k->session, k->db, &error));
	assert_true(upkeep_init(&k->upkeep, &k->session,
		&(struct store_options){.keep = *keep, .wall_us = wall_us}, &error));
}

static void keeper_close(struct keeper *k)
{
	upkeep_fini(&k->upkeep);
	session_fini(&k->session);
	db_close(k->db);
}

static void keeper_work(struct keeper *k, int64_t for_us)
{
	for (int64_t end = k->now_us + for_us; k->now_us < end;) {
		int64_t due = upkeep_due(&k->upkeep);
		if (due > k->now_us)
			k->now_us = due < end ? due : end;
		upkeep_step(&k->upkeep, k->now_us);
		assert_string_equal(k->upkeep.why.text, "");
		assert_true(++k->steps < 200000);
	}
}

static void keep_house(const struct store_keep *keep, int64_t for_us)
{
	struct keeper k;
	keeper_open(&k, keep);
	keeper_work(&k, for_us);
	keeper_close(&k);
}

static int64_t days_left(const char *table)
{
	char sql[200];
	snprintf(sql, sizeof(sql), "SELECT (%lld - min(key & 4398046511103) * 1000) / %lld FROM %s",
		(long long)NOW_US, (long long)DAY_US, table);
	return ask_sql(sql);
}

static int64_t rows(const char *table)
{
	char sql[100];
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	return ask_sql(sql);
}

static void each_level_is_kept_its_time(void **state)
{
	(void)state;
	struct store_keep forever = {0};
	live_sixty_days(3);
	keep_house(&forever, HOUR_US);
	int64_t results = rows("result");
	int64_t days = rows("rollup_day");
	assert_true(rows("rollup_minute") > 100); /* of the missed slots */
	keep_house(&sensible, 2 * HOUR_US);
	assert_int_equal(days_left("result"), 30);
	assert_int_equal(days_left("stream"), 30);
	assert_in_range(days_left("missed"), 28, 30);
	assert_in_range(days_left("evidence"), 13, 14);
	assert_in_range(days_left("rollup_minute"), 5, 7);
	assert_int_equal(days_left("rollup_hour"), 40);
	assert_int_equal(rows("rollup_day"), days);
	/* the days still know all of them */
	assert_int_equal(ask_sql("SELECT sum(pass + fail) FROM rollup_day"), results);
	assert_int_equal(rows("result"), 3 * 8 * 30);
	assert_int_equal(rows("check_state"), 3);
	assert_int_equal(ask_sql("SELECT count(*) FROM stream WHERE key NOT IN (SELECT key FROM"
				 " result)"),
		0);
	assert_sound();
	keep_house(&forever, 2 * HOUR_US);
	assert_int_equal(rows("result"), 3 * 8 * 30);
}

static void what_is_not_rolled_stays(void **state)
{
	(void)state;
	struct store_keep forever = {0};
	live_sixty_days(2);
	keep_house(&forever, HOUR_US);
	ask_sql("UPDATE check_state SET rolled_key = 0 WHERE number = 1");
	struct keeper k;
	keeper_open(&k, &sensible);
	for (int i = 0; i < 500; i++) { /* as if rolling were far behind */
		k.now_us += 10 * US_PER_S;
		assert_true(retention_step(&k.upkeep.retention, k.now_us, NOW_US));
	}
	keeper_close(&k);
	assert_int_equal(ask_sql("SELECT count(*) FROM result WHERE key >> 42 = 1"), 8 * 60);
	assert_int_equal(ask_sql("SELECT count(*) FROM result WHERE key >> 42 = 2"), 8 * 30);
}

static void an_open_incident_keeps_its_evidence(void **state)
{
	(void)state;
	live_sixty_days(3);
	char sql[300];
	int64_t opened = T0_US + 30 * DAY_US; /* a failure's time: 240 is a multiple of 5 */
	snprintf(sql, sizeof(sql),
		"INSERT INTO incident (id, number, root, opened_us, cause) VALUES (%lld, 1, 1, "
		"%lld, 'x')",
		(long long)key_at(1, opened), (long long)opened);
	ask_sql(sql);
	snprintf(sql, sizeof(sql),
		"INSERT INTO incident_check (incident, number, joined_us, message)"
		" VALUES (%lld, 2, %lld, 'y')",
		(long long)key_at(1, opened), (long long)(opened + 10 * DAY_US));
	ask_sql(sql);
	keep_house(&sensible, 2 * HOUR_US);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM evidence WHERE key = %lld",
		(long long)key_at(1, opened));
	assert_int_equal(ask_sql(sql), 1);
	/* all since it began, none from before; 100 pieces are more than there are */
	snprintf(sql, sizeof(sql), "SELECT min(key) = %lld FROM evidence WHERE key >> 42 = 1",
		(long long)key_at(1, opened));
	assert_int_equal(ask_sql(sql), 1);
	snprintf(sql, sizeof(sql), "SELECT min(key) = %lld FROM evidence WHERE key >> 42 = 2",
		(long long)key_at(2, opened + 10 * DAY_US));
	assert_int_equal(ask_sql(sql), 1);
	assert_int_equal(ask_sql("SELECT (max(key) - min(key)) / 86400000 FROM evidence"
				 " WHERE key >> 42 = 3"),
		13);
	/* once it is over, they go like others */
	ask_sql("UPDATE incident SET resolved_us = opened_us + 1");
	ask_sql("UPDATE incident_check SET left_us = joined_us + 1");
	keep_house(&sensible, 2 * HOUR_US);
	assert_int_equal(days_left("evidence"), 13);
	assert_int_equal(rows("incident"), 1);
}

static void of_an_endless_incident_the_first_evidence_stays(void **state)
{
	(void)state;
	live_sixty_days(1);
	char sql[300];
	snprintf(sql, sizeof(sql),
		"INSERT INTO incident (id, number, root, opened_us, cause) VALUES (%lld, 1, 1, "
		"%lld, 'x')",
		(long long)key_at(1, T0_US), (long long)T0_US);
	ask_sql(sql);
	ask_sql("INSERT OR IGNORE INTO evidence SELECT key, '{}' FROM result");
	keep_house(&sensible, 2 * HOUR_US);
	assert_int_equal(rows("evidence"), RETENTION_EVIDENCE_OF_OPEN + 14 * 8);
}

static void add_incident(int64_t id, int64_t opened_us, bool resolved, int alert_state)
{
	char sql[600];
	snprintf(sql, sizeof(sql),
		"INSERT INTO incident (id, number, root, opened_us, resolved_us, cause)"
		" VALUES (%lld, %lld, 1, %lld, %s, 'x')",
		(long long)id, (long long)id, (long long)opened_us, resolved ? "5" : "NULL");
	ask_sql(sql);
	ask_sql("UPDATE incident SET resolved_us = opened_us + 5 WHERE resolved_us = 5");
	snprintf(sql, sizeof(sql),
		"INSERT INTO outbox (state, incident, channel, dedup_key, event, payload, "
		"created_us,"
		" next_try_us, tries) VALUES (%d, %lld, 'c', 'k%lld', 'opened', '{}', 1, 1, 1)",
		alert_state, (long long)id, (long long)id);
	ask_sql(sql);
	snprintf(sql, sizeof(sql),
		"INSERT INTO incident_event (incident, at_us, kind) VALUES (%lld, 1, 'opened')",
		(long long)id);
	ask_sql(sql);
	snprintf(sql, sizeof(sql),
		"INSERT INTO incident_check (incident, number, joined_us, left_us, message)"
		" VALUES (%lld, %lld, 1, 2, '')",
		(long long)id, (long long)id);
	ask_sql(sql);
}

/* Of no incident. */
static void add_news(int64_t key, int64_t created_us, int state)
{
	char sql[300];
	snprintf(sql, sizeof(sql),
		"INSERT INTO outbox (state, incident, channel, dedup_key, event, payload, "
		"created_us, next_try_us, tries) VALUES (%d, %lld, 'c', 'k%lld', 'fixed', '{}', "
		"%lld, 1, 1)",
		state, (long long)key, (long long)key, (long long)created_us);
	ask_sql(sql);
}

static void add_window(int64_t id, int64_t until_us)
{
	char sql[160];
	snprintf(sql, sizeof(sql),
		"INSERT INTO maintenance VALUES (%lld, %lld, %lld, '', 0, NULL, NULL)",
		(long long)id, (long long)(until_us - HOUR_US), (long long)until_us);
	ask_sql(sql);
	snprintf(sql, sizeof(sql), "INSERT INTO maintenance_check VALUES (%lld, 1)", (long long)id);
	ask_sql(sql);
}

static void old_windows_go_but_the_newest(void **state)
{
	(void)state;
	live_sixty_days(1);
	for (int i = 1; i <= 20; i++)
		add_window(i, NOW_US - 55 * DAY_US);
	add_window(21, NOW_US - 45 * DAY_US);
	add_window(22, NOW_US - 55 * DAY_US); /* by it the next is numbered */
	keep_house(&sensible, 2 * HOUR_US);
	assert_int_equal(ask_sql("SELECT count(*) = 2 AND min(id) = 21 FROM maintenance"), 1);
	assert_int_equal(rows("maintenance_check"), 2);
}

static void old_incidents_go_with_their_alerts(void **state)
{
	(void)state;
	live_sixty_days(1);
	int64_t old = NOW_US - 55 * DAY_US;
	for (int i = 0; i < 20; i++)
		add_incident(100 + i, old + i, true, 1 + i % 2);
	add_incident(1, old, false, 1); /* still open */
	add_incident(2, old, true, 0); /* its alert waits */
	add_incident(3, NOW_US - 45 * DAY_US, true, 1);
	add_news(10, old, 1);
	add_news(11, old, 2);
	add_news(12, old, 0); /* it waits */
	add_news(13, NOW_US - 45 * DAY_US, 1);
	keep_house(&sensible, 2 * HOUR_US);
	assert_int_equal(ask_sql("SELECT group_concat(id) = '1,2,3' FROM incident"), 1);
	assert_int_equal(ask_sql("SELECT group_concat(incident) = '1,2,3,12,13' FROM outbox"), 1);
	assert_int_equal(rows("incident_event"), 3);
	assert_int_equal(rows("incident_check"), 3);
}

static int64_t file_bytes(void)
{
	struct stat status;
	assert_int_equal(stat(file, &status), 0);
	return status.st_size;
}

static void the_file_shrinks(void **state)
{
	(void)state;
	live_sixty_days(60);
	struct keeper k;
	struct store_keep little = sensible;
	little.results_us = little.evidence_us = DAY_US;
	keeper_open(&k, &sensible);
	keeper_work(&k, 1);
	keeper_close(&k); /* the log is in the file now */
	int64_t before = file_bytes();
	keeper_open(&k, &little);
	keeper_work(&k, 2 * HOUR_US);
	keeper_close(&k);
	int64_t after = file_bytes();
	print_message("%lld bytes, then %lld\n", (long long)before, (long long)after);
	assert_true(before - after > before / 2);
	assert_true(ask_sql("PRAGMA freelist_count") <= RETENTION_RESERVE_PAGES);
	assert_sound();
}

static void a_budget_takes_results_and_evidence_first(void **state)
{
	(void)state;
	live_sixty_days(60);
	int64_t minutes = rows("rollup_minute");
	int64_t days = rows("rollup_day");
	int64_t hours = rows("rollup_hour");
	add_incident(100, NOW_US - 5 * DAY_US, true, 1);
	struct store_keep keep = {0}; /* for ever, but for the budget */
	struct keeper k;
	keeper_open(&k, &keep);
	keeper_work(&k, UPKEEP_ROLL_S * US_PER_S);
	keeper_close(&k);
	minutes = rows("rollup_minute");
	hours = rows("rollup_hour");
	days = rows("rollup_day");
	keep.max_bytes = file_bytes() * 3 / 4;
	keeper_open(&k, &keep);
	keeper_work(&k, HOUR_US);
	assert_false(k.upkeep.retention.too_small);
	assert_in_range(k.upkeep.retention.cap_us, 2 * DAY_US, 59 * DAY_US);
	keeper_close(&k);
	assert_true(file_bytes() <= keep.max_bytes + RETENTION_RESERVE_PAGES * 4096);
	assert_in_range(days_left("result"), 1, 58);
	assert_in_range(days_left("evidence"), 1, 58);
	assert_int_equal(days_left("rollup_minute"), days_left("missed"));
	assert_true(rows("rollup_minute") < minutes);
	/* far too small: two days of results and minutes stay, and all else does */
	keep.max_bytes = 1 << 20;
	keeper_open(&k, &keep);
	keeper_work(&k, HOUR_US);
	assert_true(k.upkeep.retention.too_small);
	/* a large one lifts it again */
	keep.max_bytes = INT64_C(1) << 40;
	retention_keep(&k.upkeep.retention, &keep);
	keeper_work(&k, 200 * HOUR_US);
	assert_int_equal(k.upkeep.retention.cap_us, 0);
	keeper_close(&k);
	assert_int_equal(days_left("result"), 2);
	assert_int_equal(rows("result"), 60 * (RETENTION_LEAST_H / 3));
	assert_in_range(days_left("rollup_minute"), 0, 2);
	assert_int_equal(rows("rollup_hour"), hours);
	assert_int_equal(rows("rollup_day"), days);
	assert_int_equal(rows("check_state"), 60);
	assert_int_equal(rows("incident"), 1);
	assert_int_equal(rows("outbox"), 1);
	assert_sound();
}

/* The clock runs along with the monotonic one, wrong by so much. */
static void keeper_live(struct keeper *k, int64_t for_us, int64_t wrong_by_us)
{
	for (int64_t end = k->now_us + for_us; k->now_us < end;) {
		wall_now_us = NOW_US + k->now_us + wrong_by_us;
		keeper_work(k, 60 * US_PER_S);
	}
	wall_now_us = NOW_US;
}

static void by_a_clock_that_is_wrong_at_the_start_nothing_is_deleted(void **state)
{
	(void)state;
	struct keeper k;
	struct store_keep budget = sensible;
	live_sixty_days(2);
	ask_sql("INSERT INTO incident (id, number, root, opened_us, resolved_us, cause)"
		" VALUES (7, 1, 1, 1, 2, 'x')");
	int64_t all = rows("result");
	budget.max_bytes = 4096;
	for (int start = 0; start < 3; start++) { /* and a restart makes it no truer */
		keeper_open(&k, &budget);
		keeper_live(&k, 3 * HOUR_US, 3600 * DAY_US);
		keeper_close(&k);
		assert_int_equal(rows("result"), all);
		assert_int_equal(rows("incident"), 1);
	}
	keeper_open(&k, &sensible);
	keeper_live(&k, 3 * HOUR_US, 3600 * DAY_US);
	keeper_live(&k, 2 * HOUR_US, 0); /* somebody sets it */
	keeper_close(&k);
	assert_in_range(days_left("result"), 29, 30);
	assert_int_equal(rows("incident"), 0);
}

static void a_clock_that_jumps_is_believed_after_hours(void **state)
{
	(void)state;
	struct keeper k;
	live_sixty_days(2);
	keeper_open(&k, &sensible);
	keeper_live(&k, 2 * HOUR_US, 0);
	int64_t kept = rows("result");
	assert_in_range(kept, 2 * 8 * 29, 2 * 8 * 30);
	keeper_live(&k, 5 * HOUR_US, 60 * DAY_US);
	assert_int_equal(rows("result"), kept);
	keeper_live(&k, 3 * HOUR_US, 60 * DAY_US);
	assert_int_equal(rows("result"), 0);
	assert_true(rows("rollup_day") > 0);
	keeper_close(&k);
	keeper_open(&k, &sensible); /* and is remembered */
	keeper_live(&k, HOUR_US / 2, 60 * DAY_US);
	assert_false(k.upkeep.retention.belief.doubts);
	keeper_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(each_level_is_kept_its_time),
		STORE_TEST(what_is_not_rolled_stays),
		STORE_TEST(an_open_incident_keeps_its_evidence),
		STORE_TEST(of_an_endless_incident_the_first_evidence_stays),
		STORE_TEST(old_windows_go_but_the_newest),
		STORE_TEST(old_incidents_go_with_their_alerts),
		STORE_TEST(the_file_shrinks),
		STORE_TEST(a_budget_takes_results_and_evidence_first),
		STORE_TEST(by_a_clock_that_is_wrong_at_the_start_nothing_is_deleted),
		STORE_TEST(a_clock_that_jumps_is_believed_after_hours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
