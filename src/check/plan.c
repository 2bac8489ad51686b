#include "check/plan.h"

static const char *const method_names[] = {
#define X(id, name) [METHOD_##id] = name,
	HTTP_METHODS(X)
#undef X
};

const char *method_name(enum http_method method)
{
	return method_names[method];
}

bool known_issue_holds(const struct known_issue *issue, int64_t at_wall_us)
{
	return issue && (!issue->until_us || at_wall_us < issue->until_us);
}

const struct check *plan_find(const struct plan *plan, const char *id)
{
	for (size_t i = 0; i < plan->n_checks; i++)
		if (strcmp(plan->checks[i].id, id) == 0)
			return &plan->checks[i];
	return NULL;
}
