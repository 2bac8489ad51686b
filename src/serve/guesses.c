#include "serve/guesses.h"

#include "base/clock.h"

#include <string.h>

/* Never NULL: a new one takes the place of who was quiet for the longest time. */
static struct guesser *guesser_of(struct guesses *guesses, struct visitor_address from)
{
	struct visitor_address network = visitor_network(from);
	struct guesser *quiet = &guesses->guessers[0];
	for (size_t i = 0; i < GUESSES_ADDRESSES_MAX; i++) {
		struct guesser *guesser = &guesses->guessers[i];
		if (memcmp(&guesser->from, &network, sizeof(network)) == 0)
			return guesser;
		if (guesser->full_us < quiet->full_us)
			quiet = guesser;
	}
	*quiet = (struct guesser){.from = network};
	return quiet;
}

/* Each guess moves the moment at which all are back by `every`; too far away is too many. */
static int64_t moved(int64_t full_us, int64_t every_s, int64_t now_us)
{
	return (full_us > now_us ? full_us : now_us) + every_s * US_PER_S;
}

static int64_t missing_us(int64_t full_us, int64_t at_once, int64_t every_s, int64_t now_us)
{
	return moved(full_us, every_s, now_us) - now_us - at_once * every_s * US_PER_S;
}

unsigned guesses_take(struct guesses *guesses, struct visitor_address from, int64_t now_us)
{
	struct guesser *guesser = guesser_of(guesses, from);
	int64_t own =
		missing_us(guesser->full_us, GUESSES_ADDRESS, GUESSES_ADDRESS_EVERY_S, now_us);
	int64_t all = missing_us(guesses->full_us, GUESSES_ALL, GUESSES_ALL_EVERY_S, now_us);
	int64_t longest = own > all ? own : all;
	if (longest > 0)
		return (unsigned)((longest + US_PER_S - 1) / US_PER_S);
	guesser->full_us = moved(guesser->full_us, GUESSES_ADDRESS_EVERY_S, now_us);
	guesses->full_us = moved(guesses->full_us, GUESSES_ALL_EVERY_S, now_us);
	return 0;
}

void guesses_give_back(struct guesses *guesses, struct visitor_address from)
{
	guesser_of(guesses, from)->full_us -= GUESSES_ADDRESS_EVERY_S * US_PER_S;
	guesses->full_us -= GUESSES_ALL_EVERY_S * US_PER_S;
}
