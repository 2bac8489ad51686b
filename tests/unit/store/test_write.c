/* What is given is what stands in the file: batches, states, incidents, restarts. */
#include "unit/store/fixture.h"

#include "store/reader_incidents.h"
#include "store/registry.h"

#include <signal.h>

static void a_result_is_written_whole(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	uint32_t number = store_check_number(store, "gateway-stream", NULL);
	struct store_item *item = make_item(number, T0_US, OUTCOME_FAIL);
	item->record->is_stream = true;
	item->record->integrity = INTEGRITY_TRUNCATED;
	item->record->known_issue = true;
	item->record->maintenance = true;
	item->record->tls.expires_us = T0_US + 1;
	item->record->completion_tokens = 12;
	item->record->stream = (struct measures){.ttfe_us = 1000,
		.ttfr_us = -1,
		.ttft_us = 2000,
		.chunks = 7,
		.tokens = 5,
		.tokens_per_second = 2.5,
		.finished = true};
	item->missed = 3;
	assert_true(store_give(store, item));
	await(&w, &w.items, 1);
	assert_false(w.waiting);
	store_close(store);
	assert_int_equal(
		ask_sql("SELECT count(*) FROM result WHERE key = (1 << 42) + 1763805600000"
			" AND outcome = 2 AND reason = 1 AND flags = 5 AND attempts = 1"
			" AND http_status = 503 AND duration_us = 123456 AND dns_us = 310"
			" AND connect_us = 820 AND tls_us = 21000 AND ttfb_us = 98000"
			" AND total_us = 123000 AND prompt_tokens IS NULL"
			" AND completion_tokens = 12 AND message LIKE 'status: expected%'"),
		1);
	assert_int_equal(
		ask_sql("SELECT count(*) FROM stream WHERE key = (1 << 42) + 1763805600000"
			" AND integrity = 3 AND flags = 2 AND ttfe_us = 1000 AND ttfr_us IS NULL"
			" AND ttft_us = 2000 AND chunks = 7 AND tokens = 5"
			" AND tokens_per_second = 2.5"),
		1);
	assert_int_equal(ask_sql("SELECT json_valid(json) FROM evidence"), 1);
	assert_int_equal(ask_sql("SELECT slots FROM missed"), 3);
	assert_int_equal(ask_sql("SELECT number FROM checks WHERE id = 'gateway-stream'"), 1);
	assert_int_equal(ask_sql("SELECT count(*) FROM check_state WHERE state = 3 AND recent = -1"
				 " AND known = 64 AND latest = 2 AND missed = 3"
				 " AND tls_expires_us - since_us = 1"),
		1);
	assert_sound();
}

static void many_go_in_few_batches(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	uint32_t number = store_check_number(store, "one", NULL);
	for (int i = 0; i < 1000; i++)
		assert_true(store_give(store, make_item(number, T0_US + i * 1000, OUTCOME_PASS)));
	await(&w, &w.items, 1000);
	assert_in_range(w.commits, 1000 / STORE_BATCH_ROWS, 20);
	assert_int_equal(store_queue_length(store), 0);
	uint64_t commits = 0;
	int64_t total_us = 0;
	store_commit_stats(store, &commits, &total_us);
	assert_int_equal(commits, w.commits);
	assert_true(total_us > 0);
	store_close(store);
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 1000);
}

static void one_alone_waits_no_longer_than_a_batch(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	int64_t start = clock_mono_us();
	assert_true(store_give(store, make_item(1, T0_US, OUTCOME_PASS)));
	await(&w, &w.items, 1);
	int64_t took = clock_mono_us() - start;
	assert_true(took >= STORE_BATCH_MS * 900); /* others could have joined it */
	store_close(store);
}

static void closing_writes_what_waits(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	for (int i = 0; i < 700; i++)
		assert_true(store_give(store, make_item(1, T0_US + i * 1000, OUTCOME_PASS)));
	store_close(store);
	assert_int_equal(w.items, 700);
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 700);
	store = open_store(NULL); /* never started */
	assert_true(store_give(store, make_item(1, T0_US - 1000, OUTCOME_PASS)));
	store_close(store);
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 701);
}

static void evidence_is_kept_of_failures_and_the_first_pass_after(void **state)
{
	(void)state;
	static const enum outcome outcomes[] = {OUTCOME_PASS, OUTCOME_PASS, OUTCOME_FAIL,
		OUTCOME_WARN, OUTCOME_PASS, OUTCOME_PASS, OUTCOME_SKIP, OUTCOME_PASS, OUTCOME_PASS};
	static const bool kept[] = {true, false, true, true, true, false, true, true, false};
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	for (int i = 0; i < 9; i++) {
		assert_true(store_give(store, make_item(1, T0_US + i * US_PER_S, outcomes[i])));
		assert_true(
			store_give(store, make_item(2, T0_US + i * US_PER_S + 1000, OUTCOME_FAIL)));
		if (i == 4)
			await(&w, &w.items, 10); /* across batches too */
	}
	store_close(store);
	for (int i = 0; i < 9; i++) {
		char sql[128];
		snprintf(sql, sizeof(sql),
			"SELECT count(*) FROM evidence WHERE key = (1 << 42) + %d000 + "
			"1763805600000",
			i);
		assert_int_equal(ask_sql(sql), kept[i]);
	}
}

