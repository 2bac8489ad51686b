#include "alert/backoff.h"

bool backoff_is_dead(unsigned tries, int64_t age_us)
{
	return tries >= BACKOFF_TRIES_MAX ||
	       (tries >= BACKOFF_TRIES_MIN && age_us >= BACKOFF_AGE_MAX_US);
}

/* splitmix64 */
static uint64_t scatter(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

int64_t backoff_pause(unsigned tries, int64_t asked_us, uint64_t seed)
{
	int64_t highest = BACKOFF_MAX_US / 5 * 4; /* with its jitter an hour */
	int64_t pause = BACKOFF_MIN_US;
	for (unsigned i = 1; i < tries && pause < highest; i++)
		pause *= 2;
	if (pause > highest)
		pause = highest;
	if (pause < asked_us)
		pause = asked_us < highest ? asked_us : highest;
	return pause + (int64_t)(scatter(seed) % (uint64_t)(pause / 4 + 1));
}
