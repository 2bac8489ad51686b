#include "config/compile.h"

#include "base/text.h"
#include "config/scalar.h"

bool compile_clock(struct view view, struct maintenance *when)
{
	const struct node *at = view_get(view, "at"), *days = view_get(view, "days");
	const char *choices = key_find(view.in, STR("days"))->choices;
	if (!at || !scalar_clock(at->text, &when->at_us))
		return false;
	when->length_us = view_us(view, "for");
	when->utc = view_choice(view, "zone") == 1;
	for (const struct node *day = days ? days->first : NULL; day; day = day->next) {
		int place = day->bad ? -1 : scalar_choice(day->text, choices);
		if (place >= 0)
			when->days |= (uint8_t)(1 << place);
	}
	if (!when->days)
		when->days = EVERY_DAY;
	return true;
}

/* One that is repeated. */
static bool read_clock(
	struct compile *c, const struct node *item, struct view view, struct maintenance *when)
{
	if (view_has(view, "at") && view_has(view, "for"))
		return compile_clock(view, when);
	problem(c->problems, item->place, "a maintenance window has start and end, or at and for");
	return false;
}

static bool read_when(
	struct compile *c, struct node *item, struct view view, struct maintenance *when)
{
	static const char *const repeated[] = {"at", "for", "days", "zone"};
	struct node *start = view_get(view, "start"), *end = view_get(view, "end");
	if (!view_has(view, "start") && !view_has(view, "end"))
		return read_clock(c, item, view, when);
	for (size_t i = 0; i < sizeof(repeated) / sizeof(*repeated); i++) {
		const struct node *node = view_get(view, repeated[i]);
		if (node)
			problem(c->problems, node_key_place(node),
				"'%s' repeats a window: it has no start and no end", repeated[i]);
	}
	if (!view_has(view, "start") || !view_has(view, "end"))
		problem(c->problems, item->place, "'%s' is missing in a maintenance window",
			start ? "end" : "start");
	if (!start || !end || !scalar_time(start->text, &when->from_us) ||
		!scalar_time(end->text, &when->until_us))
		return false;
	if (when->until_us <= when->from_us)
		problem(c->problems, end->place, "the window ends before it begins");
	return true;
}

static bool has_id(const struct made *made, const char *word)
{
	return strcmp(made->base, word) == 0 || text_glob(word, made->to->id);
}

static bool has_service(const struct made *made, const char *word)
{
	return made->to->service && strcmp(made->to->service->id, word) == 0;
}

static bool has_tag(const struct made *made, const char *word)
{
	for (size_t i = 0; i < made->to->n_tags; i++)
		if (strcmp(made->to->tags[i], word) == 0)
			return true;
	return false;
}

static const struct narrowing {
	const char *key, *nothing;
	bool (*matches)(const struct made *made, const char *word);
} narrowings[] = {
	{"checks", "no check is called", has_id},
	{"services", "no check asks a service", has_service},
	{"tags", "no check has the tag", has_tag},
};

/* Takes out the checks that no word of this list means. */
static void narrow(
	struct compile *c, struct view view, const struct narrowing *by, bool *chosen, bool *all)
{
	const struct node *list = view_get(view, by->key);
	if (!list || list->kind != NODE_LIST)
		return;
	bool *meant = ARENA_ARRAY(c->scratch, c->n_made + 1, bool);
	for (const struct node *item = list->first; item; item = item->next) {
		const char *word = item->bad ? NULL : arena_strndup(c->scratch, item->text);
		bool any = !word;
		for (size_t i = 0; word && i < c->n_made; i++)
			if (by->matches(&c->made[i], word))
				any = meant[i] = true;
		if (!any)
			problem(c->problems, item->place, "%s '%.*s'", by->nothing,
				SHOWN(item->text));
	}
	for (size_t i = 0; i < c->n_made; i++)
		chosen[i] = chosen[i] && meant[i];
	*all = false;
}

static void choose(
	struct compile *c, const struct node *item, struct view view, struct maintenance_window *to)
{
	bool *chosen = ARENA_ARRAY(c->scratch, c->n_made + 1, bool);
	size_t before = c->problems->n, n = 0;
	memset(chosen, 1, c->n_made);
	to->all = true;
	for (size_t i = 0; i < sizeof(narrowings) / sizeof(*narrowings); i++)
		narrow(c, view, &narrowings[i], chosen, &to->all);
	if (to->all)
		return;
	for (size_t i = 0; i < c->n_made; i++)
		n += chosen[i];
	if (n == 0 && c->problems->n == before)
		problem(c->problems, item->place, "the window is for no check");
	size_t *checks = ARENA_ARRAY(c->arena, n + 1, size_t);
	for (size_t i = 0; i < c->n_made; i++)
		if (chosen[i])
			checks[to->n_checks++] = i;
	to->checks = checks;
}

void compile_windows(struct compile *c)
{
	struct view top = {c->root, NULL, IN_TOP};
	const struct node *list = view_get(top, "maintenance");
	if (!list || list->kind != NODE_LIST)
		return;
	struct maintenance_window *windows =
		ARENA_ARRAY(c->arena, list->n + 1, struct maintenance_window);
	struct watch_plan *watch = &c->config->watch;
	for (struct node *item = list->first; item; item = item->next) {
		struct view view = {item, NULL, IN_WINDOW};
		struct maintenance_window *window = &windows[watch->n_windows];
		if (item->bad || item->kind != NODE_MAP || !read_when(c, item, view, &window->when))
			continue;
		const char *title = view_line(view, "title", c->config->plan.secrets, c->arena);
		window->title = title ? title : "";
		choose(c, item, view, window);
		watch->n_windows++;
	}
	watch->windows = windows;
}
