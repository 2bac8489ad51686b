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

ptrdiff_t plan_find_from(const struct plan *plan, size_t from, const char *id)
{
	for (size_t i = 0; i < plan->n_checks; i++) {
		size_t at = (from + i) % plan->n_checks;
		if (strcmp(plan->checks[at].id, id) == 0)
			return (ptrdiff_t)at;
	}
	return -1;
}

const struct check *plan_find(const struct plan *plan, const char *id)
{
	ptrdiff_t at = plan_find_from(plan, 0, id);

	return at < 0 ? NULL : &plan->checks[at];
}
