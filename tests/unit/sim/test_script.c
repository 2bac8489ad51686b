#include "unit.h"

#include "sim/script.h"

#include <stdio.h>

/* Plays a script on a virtual clock into a transcript: what was written, slept, done. */
struct player {
	struct script_run run;
	int64_t now_us;
	size_t socket; /* bytes it takes at a time */
	char text[4096];
	size_t n;
};

static void note(struct player *player, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct player *player, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	player->n += (size_t)vsnprintf(
		player->text + player->n, sizeof(player->text) - player->n, format, args);
	va_end(args);
}

static bool play_step(struct player *player)
{
	struct step step = script_step(&player->run, player->now_us);
	switch (step.kind) {
	case STEP_WRITE: {
		size_t n = step.bytes.n < player->socket ? step.bytes.n : player->socket;
		note(player, "[%.*s]", (int)n, step.bytes.p);
		struct marks marks = script_wrote(&player->run, n, player->now_us);
		for (size_t i = 0; i < marks.n; i++)
			note(player, "!%s", script_mark_name((enum script_mark)marks.p[i]));
		return true;
	}
	case STEP_SLEEP:
		note(player, " +%d ", (int)(step.until_us - player->now_us));
		player->now_us = step.until_us;
		return true;
	case STEP_HOLD: note(player, "hold"); return false;
	case STEP_FIN: note(player, "fin"); return false;
	case STEP_RESET: note(player, "reset"); return false;
	case STEP_END: note(player, "end"); return false;
	}
	return false;
}

static const char *play(
	struct player *player, const struct script *script, size_t socket, int steps)
{
	*player = (struct player){.socket = socket, .now_us = 1000};
	player->run = script_start(script);
	while (steps-- > 0 && play_step(player))
		;
	return player->text;
}

static void sends_and_waits(void **state)
{
	struct arena arena;
	struct script script;
	struct player player;
	(void)state;
	arena_init(&arena);
	script_init(&script, &arena);
	static const uint8_t two[] = {MARK_TOKEN, MARK_DONE};
	struct marks marks = {two, 2};
	script_send(&script, STR("head"), mark_of(MARK_HEAD));
	script_wait(&script, 70);
	script_wait(&script, 0);
	script_chunk(&script, STR("0123456789abcdef"), "", marks);
	script_chunk(&script, STR(""), "", mark_of(MARK_TOKEN));
	script_last_chunk(&script, "");
	assert_string_equal(play(&player, &script, 100, 99),
		"[head]!head +70 [10\r\n0123456789abcdef\r\n]!token!done[0\r\n\r\n]end");
	/* a mark stands for the last byte */
	assert_string_equal(play(&player, &script, 3, 4), "[hea][d]!head +70 [10\r]");
	arena_fini(&arena);
}

static void endings(void **state)
{
	static const struct {
		void (*ending)(struct script *script);
		const char *name;
	} endings_of[] = {{script_hold, "hold"}, {script_fin, "fin"}, {script_reset, "reset"}};
	(void)state;
	for (size_t i = 0; i < COUNT(endings_of); i++) {
		struct arena arena;
		struct script script;
		struct player player;
		arena_init(&arena);
		script_init(&script, &arena);
		endings_of[i].ending(&script);
		script_send(&script, STR("never"), MARKS_NONE);
		assert_string_equal(play(&player, &script, 9, 9), endings_of[i].name);
		arena_fini(&arena);
	}
}

static void repeats(void **state)
{
	struct arena arena;
	struct script script;
	struct player player;
	(void)state;
	arena_init(&arena);
	script_init(&script, &arena);
	script_repeat(&script, STR("ab"), 10, 3);
	script_wait(&script, 5);
	script_repeat(&script, STR("x"), 1, 0);
	assert_string_equal(
		play(&player, &script, 9, 12), "[ab] +10 [ab] +10 [ab] +5 [x] +1 [x] +1 [x] +1 ");
	arena_fini(&arena);
}

static void tears(void **state)
{
	struct arena arena;
	struct script script;
	struct player player;
	(void)state;
	arena_init(&arena);
	script_init(&script, &arena);
	script_send(&script, STR("abc"), mark_of(MARK_ROLE));
	script_wait(&script, 9);
	script_send(&script, STR("d"), MARKS_NONE);
	script_tear(&script, 1, 4);
	assert_string_equal(play(&player, &script, 9, 99), "[a] +4 [b] +4 [c]!role +9 [d]end");
	/* no pause, but not one write either */
	script_tear(&script, 2, 0);
	script.actions[0].us = 0;
	script.actions[0].step = 2;
	assert_string_equal(play(&player, &script, 9, 99), "[ab] +1 [c]!role +9 [d]end");
	arena_fini(&arena);
}

/* How long the second of two waits of 10 ms is, when the first one ends so late. */
static int64_t wait_after(bool steady, int64_t late_us)
{
	struct arena arena = {0};
	struct script script;
	script_init(&script, &arena);
	script.steady = steady;
	script_wait(&script, 10000);
	script_send(&script, STR("a"), MARKS_NONE);
	script_wait(&script, 10000);
	struct script_run run = script_start(&script);
	int64_t now_us = script_step(&run, 1000).until_us + late_us;
	assert_int_equal(script_step(&run, now_us).kind, STEP_WRITE);
	script_wrote(&run, 1, now_us);
	struct step step = script_step(&run, now_us);
	assert_int_equal(step.kind, STEP_SLEEP);
	arena_fini(&arena);
	return step.until_us - now_us;
}

static void lateness_is_made_up_for(void **state)
{
	(void)state;
	assert_int_equal(wait_after(true, 0), 10000);
	assert_int_equal(wait_after(true, 3000), 7000);
	assert_int_equal(wait_after(true, 5001), 10000);
	assert_int_equal(wait_after(false, 3000), 10000);
}

static void is_bounded(void **state)
{
	struct arena arena;
	struct script script;
	(void)state;
	arena_init(&arena);
	script_init(&script, &arena);
	for (int i = 0; i < SCRIPT_ACTIONS_MAX + 10; i++)
		script_send(&script, STR("x"), MARKS_NONE);
	assert_int_equal(script.n, SCRIPT_ACTIONS_MAX);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_and_waits),
		cmocka_unit_test(endings),
		cmocka_unit_test(repeats),
		cmocka_unit_test(tears),
		cmocka_unit_test(lateness_is_made_up_for),
		cmocka_unit_test(is_bounded),
	};
	return RUN(tests);
}
