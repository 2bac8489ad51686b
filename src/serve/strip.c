#include "serve/strip.h"

#include "base/clock.h"
#include "base/text.h"
#include "serve/words.h"

enum {
	STRIP_BARS_MAX = HISTORY_DAYS,
	STRIP_BYTES = 24 * STRIP_BARS_MAX,
};

#define DRAWN ((enum outcome)(OUTCOME_COUNT + 1)) /* in no common path */
#define DAY_US (INT64_C(86400) * US_PER_S)
#define DAY_BAD 0.95 /* a day with less of it good is drawn as one that failed */

/* Where bars stand, in the picture's units. */
struct rhythm {
	unsigned step, width;
};

static const struct rhythm results_rhythm = {4, 3}, days_rhythm = {3, 2};

static const char *kind_name(enum outcome kind)
{
	return kind == OUTCOME_COUNT ? "none" : outcome_name(kind);
}

/* What is plain is one line through its neighbours of the same kind, which the sheet cuts into bars. */
static unsigned line_of(enum outcome kind)
{
	switch (kind) {
	case OUTCOME_PASS: return 13;
	case OUTCOME_SKIP: return 18;
	case OUTCOME_COUNT: return 19;
	case OUTCOME_WARN:
	case OUTCOME_FAIL: break;
	}
	return 0;
}

static void put_run(struct buf *out, struct rhythm rhythm, enum outcome kind, size_t at, size_t n)
{
	buf_printf(out, "M%zu %uh%zu", at * rhythm.step, line_of(kind),
		n * rhythm.step - (rhythm.step - rhythm.width));
}

static void put_bar(struct buf *out, struct rhythm rhythm, enum outcome kind, size_t at)
{
	size_t twice = 2 * at * rhythm.step + rhythm.width;
	buf_printf(out, "M%zu%s%s", twice / 2, twice % 2 ? ".5" : "",
		kind == OUTCOME_WARN ? " 2v4m0 3v11" : " 0v20");
}

static void add_path(
	struct arena *arena, struct value *paths, enum outcome kind, const struct buf *d)
{
	if (d->n == 0)
		return;
	struct value *path = value_item(arena, paths);
	value_text(arena, path, "class", kind_name(kind));
	value_str(arena, path, "d", arena_str(arena, buf_str(d)));
}

/* Those of one kind, in one path. */
static void add_kind(struct arena *arena, struct value *paths, struct rhythm rhythm,
	const enum outcome *bars, size_t n, enum outcome kind)
{
	struct buf d = BUF_INIT(STRIP_BYTES);
	for (size_t i = 0; i < n; i++) {
		size_t first = i;
		if (bars[i] != kind)
			continue;
		if (!line_of(kind)) {
			put_bar(&d, rhythm, kind, i);
			continue;
		}
		while (i + 1 < n && bars[i + 1] == kind)
			i++;
		put_run(&d, rhythm, kind, first, i + 1 - first);
	}
	add_path(arena, paths, kind, &d);
	buf_fini(&d);
}

static void add_kinds(struct arena *arena, struct value *paths, struct rhythm rhythm,
	const enum outcome *bars, size_t n)
{
	for (unsigned kind = 0; kind <= OUTCOME_COUNT; kind++)
		add_kind(arena, paths, rhythm, bars, n, (enum outcome)kind);
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
	enum outcome bars[BOARD_RECENT_MAX];
	for (size_t i = 0; i < BOARD_RECENT_MAX; i++)
		bars[BOARD_RECENT_MAX - 1 - i] =
			i < check->n_recent ? check->recent[i].outcome : OUTCOME_COUNT;
	struct value *strip = value_member(arena, object, "strip");
	value_text(arena, strip, "title", in_words(arena, check));
	add_kinds(arena, value_list(arena, strip, "paths"), results_rhythm, bars, BOARD_RECENT_MAX);
}

/* --- days --- */

static enum outcome kind_of_day(const struct slo_count *day)
{
	uint64_t judged = day->good + day->bad;
	if (!judged)
		return OUTCOME_COUNT;
	if (!day->bad)
		return OUTCOME_PASS;
	return (double)day->good < DAY_BAD * (double)judged ? OUTCOME_FAIL : OUTCOME_WARN;
}

/* "2026-11-03: 98.2 %" */
static void add_titled(struct arena *arena, struct value *paths, const struct history_days *days,
	size_t at, enum outcome kind)
{
	char text[TEXT_TIME_MAX];
	const struct slo_count *day = &days->days[at];
	struct buf d = BUF_INIT(STRIP_BYTES);
	put_bar(&d, days_rhythm, kind, at);
	add_path(arena, paths, kind, &d);
	buf_fini(&d);
	value_text(arena, paths->last, "tip",
		arena_printf(arena, "%.10s: %s",
			text_time(days->from_wall_us + (int64_t)at * DAY_US, text),
			words_percent(arena, (double)day->good / (double)(day->good + day->bad))));
}

static const char *days_in_words(
	struct arena *arena, const enum outcome *bars, size_t n, double uptime)
{
	size_t known = 0, bad = 0;
	for (size_t i = 0; i < n; i++) {
		known += bars[i] != OUTCOME_COUNT;
		bad += bars[i] == OUTCOME_WARN || bars[i] == OUTCOME_FAIL;
	}
	if (!known)
		return "No results in 90 days";
	return arena_printf(arena, "%s up in 90 days; something failed on %zu of %zu days",
		words_percent(arena, uptime), bad, known);
}

/* -1: nothing was judged. */
static double share_of(const struct history_days *days)
{
	struct slo_count all = {0, 0};
	for (size_t i = 0; days && i < HISTORY_DAYS; i++) {
		all.good += days->days[i].good;
		all.bad += days->days[i].bad;
	}
	uint64_t judged = all.good + all.bad;
	return judged ? (double)all.good / (double)judged : -1;
}

void strip_days_add(struct arena *arena, struct value *object, const struct history_days *days)
{
	double uptime = share_of(days);
	enum outcome bars[HISTORY_DAYS];
	for (size_t i = 0; i < HISTORY_DAYS; i++)
		bars[i] = days ? kind_of_day(&days->days[i]) : OUTCOME_COUNT;
	value_text(arena, object, "uptime_90d", words_percent(arena, uptime));
	struct value *strip = value_member(arena, object, "days");
	value_text(arena, strip, "title",
		days ? days_in_words(arena, bars, HISTORY_DAYS, uptime) : "Not looked up yet");
	struct value *paths = value_list(arena, strip, "paths");
	size_t titled = 0;
	for (size_t i = HISTORY_DAYS; i-- > 0 && titled < STRIP_TITLES;) {
		if (bars[i] != OUTCOME_WARN && bars[i] != OUTCOME_FAIL)
			continue;
		add_titled(arena, paths, days, i, bars[i]);
		bars[i] = DRAWN;
		titled++;
	}
	add_kinds(arena, paths, days_rhythm, bars, HISTORY_DAYS);
}
