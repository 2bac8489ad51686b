/* The head of a check's page. */
#include "serve/check_page.h"

#include "serve/page_parts.h"
#include "serve/summary.h"
#include "serve/words.h"

enum { MESSAGE_MAX = 400 };

static void add_texts(const struct check_page *page, struct value *list, const char *text)
{
	value_item_text(page->arena, list, text);
}

static bool is_link(const char *text)
{
	return text && (strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0);
}

static const char *inert(const struct check_page *page, const char *text)
{
	return text && *text ? words_inert(page->arena, text, MESSAGE_MAX) : NULL;
}

static void add_definition(const struct check_page *page, struct value *head)
{
	const struct board_definition *definition = page->check->definition;
	struct arena *arena = page->arena;
	const struct board_plan *plan = page->view->plan;
	value_text(arena, head, "id", definition->id);
	value_text(arena, head, "name", definition->title);
	value_text(arena, head, "service_id", plan->services[definition->service].id);
	value_text(arena, head, "service", plan->services[definition->service].title);
	value_text(arena, head, "description", inert(page, definition->description));
	value_text(arena, head, "asks", definition->asks);
	if (definition->n_steps > 1)
		value_text(arena, head, "steps",
			arena_printf(
				arena, "the first of %u steps", (unsigned)definition->n_steps));
	if (definition->every_us)
		value_text(arena, head, "every", words_elapsed(arena, definition->every_us));
	value_text(arena, head, "timeout", words_elapsed(arena, definition->timeout_us));
	value_text(arena, head, "spec", inert(page, definition->spec));
	value_text(arena, head, is_link(definition->runbook) ? "runbook_link" : "runbook",
		inert(page, definition->runbook));
	struct value *tags = value_list(arena, head, "tags");
	for (size_t i = 0; i < definition->n_tags; i++)
		add_texts(page, tags, definition->tags[i]);
}

/* Each with its own state: whether it is this one's fault or theirs. */
static void add_depends_on(const struct check_page *page, struct value *head)
{
	const struct board_definition *definition = page->check->definition;
	struct value *list = value_list(page->arena, head, "depends_on");
	for (size_t i = 0; i < definition->n_depends_on; i++) {
		const struct board_check *other = &page->view->checks[definition->depends_on[i]];
		struct value *item = value_item(page->arena, list);
		value_text(page->arena, item, "href",
			part_check_path(page->arena, "/checks/", other->definition->id));
		value_text(page->arena, item, "id", other->definition->id);
		face_add(page->arena, item, face_of_check(other, page->request->now_wall_us));
	}
	value_bool(page->arena, head, "has_depends_on", definition->n_depends_on > 0);
}

static void add_known_issue(const struct check_page *page, struct value *head)
{
	const struct board_definition *definition = page->check->definition;
	if (!definition->known_issue)
		return;
	struct value *known = value_member(page->arena, head, "known");
	value_text(page->arena, known, "reason", inert(page, definition->known_issue));
	if (definition->known_until_wall_us)
		part_time(page->arena, known, "until", definition->known_until_wall_us - 1);
}

/* Full: nothing of it is spent. */
static const char *bar_of(struct arena *arena, double share)
{
	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return arena_printf(arena, "%.1f%%", share * 100);
}

static void add_burn_rates(
	const struct check_page *page, struct value *slo, const struct slo_report *report)
{
	struct value *rates = value_list(page->arena, slo, "rates");
	for (unsigned i = 0; i < SLO_SPAN_COUNT; i++) {
		if (!(report->burn[i] >= 0))
			continue;
		struct value *rate = value_item(page->arena, rates);
		value_text(page->arena, rate, "span", slo_span_name((enum slo_span)i));
		value_text(page->arena, rate, "rate",
			arena_printf(page->arena, "%.3g", report->burn[i]));
		value_bool(page->arena, rate, "high", report->burn[i] > 1);
	}
	value_bool(page->arena, slo, "has_rates", value_truth(rates));
}

static void add_objective(const struct check_page *page, struct value *head)
{
	const struct slo *objective = &page->check->definition->slo;
	const struct slo_report *report = page->check->slo;
	struct arena *arena = page->arena;
	if (!(objective->objective > 0))
		return;
	struct value *slo = value_member(arena, head, "slo");
	value_text(arena, slo, "objective", words_percent(arena, objective->objective));
	value_text(arena, slo, "window", words_elapsed(arena, objective->window_us));
	if (!report || !(report->availability >= 0))
		return;
	value_text(arena, slo, "availability", words_percent(arena, report->availability));
	if (report->budget_left <= 1) { /* known */
		value_text(arena, slo, "left",
			report->budget_left > 0 ? words_percent(arena, report->budget_left)
						: "none");
		value_text(arena, slo, "bar", bar_of(arena, report->budget_left));
		value_text(arena, slo, "level", report->budget_left < 0.25 ? "low" : "fine");
	}
	if (report->exhausted_in_us > 0)
		value_text(arena, slo, "exhausted", words_elapsed(arena, report->exhausted_in_us));
	add_burn_rates(page, slo, report);
}

static void add_state(const struct check_page *page, struct value *head)
{
	const struct board_check *check = page->check;
	struct arena *arena = page->arena;
	int64_t now_us = page->request->now_wall_us;
	face_add(arena, head, face_of_check(check, now_us));
	value_bool(arena, head, "paused", check->paused);
	value_bool(arena, head, "running", check->running);
	value_bool(arena, head, "flapping", health_flaps(check->health));
	if (check->since_wall_us) {
		part_time(arena, head, "since", check->since_wall_us);
		value_text(arena, head, "for", words_elapsed(arena, now_us - check->since_wall_us));
	}
	if (check->incident)
		value_text(arena, head, "incident", words_key(arena, check->incident));
	if (check->has_last) {
		part_time(arena, head, "last", check->last.started_wall_us);
		value_text(arena, head, "ago",
			words_elapsed(arena, now_us - check->last.started_wall_us));
		value_text(arena, head, "last_word", outcome_name(check->last.outcome));
	}
	int64_t next_us = check->next_wall_us;
	if (next_us) {
		part_time(arena, head, "next", next_us);
		value_text(arena, head, "in",
			next_us > now_us ? arena_printf(arena, "in %s",
						   words_elapsed(arena, next_us - now_us))
					 : "now");
	}
	if (check->missed)
		value_int(arena, head, "missed", (int64_t)check->missed);
}

/* Forms stand there only for who may write. */
static void add_wishes(const struct check_page *page, struct value *head)
{
	if (!page->site->wishes.grant || !page->request->user)
		return;
	struct value *wishes = value_member(page->arena, head, "wishes");
	value_text(page->arena, wishes, "action", page->api_path);
	value_bool(page->arena, wishes, "can_run",
		page->check->definition->enabled && !page->check->paused);
}

void check_head_add(const struct check_page *page, struct value *root)
{
	struct value *head = value_member(page->arena, root, "check");
	value_text(page->arena, head, "path", page->path);
	value_text(page->arena, head, "api", page->api_path);
	add_state(page, head);
	add_definition(page, head);
	add_depends_on(page, head);
	add_known_issue(page, head);
	add_objective(page, head);
	add_wishes(page, head);
}
