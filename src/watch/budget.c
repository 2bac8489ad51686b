#include "watch/budget.h"

#include <inttypes.h>

static const int64_t day_us = INT64_C(86400000000);

int64_t budget_day(int64_t wall_us)
{
	return wall_us / day_us - (wall_us % day_us < 0);
}

int64_t budget_day_start_us(int64_t wall_us)
{
	return budget_day(wall_us) * day_us;
}

struct budget_spent budget_at(struct budget_spent spent, int64_t wall_us)
{
	int64_t day = budget_day(wall_us);

	return day > spent.day ? (struct budget_spent){.day = day} : spent;
}

struct budget_spent budget_spend(struct budget_spent spent, int64_t wall_us, int64_t prompt_tokens,
	int64_t completion_tokens)
{
	spent = budget_at(spent, wall_us);
	if (budget_day(wall_us) < spent.day)
		return spent; /* it began before midnight */
	spent.runs++;
	spent.tokens += (uint64_t)(prompt_tokens > 0 ? prompt_tokens : 0);
	spent.tokens += (uint64_t)(completion_tokens > 0 ? completion_tokens : 0);
	return spent;
}

static bool runs_are_spent(const struct budget *budget, struct budget_spent spent)
{
	return budget->runs_per_day && spent.runs >= budget->runs_per_day;
}

bool budget_allows(const struct budget *budget, struct budget_spent spent, int64_t wall_us)
{
	spent = budget_at(spent, wall_us);
	return !runs_are_spent(budget, spent) &&
	       !(budget->tokens_per_day && spent.tokens >= budget->tokens_per_day);
}

void budget_words(struct buf *out, const struct budget *budget, struct budget_spent spent)
{
	bool runs = runs_are_spent(budget, spent);

	buf_printf(out, "%" PRIu64 " of %" PRIu64 " %s of this day (UTC) are spent",
		runs ? spent.runs : spent.tokens,
		runs ? (uint64_t)budget->runs_per_day : budget->tokens_per_day,
		runs ? "runs" : "tokens");
}