static void a_key_that_is_taken_gives_way(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	for (int i = 0; i < 3; i++) /* the wall clock was set back */
		assert_true(store_give(store, make_item(1, T0_US, OUTCOME_PASS)));
	store_close(store);
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 3);
	assert_int_equal(ask_sql("SELECT max(key) - min(key) FROM result"), 2);
}

static void missed_slots_alone_change_no_state(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	assert_true(store_give(store, make_item(1, T0_US, OUTCOME_FAIL)));
	for (int i = 0; i < 2; i++) {
		struct store_item *item = MEM_NEW(struct store_item);
		item->check_number = (uint32_t)i + 1;
		item->missed = 5;
		assert_true(store_give(store, item));
	}
	store_close(store);
	assert_int_equal(ask_sql("SELECT sum(slots) FROM missed"), 10);
	assert_int_equal(ask_sql("SELECT missed FROM check_state WHERE state = 3"), 5);
	assert_int_equal(ask_sql("SELECT missed FROM check_state WHERE number = 2"), 5);
}

static void numbers_stay_for_good(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	char id[32];
	for (int i = 0; i < 1000; i++) {
		snprintf(id, sizeof(id), "check-%d", i);
		assert_int_equal(store_check_number(store, id, NULL), i + 1);
	}
	assert_int_equal(store_check_number(store, "check-500", NULL), 501);
	assert_true(store_give(store, make_item(7, T0_US, OUTCOME_PASS)));
	await(&w, &w.items, 1);
	assert_int_equal(store_check_number(store, "late", NULL), 1001);
	assert_true(store_give(store, make_item(1001, T0_US, OUTCOME_PASS)));
	store_close(store);
	store = open_store(NULL);
	assert_int_equal(store_check_number(store, "late", NULL), 1001);
	assert_int_equal(store_check_number(store, "check-999", NULL), 1000);
	assert_int_equal(store_check_number(store, "newer", NULL), 1002);
	struct error error = {""};
	assert_int_equal(store_check_number(store, "", &error), 0);
	assert_string_equal(error.text, "a check without an id");
	store_close(store);
}

static void numbers_end(void **state)
{
	(void)state;
	store_close(open_store(NULL));
	ask_sql("INSERT INTO checks (number, id, created_us) VALUES (2097151, 'last', 0)");
	struct store *store = open_store(NULL);
	struct error error = {""};
	assert_int_equal(store_check_number(store, "last", NULL), 2097151);
	assert_int_equal(store_check_number(store, "one more", &error), 0);
	assert_non_null(strstr(error.text, "no number left"));
	store_close(store);
}

static void change(struct store_item *item, enum incident_change_kind kind, uint64_t id)
{
	add_change(item, kind, id);
	add_message(item, "ops", kind == INCIDENT_OPENED ? "one/1/opened" : "one/1/resolved",
		kind == INCIDENT_OPENED ? "opened" : "resolved", id, item->record->started_wall_us);
}

static struct store_item *make_promise(uint32_t number, int64_t at_us, struct slo slo)
{
	struct store_item *item = MEM_NEW(struct store_item);
	item->check_number = number;
	item->promises = true;
	item->promise = slo;
	item->changed_wall_us = at_us;
	return item;
}

static void what_was_promised_last_holds(void **state)
{
	(void)state;
	const struct slo first = {0.99, 3600 * US_PER_S};
	const struct slo second = {0.9995, 7200 * US_PER_S};
	struct stored_state known;
	struct store *store = open_store(&(struct witness)WITNESS_INIT);
	assert_int_equal(store_check_number(store, "one", NULL), 1);
	assert_int_equal(store_check_number(store, "two", NULL), 2);
	assert_int_equal(store_check_number(store, "three", NULL), 3);
	assert_int_equal(store_next_promise(store, 0), 0);
	assert_true(store_give(store, make_promise(1, T0_US, first)));
	assert_true(store_give(store, make_promise(3, T0_US, first)));
	assert_true(store_give(store, make_promise(3, T0_US + 1, second)));
	assert_int_equal(store_promise(store, 3).window_us, second.window_us); /* at once */
	assert_false(store_load_state(store, 1, &known)); /* nothing else was said of it */
	store_close(store);
	store = open_store(&(struct witness)WITNESS_INIT);
	assert_int_equal(store_next_promise(store, 0), 1);
	assert_int_equal(store_next_promise(store, 1), 3);
	assert_int_equal(store_next_promise(store, 3), 0);
	assert_true(store_promise(store, 3).objective >= 0.9995); /* to the bit */
	assert_true(store_promise(store, 3).objective <= 0.9995);
	assert_true(store_promise(store, 2).objective <= 0);
	assert_true(store_give(store, make_promise(1, T0_US + 2, (struct slo){0})));
	assert_int_equal(store_next_promise(store, 0), 3);
	store_close(store);
	assert_int_equal(ask_sql("SELECT count(*) FROM slo"), 4);
	assert_int_equal(
		ask_sql("SELECT objective = 0 FROM slo WHERE number = 1 ORDER BY since_us DESC"),
		1);
	store = open_store(NULL);
	assert_int_equal(store_next_promise(store, 0), 3);
	store_close(store);
}

