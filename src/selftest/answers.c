#include "selftest/answers.h"

#include "proof/oblige.h"

static struct sim_answer answer_of(struct arena *arena, const struct obliged *made)
{
	struct sim_header *headers = ARENA_ARRAY(arena, made->n_headers, struct sim_header);
	for (size_t i = 0; i < made->n_headers; i++)
		headers[i] = (struct sim_header){made->headers[i].name, made->headers[i].value};
	return (struct sim_answer){
		.status = made->status,
		.content_type = made->content_type,
		.headers = headers,
		.n_headers = made->n_headers,
		.body = made->body,
		.content = made->content,
	};
}

size_t selftest_answers(struct arena *arena, const struct check *check,
	const struct secrets *secrets, struct sim_answer *out, struct error *error)
{
	for (size_t i = 0; i < check->n_steps; i++) {
		const struct step *step = &check->steps[i];
		struct obliged made = {
			.status = 200, .content_type = "application/json", .body = STR("{}")};
		if (!step->cleanup && !oblige_step(arena, step, secrets, &made, error)) {
			if (check->n_ordinary > 1 && step->name)
				error_wrap(error, "step %s", step->name);
			else if (check->n_ordinary > 1)
				error_wrap(error, "step %zu", i + 1);
			return 0;
		}
		out[i] = answer_of(arena, &made);
		out[i].check = check->id;
		out[i].ordinal = (unsigned)i + 1;
	}
	return check->n_steps;
}
