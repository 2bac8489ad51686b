#include "watch/slo.h"

#include <math.h>

#define MINUTE_US INT64_C(60000000)
#define HOUR_US (60 * MINUTE_US)

static const struct {
	const char *name;
	int64_t us;
} spans[SLO_SPAN_COUNT] = {
#define X(id, name, seconds) {name, (seconds)*INT64_C(1000000)},
	SLO_SPANS(X)
#undef X
};

const char *slo_span_name(enum slo_span span)
{
	return spans[span].name;
}

int64_t slo_span_us(enum slo_span span)
{
	return spans[span].us;
}

int64_t slo_window_start(int64_t length_us, int64_t now_wall_us)
{
	int64_t start = now_wall_us - length_us;
	int64_t whole = length_us > spans[SLO_SPAN_6H].us ? HOUR_US : MINUTE_US;

	return start > 0 ? start - start % whole : 0;
}

static double total(struct slo_count count)
{
	return (double)count.good + (double)count.bad;
}

static bool is_known(struct slo_count count)
{
	return count.good + count.bad >= SLO_RESULTS_MIN;
}

/* To the billionth, so that what 99 % leaves is 1 % and not what its binary fraction leaves. */
static double allowed_share(const struct slo *slo)
{
	return fmax(1, round((1 - slo->objective) * 1e9)) / 1e9;
}

static double burn_rate(const struct slo *slo, struct slo_count count)
{
	return is_known(count) ? (double)count.bad / total(count) / allowed_share(slo)
			       : (double)NAN;
}

static enum slo_span known_from(const struct slo_counts *counts, enum slo_span span)
{
	while (span < SLO_SPAN_COUNT && !is_known(counts->spans[span]))
		span++;
	return span;
}

/* How many results of that rate it takes, in a window that holds so many once it is full. Until then none
 * leaves it, and each one adds to what may be bad. */
static double results_until_spent(double left, double burn, double results, double full)
{
	double more = burn > 1 ? left * results / (burn - 1) : (double)INFINITY;

	return results + more <= full ? more : (full - (1 - left) * results) / burn;
}

static int64_t exhausted_in(const struct slo *slo, const struct slo_counts *counts, double left)
{
	bool is_long = slo->window_us >= spans[SLO_SPAN_1D].us;
	enum slo_span span = known_from(counts, is_long ? SLO_SPAN_1H : SLO_SPAN_5M);
	if (left <= 0)
		return 0;
	if (isnan(left) || span == SLO_SPAN_COUNT || !counts->spans[span].bad)
		return -1;
	double full = total(counts->spans[span]) * (double)slo->window_us / (double)spans[span].us;
	double results = fmin(total(counts->window), full);
	double more = results_until_spent(left, burn_rate(slo, counts->spans[span]), results, full);
	return more <= full ? (int64_t)(more / full * (double)slo->window_us) : -1;
}

struct slo_report slo_unknown(void)
{
	struct slo_report report = {(double)NAN, (double)NAN, {0}, -1};
	for (unsigned i = 0; i < SLO_SPAN_COUNT; i++)
		report.burn[i] = (double)NAN;
	return report;
}

struct slo_report slo_judge(const struct slo *slo, const struct slo_counts *counts)
{
	struct slo_report report = slo_unknown();
	double n = total(counts->window);
	if (n > 0)
		report.availability = (double)counts->window.good / n;
	report.budget_left = 1 - burn_rate(slo, counts->window);
	for (unsigned i = 0; i < SLO_SPAN_COUNT; i++)
		report.burn[i] = burn_rate(slo, counts->spans[i]);
	report.exhausted_in_us = exhausted_in(slo, counts, report.budget_left);
	return report;
}

/* Whether there are results before it. */
static bool is_full(const struct slo *slo, const struct slo_counts *counts, enum slo_span span)
{
	double within = total(counts->spans[span]);

	for (unsigned i = span + 1U; i < SLO_SPAN_COUNT; i++)
		if (total(counts->spans[i]) > within)
			return true;
	return slo->window_us > spans[span].us && total(counts->window) > within;
}

/* A rate that is not known is above nothing. */
static bool holds(const struct slo *slo, const struct slo_counts *counts, double burn,
	enum slo_span over, enum slo_span and)
{
	enum slo_span shorter = known_from(counts, and);
	return counts->spans[over].bad >= SLO_ALERT_BAD_MIN && shorter < SLO_SPAN_COUNT &&
	       is_full(slo, counts, over) && burn_rate(slo, counts->spans[over]) > burn &&
	       burn_rate(slo, counts->spans[shorter]) > burn;
}

static const struct slo_rule rules[SLO_PACE_COUNT] = {
#define X(id, name, severity, burn, over, and)                                                     \
	{name, SEVERITY_##severity, burn, SLO_SPAN_##over, SLO_SPAN_## and },
	SLO_PACES(X)
#undef X
};

const struct slo_rule *slo_rule(enum slo_pace pace)
{
	return &rules[pace];
}

uint8_t slo_paces(const struct slo *slo, const struct slo_counts *counts)
{
	uint8_t paces = 0;

	for (unsigned i = 0; i < SLO_PACE_COUNT; i++)
		if (holds(slo, counts, rules[i].burn, rules[i].over, rules[i].and))
			paces |= (uint8_t)(1U << i);
	return paces;
}