/* A person's word about an incident. */
static struct store_item *word_of(uint64_t id, enum incident_change_kind kind, const char *said)
{
	struct store_item *item = MEM_NEW(struct store_item);
	item->changed_wall_us = T0_US + US_PER_S;
	item->by = mem_strdup("operator");
	item->said = mem_strdup(said);
	item->changes = (struct incident_changes){MEM_NEW(struct incident_change), 1, 1};
	item->changes.all[0] = (struct incident_change){.kind = kind, .incident = id, .check = 1};
	return item;
}

static void what_people_say_of_an_incident_is_kept(void **state)
{
	(void)state;
	struct store *store = open_store(NULL);
	store_check_number(store, "one", NULL);
	struct store_item *item = make_item(1, T0_US, OUTCOME_FAIL);
	uint64_t id = item->record->key;
	change(item, INCIDENT_OPENED, id);
	assert_true(store_give(store, item));
	assert_true(store_give(store, word_of(id, INCIDENT_ACKNOWLEDGED, "on it")));
	assert_true(store_give(store, word_of(id, INCIDENT_NOTED, "it's the disk")));
	store_close(store);
	assert_int_equal(
		ask_sql("SELECT count(*) FROM incident_event "
			"WHERE said_by = 'operator' AND text IN ('on it', 'it''s the disk')"),
		2);
	store = open_store(NULL);
	size_t n = 0;
	assert_true(store_open_incidents(store, &n)[0].acknowledged);
	assert_int_equal(store_open_incidents(store, &n)[0].acknowledged_until_us, 0);
	store_close(store);
	struct error error = {0};
	struct arena arena;
	struct incident_story story;
	struct reader *reader = reader_open(file, &error);
	assert_non_null(reader);
	arena_init(&arena);
	assert_true(reader_incident(reader, &arena, id, &story));
	assert_string_equal(story.row.acknowledged_by, "operator");
	assert_int_equal(story.row.acknowledged_wall_us, T0_US + US_PER_S);
	const struct incident_moment *last = &story.moments[story.n_moments - 1];
	assert_string_equal(last->kind, "note");
	assert_string_equal(last->text, "it's the disk");
	assert_string_equal(last->by, "operator");
	assert_string_equal(story.moments[0].by, "");
	arena_fini(&arena);
	reader_close(reader);
}

/* What is remembered of it: until when it was, so that its end is told once. */
static void an_acknowledgement_may_end(void **state)
{
	(void)state;
	struct store *store = open_store(NULL);
	store_check_number(store, "one", NULL);
	struct store_item *item = make_item(1, T0_US, OUTCOME_FAIL);
	uint64_t id = item->record->key;
	change(item, INCIDENT_OPENED, id);
	add_message(item, "ops", "one/1/opened", "opened", id, T0_US);
	add_message(item, "ops", "one/1/reminder-1", "reminder", id, T0_US);
	assert_true(store_give(store, item));
	item = word_of(id, INCIDENT_ACKNOWLEDGED, "on it");
	item->until_wall_us = T0_US + 60 * US_PER_S;
	assert_true(store_give(store, item));
	store_close(store);
	store = open_store(NULL);
	size_t n = 0;
	assert_true(store_open_incidents(store, &n)[0].acknowledged);
	assert_int_equal(
		store_open_incidents(store, &n)[0].acknowledged_until_us, T0_US + 60 * US_PER_S);
	assert_true(store_give(store, word_of(id, INCIDENT_RELEASED, "")));
	store_close(store);
	store = open_store(NULL);
	assert_false(store_open_incidents(store, &n)[0].acknowledged);
	assert_int_equal(
		store_open_incidents(store, &n)[0].acknowledged_until_us, T0_US + 60 * US_PER_S);
	store_close(store);
	assert_int_equal(ask_sql("SELECT count(*) FROM incident WHERE acknowledged_by IS NULL"), 1);
	assert_int_equal(ask_sql("SELECT count(*) FROM incident_event WHERE kind = 'released'"), 1);
}

