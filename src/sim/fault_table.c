#include "sim/fault_rows.h"

const struct fault_group *const fault_groups[] = {
	&fault_group_connection,
	&fault_group_tls,
	&fault_group_status,
	&fault_group_body,
	&fault_group_stream,
	&fault_group_words,
	&fault_group_masked,
	&fault_group_bugs,
	&fault_group_legal,
	NULL,
};

const struct fault *fault_row(size_t i, const char **group)
{
	for (const struct fault_group *const *at = fault_groups; *at; at++) {
		if (i < (*at)->n) {
			if (group)
				*group = (*at)->title;
			return &(*at)->rows[i];
		}
		i -= (*at)->n;
	}
	return NULL;
}

size_t fault_rows(void)
{
	size_t n = 0;
	for (const struct fault_group *const *at = fault_groups; *at; at++)
		n += (*at)->n;
	return n;
}
