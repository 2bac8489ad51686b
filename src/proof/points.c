#include "proof/points.h"

static enum outcome worst_of(const struct expectation *e)
{
	const struct threshold *t = &e->threshold;
	return t->has_warn && !t->has_min && !t->has_max ? OUTCOME_WARN : e->severity;
}

static const char *label(struct arena *arena, const struct check *check, size_t step)
{
	const char *name = check->steps[step].name;
	return name || check->n_ordinary < 2 ? name : arena_printf(arena, "step %zu", step + 1);
}

const struct point *points_of(struct arena *arena, const struct check *check, size_t *n)
{
	size_t most = 0;
	for (size_t i = 0; i < check->n_steps; i++)
		most += check->steps[i].n_expectations;
	struct point *points = ARENA_ARRAY(arena, most + 1, struct point);
	*n = 0;
	for (size_t i = 0; i < check->n_steps; i++) {
		const struct step *step = &check->steps[i];
		const char *name = label(arena, check, i);
		for (size_t k = 0; !step->cleanup && k < step->n_expectations; k++) {
			const struct expectation *e = &step->expectations[k];
			points[(*n)++] = (struct point){name, e->subject, worst_of(e)};
		}
	}
	return points;
}

void points_judge(const struct point *points, size_t n, const struct finding *findings,
	size_t n_findings, bool *fell)
{
	size_t at = 0;
	memset(fell, 0, n * sizeof(*fell));
	for (size_t i = 0; i < n_findings; i++) {
		const struct finding *finding = &findings[i];
		size_t k = at;
		while (k < n && strcmp(points[k].subject, finding->subject) != 0)
			k++;
		if (k == n)
			continue; /* of the transfer, or of a capture */
		fell[k] = finding->outcome == OUTCOME_FAIL || finding->outcome == points[k].worst;
		at = k + 1;
	}
}