static void a_restart_goes_on_from_there(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	struct stored_state known;
	assert_int_equal(store_check_number(store, "one", NULL), 1);
	assert_false(store_load_state(store, 1, &known));
	struct store_item *item = make_item(1, T0_US, OUTCOME_FAIL);
	uint64_t id = item->record->key;
	item->missed = 2;
	change(item, INCIDENT_OPENED, id);
	assert_true(store_give(store, item));
	assert_true(store_load_state(store, 1, &known)); /* at once: a reload may ask */
	assert_int_equal(known.health.state, HEALTH_DOWN);
	await(&w, &w.items, 1);
	assert_true(w.waiting);
	store_close(store);

	store = open_store(&w);
	assert_true(store_load_state(store, 1, &known));
	assert_int_equal(known.health.state, HEALTH_DOWN);
	assert_int_equal(known.health.recent, UINT64_MAX);
	assert_int_equal(known.health.known, 64);
	assert_int_equal(known.health.latest, OUTCOME_FAIL);
	assert_int_equal(known.since_wall_us, T0_US);
	assert_int_equal(known.latest_key, id);
	size_t n = 0;
	const struct incident_kept *kept = store_open_incidents(store, &n);
	assert_int_equal(n, 1);
	assert_int_equal(kept[0].id, id);
	assert_int_equal(kept[0].cause, 1);
	assert_int_equal(kept[0].opened_wall_us, T0_US);
	assert_int_equal(kept[0].told_as, 1);
	assert_false(kept[0].acknowledged);
	assert_int_equal(kept[0].n_members, 1);
	assert_int_equal(kept[0].members[0], 1);
	assert_string_equal(store_check_id(store, 1), "one");
	assert_string_equal(store_check_id(store, 2), "");
	assert_int_equal(known.missed, 2);
	item = make_item(1, T0_US + US_PER_S, OUTCOME_PASS);
	change(item, INCIDENT_RESOLVED, id);
	assert_true(store_give(store, item));
	store_close(store);

	store = open_store(NULL);
	assert_true(store_load_state(store, 1, &known));
	assert_int_equal(known.health.state, HEALTH_UP);
	assert_int_equal(known.missed, 2);
	store_open_incidents(store, &n);
	assert_int_equal(n, 0);
	store_close(store);
	assert_int_equal(
		ask_sql("SELECT count(*) FROM incident WHERE resolved_us - opened_us = 1000000"
			" AND cause LIKE 'status:%'"),
		1);
	assert_int_equal(ask_sql("SELECT count(*) FROM outbox WHERE state = 0"), 2);
}

/* To the last bit, so that a restart is no turn. */
static void health_comes_back_as_it_was(void **state)
{
	(void)state;
	struct store *store = open_store(NULL);
	struct stored_state known;
	store_check_number(store, "one", NULL);
	struct store_item *item = make_item(1, T0_US, OUTCOME_FAIL);
	const struct health was = {.recent = UINT64_C(0xa5a5000000000003),
		.state = HEALTH_DEGRADED,
		.latest = OUTCOME_WARN,
		.mark_s = 4000000000,
		.known = 3,
		.seen = 63,
		.relapses = 2,
		.flapping = true,
		.good_s = 3999999980,
		.cold_s = 3999999990,
		.passes = 2};
	item->health = was;
	assert_true(store_give(store, item));
	store_close(store);
	store = open_store(NULL);
	assert_true(store_load_state(store, 1, &known));
	assert_memory_equal(&known.health, &was, sizeof(was));
	store_close(store);
}

/* --- what burns --- */

static void give_burn(struct store *store, uint32_t number, enum slo_pace pace, int64_t since_us)
{
	struct store_item *item = MEM_NEW(struct store_item);
	item->check_number = number;
	item->changed_wall_us = T0_US;
	item->burn = (struct burn_note){true, pace, since_us, 7};
	assert_true(store_give(store, item));
}

static void what_burns_is_known_after_a_restart(void **state)
{
	(void)state;
	struct store *store = open_store(NULL);
	for (int i = 1; i <= 3; i++)
		store_check_number(store, i == 1 ? "one" : i == 2 ? "two" : "three", NULL);
	give_burn(store, 2, SLO_FAST, T0_US);
	give_burn(store, 2, SLO_SLOW, T0_US + 5);
	give_burn(store, 3, SLO_STEADY, T0_US);
	give_burn(store, 2, SLO_FAST, 0);
	give_burn(store, 3, SLO_STEADY, 0);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(store_next_burn(store, 0), 2);
		assert_int_equal(store_next_burn(store, 2), 0);
		assert_int_equal(store_burns(store, 2).paces[SLO_FAST].since_us, 0);
		assert_int_equal(store_burns(store, 2).paces[SLO_SLOW].since_us, T0_US + 5);
		assert_int_equal(store_burns(store, 1).paces[SLO_SLOW].since_us, 0);
		store_close(store);
		if (!again)
			ask_sql("INSERT INTO slo_burn VALUES (1, 'unheard-of', 5, 6), (9, 'fast', "
				"5, 6)");
		store = open_store(NULL);
	}
	store_close(store);
}

/* --- what becomes of an incident --- */

static void numbers_up_to(struct store *store, int n)
{
	char id[32];
	for (int i = 1; i <= n; i++) {
		snprintf(id, sizeof(id), "check-%d", i);
		assert_int_equal(store_check_number(store, id, NULL), i);
	}
}

static uint64_t result(struct store *store, uint32_t number, int s, enum outcome outcome,
	enum incident_change_kind kind, uint64_t incident)
{
	struct store_item *item = make_item(number, T0_US + s * US_PER_S, outcome);
	uint64_t key = item->record->key;
	add_change(item, kind, incident ? incident : key);
	assert_true(store_give(store, item));
	return key;
}

