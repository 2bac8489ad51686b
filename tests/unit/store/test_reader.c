/* History as the pages read it: pages, ranges, counts, and never more than a check's own rows. */
#include "unit/store/fixture.h"

#include "base/json.h"

static struct witness w;
static struct store *store;
static struct reader *reader;
static struct arena arena;

static int begin(void **state)
{
	(void)state;
	struct error error = {""};
	make_place();
	w = (struct witness)WITNESS_INIT;
	store = open_store(&w);
	store_check_number(store, "one", NULL);
	store_check_number(store, "two", NULL);
	store_check_number(store, "three", NULL);
	arena_init(&arena);
	reader = reader_open(file, &error);
	assert_non_null(reader);
	return 0;
}

static int end(void **state)
{
	(void)state;
	reader_close(reader);
	arena_fini(&arena);
	store_close(store);
	remove_place();
	return 0;
}

#define READER_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

/* A result of each check every second; each tenth fails. */
static void fill(int n)
{
	for (int i = 0; i < n; i++)
		for (uint32_t number = 1; number <= 3; number++) {
			enum outcome outcome = i % 10 == 9 ? OUTCOME_FAIL : OUTCOME_PASS;
			struct store_item *item = make_item(number, T0_US + i * US_PER_S, outcome);
			if (number == 2) {
				item->record->is_stream = true;
				item->record->stream.ttft_us = 2000 + i;
				item->record->stream.tokens_per_second = -1;
			}
			assert_true(store_give(store, item));
		}
	await(&w, &w.items, w.items + (size_t)n * 3);
}

static void pages_join_without_gap_or_overlap(void **state)
{
	(void)state;
	fill(25);
	uint64_t before = 0;
	int expect = 24;
	size_t pages = 0;
	for (;; pages++) {
		struct result_row *rows = NULL;
		size_t n = reader_results(reader, &arena, "two", before, 7, &rows);
		for (size_t i = 0; i < n; i++, expect--) {
			assert_int_equal(rows[i].key, key_at(2, T0_US + expect * US_PER_S));
			assert_int_equal(rows[i].started_wall_us, T0_US + expect * US_PER_S);
			assert_int_equal(rows[i].ttft_us, 2000 + expect);
		}
		if (n == 0)
			break;
		before = rows[n - 1].key;
	}
	assert_int_equal(pages, 4);
	assert_int_equal(expect, -1);
}

static void upwards_from_a_key(void **state)
{
	(void)state;
	fill(25);
	struct result_row *rows = NULL;
	size_t n = reader_results_after(
		reader, &arena, "two", key_at(2, T0_US + 20 * US_PER_S), 10, &rows);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(rows[i].key, key_at(2, T0_US + (21 + (int)i) * US_PER_S));
	assert_int_equal(reader_results_after(reader, &arena, "two", 0, 3, &rows), 3);
	assert_int_equal(rows[0].key, key_at(2, T0_US)); /* not of the check before */
	assert_int_equal(
		reader_results_after(reader, &arena, "two", key_at(3, T0_US), 3, &rows), 0);
	assert_int_equal(reader_results_after(reader, &arena, "two", UINT64_MAX, 3, &rows), 0);
	assert_int_equal(reader_results_after(reader, &arena, "nobody", 0, 3, &rows), 0);
}

static void the_newest_with_evidence(void **state)
{
	(void)state;
	fill(25);
	uint64_t newest = reader_newest_evidence(reader, "two", 0, OUTCOME_FAIL);
	assert_int_equal(newest, key_at(2, T0_US + 19 * US_PER_S));
	assert_true(reader_has_evidence(reader, newest));
	assert_false(reader_has_evidence(reader, key_at(2, T0_US + 15 * US_PER_S)));
	assert_int_equal(reader_newest_evidence(reader, "two", newest, OUTCOME_FAIL),
		key_at(2, T0_US + 9 * US_PER_S));
	assert_int_equal(reader_newest_evidence(
				 reader, "two", key_at(2, T0_US + 9 * US_PER_S), OUTCOME_FAIL),
		0);
	assert_int_equal(reader_newest_evidence(reader, "two", 0, OUTCOME_WARN), 0);
	assert_int_equal(reader_newest_evidence(reader, "nobody", 0, OUTCOME_FAIL), 0);
}

