/* watch/budget.h - what a check may cost in a day: runs that sent something, and tokens. Days are
 * UTC; wall microseconds. Pure values: no ownership, any thread. */
#ifndef OUTRIDER_WATCH_BUDGET_H
#define OUTRIDER_WATCH_BUDGET_H

#include "base/buf.h"
#include "watch/policy.h"

#include <stdbool.h>
#include <stdint.h>

/* What was spent in one day. */
struct budget_spent {
	int64_t day; /* since 1970 */
	uint64_t runs, tokens;
};

int64_t budget_day(int64_t wall_us);
int64_t budget_day_start_us(int64_t wall_us);

/* The same at a later time: a new day has spent nothing. A clock set back begins no new day. */
struct budget_spent budget_at(struct budget_spent spent, int64_t wall_us);

/* A run that began at wall_us is over. tokens below 0: not said, counted as none. */
struct budget_spent budget_spend(struct budget_spent spent, int64_t wall_us, int64_t prompt_tokens,
	int64_t completion_tokens);

/* Whether one more run may be sent. What it will cost is known only afterwards, so the last run of
 * a day may go beyond the tokens. */
bool budget_allows(const struct budget *budget, struct budget_spent spent, int64_t wall_us);

/* Why not: "48 of 48 runs of this day (UTC) are spent". */
void budget_words(struct buf *out, const struct budget *budget, struct budget_spent spent);

static inline bool budget_limits(const struct budget *budget)
{
	return budget->runs_per_day || budget->tokens_per_day;
}

#endif
