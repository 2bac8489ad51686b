/* Tag expressions: refused with a column, or ruled by logic. */
#include "fuzz.h"

#include "check/selection.h"

static const char *const all[] = {"a", "slow", "not-this", "x.y", "1"};

/* -1: it is no expression. */
static int holds(struct arena *arena, const char *text, unsigned tags)
{
	const char *has[sizeof(all) / sizeof(all[0])];
	struct service service = {.id = "s"};
	struct check check = {.id = "c", .service = &service, .tags = has};
	struct error error = {0};
	struct selection selection = {.tags = tag_expression_parse(arena, text, &error)};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (tags >> i & 1)
			has[check.n_tags++] = all[i];
	if (selection.tags)
		return selection_has(&selection, &check);
	HOLDS(str_starts(str_of(error.text), STR("column "), false));
	HOLDS(utf8_valid(str_of(error.text)));
	return -1;
}

static void rules(struct arena *arena, const char *text, const char *other, unsigned tags)
{
	int a = holds(arena, text, tags), b = holds(arena, other, tags);
	if (a < 0)
		return;
	int negated = holds(arena, arena_printf(arena, "not (%s)", text), tags);
	int same = holds(arena, arena_printf(arena, "(%s)", text), tags);
	HOLDS(negated < 0 || negated == !a); /* < 0: deeper than it may be */
	HOLDS(same < 0 || same == a);
	if (b < 0)
		return;
	int either = holds(arena, arena_printf(arena, "(%s) or (%s)", text, other), tags);
	int both = holds(arena, arena_printf(arena, "(%s) and (%s)", text, other), tags);
	int loose = holds(arena, arena_printf(arena, "%s or %s", text, other), tags);
	HOLDS(either < 0 || either == (a || b));
	HOLDS(both < 0 || both == (a && b));
	HOLDS(loose == (a || b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = input_of(data, size);
	unsigned tags = input_byte(&input);
	struct arena arena;
	arena_init(&arena);
	const char *other = arena_strndup(&arena, input_line(&input));
	rules(&arena, arena_strndup(&arena, input), other, tags);
	arena_fini(&arena);
	return 0;
}