static void members_and_timeline_are_written(void **state)
{
	(void)state;
	struct store *store = open_store(NULL);
	numbers_up_to(store, 3);
	uint64_t id = result(store, 2, 1, OUTCOME_FAIL, INCIDENT_OPENED, 0);
	struct store_item *item = make_item(1, T0_US + 2 * US_PER_S, OUTCOME_FAIL);
	item->record->message = "no answer";
	add_change(item, INCIDENT_JOINED, id);
	add_change(item, INCIDENT_REROOTED, id);
	assert_true(store_give(store, item));
	result(store, 3, 3, OUTCOME_FAIL, INCIDENT_JOINED, id);
	result(store, 3, 4, OUTCOME_PASS, INCIDENT_LEFT, id);
	result(store, 3, 5, OUTCOME_FAIL, INCIDENT_JOINED, id);
	store_close(store);
	assert_int_equal(ask_sql("SELECT number FROM incident WHERE cause = 'no answer'"), 1);
	assert_int_equal(ask_sql("SELECT count(*) FROM incident_check WHERE left_us IS NULL"), 3);
	assert_int_equal(ask_sql("SELECT count(*) FROM incident_event WHERE incident = 2 << 42 | "
				 "1763805601000 AND key = number << 42 | at_us / 1000"),
		6);

	store = open_store(NULL);
	size_t n = 0;
	const struct incident_kept *kept = store_open_incidents(store, &n);
	assert_int_equal(n, 1);
	assert_int_equal(kept->id, id);
	assert_int_equal(kept->cause, 1);
	assert_int_equal(kept->told_as, 0);
	assert_int_equal(kept->n_members, 3);
	assert_int_equal(kept->members[0], 2); /* in the order in which they came */
	assert_int_equal(kept->members[2], 3);
	item = make_item(2, T0_US + 6 * US_PER_S, OUTCOME_PASS);
	add_message(item, "ops", "check-2/1/opened", "opened", id, T0_US);
	free(item->messages[0].payload);
	item->messages[0].payload = mem_strdup("{\"check\":\"check-3\"}");
	add_change(item, INCIDENT_LEFT, id);
	assert_true(store_give(store, item));
	item = MEM_NEW(struct store_item); /* no result: a reload took it away */
	item->check_number = 1;
	add_change(item, INCIDENT_LEFT, id)->why = "no longer watched";
	item->check_number = 3;
	add_change(item, INCIDENT_CONTINUED, id);
	item->changed_wall_us = T0_US + 7 * US_PER_S;
	assert_true(store_give(store, item));
	struct stored_state known;
	assert_true(store_load_state(store, 1, &known));
	assert_int_equal(known.health.state, HEALTH_UNKNOWN);
	store_close(store);
	store = open_store(NULL);
	kept = store_open_incidents(store, &n);
	assert_int_equal(n, 1);
	assert_int_equal(kept->told_as, 3); /* as its message has it */
	assert_int_equal(kept->cause, 3);
	assert_int_equal(kept->root, 1); /* it is about the same as before */
	result(store, 3, 8, OUTCOME_PASS, INCIDENT_RESOLVED, id);
	store_close(store);
	assert_int_equal(ask_sql("SELECT count(*) FROM incident_check WHERE left_us IS NULL"), 0);
	assert_int_equal(
		ask_sql("SELECT count(*) FROM incident WHERE resolved_us - opened_us = 7000000"
			" AND number = 3 AND root = 1 AND cause = 'no answer'"),
		1);
	assert_int_equal(ask_sql("SELECT count(*) FROM incident_event WHERE kind = 'left'"
				 " AND number = 1 AND key IS NULL AND text = 'no longer watched'"),
		1);
	assert_int_equal(
		ask_sql("SELECT state = 0 AND known = 0 FROM check_state WHERE number = 1"), 1);
	assert_sound();
}

static void who_leaves_as_a_known_issue_is_down_as_before(void **state)
{
	(void)state;
	struct store *store = open_store(NULL);
	struct stored_state known;
	numbers_up_to(store, 1);
	struct store_item *item = make_item(1, T0_US, OUTCOME_FAIL);
	uint64_t id = item->record->key;
	item->health.state = HEALTH_DOWN;
	add_change(item, INCIDENT_OPENED, id);
	assert_true(store_give(store, item));
	item = MEM_NEW(struct store_item); /* a reload gave it the mark */
	item->check_number = 1;
	item->changed_wall_us = T0_US + US_PER_S;
	struct incident_change *left = add_change(item, INCIDENT_LEFT, id);
	left->why = "a known issue";
	left->known = true;
	add_change(item, INCIDENT_RESOLVED, id);
	assert_true(store_give(store, item));
	assert_true(store_load_state(store, 1, &known));
	assert_int_equal(known.health.state, HEALTH_DOWN);
	store_close(store);
	assert_int_equal(ask_sql("SELECT state FROM check_state"), HEALTH_DOWN);
	assert_int_equal(ask_sql("SELECT count(*) FROM incident_event WHERE kind = 'left'"
				 " AND text = 'a known issue'"),
		1);
	assert_sound();
}

