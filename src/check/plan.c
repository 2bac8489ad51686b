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

const struct check *plan_find(const struct plan *plan, const char *id)
{
	for (size_t i = 0; i < plan->n_checks; i++)
		if (strcmp(plan->checks[i].id, id) == 0)
			return &plan->checks[i];
	return NULL;
}
