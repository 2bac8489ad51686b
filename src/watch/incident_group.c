/* Which checks have a cause in common though none depends on another: what is down beside them. */
#include "base/memory.h"
#include "watch/incident_set.h"

#include <stdlib.h>

static uint32_t greater(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

void set_group(struct incidents *set, const struct watch_plan *plan)
{
	uint32_t services = 0, hosts = 0;

	for (size_t i = 0; i < set->n; i++) {
		const struct watch_policy *policy = &plan->checks[i];
		set->beside[i] = (struct beside){policy->service, policy->host, ANSWERED};
		services = greater(services, policy->service);
		hosts = greater(hosts, policy->host);
	}
	free(set->in_service);
	free(set->in_host);
	set->in_service = mem_alloc((services + (size_t)1) * sizeof(*set->in_service));
	set->in_host = mem_alloc((hosts + (size_t)1) * sizeof(*set->in_host));
	set->group_us = plan->group_us;
}

/* How likely two have one cause, from the likeliest on. */
enum tie { SAME_FAILURE, SAME_SERVICE, SAME_HOST, SAME_RESOLVER, NO_TIE };

/* soon: the incident of the first began just before the second goes down. */
static enum tie tie_of(const struct beside *down, const struct beside *goes, bool soon)
{
	bool alike = goes->no_answer != ANSWERED && down->no_answer == goes->no_answer;

	if (goes->service && down->service == goes->service && (alike || soon))
		return alike ? SAME_FAILURE : SAME_SERVICE;
	if (!alike || !soon)
		return NO_TIE;
	if (goes->host && down->host == goes->host)
		return SAME_HOST;
	return goes->no_answer == NO_NAME ? SAME_RESOLVER : NO_TIE;
}

static enum tie strongest(
	const struct incidents *set, const struct open *open, const struct beside *goes, bool soon)
{
	enum tie best = goes->no_answer == ANSWERED ? SAME_SERVICE : SAME_FAILURE, found = NO_TIE;

	for (uint32_t at = open->first; at && found != best; at = set->nodes[at - 1].after) {
		enum tie tie = tie_of(&set->beside[at - 1], goes, soon);
		if (tie < found)
			found = tie;
	}
	return found;
}

/* Whether anything is down that may be beside it, so that it is worth a look at all that is. */
static bool any_beside(const struct incidents *set, const struct beside *goes)
{
	return (goes->service && set->in_service[goes->service]) ||
	       (goes->no_answer != ANSWERED && goes->host && set->in_host[goes->host]) ||
	       goes->no_answer == NO_NAME;
}

struct open *set_beside(const struct incidents *set, size_t check, const struct incident_news *news)
{
	struct beside goes = set->beside[check];
	struct open *found = NULL;
	enum tie strength = NO_TIE;

	goes.no_answer = news->no_answer;
	if (!set->group_us || !any_beside(set, &goes))
		return NULL;
	for (struct open *open = set->open; open; open = open->after) {
		int64_t age_us = news->at_wall_us - open->incident.opened_wall_us;
		bool soon = llabs(age_us) < set->group_us;
		if (!soon && news->good_wall_us > open->incident.opened_wall_us)
			continue;
		enum tie tie = strongest(set, open, &goes, soon);
		if (tie > strength || tie == NO_TIE)
			continue;
		if (tie < strength || set_is_older(open, found))
			found = open;
		strength = tie;
	}
	return found;
}