static void merged_members_go_on_in_the_other(void **state)
{
	(void)state;
	struct store *store = open_store(NULL);
	numbers_up_to(store, 5);
	uint64_t old = result(store, 1, 1, OUTCOME_FAIL, INCIDENT_OPENED, 0);
	uint64_t young = result(store, 2, 2, OUTCOME_FAIL, INCIDENT_OPENED, 0);
	result(store, 4, 3, OUTCOME_FAIL, INCIDENT_JOINED, young);
	result(store, 5, 3, OUTCOME_FAIL, INCIDENT_JOINED, young);
	result(store, 5, 4, OUTCOME_PASS, INCIDENT_LEFT, young);
	result(store, 2, 5, OUTCOME_FAIL, INCIDENT_JOINED, old); /* as it should not be: it moves */
	result(store, 2, 6, OUTCOME_FAIL, INCIDENT_JOINED, young);
	struct store_item *item = make_item(3, T0_US + 9 * US_PER_S, OUTCOME_FAIL);
	struct incident_change *merged = add_change(item, INCIDENT_MERGED, young);
	merged->into = old;
	merged->check = 2;
	add_change(item, INCIDENT_JOINED, old);
	add_change(item, INCIDENT_REROOTED, old);
	assert_true(store_give(store, item));
	store_close(store);
	assert_int_equal(ask_sql("SELECT merged_into = 1 << 42 | 1763805601000 FROM incident"
				 " WHERE number = 2 AND resolved_us IS NOT NULL"),
		1);
	assert_int_equal(ask_sql("SELECT group_concat(number, '') FROM incident_check"
				 " WHERE incident >> 42 = 1 AND left_us IS NULL"),
		1234);
	assert_int_equal(ask_sql("SELECT group_concat(number, '') FROM incident_check"
				 " WHERE incident >> 42 = 2 AND left_us IS NOT NULL"),
		245);
	assert_int_equal(ask_sql("SELECT count(*) FROM incident_event WHERE kind = 'merged'"
				 " AND other >> 42 = 1 AND incident >> 42 = 2"),
		1);
	assert_int_equal(ask_sql("SELECT count(*) FROM incident_event WHERE kind = 'joined'"
				 " AND incident >> 42 = 1 AND at_us = 1763805609000000"),
		3);
	assert_sound();
}

static void nonsense_in_the_file_is_no_state(void **state)
{
	(void)state;
	struct store *store = open_store(NULL);
	struct stored_state known;
	store_check_number(store, "one", NULL);
	assert_true(store_give(store, make_item(1, T0_US, OUTCOME_FAIL)));
	store_close(store);
	ask_sql("UPDATE check_state SET state = 99");
	store = open_store(NULL);
	assert_false(store_load_state(store, 1, &known));
	store_close(store);
	ask_sql("UPDATE check_state SET state = 1, seen = 65");
	store = open_store(NULL);
	assert_false(store_load_state(store, 1, &known));
	store_close(store);
	ask_sql("UPDATE check_state SET seen = 7, known = 8");
	store = open_store(NULL);
	assert_false(store_load_state(store, 1, &known));
	store_close(store);
}

static void no_incident_opens_twice(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	for (int i = 0; i < 3; i++) {
		struct store_item *item = make_item(1, T0_US + i * 1000, OUTCOME_FAIL);
		change(item, INCIDENT_OPENED, item->record->key);
		assert_true(store_give(store, item));
	}
	store_close(store);
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 3);
	assert_int_equal(ask_sql("SELECT count(*) FROM incident"), 1);
	assert_int_equal(ask_sql("SELECT count(*) FROM outbox"), 1); /* one dedup key */
}

static void what_cannot_be_stored_holds_nothing_up(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	for (int i = 0; i < 20; i++) {
		struct store_item *item = make_item(1, T0_US + i * 1000, OUTCOME_PASS);
		if (i == 7 || i == 8) { /* a message without a text */
			add_message(item, "ops", "key", "opened", 1, T0_US);
			free(item->messages[0].payload);
			item->messages[0].payload = NULL;
		}
		assert_true(store_give(store, item));
	}
	await(&w, &w.items, 20);
	assert_int_equal(store_queue_length(store), 0);
	assert_int_equal(w.failures, 0);
	store_close(store);
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 18);
	assert_int_equal(
		ask_sql("SELECT sum(slots) FROM missed"), 2); /* their slots are not lost */
	assert_int_equal(ask_sql("SELECT missed FROM check_state"), 2);
}

static struct store_item *make_news(enum adhoc_kind kind, uint32_t number)
{
	struct store_item *item = MEM_NEW(struct store_item);
	item->check_number = number;
	item->adhoc = MEM_NEW(struct adhoc_news);
	item->adhoc->kind = kind;
	item->adhoc->at_us = T0_US;
	return item;
}

static struct store_item *make_window(
	int64_t id, int64_t from_us, int64_t until_us, uint32_t number)
{
	struct store_item *item = make_news(ADHOC_WINDOW, 0);
	struct adhoc_news *news = item->adhoc;
	news->numbers = mem_alloc(sizeof(*news->numbers));
	news->numbers[0] = number;
	news->window = (struct adhoc_window){id, from_us, until_us, news->numbers, number != 0};
	news->title = mem_strdup("Move");
	return item;
}

