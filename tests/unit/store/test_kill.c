/* Killed at any moment, the store keeps what it called committed, and a child that starts again goes
 * on with the incidents as they stand there. It writes and says through a pipe what was committed;
 * the parent kills it, thirty times, on one and the same file. */
#include "unit/store/fixture.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

enum { ROUNDS = 30, CHECKS = 20, DEPENDENTS = 9, MERGES_BY = 2000 /* results */ };

static int report_to;

/* Items are committed in the order in which they were given, so a count says which. */
static void tell_count(void *ctx, size_t items, size_t waiting)
{
	static uint32_t total;
	(void)ctx, (void)waiting;
	total += (uint32_t)items;
	if (write(report_to, &total, sizeof(total)) != sizeof(total))
		_exit(3);
}

/* The first checks depend on check 1. */
static struct incidents *begin(struct store *store)
{
	static const size_t first[] = {0};
	struct watch_policy policies[CHECKS] = {0};
	uint32_t numbers[CHECKS];
	for (uint32_t i = 0; i < CHECKS; i++) {
		numbers[i] = i + 1;
		policies[i].enabled = true;
		policies[i].depends_on = first;
		policies[i].n_depends_on = i > 0 && i <= DEPENDENTS;
	}
	size_t n = 0;
	const struct incident_kept *kept = store_open_incidents(store, &n);
	struct incidents *recalled = incidents_recall(kept, n);
	struct incidents *incidents = incidents_new(
		&(struct watch_plan){.checks = policies, .n_checks = CHECKS}, numbers);
	struct incident_changes changes = {0};
	incidents_carry(incidents, recalled, &changes);
	if (changes.n) /* nothing that was committed may need to be mended */
		_exit(5);
	incidents_free(recalled);
	return incidents;
}

/* Each check goes down and up again, over and over, as a daemon would tell it. */
static struct store_item *next_item(
	struct store *store, struct incidents *incidents, uint32_t number, int64_t at_us)
{
	struct stored_state known = {0};
	bool any = store_load_state(store, number, &known);
	bool down = any && known.health.state == HEALTH_DOWN;
	struct store_item *item = make_item(number, at_us, down ? OUTCOME_PASS : OUTCOME_FAIL);
	item->changed_wall_us = at_us;
	if (down != (incidents_of(incidents, number - 1) != NULL))
		_exit(6);
	incidents_note(incidents, number - 1,
		(struct incident_news){
			.down = !down, .key = item->record->key, .at_wall_us = at_us},
		&item->changes);
	char key[64];
	snprintf(key, sizeof(key), "%u/%llu", number, (unsigned long long)item->record->key);
	add_message(item, "ops", key, "opened", item->changes.all[0].incident, at_us);
	item->missed = 1;
	return item;
}

/* Round r writes at times of its own: second r * 100000 on. */
static void write_until_killed(int round)
{
	struct error error = {""};
	struct store *store = store_open(&(struct store_options){.path = file}, &error);
	if (!store || !store_start(store, (struct store_events){.committed = tell_count}, &error)) {
		fprintf(stderr, "child: %s\n", error.text);
		_exit(2);
	}
	char id[16];
	for (int i = 0; i < CHECKS; i++) {
		snprintf(id, sizeof(id), "check-%d", i);
		store_check_number(store, id, NULL);
	}
	struct incidents *incidents = begin(store);
	for (int i = 0;; i++) {
		/* in another order each time, so that causes come first and last */
		uint32_t number =
			(uint32_t)(i / CHECKS % 2 ? CHECKS - 1 - i % CHECKS : i % CHECKS) + 1;
		int64_t at = T0_US + ((int64_t)round * 100000 + i / CHECKS) * US_PER_S;
		if (!store_give(store, next_item(store, incidents, number, at)))
			_exit(4);
		if (i % 64 == 63)
			usleep(1000);
	}
}

