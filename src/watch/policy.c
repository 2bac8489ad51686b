#include "watch/policy.h"

const char *severity_name(enum severity severity)
{
	static const char *const names[SEVERITY_COUNT] = {
#define X(id, name) name,
		SEVERITIES(X)
#undef X
	};
	return names[severity];
}
