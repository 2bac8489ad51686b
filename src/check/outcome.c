#include "check/outcome.h"

static const char *const outcome_names[] = {
#define X(id, name) [OUTCOME_##id] = name,
	OUTCOMES(X)
#undef X
};

static const char *const reason_names[] = {
#define X(id, name) [REASON_##id] = name,
	REASONS(X)
#undef X
};

const char *outcome_name(enum outcome outcome)
{
	return outcome_names[outcome];
}

const char *reason_name(enum reason reason)
{
	return reason_names[reason];
}

bool reason_find(struct str name, enum reason *reason)
{
	for (size_t i = 0; i < REASON_COUNT; i++) {
		if (!str_eq(name, str_of(reason_names[i])))
			continue;
		*reason = (enum reason)i;
		return true;
	}
	return false;
}
