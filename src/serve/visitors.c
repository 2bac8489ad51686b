#include "serve/visitors.h"

#include "base/clock.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct visitor *visitors_add(
	struct visitors *visitors, int fd, struct visitor_address address, int64_t now_us)
{
	struct visitor *visitor = MEM_NEW(struct visitor);
	*visitor = (struct visitor){
		.next = visitors->first, .address = address, .fd = fd, .since_us = now_us};
	visitors->first = visitor;
	visitors->n++;
	return visitor;
}

void visitors_remove(struct visitors *visitors, struct visitor *visitor)
{
	struct visitor **at = &visitors->first;
	while (*at && *at != visitor)
		at = &(*at)->next;
	assert(*at);
	*at = visitor->next;
	visitors->n--;
	free(visitor);
}

void visitor_turn(struct visitor *visitor, enum visitor_state state, int64_t now_us)
{
	visitor->state = state;
	visitor->since_us = now_us;
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

static bool same_address(const struct visitor *a, const struct visitor *b)
{
	return memcmp(&a->address, &b->address, sizeof(a->address)) == 0;
}

/* The one that stays longest in its state, of those from the same address as `like` (NULL: of all),
 * when they are more than max. */
static struct visitor *oldest_of_too_many(
	struct visitors *visitors, const struct visitor *like, size_t max)
{
	struct visitor *oldest = NULL;
	size_t n = 0;
	for (struct visitor *v = visitors->first; v; v = v->next) {
		if (v->cut || (like && !same_address(v, like)))
			continue;
		n++;
		if (!oldest || v->since_us < oldest->since_us)
			oldest = v;
	}
	return n > max ? oldest : NULL;
}

static struct visitor *overdue(struct visitors *visitors, int64_t now_us)
{
	for (struct visitor *v = visitors->first; v; v = v->next)
		if (!v->cut && now_us - v->since_us > limit_us(v->state))
			return v;
	return NULL;
}

struct visitor *visitors_cut_next(struct visitors *visitors, int64_t now_us)
{
	struct visitor *found = overdue(visitors, now_us);
	/* Only the newest one can have made its address crowded. */
	if (!found && visitors->n > VISITORS_ADDRESS_SOFT_MAX)
		found = oldest_of_too_many(visitors, visitors->first, VISITORS_ADDRESS_SOFT_MAX);
	if (!found && visitors->n > VISITORS_SOFT_MAX)
		found = oldest_of_too_many(visitors, NULL, VISITORS_SOFT_MAX);
	if (found)
		found->cut = true;
	return found;
}
