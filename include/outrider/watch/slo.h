/* watch/slo.h - service level objectives: what the results of windows that end now say of a promise.
 * Error budgets, burn rates and pairs of windows are those of Google's Site Reliability Workbook,
 * chapter 5, "Alerting on SLOs". Pure values: no ownership, any thread. */
#ifndef OUTRIDER_WATCH_SLO_H
#define OUTRIDER_WATCH_SLO_H

#include "watch/policy.h"

/* pass and warn are good; fail is bad, that of a known issue too, since whoever uses the service meets
 * it all the same. What was skipped and what ran in a maintenance window count for nothing. */
struct slo_count {
	uint64_t good, bad;
};

/* Of which burn rates are told, from short to long. */
#define SLO_SPANS(X)                                                                               \
	X(5M, "5m", 300)                                                                           \
	X(30M, "30m", 1800)                                                                        \
	X(1H, "1h", 3600)                                                                          \
	X(2H, "2h", 7200)                                                                          \
	X(6H, "6h", 21600)                                                                         \
	X(1D, "1d", 86400)                                                                         \
	X(3D, "3d", 259200)

enum slo_span {
#define X(id, name, seconds) SLO_SPAN_##id,
	SLO_SPANS(X)
#undef X
		SLO_SPAN_COUNT
};

const char *slo_span_name(enum slo_span span);
int64_t slo_span_us(enum slo_span span);

/* Where a window of that length begins that ends now: at a whole minute, or beyond six hours at a whole
 * hour (UTC). So it is longer by up to a minute (of 5m: a fifth; of 1h: 1.7 %), or up to an hour (of 1d:
 * 4 %; of 30 days: 0.14 %), and forgets a bad result so much later. */
int64_t slo_window_start(int64_t length_us, int64_t now_wall_us);

struct slo_counts {
	struct slo_count window; /* the objective's own */
	struct slo_count spans[SLO_SPAN_COUNT];
};

/* With fewer results than that a window says nothing of budgets and rates. */
enum { SLO_RESULTS_MIN = 3 };

/* NAN: not known. */
struct slo_report {
	double availability; /* share of good results in the window; known from the first one on */
	double budget_left; /* 1: untouched, 0: spent, below: overspent */
	double burn
		[SLO_SPAN_COUNT]; /* bad share over allowed share; 1 spends all in just a window */
	/* When the budget is spent at the soonest, if results go on as in the last hour (of a window
	 * below a day: five minutes; or the shortest longer span that is known) and nothing that was spent
	 * leaves the window before. 0: it is; -1: not within a window's length, or not known. */
	int64_t exhausted_in_us;
};

struct slo_report slo_judge(const struct slo *slo, const struct slo_counts *counts);
/* Before anything was counted. */
struct slo_report slo_unknown(void);

/* Of a budget that is spent too fast. Both burn rates are above: the long span says that it matters, the
 * short one that it goes on. Of a window of 30 days these spend 2 %, 5 % and 10 % of the budget. The book pages
 * for the second, too; here it waits for the morning. From the most urgent on. */
#define SLO_PACES(X)                                                                               \
	X(FAST, "fast", PAGE, 14.4, 1H, 5M)                                                        \
	X(SLOW, "slow", TICKET, 6, 6H, 30M)                                                        \
	X(STEADY, "steady", TICKET, 1, 3D, 6H)

enum slo_pace {
#define X(id, name, severity, burn, over, and) SLO_##id,
	SLO_PACES(X)
#undef X
		SLO_PACE_COUNT
};

struct slo_rule {
	const char *name;
	enum severity severity;
	double burn; /* both rates are above */
	enum slo_span over, and; /* the long span, the short one */
};

const struct slo_rule *slo_rule(enum slo_pace pace);

/* In the long span: one failure alone is not told, however few results there are. */
enum { SLO_ALERT_BAD_MIN = 2 };

/* The rules that hold, a bit each. A long span must be full: there are results before it, so that the first few of a
 * new check are not taken for its whole hour. Where a check runs too seldom for a rule's short span, the next one
 * that is known takes its place; a rule whose long span is not known does not hold. */
uint8_t slo_paces(const struct slo *slo, const struct slo_counts *counts);

/* All that is known of an objective. */
struct slo_standing {
	struct slo_report report;
	uint8_t paces; /* slo_paces */
};

#endif