/* Windows that are over, or were ended, are history; a pause lasts. */
static void what_was_decided_survives(void **state)
{
	(void)state;
	struct store *store = open_store(NULL);
	int64_t now = clock_wall_us();
	store_check_number(store, "one", NULL);
	store_check_number(store, "two", NULL);
	assert_int_equal(store_adhoc(store)->n, 0);
	assert_true(store_give(store, make_window(1, now - 2, now - 1, 0)));
	assert_true(store_give(store, make_window(2, now, now + 3600 * US_PER_S, 2)));
	assert_true(store_give(store, make_window(3, now, now + 3600 * US_PER_S, 0)));
	assert_true(store_give(store, make_window(4, now + 1, now + 3600 * US_PER_S, 0)));
	struct store_item *end = make_news(ADHOC_WINDOW_END, 0);
	end->adhoc->window.id = 4;
	assert_true(store_give(store, end));
	assert_true(store_give(store, make_news(ADHOC_PAUSE, 1)));
	assert_true(store_give(store, make_news(ADHOC_PAUSE, 2)));
	assert_true(store_give(store, make_news(ADHOC_RESUME, 2)));
	assert_int_equal(store_paused(store, 1), T0_US); /* at once */
	store_close(store);

	store = open_store(NULL);
	const struct adhoc_kept *kept = store_adhoc(store);
	assert_int_equal(kept->n, 2);
	assert_int_equal(kept->last_id, 4);
	assert_int_equal(kept->windows[0].id, 2);
	assert_int_equal(kept->windows[0].from_us, now);
	assert_int_equal(kept->windows[0].n_numbers, 1);
	assert_int_equal(kept->windows[0].numbers[0], 2);
	assert_int_equal(kept->windows[1].id, 3);
	assert_int_equal(kept->windows[1].n_numbers, 0);
	assert_int_equal(store_paused(store, 1), T0_US);
	assert_int_equal(store_paused(store, 2), 0);
	assert_int_equal(store_paused(store, 3), 0);
	store_close(store);
	assert_int_equal(ask_sql("SELECT ended_us FROM maintenance WHERE id = 4"), T0_US);
	assert_int_equal(ask_sql("SELECT count(*) FROM maintenance WHERE title = 'Move'"), 4);
}

static struct stored_slots owed_from(int64_t next_us, bool running)
{
	return (struct stored_slots){
		.known = true,
		.owed = {10 * US_PER_S, next_us, next_us - 3 * US_PER_S, running},
		.wall_ahead_us = T0_US,
		.boot = INT64_C(0x123456789abcdef),
	};
}

static void assert_owed(const struct stored_slots *is, const struct stored_slots *wanted)
{
	assert_int_equal(is->known, wanted->known);
	assert_int_equal(is->owed.every_us, wanted->owed.every_us);
	assert_int_equal(is->owed.next_us, wanted->owed.next_us);
	assert_int_equal(is->owed.extra_us, wanted->owed.extra_us);
	assert_int_equal(is->owed.running, wanted->owed.running);
	assert_int_equal(is->wall_ahead_us, wanted->wall_ahead_us);
	assert_int_equal(is->boot, wanted->boot);
}

/* With a result and without one; a check that has no slots; one of which nothing is known. */
static void what_is_owed_survives(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	struct stored_slots first = owed_from(5 * US_PER_S, false);
	struct stored_slots second = owed_from(7 * US_PER_S, true);
	struct stored_slots none = first;
	struct stored_state known;
	none.owed.next_us = none.owed.extra_us = INT64_MAX;
	for (uint32_t i = 1; i <= 4; i++) {
		char id[] = {(char)('a' + i), '\0'};
		assert_int_equal(store_check_number(store, id, NULL), i);
	}
	struct store_item *item = make_item(1, T0_US, OUTCOME_FAIL);
	item->slots = first;
	assert_true(store_give(store, item));
	const struct stored_slots *bare[] = {&second, &none};
	for (uint32_t i = 0; i < 2; i++) {
		item = MEM_NEW(struct store_item);
		*item = (struct store_item){
			.check_number = i + 2, .slots = *bare[i], .missed = i * 4};
		assert_true(store_give(store, item));
	}
	store_settle(store, 0, 20 * US_PER_S);
	assert_int_equal(store_queue_length(store), 0);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(store_next_state(store, 0, &known), 1);
		assert_owed(&known.slots, &first);
		assert_int_equal(known.health.state, HEALTH_DOWN);
		assert_int_equal(store_next_state(store, 1, &known), 2);
		assert_owed(&known.slots, &second);
		assert_int_equal(store_next_state(store, 2, &known), 3);
		assert_owed(&known.slots, &none);
		assert_int_equal(known.missed, 4);
		assert_int_equal(store_next_state(store, 3, &known), 0);
		store_close(store);
		store = open_store(&w);
	}
	assert_true(store_give(store, make_item(1, T0_US + 1000, OUTCOME_PASS)));
	store_close(store);
	store = open_store(NULL);
	assert_true(store_load_state(store, 1, &known));
	assert_false(known.slots.known);
	store_close(store);
}

