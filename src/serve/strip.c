#include "serve/strip.h"

enum {
	STRIP_STEP = 5, /* from bar to bar, in the picture's units; it is 150 by 20 */
	STRIP_BYTES = 16 * BOARD_RECENT_MAX * 2,
};

/* The strokes of one bar, after the move to its middle. */
static const char *bar(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_PASS: return " 6v14";
	case OUTCOME_WARN: return " 2v4m0 3v11"; /* broken in two */
	case OUTCOME_FAIL: return " 0v20";
	case OUTCOME_SKIP: return " 16v4";
	case OUTCOME_COUNT: break;
	}
	return " 18v2";
}

static void put_bar(struct buf *out, size_t from_right, enum outcome outcome)
{
	size_t x = (BOARD_RECENT_MAX - 1 - from_right) * STRIP_STEP + 2;
	buf_printf(out, "M%zu%s", x, bar(outcome));
}

static void add_path(
	struct arena *arena, struct value *paths, const char *kind, const struct buf *d)
{
	if (d->n == 0)
		return;
	struct value *path = value_item(arena, paths);
	value_text(arena, path, "class", kind);
	value_str(arena, path, "d", arena_str(arena, buf_str(d)));
}

static void add_outcome(struct arena *arena, struct value *paths, const struct board_check *check,
	enum outcome outcome)
{
	struct buf d = BUF_INIT(STRIP_BYTES);
	for (size_t i = 0; i < check->n_recent; i++)
		if (check->recent[i].outcome == outcome)
			put_bar(&d, i, outcome);
	add_path(arena, paths, outcome_name(outcome), &d);
	buf_fini(&d);
}

static void add_gaps(struct arena *arena, struct value *paths, const struct board_check *check)
{
	struct buf d = BUF_INIT(STRIP_BYTES);
	for (size_t i = check->n_recent; i < BOARD_RECENT_MAX; i++)
		put_bar(&d, i, OUTCOME_COUNT);
	add_path(arena, paths, "none", &d);
	buf_fini(&d);
}

static const char *in_words(struct arena *arena, const struct board_check *check)
{
	size_t counts[OUTCOME_COUNT] = {0};
	for (size_t i = 0; i < check->n_recent; i++)
		counts[check->recent[i].outcome]++;
	struct buf out = BUF_INIT(256);
	buf_printf(&out, "Latest %zu results: ", check->n_recent);
	bool first = true;
	for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
		if (!counts[i])
			continue;
		buf_printf(&out, "%s%zu %s", first ? "" : ", ", counts[i],
			outcome_name((enum outcome)i));
		first = false;
	}
	const char *text = arena_str(arena, buf_str(&out)).p;
	buf_fini(&out);
	return check->n_recent ? text : "No results yet";
}

void strip_add(struct arena *arena, struct value *object, const struct board_check *check)
{
	struct value *strip = value_member(arena, object, "strip");
	struct value *paths = value_list(arena, strip, "paths");
	add_gaps(arena, paths, check);
	for (unsigned i = 0; i < OUTCOME_COUNT; i++)
		add_outcome(arena, paths, check, (enum outcome)i);
	value_text(arena, strip, "title", in_words(arena, check));
}