static void a_row_says_what_happened(void **state)
{
	(void)state;
	fill(10);
	struct result_row *rows = NULL;
	assert_int_equal(reader_results(reader, &arena, "one", 0, 2, &rows), 2);
	assert_int_equal(rows[0].outcome, OUTCOME_FAIL);
	assert_int_equal(rows[0].reason, REASON_EXPECTATION);
	assert_int_equal(rows[0].http_status, 503);
	assert_int_equal(rows[0].duration_us, 123456);
	assert_int_equal(rows[0].ttfb_us, 98000);
	assert_int_equal(rows[0].ttft_us, -1);
	assert_string_equal(rows[0].message, "status: expected 200, got 503");
	assert_int_equal(rows[1].outcome, OUTCOME_PASS);
	assert_string_equal(rows[1].message, "");
}

static void nobody_reads_beyond_the_check(void **state)
{
	(void)state;
	fill(3);
	struct result_row *rows = NULL;
	uint64_t of_three = key_at(3, T0_US + 60 * US_PER_S);
	assert_int_equal(reader_results(reader, &arena, "two", of_three, 100, &rows), 3);
	assert_int_equal(rows[0].key >> RESULT_KEY_TIME_BITS, 2);
	uint64_t of_one = key_at(1, T0_US);
	assert_int_equal(reader_results(reader, &arena, "two", of_one, 100, &rows), 0);
	assert_int_equal(reader_results(reader, &arena, "two", 0, SIZE_MAX, &rows), 3);
	assert_int_equal(reader_results(reader, &arena, "two", 0, 0, &rows), 0);
	assert_int_equal(reader_results(reader, &arena, "unheard of", 0, 100, &rows), 0);
}

/* From a time on, exactly where it is not long before the results; 0: from ever on. */
static struct span_sums since(const char *check_id, int64_t from_us)
{
	bool exact = from_us > 0 && from_us < INT64_MAX;
	return reader_summary(
		reader, check_id, from_us, exact ? from_us + SUMMARY_EXACT_US / 2 : INT64_MAX);
}

static void a_summary_counts_from_a_time_on(void **state)
{
	(void)state;
	fill(20);
	assert_true(store_give(store, make_item(1, T0_US + 30 * US_PER_S, OUTCOME_SKIP)));
	assert_true(store_give(store, make_item(1, T0_US + 31 * US_PER_S, OUTCOME_WARN)));
	await(&w, &w.items, w.items + 2);
	struct span_sums all = since("one", 0);
	assert_int_equal(all.pass, 18);
	assert_int_equal(all.fail, 2);
	assert_int_equal(all.skip, 1);
	assert_int_equal(all.warn, 1);
	struct span_sums late = since("one", T0_US + 10 * US_PER_S);
	assert_int_equal(late.pass, 9);
	assert_int_equal(late.fail, 1);
	assert_int_equal(since("one", INT64_MAX).pass, 0);
	assert_int_equal(since("unheard of", 0).pass, 0);
}

static size_t settled, given; /* committed before; given since */

static void incident(int number, int at_s, enum incident_change_kind kind, uint64_t id)
{
	struct store_item *item =
		make_item((uint32_t)number, T0_US + at_s * US_PER_S, OUTCOME_FAIL);
	item->record->message = "status: 503";
	add_change(item, kind, id ? id : item->record->key);
	settled = given ? settled : w.items;
	assert_true(store_give(store, item));
	given++;
}

/* What was given is in the file. */
static void settle(void)
{
	await(&w, &w.items, settled + given);
	given = 0;
}

static void incidents_come_newest_first(void **state)
{
	(void)state;
	incident(3, 1, INCIDENT_OPENED, 0);
	incident(1, 2, INCIDENT_OPENED, 0);
	incident(2, 3, INCIDENT_OPENED, 0);
	incident(1, 4, INCIDENT_RESOLVED, key_at(1, T0_US + 2 * US_PER_S));
	settle();
	struct incident_row *rows = NULL;
	assert_int_equal(reader_incidents(reader, &arena, INCIDENTS_ALL, 0, 10, &rows), 3);
	assert_string_equal(rows[0].check_id, "two");
	assert_string_equal(rows[1].check_id, "one");
	assert_string_equal(rows[1].cause, "status: 503");
	assert_int_equal(rows[1].id, key_at(1, T0_US + 2 * US_PER_S));
	assert_int_equal(rows[1].opened_wall_us, T0_US + 2 * US_PER_S);
	assert_int_equal(rows[1].resolved_wall_us, T0_US + 4 * US_PER_S);
	assert_int_equal(rows[0].resolved_wall_us, 0);
	assert_int_equal(reader_incidents(reader, &arena, INCIDENTS_OPEN, 0, 10, &rows), 2);
	assert_string_equal(rows[1].check_id, "three");
	assert_int_equal(reader_incidents(reader, &arena, INCIDENTS_ALL, 0, 1, &rows), 1);
}

