#include "watch/reach.h"

#include "watch/incident_set.h"

size_t reach_above(struct incidents *incidents, size_t check, const uint32_t **checks)
{
	*checks = incidents->dependencies.found;
	return dependencies_above(&incidents->dependencies, check);
}

size_t reach_below(struct incidents *incidents, size_t check, const uint32_t **checks)
{
	*checks = incidents->dependencies.found;
	return dependencies_below(&incidents->dependencies, check);
}
