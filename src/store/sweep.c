#include "store/sweep.h"

int64_t sweep_due(const struct sweep *sweep, uint32_t n)
{
	if (n == 0)
		return INT64_MAX;
	int64_t least = sweep->looked_us + sweep->least_us;
	return sweep->next_us > least ? sweep->next_us : least;
}

size_t sweep_take(struct sweep *sweep, uint32_t n, int64_t now_us, uint32_t *numbers, size_t max)
{
	int64_t each_us = n ? sweep->period_us / n : 0;
	size_t taken = 0;
	if (n == 0 || now_us < sweep_due(sweep, n))
		return 0;
	if (now_us - sweep->next_us > sweep->period_us) /* it begins, or was asleep */
		sweep->next_us = now_us;
	while (taken < max && taken < n && sweep->next_us <= now_us) {
		sweep->at = sweep->at % n + 1;
		numbers[taken++] = sweep->at;
		sweep->next_us += each_us;
	}
	if (taken < max)
		sweep->looked_us = now_us;
	return taken;
}
