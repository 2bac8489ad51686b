#include "watch/dependency.h"

#include "base/memory.h"

#include <stdlib.h>

static size_t count_edges(const struct watch_plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_checks; i++)
		n += plan->checks[i].n_depends_on;
	return n;
}

static void put_above(struct neighbours *above, const struct watch_plan *plan)
{
	uint32_t at = 0;

	for (size_t i = 0; i < plan->n_checks; i++) {
		above->from[i] = at;
		for (size_t k = 0; k < plan->checks[i].n_depends_on; k++)
			above->to[at++] = (uint32_t)plan->checks[i].depends_on[k];
	}
	above->from[plan->n_checks] = at;
}

/* The same edges, turned round. */
static void put_below(struct neighbours *below, const struct neighbours *above, size_t n)
{
	size_t n_edges = above->from[n];

	for (size_t e = 0; e < n_edges; e++)
		below->from[above->to[e] + 1]++;
	for (size_t i = 0; i < n; i++)
		below->from[i + 1] += below->from[i];
	for (size_t i = n; i-- > 0;)
		for (uint32_t e = above->from[i]; e < above->from[i + 1]; e++)
			below->to[--below->from[above->to[e] + 1]] = (uint32_t)i;
	/* each beginning stands one place too far on now */
	for (size_t i = 0; i < n; i++)
		below->from[i] = below->from[i + 1];
	below->from[n] = (uint32_t)n_edges;
}

/* A check's turn comes when all above it have had theirs. */
static void put_ranks(struct dependencies *d)
{
	uint32_t *waits_for = d->mark; /* free until the first walk */
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		waits_for[i] = d->above.from[i + 1] - d->above.from[i];
		if (!waits_for[i])
			d->found[n++] = (uint32_t)i;
	}
	for (size_t turn = 0; turn < n; turn++) {
		uint32_t check = d->found[turn];
		d->rank[check] = (uint32_t)turn;
		for (uint32_t e = d->below.from[check]; e < d->below.from[check + 1]; e++)
			if (--waits_for[d->below.to[e]] == 0)
				d->found[n++] = d->below.to[e];
	}
}

static struct neighbours neighbours_of(size_t n, size_t n_edges)
{
	return (struct neighbours){
		mem_alloc((n + 1) * sizeof(uint32_t)), mem_alloc(n_edges * sizeof(uint32_t))};
}

void dependencies_init(struct dependencies *dependencies, const struct watch_plan *plan)
{
	size_t n = plan->n_checks, n_edges = count_edges(plan);

	*dependencies = (struct dependencies){0};
	if (!n_edges)
		return;
	*dependencies = (struct dependencies){
		.n = n,
		.above = neighbours_of(n, n_edges),
		.below = neighbours_of(n, n_edges),
		.rank = mem_alloc(n * sizeof(uint32_t)),
		.mark = mem_alloc(n * sizeof(uint32_t)),
		.found = mem_alloc(n * sizeof(uint32_t)),
	};
	put_above(&dependencies->above, plan);
	put_below(&dependencies->below, &dependencies->above, n);
	put_ranks(dependencies);
}

void dependencies_fini(struct dependencies *dependencies)
{
	free(dependencies->above.from);
	free(dependencies->above.to);
	free(dependencies->below.from);
	free(dependencies->below.to);
	free(dependencies->rank);
	free(dependencies->mark);
	free(dependencies->found);
	*dependencies = (struct dependencies){0};
}

static void begin_walk(struct dependencies *d)
{
	if (d->walk == 0 || d->walk == UINT32_MAX) {
		for (size_t i = 0; i < d->n; i++)
			d->mark[i] = 0;
		d->walk = 0;
	}
	d->walk++;
}

static size_t step(struct dependencies *d, const struct neighbours *way, size_t check, size_t n)
{
	for (uint32_t e = way->from[check]; e < way->from[check + 1]; e++) {
		uint32_t next = way->to[e];
		if (d->mark[next] == d->walk)
			continue;
		d->mark[next] = d->walk;
		d->found[n++] = next;
	}
	return n;
}

static size_t walk(struct dependencies *d, const struct neighbours *way, size_t check)
{
	size_t n;

	if (check >= d->n || way->from[check] == way->from[check + 1])
		return 0;
	begin_walk(d);
	d->mark[check] = d->walk;
	n = step(d, way, check, 0);
	for (size_t i = 0; i < n; i++)
		n = step(d, way, d->found[i], n);
	return n;
}

size_t dependencies_above(struct dependencies *dependencies, size_t check)
{
	return walk(dependencies, &dependencies->above, check);
}

size_t dependencies_below(struct dependencies *dependencies, size_t check)
{
	return walk(dependencies, &dependencies->below, check);
}