static uint32_t count_until_killed(int round)
{
	int pipes[2];
	uint32_t committed = 0;
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(pipes[0]);
		report_to = pipes[1];
		write_until_killed(round);
	}
	close(pipes[1]);
	if (round % 2) /* the others end at any moment, before their first commit too */
		poll(&(struct pollfd){.fd = pipes[0], .events = POLLIN}, 1, 30000);
	usleep((useconds_t)(20000 + rand() % 500000));
	assert_int_equal(kill(child, SIGKILL), 0);
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	for (uint32_t said; read(pipes[0], &said, sizeof(said)) == sizeof(said);)
		committed = said;
	close(pipes[0]);
	return committed;
}

/* The first life may end before it has made its tables, and they are looked into after each. */
static void make_tables(void)
{
	struct error error = {""};
	struct store *store = store_open(&(struct store_options){.path = file}, &error);
	assert_non_null(store);
	store_close(store);
}

static void nothing_committed_is_lost(void **state)
{
	(void)state;
	make_tables();
	uint64_t total = 0;
	char sql[320];
	srand((unsigned)getpid());
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t committed = count_until_killed(round);
		total += committed;
		assert_sound();
		/* those said to be committed, without a gap; a last batch may be there unsaid */
		snprintf(sql, sizeof(sql),
			"SELECT count(*) FROM result WHERE (key & 4398046511103) >= 1763805600000"
			" + %d * 100000000",
			round);
		int64_t there = ask_sql(sql);
		assert_in_range(there, committed, committed + STORE_BATCH_ROWS);
		snprintf(sql, sizeof(sql),
			"SELECT count(*) FROM (SELECT (key & 4398046511103) / 1000 AS s, key >> 42 "
			"AS c FROM result) WHERE (s - 1763805600 - %d * 100000) * %d"
			" + iif(s %% 2, %d - c, c - 1) < %u AND s >= 1763805600 + %d * 100000",
			round, CHECKS, CHECKS, committed, round);
		assert_int_equal(ask_sql(sql), committed);
	}
	assert_true(total >= (unsigned long long)ROUNDS); /* a slow machine commits few */
	print_message("%llu results committed in %d lives\n", (unsigned long long)total, ROUNDS);
	/* one transaction: each row brought its missed slot, its incident's change, its message */
	assert_int_equal(
		ask_sql("SELECT (SELECT count(*) FROM result) = (SELECT sum(slots) FROM missed)"),
		1);
	assert_int_equal(
		ask_sql("SELECT (SELECT count(*) FROM result) = (SELECT count(*) FROM outbox)"), 1);
	assert_int_equal(ask_sql("SELECT (SELECT count(*) FROM result) = (SELECT sum(missed) FROM"
				 " check_state)"),
		1);
	/* whoever is down is in one open incident, whose cause is down, and which has its beginning */
	assert_int_equal(
		ask_sql("SELECT count(*) FROM check_state AS s WHERE (s.state = 3) <> (SELECT"
			" count(*) FROM incident_check AS m JOIN incident AS i ON i.id = m.incident"
			" WHERE m.number = s.number AND m.left_us IS NULL AND i.resolved_us IS "
			"NULL)"),
		0);
	assert_int_equal(
		ask_sql("SELECT count(*) FROM incident AS i WHERE (i.resolved_us IS NULL) <> EXISTS"
			" (SELECT 1 FROM incident_check AS m WHERE m.incident = i.id"
			" AND m.left_us IS NULL AND (m.number = i.number OR i.resolved_us))"),
		0);
	assert_int_equal(
		ask_sql("SELECT (SELECT count(*) FROM incident) = (SELECT count(*) FROM "
			"incident_event"
			" WHERE kind = 'opened') AND (SELECT count(resolved_us) FROM incident) ="
			" (SELECT count(*) FROM incident_event WHERE kind IN ('resolved', "
			"'merged'))"),
		1);
	if (total >= MERGES_BY)
		assert_in_range(ask_sql("SELECT count(merged_into) FROM incident"), 1, INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {STORE_TEST(nothing_committed_is_lost)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
