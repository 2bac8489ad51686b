#include "serve/board_state.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>

enum { ASKS_MAX = 256, EXPECTED_MAX = 512 };

static const char *const *copy_texts(struct arena *arena, const char *const *texts, size_t n)
{
	const char **copy = ARENA_ARRAY(arena, n, const char *);
	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(arena, texts[i]);
	return copy;
}

/* Without a title of its own, its id, of which there is a copy. */
static const char *title_of(struct arena *arena, const char *title, const char *id)
{
	return title && *title && strcmp(title, id) != 0 ? arena_strdup(arena, title) : id;
}

static void copy_watch(
	struct arena *arena, const struct watch_policy *policy, struct board_definition *copy)
{
	size_t *depends_on = ARENA_ARRAY(arena, policy->n_depends_on, size_t);
	for (size_t i = 0; i < policy->n_depends_on; i++)
		depends_on[i] = policy->depends_on[i];
	copy->depends_on = depends_on;
	copy->n_depends_on = (uint16_t)policy->n_depends_on;
	copy->every_us = policy->every_us;
	copy->enabled = policy->enabled;
	copy->slo = policy->slo;
}

/* Values that are known at run time only stand as {{name}}. Checks in a row that ask the same share it. */
static const char *asks_of(struct arena *arena, const struct check *check,
	const struct secrets *secrets, const char *before)
{
	if (!check->n_ordinary)
		return "";
	const struct request_template *request = &check->steps[0].request;
	struct buf text = BUF_INIT(ASKS_MAX), clean = BUF_INIT(4 * ASKS_MAX);
	buf_printf(&text, "%s ", method_name(request->method));
	for (size_t i = 0; i < request->path.n_parts; i++) {
		const struct template_part *part = &request->path.parts[i];
		if (part->variable)
			buf_printf(&text, "{{%s}}", part->variable);
		else
			buf_putstr(&text, part->literal);
	}
	secrets_redact(secrets, buf_str(&text), &clean);
	buf_reset(&text);
	text_inert(&text, buf_str(&clean), ASKS_MAX);
	bool same = before && strcmp(buf_text(&text), before) == 0;
	const char *copy = same ? before : arena_strndup(arena, buf_str(&text));
	buf_fini(&text);
	buf_fini(&clean);
	return copy;
}

/* Checks in a row that expect the same share it: their steps have the same lists already. */
static bool expects_same(const struct check *check, const struct check *before)
{
	bool same = before && check->n_ordinary == before->n_ordinary;
	for (size_t i = 0; same && i < check->n_ordinary; i++)
		same = check->steps[i].expectations == before->steps[i].expectations &&
		       check->steps[i].n_expectations == before->steps[i].n_expectations;
	return same;
}

static const char *words_of(
	struct arena *arena, const struct expectation *expectation, const struct secrets *secrets)
{
	struct buf text = BUF_INIT(EXPECTED_MAX), clean = BUF_INIT(4 * EXPECTED_MAX);
	expectation_describe(expectation, &text);
	secrets_redact(secrets, buf_str(&text), &clean);
	buf_reset(&text);
	text_inert(&text, buf_str(&clean), EXPECTED_MAX);
	const char *copy = arena_strndup(arena, buf_str(&text));
	buf_fini(&text);
	buf_fini(&clean);
	return copy;
}

static void copy_demands(struct arena *arena, const struct check *check,
	const struct secrets *secrets, struct board_definition *copy)
{
	size_t n = 0;
	for (size_t i = 0; i < check->n_ordinary; i++)
		n += check->steps[i].n_expectations;
	struct board_demand *demands = ARENA_ARRAY(arena, n, struct board_demand);
	for (size_t i = 0; i < check->n_ordinary; i++)
		for (size_t j = 0; j < check->steps[i].n_expectations; j++) {
			const struct expectation *one = &check->steps[i].expectations[j];
			demands[copy->n_demands++] = (struct board_demand){
				.step = (uint8_t)(check->n_ordinary > 1 ? i + 1 : 0),
				.severity = one->severity,
				.subject = arena_strdup(arena, one->subject),
				.expected = words_of(arena, one, secrets),
			};
		}
	copy->demands = demands;
}

