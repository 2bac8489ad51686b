#include "serve/visitors.h"

#include "base/clock.h"
#include "base/memory.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct visitor_address visitor_address_of(const struct sockaddr_storage *address)
{
	struct visitor_address mapped = {{[10] = 0xff, [11] = 0xff}};
	if (address->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)address;
		memcpy(mapped.bytes, &in->sin6_addr, sizeof(mapped.bytes));
	} else if (address->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;
		memcpy(mapped.bytes + 12, &in->sin_addr, 4);
	}
	return mapped;
}

struct visitor_address visitor_network(struct visitor_address address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	if (memcmp(address.bytes, mapped, sizeof(mapped)) != 0)
		memset(address.bytes + 8, 0, 8);
	return address;
}

static struct visitor_crowd *find_crowd(
	const struct visitors *visitors, struct visitor_address network)
{
	struct visitor_crowd *crowd = visitors->crowds;
	while (crowd && memcmp(&crowd->network, &network, sizeof(network)) != 0)
		crowd = crowd->next;
	return crowd;
}

static struct visitor_crowd *crowd_of(struct visitors *visitors, struct visitor_address network)
{
	struct visitor_crowd *crowd = find_crowd(visitors, network);
	if (crowd)
		return crowd;
	crowd = MEM_NEW(struct visitor_crowd);
	*crowd = (struct visitor_crowd){
		.next = visitors->crowds, .all = visitors, .network = network};
	visitors->crowds = crowd;
	return crowd;
}

static void remove_crowd(struct visitors *visitors, struct visitor_crowd *crowd)
{
	struct visitor_crowd **at = &visitors->crowds;
	while (*at != crowd)
		at = &(*at)->next;
	*at = crowd->next;
	free(crowd);
}

struct visitor *visitors_add(
	struct visitors *visitors, int fd, struct visitor_address address, int64_t now_us)
{
	struct visitor *visitor = MEM_NEW(struct visitor);
	struct visitor_crowd *crowd = crowd_of(visitors, visitor_network(address));
	*visitor = (struct visitor){.next = crowd->first,
		.crowd = crowd,
		.address = address,
		.fd = fd,
		.since_us = now_us};
	if (crowd->first)
		crowd->first->previous = visitor;
	crowd->first = visitor;
	crowd->n++;
	visitors->n++;
	return visitor;
}

void visitors_cut(struct visitors *visitors, struct visitor *visitor)
{
	assert(!visitor->cut);
	visitor_hold(visitor, 0);
	visitor->cut = true;
	visitors->n--;
	visitor->crowd->n--;
	visitor->crowd->n_cut++;
	visitors->n_cut++;
}

void visitors_remove(struct visitors *visitors, struct visitor *visitor)
{
	struct visitor_crowd *crowd = visitor->crowd;
	if (!visitor->cut)
		visitors_cut(visitors, visitor);
	if (visitor->next)
		visitor->next->previous = visitor->previous;
	if (visitor->previous)
		visitor->previous->next = visitor->next;
	else
		crowd->first = visitor->next;
	crowd->n_cut--;
	visitors->n_cut--;
	if (!crowd->first)
		remove_crowd(visitors, crowd);
	free(visitor);
}

struct visitor *visitors_after(const struct visitors *visitors, const struct visitor *visitor)
{
	if (visitor && visitor->next)
		return visitor->next;
	const struct visitor_crowd *crowd = visitor ? visitor->crowd->next : visitors->crowds;
	return crowd ? crowd->first : NULL;
}

void visitor_turn(struct visitor *visitor, enum visitor_state state, int64_t now_us)
{
	visitor->state = state;
	visitor->since_us = now_us;
}

void visitor_hold(struct visitor *visitor, size_t bytes)
{
	if (!visitor->cut) {
		visitor->crowd->held += bytes - visitor->held;
		visitor->crowd->all->held += bytes - visitor->held;
	}
	visitor->held = bytes;
}

static int64_t limit_us(enum visitor_state state)
{
	switch (state) {
	case VISITOR_NEW: return VISITOR_HEAD_S * US_PER_S;
	case VISITOR_ANSWERED: return VISITOR_ANSWER_S * US_PER_S;
	case VISITOR_IDLE: return VISITOR_IDLE_S * US_PER_S;
	case VISITOR_LISTENING: return INT64_MAX;
	}
	return 0;
}

struct visitor *visitors_cut_overdue(struct visitors *visitors, int64_t now_us)
{
	struct visitor *v = visitors_after(visitors, NULL);
	while (v && (v->cut || now_us - v->since_us <= limit_us(v->state)))
		v = visitors_after(visitors, v);
	if (v)
		visitors_cut(visitors, v);
	return v;
}

/* What a network has of what there is too much of. */
typedef size_t weigher(const struct visitor_crowd *crowd);

static size_t places_of(const struct visitor_crowd *crowd)
{
	return crowd->n;
}

static size_t held_by(const struct visitor_crowd *crowd)
{
	return crowd->held;
}

static size_t most_of(const struct visitors *visitors, weigher *weigh)
{
	size_t most = 0;
	for (const struct visitor_crowd *crowd = visitors->crowds; crowd; crowd = crowd->next)
		most = weigh(crowd) > most ? weigh(crowd) : most;
	return most;
}

static struct visitor *longest_waiting(const struct visitors *visitors, weigher *weigh)
{
	struct visitor *found = NULL;
	size_t most = most_of(visitors, weigh);
	for (const struct visitor_crowd *crowd = visitors->crowds; crowd; crowd = crowd->next)
		for (struct visitor *v = weigh(crowd) == most ? crowd->first : NULL; v; v = v->next)
			if (!v->cut && (weigh == places_of || v->held) &&
				(!found || v->since_us < found->since_us))
				found = v;
	return found;
}

struct visitor *visitors_cut_surplus(struct visitors *visitors)
{
	struct visitor *found = NULL;
	if (visitors->n > VISITORS_SOFT_MAX ||
		most_of(visitors, places_of) > VISITORS_ADDRESS_SOFT_MAX)
		found = longest_waiting(visitors, places_of);
	else if (visitors->held > VISITORS_HELD_MAX)
		found = longest_waiting(visitors, held_by);
	if (found)
		visitors_cut(visitors, found);
	return found;
}

bool visitors_know(const struct visitors *visitors, struct visitor_address network)
{
	const struct visitor_crowd *crowd = find_crowd(visitors, network);
	return crowd && crowd->n;
}

bool visitors_have_room(const struct visitors *visitors)
{
	return visitors->n + visitors->n_cut < VISITORS_MAX;
}

bool visitors_may_enter(
	const struct visitors *visitors, struct visitor_address network, int64_t now_us)
{
	const struct visitor_crowd *crowd = find_crowd(visitors, network);
	if (!crowd || !crowd->n)
		return true;
	size_t most = most_of(visitors, places_of);
	if (crowd->n + 1 < most ||
		(visitors->n < VISITORS_SOFT_MAX && crowd->n < VISITORS_ADDRESS_SOFT_MAX))
		return true;
	const struct visitor *goes = longest_waiting(visitors, places_of);
	return now_us - goes->since_us >= VISITOR_TIME_MS * US_PER_MS;
}