static void incidents_are_paged(void **state)
{
	(void)state;
	for (int i = 0; i < 12; i++) { /* one open, one resolved, by turns of the checks */
		incident(i % 3 + 1, i * 10, INCIDENT_OPENED, 0);
		incident(i % 3 + 1, i * 10 + 5, INCIDENT_RESOLVED,
			key_at((uint32_t)(i % 3 + 1), T0_US + i * 10 * US_PER_S));
	}
	incident(1, 200, INCIDENT_OPENED, 0);
	incident(2, 200, INCIDENT_OPENED, 0); /* at the same time */
	settle();
	const size_t expected[] = {14, 2, 12};
	for (enum incident_filter filter = INCIDENTS_ALL; filter <= INCIDENTS_RESOLVED; filter++) {
		uint64_t before = 0;
		int64_t last_us = INT64_MAX;
		size_t total = 0;
		for (size_t n = 1; n; total += n) {
			struct incident_row *rows = NULL;
			n = reader_incidents(reader, &arena, filter, before, 5, &rows);
			for (size_t i = 0; i < n; i++) {
				assert_true(
					rows[i].opened_wall_us <= last_us && rows[i].id != before);
				assert_true(filter != INCIDENTS_OPEN || !rows[i].resolved_wall_us);
				assert_true(
					filter != INCIDENTS_RESOLVED || rows[i].resolved_wall_us);
				before = rows[i].id;
				last_us = rows[i].opened_wall_us;
			}
		}
		assert_int_equal(total, expected[filter]);
	}
	struct incident_row *rows = NULL;
	assert_int_equal(reader_incidents(reader, &arena, INCIDENTS_ALL, 12345, 5, &rows), 0);
}

static void an_incident_has_members_and_a_timeline(void **state)
{
	(void)state;
	struct incident_story story;
	incident(2, 1, INCIDENT_OPENED, 0);
	uint64_t id = key_at(2, T0_US + US_PER_S);
	incident(1, 2, INCIDENT_JOINED, id);
	incident(1, 3, INCIDENT_REROOTED, id);
	incident(2, 4, INCIDENT_CONTINUED, id);
	settle();
	assert_false(reader_incident(reader, &arena, id + 1, &story));
	assert_true(reader_incident(reader, &arena, id, &story));
	assert_string_equal(story.row.check_id, "one");
	assert_int_equal(story.row.n_checks, 2);
	assert_int_equal(story.row.merged_into, 0);
	assert_int_equal(story.n_members, 2);
	assert_string_equal(story.members[0].check_id, "two");
	assert_int_equal(story.members[0].joined_wall_us, T0_US + US_PER_S);
	assert_int_equal(story.members[0].left_wall_us, 0);
	assert_string_equal(story.members[1].check_id, "one");
	assert_int_equal(story.members[1].left_wall_us, 0);
	assert_string_equal(story.members[1].message, "status: 503");
	static const char *const kinds[] = {"opened", "joined", "rerooted", "continued"};
	assert_int_equal(story.n_moments, 4);
	for (int i = 0; i < 4; i++) {
		assert_string_equal(story.moments[i].kind, kinds[i]);
		assert_int_equal(story.moments[i].at_wall_us, T0_US + (i + 1) * US_PER_S);
	}
	assert_string_equal(story.moments[1].check_id, "one");
	assert_int_equal(story.moments[1].key, key_at(1, T0_US + 2 * US_PER_S));
	assert_string_equal(story.moments[1].text, "status: 503");
	assert_string_equal(story.moments[2].text, "");

	for (int i = 0; i < 700; i++) { /* it comes and goes: bounded, and the end is what counts */
		struct store_item *item = make_item(2, T0_US + (10 + i) * US_PER_S, OUTCOME_FAIL);
		add_change(item, INCIDENT_JOINED, id);
		add_change(item, INCIDENT_LEFT, id);
		assert_true(store_give(store, item));
	}
	await(&w, &w.items, w.items + 700);
	assert_true(reader_incident(reader, &arena, id, &story));
	assert_int_equal(story.n_moments, INCIDENT_MOMENTS_MAX);
	assert_int_equal(
		story.moments[INCIDENT_MOMENTS_MAX - 1].at_wall_us, T0_US + 709 * US_PER_S);
	assert_int_equal(story.moments[0].at_wall_us, T0_US + 210 * US_PER_S);
}

