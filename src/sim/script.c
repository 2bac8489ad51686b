#include "sim/script.h"

#include <assert.h>
#include <stdio.h>

enum { ACTIONS_FIRST = 32, SCRIPT_CHUNK_HEAD_MAX = 64 };

const char *script_mark_name(enum script_mark mark)
{
	static const char *const names[] = {
#define X(id, name) [MARK_##id] = (name),
		SCRIPT_MARKS(X)
#undef X
	};
	return names[mark];
}

struct marks mark_of(enum script_mark mark)
{
	static const uint8_t single[] = {
#define X(id, name) MARK_##id,
		SCRIPT_MARKS(X)
#undef X
	};
	return (struct marks){&single[mark], 1};
}

void script_init(struct script *script, struct arena *arena)
{
	*script = (struct script){.arena = arena};
}

static void add(struct script *script, struct action action)
{
	if (script->n == SCRIPT_ACTIONS_MAX)
		return;
	if (script->n == script->cap) {
		size_t cap = script->cap ? 2 * script->cap : ACTIONS_FIRST;
		struct action *grown = ARENA_ARRAY(script->arena, cap, struct action);
		if (script->n)
			memcpy(grown, script->actions, script->n * sizeof(*grown));
		script->actions = grown;
		script->cap = cap;
	}
	script->actions[script->n++] = action;
}

void script_wait(struct script *script, int64_t us)
{
	if (us > 0)
		add(script, (struct action){.kind = ACTION_WAIT, .us = us});
}

void script_send(struct script *script, struct str bytes, struct marks marks)
{
	if (bytes.n)
		add(script, (struct action){.kind = ACTION_SEND, .bytes = bytes, .marks = marks});
}

void script_chunk(
	struct script *script, struct str bytes, const char *extension, struct marks marks)
{
	if (bytes.n == 0)
		return;
	char size[SCRIPT_CHUNK_HEAD_MAX];
	size_t head = (size_t)snprintf(size, sizeof(size), "%zx%s\r\n", bytes.n, extension);
	assert(head < sizeof(size));
	char *whole = arena_alloc(script->arena, head + bytes.n + 2);
	memcpy(whole, size, head);
	memcpy(whole + head, bytes.p, bytes.n);
	whole[head + bytes.n] = '\r';
	whole[head + bytes.n + 1] = '\n';
	script_send(script, (struct str){whole, head + bytes.n + 2}, marks);
}

void script_last_chunk(struct script *script, const char *trailers)
{
	script_send(
		script, str_of(arena_printf(script->arena, "0\r\n%s\r\n", trailers)), MARKS_NONE);
}

void script_repeat(struct script *script, struct str bytes, int64_t us, size_t times)
{
	assert(bytes.n > 0);
	add(script,
		(struct action){.kind = ACTION_REPEAT, .bytes = bytes, .us = us, .times = times});
}

void script_hold(struct script *script)
{
	add(script, (struct action){.kind = ACTION_HOLD});
}

void script_fin(struct script *script)
{
	add(script, (struct action){.kind = ACTION_FIN});
}

void script_reset(struct script *script)
{
	add(script, (struct action){.kind = ACTION_RESET});
}

void script_tear(struct script *script, size_t step, int64_t us)
{
	for (size_t i = 0; i < script->n; i++) {
		struct action *action = &script->actions[i];
		if (action->kind != ACTION_SEND)
			continue;
		action->kind = ACTION_DRIP;
		action->step = step;
		action->us = us;
	}
}

struct script_run script_start(const struct script *script)
{
	return (struct script_run){.script = script};
}

static void advance(struct script_run *run)
{
	run->at++;
	run->offset = 0;
	run->rounds = 0;
	run->wake_us = 0;
}

static struct step write_step(const struct script_run *run, const struct action *action)
{
	struct str rest = str_from(action->bytes, run->offset);
	if (action->kind == ACTION_DRIP && rest.n > action->step)
		rest.n = action->step;
	return (struct step){.kind = STEP_WRITE, .bytes = rest};
}

/* What woke late, for others were served first, makes up for it in a steady script: streams that were
 * once sent together would stay together otherwise. */
static int64_t wait_until(const struct script_run *run, const struct action *action, int64_t now_us)
{
	int64_t late_us = now_us - run->due_us;
	bool makes_up = run->script->steady && run->due_us && late_us < SCRIPT_LATE_MAX_US &&
			late_us <= action->us / 2;
	return (makes_up ? run->due_us : now_us) + action->us;
}

struct step script_step(struct script_run *run, int64_t now_us)
{
	while (run->at < run->script->n) {
		const struct action *action = &run->script->actions[run->at];
		if (action->kind == ACTION_WAIT && run->wake_us == 0)
			run->wake_us = wait_until(run, action, now_us);
		if (run->wake_us > now_us)
			return (struct step){.kind = STEP_SLEEP, .until_us = run->wake_us};
		switch (action->kind) {
		case ACTION_WAIT:
			run->due_us = run->wake_us;
			advance(run);
			break;
		case ACTION_SEND:
		case ACTION_DRIP:
		case ACTION_REPEAT: run->wake_us = 0; return write_step(run, action);
		case ACTION_HOLD: return (struct step){.kind = STEP_HOLD};
		case ACTION_FIN: return (struct step){.kind = STEP_FIN};
		case ACTION_RESET: return (struct step){.kind = STEP_RESET};
		}
	}
	return (struct step){.kind = STEP_END};
}

/* A pause of no length still ends the loop's turn, so that torn bytes stay torn. */
static int64_t pause_until(const struct action *action, int64_t now_us)
{
	return now_us + (action->us > 0 ? action->us : 1);
}

struct marks script_wrote(struct script_run *run, size_t n, int64_t now_us)
{
	const struct action *action = &run->script->actions[run->at];
	run->offset += n;
	assert(run->offset <= action->bytes.n);
	if (run->offset < action->bytes.n) {
		if (action->kind == ACTION_DRIP && n > 0)
			run->wake_us = pause_until(action, now_us);
		return MARKS_NONE;
	}
	struct marks marks = action->marks;
	run->rounds++;
	if (action->kind == ACTION_REPEAT && run->rounds != action->times) {
		run->offset = 0;
		run->wake_us = pause_until(action, now_us);
	} else {
		advance(run);
	}
	return marks;
}
