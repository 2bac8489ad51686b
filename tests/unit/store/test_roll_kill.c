/* Killed at any moment, twenty times on one file, the store has rolled each result once or not yet:
 * every level's sums are exactly those of the results up to the watermarks. A machine too slow to roll
 * anything in those lives gets more and longer ones. */
#include "unit/store/rolled.h"

#include "store/roll.h"

#include <signal.h>
#include <sys/wait.h>

enum { ROUNDS = 20, ROUNDS_MAX = 44, CHECKS = 7, LIFE_US = 300000 };

static struct store_item *next_item(uint32_t number, int64_t at_us, int i)
{
	struct store_item *item =
		make_item(number, at_us, i % 9 == 4 ? OUTCOME_FAIL : OUTCOME_PASS);
	item->record->duration_us = 1000 + i * 7919 % 900000;
	item->record->completion_tokens = i % 40;
	item->missed = i % 5 == 0;
	return item;
}

/* Time goes on from life to life, but for every fourth one: then the clock was set back. */
static void write_until_killed(int round)
{
	struct error error = {""};
	struct store *store =
		store_open(&(struct store_options){.path = file, .roll_after = 6}, &error);
	if (!store || !store_start(store, (struct store_events){0}, &error)) {
		fprintf(stderr, "child: %s\n", error.text);
		_exit(2);
	}
	char id[16];
	for (int i = 0; i < CHECKS; i++) {
		snprintf(id, sizeof(id), "check-%d", i);
		store_check_number(store, id, NULL);
	}
	int64_t begin = T0_US + (round % 4 == 3 ? round - 3 : round) * INT64_C(40000) * US_PER_S;
	for (int i = 0;; i++) {
		int64_t at = begin + i / CHECKS * INT64_C(17) * US_PER_S;
		if (!store_give(store, next_item((uint32_t)(i % CHECKS) + 1, at, i)))
			_exit(4);
		if (i % 32 == 31)
			usleep(1000);
	}
}

/* Beyond the usual rounds every fourth doubles the length of a life. */
static int life_us(int round)
{
	int longest = round < ROUNDS ? LIFE_US : LIFE_US << ((round - ROUNDS) / 4 + 1);
	return 30000 + rand() % longest;
}

static void live_and_be_killed(int round)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		write_until_killed(round);
	usleep((useconds_t)life_us(round));
	assert_int_equal(kill(child, SIGKILL), 0);
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

static void roll_the_rest(void)
{
	struct error error = {""};
	struct session session;
	struct roller roller;
	sqlite3 *db = db_open(file, &error);
	assert_true(session_init(&session, db, &error));
	assert_true(roller_init(&roller, &session, 0, &error));
	for (uint32_t number = 1; number <= CHECKS; number++)
		while (roller_has_pending(&roller, number))
			assert_true(roller_step(&roller, &number, 1, &error));
	roller_fini(&roller);
	session_fini(&session);
	db_close(db);
}

static void sums_are_exact(void **state)
{
	(void)state;
	uint64_t rolled = 0;
	srand((unsigned)getpid());
	int round = 0;
	for (; round < ROUNDS || (rolled <= ROUNDS && round < ROUNDS_MAX); round++) {
		live_and_be_killed(round);
		if (!ask_sql("SELECT count(*) FROM sqlite_master WHERE name = 'result'"))
			continue; /* it did not live to make its tables: a slow machine */
		assert_sound();
		rolled = assert_rolled();
	}
	print_message("%llu results rolled in %d lives\n", (unsigned long long)rolled, round);
	assert_true(rolled > ROUNDS);
	roll_the_rest();
	assert_int_equal(unrolled(), 0);
	assert_int_equal(assert_rolled(), ask_sql("SELECT count(*) FROM result"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {STORE_TEST(sums_are_exact)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
