#include "serve/objectives.h"

#include "base/clock.h"
#include "base/memory.h"
#include "serve/board_state.h"

#include <stdlib.h>
#include <string.h>

#define DAY_US (INT64_C(86400) * US_PER_S)
#define COMMIT_US US_PER_S /* from the board to the file; usually a quarter of that */

/* Of a check that has an objective. */
struct standing {
	size_t check; /* its index in the plan */
	int64_t looked_wall_us; /* 0: never */
	bool urgent; /* it failed just now, has news, or too little is known */
	struct slo_report report;
};

struct objectives {
	struct arena arena; /* holds the plan */
	const struct board_plan *plan; /* NULL: none yet */
	struct standing *standings; /* in the plan's order */
	size_t n;
	size_t cursor; /* where the next refresh begins */
	uint64_t generation;
};

struct objectives *objectives_new(void)
{
	struct objectives *objectives = MEM_NEW(struct objectives);
	arena_init(&objectives->arena);
	return objectives;
}

void objectives_free(struct objectives *objectives)
{
	if (!objectives)
		return;
	arena_fini(&objectives->arena);
	free(objectives->standings);
	free(objectives);
}

/* A new plan is counted anew: its objectives may be others. */
static void take_plan(struct objectives *objectives, struct board *board)
{
	struct arena arena;
	arena_init(&arena);
	const struct board_plan *plan = board_plan(board, &arena);
	if (plan == objectives->plan) {
		arena_fini(&arena);
		return;
	}
	arena_fini(&objectives->arena);
	objectives->arena = arena;
	objectives->plan = plan;
	free(objectives->standings);
	objectives->n = objectives->cursor = 0;
	for (size_t i = 0; i < plan->n_checks; i++)
		objectives->n += plan->checks[i].slo.objective > 0;
	objectives->standings = mem_alloc((objectives->n + 1) * sizeof(*objectives->standings));
	struct standing *standing = objectives->standings;
	for (size_t i = 0; i < plan->n_checks; i++)
		if (plan->checks[i].slo.objective > 0)
			*standing++ = (struct standing){.check = i, .report = slo_unknown()};
	objectives->generation++;
}

/* A day more, for results of a clock that is ahead of ours. */
static struct slo_counts count(
	struct reader *reader, const struct board_definition *check, int64_t now_wall_us)
{
	int64_t from_us[SLO_SPAN_COUNT + 1];
	struct slo_count counted[SLO_SPAN_COUNT + 1];
	struct slo_counts counts;
	for (unsigned i = 0; i < SLO_SPAN_COUNT; i++)
		from_us[i] = slo_window_start(slo_span_us((enum slo_span)i), now_wall_us);
	from_us[SLO_SPAN_COUNT] = slo_window_start(check->slo.window_us, now_wall_us);
	reader_counts(
		reader, check->id, from_us, counted, SLO_SPAN_COUNT + 1, now_wall_us + DAY_US);
	memcpy(counts.spans, counted, sizeof(counts.spans));
	counts.window = counted[SLO_SPAN_COUNT];
	return counts;
}

static void look(struct objectives *objectives, struct board *board, struct standing *standing,
	struct reader *reader, int64_t now_wall_us)
{
	const struct board_definition *check = &objectives->plan->checks[standing->check];
	struct slo_counts counts = count(reader, check, now_wall_us);
	struct slo_report report = slo_judge(&check->slo, &counts);
	struct slo_standing known = {report, slo_paces(&check->slo, &counts)};
	board_put_slo(board, objectives->plan, standing->check, &known);
	standing->looked_wall_us = now_wall_us;
	standing->urgent = counts.spans[SLO_SPAN_5M].bad > 0 ||
			   counts.window.good + counts.window.bad < SLO_RESULTS_MIN;
	if (memcmp(&report, &standing->report, sizeof(report)) != 0)
		objectives->generation++;
	standing->report = report;
}

static bool is_old(const struct standing *standing, int64_t now_wall_us)
{
	int64_t fresh_s = standing->urgent ? OBJECTIVES_FRESH_NEWS_S : OBJECTIVES_FRESH_S;
	return llabs(now_wall_us - standing->looked_wall_us) >= fresh_s * US_PER_S;
}

/* Those with a result since the last look, or one that may not have been in the file then. */
static void note_news(struct objectives *objectives, const struct board_view *view)
{
	for (size_t i = 0; view->plan == objectives->plan && i < objectives->n; i++) {
		struct standing *standing = &objectives->standings[i];
		const struct board_check *check = &view->checks[standing->check];
		int64_t end_us = check->last.started_wall_us + check->last.duration_us;
		if (check->has_last && standing->looked_wall_us < end_us + COMMIT_US)
			standing->urgent = true;
	}
}

void objectives_refresh(struct objectives *objectives, struct board *board,
	const struct board_view *view, struct history *history, int64_t now_wall_us)
{
	take_plan(objectives, board);
	if (view)
		note_news(objectives, view);
	struct reader *reader = objectives->n ? history_reader(history, now_wall_us) : NULL;
	if (!reader)
		return;
	int64_t end_us = clock_mono_us() + OBJECTIVES_SPEND_US;
	bool over = false;
	for (size_t seen = 0; seen < objectives->n && !over; seen++) {
		objectives->cursor = (objectives->cursor + 1) % objectives->n;
		struct standing *standing = &objectives->standings[objectives->cursor];
		if (!is_old(standing, now_wall_us))
			continue;
		look(objectives, board, standing, reader, now_wall_us);
		over = clock_mono_us() >= end_us;
	}
}

uint64_t objectives_generation(const struct objectives *objectives)
{
	return objectives->generation;
}

void objectives_fill(const struct objectives *objectives, struct board_view *view)
{
	for (size_t i = 0; view->plan == objectives->plan && i < objectives->n; i++)
		view->checks[objectives->standings[i].check].slo = &objectives->standings[i].report;
}
