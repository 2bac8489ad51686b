#include "watch/burn.h"

static int64_t calm_us(enum slo_pace pace)
{
	return slo_span_us(slo_rule(pace)->over) / BURN_CALM_PART;
}

static bool is_within(int64_t then_us, int64_t span_us, int64_t now_us)
{
	return then_us && now_us - then_us < span_us;
}

/* Whether its results are those of something that was told. */
static bool is_told(const struct burns *burns, enum slo_pace pace, const struct burn_news *news)
{
	int64_t short_us = slo_span_us(slo_rule(pace)->and);

	if (news->told || is_within(news->up_us, short_us, news->now_us))
		return true;
	for (unsigned i = 0; i < pace; i++)
		if (burns->paces[i].since_us ||
			is_within(burns->paces[i].held_us, short_us, news->now_us))
			return true;
	return false;
}

static enum burn_turn turn(struct burns *burns, enum slo_pace pace, const struct burn_news *news)
{
	struct burn *burn = &burns->paces[pace];
	bool holds = news->paces >> pace & 1;

	if (holds || burn->held_us > news->now_us) /* or the clock was set back */
		burn->held_us = news->now_us;
	if (!burn->since_us && holds && !news->quiet && !is_told(burns, pace, news)) {
		burn->since_us = news->now_us;
		return BURN_BEGINS;
	}
	if (burn->since_us && !is_within(burn->held_us, calm_us(pace), news->now_us)) {
		burn->since_us = 0;
		return BURN_ENDS;
	}
	return BURN_STAYS;
}

struct burns burns_next(
	struct burns before, struct burn_news news, enum burn_turn turns[SLO_PACE_COUNT])
{
	struct burns after = before;

	for (unsigned i = 0; i < SLO_PACE_COUNT; i++)
		turns[i] = turn(&after, (enum slo_pace)i, &news);
	return after;
}
