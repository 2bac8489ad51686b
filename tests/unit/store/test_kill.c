/* Killed at any moment, the store keeps what it called committed, and opens no incident twice. A
 * child writes and says through a pipe what was committed; the parent kills it, thirty times, on
 * one and the same file. */
#include "unit/store/fixture.h"

#include <signal.h>
#include <sys/wait.h>

enum { ROUNDS = 30, CHECKS = 20 };

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

/* Each check goes down and up again, over and over, as a daemon would tell it. */
static struct store_item *next_item(struct store *store, uint32_t number, int64_t at_us)
{
	struct stored_state known = {0};
	bool any = store_load_state(store, number, &known);
	bool down = any && known.health.state == HEALTH_DOWN;
	struct store_item *item = make_item(number, at_us, down ? OUTCOME_PASS : OUTCOME_FAIL);
	item->incident.kind = down ? INCIDENT_RESOLVED : INCIDENT_OPENED;
	item->incident.id = down ? known.incident : item->record->key;
	item->incident.at_wall_us = at_us;
	item->incident.cause = item->record->message;
	char key[64];
	snprintf(key, sizeof(key), "%u/%llu/%s", number, (unsigned long long)item->incident.id,
		down ? "resolved" : "opened");
	add_message(item, "ops", key, down ? "resolved" : "opened", item->incident.id, at_us);
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
	for (int i = 0;; i++) {
		int64_t at = T0_US + ((int64_t)round * 100000 + i / CHECKS) * US_PER_S;
		if (!store_give(store, next_item(store, (uint32_t)(i % CHECKS) + 1, at)))
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

static void nothing_committed_is_lost(void **state)
{
	(void)state;
	uint64_t total = 0;
	char sql[256];
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
			"AS c"
			" FROM result) WHERE (s - 1763805600 - %d * 100000) * %d + c - 1 < %u"
			" AND s >= 1763805600 + %d * 100000",
			round, CHECKS, committed, round);
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
	assert_int_equal(ask_sql("SELECT (SELECT count(*) FROM result) = (SELECT count(*) +"
				 " count(resolved_us) FROM incident)"),
		1);
	assert_int_equal(ask_sql("SELECT (SELECT count(*) FROM result) = (SELECT sum(missed) FROM"
				 " check_state)"),
		1);
	assert_int_equal(
		ask_sql("SELECT count(*) FROM check_state AS s WHERE (s.state = 3) <> EXISTS"
			" (SELECT 1 FROM incident AS i WHERE i.number = s.number"
			" AND i.resolved_us IS NULL)"),
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {STORE_TEST(nothing_committed_is_lost)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