static void evidence_is_json_or_nothing(void **state)
{
	(void)state;
	fill(10);
	assert_null(reader_evidence(reader, &arena, key_at(1, T0_US + 5 * US_PER_S)));
	const char *text = reader_evidence(reader, &arena, key_at(1, T0_US + 9 * US_PER_S));
	assert_non_null(text);
	struct error error = {""};
	assert_true(json_valid(str_of(text), &error));
}

/* Every question ends: an open cursor would keep the log from being emptied. */
static void a_reader_stops_no_checkpoint(void **state)
{
	(void)state;
	incident(1, 500, INCIDENT_OPENED, 0);
	settle();
	fill(20);
	struct result_row *rows = NULL;
	struct incident_row *incidents = NULL;
	assert_int_equal(reader_results(reader, &arena, "one", 0, 3, &rows), 3);
	assert_int_equal(reader_incidents(reader, &arena, INCIDENTS_ALL, 0, 1, &incidents), 1);
	assert_int_equal(reader_incidents(reader, &arena, INCIDENTS_OPEN, 0, 1, &incidents), 1);
	struct incident_story story;
	assert_true(reader_incident(reader, &arena, incidents[0].id, &story));
	assert_non_null(reader_evidence(reader, &arena, key_at(1, T0_US + 9 * US_PER_S)));
	assert_int_equal(since("one", 0).pass, 18);
	fill(20);
	sqlite3 *db = NULL;
	int log = 0;
	int checkpointed = -1;
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "SELECT 1 FROM meta", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(
		sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &checkpointed),
		SQLITE_OK);
	assert_true(log > 0);
	assert_int_equal(checkpointed, log);
	sqlite3_close(db);
}

static void nonsense_in_the_file_has_a_name(void **state)
{
	(void)state;
	fill(1);
	ask_sql("UPDATE result SET outcome = 77, reason = -3");
	struct result_row *rows = NULL;
	assert_int_equal(reader_results(reader, &arena, "one", 0, 2, &rows), 1);
	assert_int_equal(rows[0].outcome, OUTCOME_FAIL);
	assert_int_equal(rows[0].reason, REASON_INTERNAL);
}

static void cost_is_what_was_sent(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		struct store_item *item = make_item(1, T0_US + i * US_PER_S, OUTCOME_FAIL);
		item->record->attempts = i == 5 ? 0 : 2; /* one was held back */
		item->record->prompt_tokens = i < 8 ? 10 : -1;
		item->record->completion_tokens = i == 0 ? 7 : -1;
		assert_true(store_give(store, item));
	}
	await(&w, &w.items, w.items + 10);
	struct span_sums all = since("one", T0_US - US_PER_S);
	assert_int_equal(all.sent, 9);
	assert_int_equal(all.tokens, 77);
	struct span_sums later = since("one", T0_US + 8 * US_PER_S);
	assert_int_equal(later.sent, 2);
	assert_int_equal(later.tokens, 0);
	assert_int_equal(since("two", 0).sent, 0);
	assert_int_equal(since("nobody", 0).sent, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		READER_TEST(cost_is_what_was_sent),
		READER_TEST(pages_join_without_gap_or_overlap),
		READER_TEST(a_row_says_what_happened),
		READER_TEST(nobody_reads_beyond_the_check),
		READER_TEST(a_summary_counts_from_a_time_on),
		READER_TEST(incidents_come_newest_first),
		READER_TEST(incidents_are_paged),
		READER_TEST(an_incident_has_members_and_a_timeline),
		READER_TEST(evidence_is_json_or_nothing),
		READER_TEST(upwards_from_a_key),
		READER_TEST(the_newest_with_evidence),
		READER_TEST(a_reader_stops_no_checkpoint),
		READER_TEST(nonsense_in_the_file_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