static void deliveries_change_their_rows(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	struct store_item *item = make_item(1, T0_US, OUTCOME_FAIL);
	for (int i = 0; i < 4; i++) {
		char key[16];
		snprintf(key, sizeof(key), "k%d", i);
		add_message(item, "ops", key, "opened", 5, T0_US);
	}
	assert_true(store_give(store, item));
	await(&w, &w.items, 1);
	size_t commits = w.commits;
	static const enum delivery_result results[] = {
		DELIVERY_DONE, DELIVERY_RETRY, DELIVERY_DEAD};
	for (int i = 0; i < 3; i++) {
		char why[] = "the receiver said 500";
		struct outbox_delivery delivery = {.id = i + 1,
			.at_wall_us = T0_US + 10,
			.next_try_wall_us = T0_US + 99,
			.error = i ? why : NULL};
		delivery.result = results[i];
		store_give_delivery(store, &delivery);
		memset(why, 'x', sizeof(why) - 1); /* it was copied */
	}
	await(&w, &w.commits, commits + 1);
	store_close(store); /* its thread may commit once more */
	assert_true(w.waiting);
	assert_int_equal(w.items, 1);
	assert_int_equal(
		ask_sql("SELECT count(*) FROM outbox WHERE id = 1 AND state = 1 AND tries = 1"
			" AND error IS NULL AND finished_us - created_us = 10"),
		1);
	assert_int_equal(
		ask_sql("SELECT count(*) FROM outbox WHERE id = 2 AND state = 0 AND tries = 1"
			" AND error LIKE '%500' AND next_try_us - created_us = 99"
			" AND finished_us IS NULL"),
		1);
	assert_int_equal(ask_sql("SELECT count(*) FROM outbox WHERE id = 3 AND state = 2"), 1);
	assert_int_equal(ask_sql("SELECT count(*) FROM outbox WHERE id = 4 AND tries = 0"), 1);
}

/* Until it is committed, a crash would send the alert twice. */
static void a_delivery_is_written_at_once(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_store(&w);
	assert_true(store_give(store, make_item(1, T0_US, OUTCOME_PASS)));
	int64_t start = clock_mono_us();
	store_give_delivery(store, &(struct outbox_delivery){.id = 1});
	await(&w, &w.commits, 1);
	assert_true(clock_mono_us() - start < STORE_BATCH_MS * US_PER_MS);
	assert_int_equal(w.items, 1); /* what waits goes with it */
	store_close(store);
}

static void the_queue_is_bounded_and_keeps_room_for_incidents(void **state)
{
	(void)state;
	struct store *store = open_store(NULL); /* nobody takes */
	size_t given = 0;
	struct store_item *item;
	for (;; given++) {
		item = MEM_NEW(struct store_item);
		item->check_number = 1;
		item->missed = 1;
		if (!store_give(store, item))
			break;
	}
	assert_in_range(given, STORE_QUEUE_MAX / 2, STORE_QUEUE_MAX);
	assert_int_equal(store_queue_length(store), given);
	add_change(item, INCIDENT_RESOLVED, 1);
	assert_true(store_give(store, item));
	item = MEM_NEW(struct store_item);
	add_message(item, "ops", "outrider/offline/1", "offline", 0, T0_US);
	assert_true(store_give(store, item));
	store_close(store);
	assert_int_equal(ask_sql("SELECT sum(slots) FROM missed"), (int64_t)given + 1);
	assert_int_equal(ask_sql("SELECT count(*) FROM outbox"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_result_is_written_whole),
		STORE_TEST(many_go_in_few_batches),
		STORE_TEST(one_alone_waits_no_longer_than_a_batch),
		STORE_TEST(closing_writes_what_waits),
		STORE_TEST(evidence_is_kept_of_failures_and_the_first_pass_after),
		STORE_TEST(a_key_that_is_taken_gives_way),
		STORE_TEST(missed_slots_alone_change_no_state),
		STORE_TEST(numbers_stay_for_good),
		STORE_TEST(numbers_end),
		STORE_TEST(what_was_promised_last_holds),
		STORE_TEST(what_people_say_of_an_incident_is_kept),
		STORE_TEST(an_acknowledgement_may_end),
		STORE_TEST(a_restart_goes_on_from_there),
		STORE_TEST(nonsense_in_the_file_is_no_state),
		STORE_TEST(health_comes_back_as_it_was),
		STORE_TEST(what_burns_is_known_after_a_restart),
		STORE_TEST(members_and_timeline_are_written),
		STORE_TEST(who_leaves_as_a_known_issue_is_down_as_before),
		STORE_TEST(merged_members_go_on_in_the_other),
		STORE_TEST(no_incident_opens_twice),
		STORE_TEST(what_cannot_be_stored_holds_nothing_up),
		STORE_TEST(what_was_decided_survives),
		STORE_TEST(what_is_owed_survives),
		STORE_TEST(deliveries_change_their_rows),
		STORE_TEST(a_delivery_is_written_at_once),
		STORE_TEST(the_queue_is_bounded_and_keeps_room_for_incidents),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
