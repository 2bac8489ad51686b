#include "config/compile.h"

#include <strings.h>

/* Of a URL, without user and port. */
static struct str host_of(const char *url)
{
	const char *at = url ? strstr(url, "://") : NULL;
	size_t n;

	if (!at)
		return STR("");
	at += 3;
	n = strcspn(at, "/?#");
	for (size_t i = n; i > 0; i--)
		if (at[i - 1] == '@') {
			at += i;
			n -= i;
			break;
		}
	size_t name = *at == '[' ? strcspn(at, "]") : strcspn(at, ":");
	return (struct str){at, name < n ? name : n};
}

/* The number of the first service on the same host. */
static uint32_t host_number(const struct plan *plan, const struct service *service)
{
	struct str host = host_of(service->url);

	for (size_t i = 0; host.n && i < plan->n_services; i++) {
		struct str other = host_of(plan->services[i].url);
		if (other.n == host.n && strncasecmp(other.p, host.p, host.n) == 0)
			return (uint32_t)i + 1;
	}
	return 0;
}

void compile_groups(struct compile *c)
{
	const struct plan *plan = &c->config->plan;
	struct view top = {c->root, NULL, IN_TOP};
	uint32_t *hosts = ARENA_ARRAY(c->scratch, plan->n_services + 1, uint32_t);

	c->config->watch.group_us = view_us(view_section(top, "alerts", IN_ALERTS), "group");
	for (size_t i = 0; i < plan->n_services; i++)
		hosts[i] = host_number(plan, &plan->services[i]);
	for (size_t i = 0; i < c->n_made; i++) {
		const struct service *service = c->made[i].to->service;
		if (!service)
			continue;
		c->made[i].policy->service = (uint32_t)(service - plan->services) + 1;
		c->made[i].policy->host = hosts[service - plan->services];
	}
}