/* before: the check in front of it; NULL: none. */
static void copy_check(struct arena *arena, const struct plan *plan, const struct check *check,
	const struct check *before, struct board_definition *copy)
{
	const char *id = arena_strdup(arena, check->id);
	*copy = (struct board_definition){
		.id = id,
		.title = title_of(arena, check->title, id),
		.description = arena_strdup(arena, check->description),
		.runbook = arena_strdup(arena, check->runbook),
		.spec = arena_strdup(arena, check->spec),
		.service = (uint32_t)(check->service - plan->services),
		.tags = copy_texts(arena, check->tags, check->n_tags),
		.n_tags = check->n_tags,
		.timeout_us = check->timeout_us,
		.asks = asks_of(arena, check, plan->secrets, before ? copy[-1].asks : NULL),
		.n_steps = (uint8_t)check->n_ordinary,
		.enabled = true,
	};
	if (expects_same(check, before)) {
		copy->demands = copy[-1].demands;
		copy->n_demands = copy[-1].n_demands;
	} else {
		copy_demands(arena, check, plan->secrets, copy);
	}
	if (!check->known_issue)
		return;
	copy->known_issue = arena_strdup(arena, check->known_issue->reason);
	copy->known_until_wall_us = check->known_issue->until_us;
}

static void copy_windows(
	struct arena *arena, const struct watch_plan *watch, struct board_plan *copy)
{
	struct maintenance_window *windows =
		ARENA_ARRAY(arena, watch->n_windows, struct maintenance_window);
	for (size_t i = 0; i < watch->n_windows; i++) {
		const struct maintenance_window *window = &watch->windows[i];
		size_t *checks = ARENA_ARRAY(arena, window->n_checks, size_t);
		for (size_t j = 0; j < window->n_checks; j++)
			checks[j] = window->checks[j];
		windows[i] = *window;
		windows[i].title = arena_strdup(arena, window->title);
		windows[i].checks = checks;
	}
	copy->windows = windows;
	copy->n_windows = watch->n_windows;
}

struct shared_plan *shared_plan_new(
	const struct plan *plan, const struct watch_plan *watch, bool demo)
{
	struct shared_plan *shared = MEM_NEW(struct shared_plan);
	struct arena *arena = &shared->arena;
	arena_init(arena);
	atomic_init(&shared->holders, 1);
	shared->plan.demo = demo;
	shared->plan.mode = arena_strdup(arena, plan && plan->mode ? plan->mode : "");
	if (!plan)
		return shared;
	struct board_service *services = ARENA_ARRAY(arena, plan->n_services, struct board_service);
	for (size_t i = 0; i < plan->n_services; i++) {
		const struct service *service = &plan->services[i];
		services[i].id = arena_strdup(arena, service->id);
		services[i].title = title_of(arena, service->title, services[i].id);
	}
	struct board_definition *checks =
		ARENA_ARRAY(arena, plan->n_checks, struct board_definition);
	for (size_t i = 0; i < plan->n_checks; i++) {
		copy_check(
			arena, plan, &plan->checks[i], i ? &plan->checks[i - 1] : NULL, &checks[i]);
		if (watch && i < watch->n_checks)
			copy_watch(arena, &watch->checks[i], &checks[i]);
	}
	shared->plan.services = services;
	shared->plan.n_services = plan->n_services;
	shared->plan.checks = checks;
	shared->plan.n_checks = plan->n_checks;
	if (watch)
		copy_windows(arena, watch, &shared->plan);
	return shared;
}

struct shared_plan *shared_plan_hold(struct shared_plan *shared)
{
	atomic_fetch_add_explicit(&shared->holders, 1, memory_order_relaxed);
	return shared;
}

void shared_plan_drop(struct shared_plan *shared)
{
	if (!shared || atomic_fetch_sub_explicit(&shared->holders, 1, memory_order_acq_rel) != 1)
		return;
	arena_fini(&shared->arena);
	free(shared);
}
