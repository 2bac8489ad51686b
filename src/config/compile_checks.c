#include "config/compile.h"

#include "config/scalar.h"
#include "config/validate.h"

#include "base/clock.h"

#include <stdlib.h>

#define DAY_US (86400 * US_PER_S)

/* What a check or a step can ask with. */
static const char *const verbs[] = {"get", "post", "put", "patch", "delete", "head", "chat"};
/* What stands in the steps, where there are some. */
static const char *const of_steps[] = {"expect", "capture", "until", "redirects"};

struct place compile_place(const struct node *check)
{
	const struct node *id = node_child(check, "id");
	return id ? id->key->place : check->place;
}

static size_t count_verbs(const struct node *map)
{
	size_t n = 0;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		n += node_child(map, verbs[i]) != NULL;
	return n;
}

static const struct known *compile_captures(
	struct compile *c, const struct known *known, const struct node *map, struct step *step)
{
	if (!map)
		return known;
	struct capture *captures = ARENA_ARRAY(c->arena, map->n, struct capture);
	for (struct node *child = map->first; child; child = child->next) {
		if (child->bad)
			continue;
		struct capture *to = &captures[step->n_captures++];
		struct known *name = ARENA_NEW(c->scratch, struct known);
		to->name = arena_strndup(c->arena, child->key->text);
		*name = (struct known){to->name, known};
		known = name;
		to->from = CAPTURE_JSON;
		if (str_eq(child->text, STR("content")))
			to->from = CAPTURE_CONTENT;
		else if (str_starts(child->text, STR("header."), false))
			to->from = CAPTURE_HEADER;
		if (to->from == CAPTURE_HEADER)
			to->header = compile_header_name(c, str_from(child->text, 7));
		if (to->from == CAPTURE_JSON)
			to->path = compile_path(c, child);
	}
	step->captures = captures;
	return known;
}

static void refuse_unread(struct compile *c, const struct node *node, const char *what)
{
	if (node)
		problem(c->problems, node->key->place,
			"%s can't come: 'until: headers' ends the answer before its body", what);
}

/* What is never read can't be judged, and nothing of it be kept. */
static void check_until(struct compile *c, struct view view, const struct step *step)
{
	static const char *const of_body[] = {"body", "json", "content", "stream", "usage"};
	const struct node *expect = view_get(view, "expect"), *captures = view_get(view, "capture");
	if (step->request.until != UNTIL_HEADERS)
		return;
	for (size_t i = 0; expect && i < sizeof(of_body) / sizeof(of_body[0]); i++)
		refuse_unread(c, node_child(expect, of_body[i]), "what is expected");
	for (const struct node *node = captures ? captures->first : NULL; node; node = node->next)
		if (!str_starts(node->text, STR("header."), false))
			refuse_unread(c, node, "what is captured");
}

/* view: of the map that holds the request. */
static const struct known *compile_step(struct compile *c, const struct known *known,
	const struct service *service, struct view view, struct step *step)
{
	size_t n = count_verbs(view.own);
	if (n != 1 && view.in == IN_STEP)
		problem(c->problems, view.own->place,
			n ? "a step asks once: one of get, post, put, patch, delete, head, chat"
			  : "a step needs one of get, post, put, patch, delete, head, chat");
	compile_request(c, known, service, view, &step->request);
	compile_expectations(c, view_get(view, "expect"), step);
	check_until(c, view, step);
	return compile_captures(c, known, view_get(view, "capture"), step);
}

static void count_requests(struct compile *c, struct view view)
{
	size_t n = count_verbs(view.own) + (node_child(view.own, "steps") != NULL);
	if (n != 1)
		problem(c->problems, compile_place(view.own),
			"a check %s get, post, put, patch, "
			"delete, head, chat or steps",
			n ? "has only one of" : "needs one of");
	for (size_t i = 0; i < sizeof(of_steps) / sizeof(of_steps[0]); i++) {
		const struct node *node = node_child(view.own, of_steps[i]);
		if (node && node_child(view.own, "steps"))
			problem(c->problems, node->key->place,
				"'%s' stands in each step, where there are steps", of_steps[i]);
	}
}

/* One pass for the ordinary steps, one for those of cleanup: they come last. */
static void compile_pass(struct compile *c, struct view outer, struct check *check,
	struct step *steps, const struct known **known, bool cleanup)
{
	const struct node *list = view_get(outer, "steps");
	for (struct node *node = list->first; node; node = node->next) {
		struct view view = {node, outer.base, IN_STEP};
		if (node->bad || node->kind != NODE_MAP || view_bool(view, "cleanup") != cleanup)
			continue;
		struct step *step = &steps[check->n_steps++];
		step->name = view_line(view, "name", c->config->plan.secrets, c->arena);
		step->cleanup = cleanup;
		*known = compile_step(c, *known, check->service, view, step);
	}
}

void compile_steps(struct compile *c, struct view view, struct check *check)
{
	const struct node *list = view_get(view, "steps");
	const struct known *known = NULL;
	count_requests(c, view);
	struct step *steps = ARENA_ARRAY(c->arena, list ? list->n : 1, struct step);
	check->steps = steps;
	if (list) {
		compile_pass(c, view, check, steps, &known, false);
		check->n_ordinary = check->n_steps;
		compile_pass(c, view, check, steps, &known, true);
		if (check->n_ordinary == 0)
			problem(c->problems, node_key_place(list),
				"a check needs a step that is no cleanup");
		return;
	}
	check->n_steps = check->n_ordinary = 1;
	compile_step(c, known, check->service, view, &steps[0]);
}

static void unknown_service(struct compile *c, const struct node *node)
{
	const struct plan *plan = &c->config->plan;
	const struct node *written = node_child(c->root, "services");
	if (c->problems->n == PROBLEMS_MAX) /* nobody will read the hint */
		return;
	if (node_child(written, arena_strndup(c->scratch, node->text)))
		return; /* it is there, and wrong: that was said */
	const char **names = ARENA_ARRAY(c->scratch, plan->n_services + 1, const char *);
	for (size_t i = 0; i < plan->n_services; i++)
		names[i] = plan->services[i].id;
	problem(c->problems, node->place, "unknown service '%.*s'%s", SHOWN(node->text),
		problems_hint(c->problems, node->text, names));
}

static const struct service *find_service(struct compile *c, struct view view)
{
	const struct plan *plan = &c->config->plan;
	const struct node *node = view_get(view, "service");
	for (size_t i = 0; node && i < plan->n_services; i++)
		if (node_is(node, plan->services[i].id))
			return &plan->services[i];
	if (node)
		unknown_service(c, node);
	else if (!view_has(view, "service"))
		problem(c->problems, compile_place(view.own), "'service' is missing in a check");
	return NULL;
}

static reason_set reasons_of(const struct node *list, bool *when_429)
{
	reason_set set = 0;
	enum reason reason;
	for (const struct node *item = list ? list->first : NULL; item; item = item->next) {
		if (item->bad)
			continue;
		if (str_eq(item->text, STR("network")))
			set |= REASONS_NETWORK;
		else if (reason_find(item->text, &reason))
			set |= REASON_BIT(reason);
		else
			*when_429 = true;
	}
	return set;
}

static void set_retries(struct view view, struct retry_policy *retries)
{
	struct view inner = view_section(view, "retries", IN_RETRIES);
	retries->times = (uint8_t)view_int(inner, "times");
	retries->backoff_us = view_us(inner, "backoff");
	retries->when = reasons_of(view_get(inner, "when"), &retries->when_429);
}

static const struct known_issue *known_issue_of(struct compile *c, struct view view)
{
	struct view inner = view_section(view, "known_issue", IN_KNOWN_ISSUE);
	const struct node *until = view_get(inner, "until");
	int64_t day;
	if (!inner.own)
		return NULL;
	struct known_issue *issue = ARENA_NEW(c->arena, struct known_issue);
	issue->reason = view_line(inner, "reason", c->config->plan.secrets, c->arena);
	if (until && scalar_date(until->text, &day))
		issue->until_us = day + DAY_US;
	if (issue->until_us && issue->until_us <= clock_wall_us())
		return NULL;
	return issue;
}

/* The first that is not set: an empty one is as good as none. */
static const char *missing_env(struct compile *c, struct view view)
{
	size_t n;
	const char *const *names = view_texts(view, "requires_env", c->arena, &n);
	for (size_t i = 0; i < n; i++) {
		const char *value = getenv(names[i]);
		if (!value || !value[0])
			return names[i];
	}
	return NULL;
}

static const char *id_of(struct compile *c, const struct made *made, const char *suffix)
{
	const char *id = arena_printf(c->arena, "%s%s", made->base, suffix);
	if (strlen(id) > CHECK_ID_MAX)
		problem(c->problems, compile_place(made->check), "the id '%.*s' is longer than %d",
			SHOWN(str_of(id)), CHECK_ID_MAX);
	return id;
}

static const char *file_of(struct compile *c, struct place place)
{
	if (c->file != place.file)
		c->file_name = arena_strdup(c->arena, place.file->name);
	c->file = place.file;
	return c->file_name;
}

static void compile_check(struct compile *c, const struct made *made, const char *suffix)
{
	struct view view = {made->check, c->defaults, IN_CHECK};
	struct check *check = made->to;
	struct place place = compile_place(made->check);
	size_t n_tags = 0;
	bool unused;
	check->id = id_of(c, made, suffix);
	check->title = view_line(view, "title", c->config->plan.secrets, c->arena);
	if (!check->title)
		check->title = check->id;
	check->description = view_text(view, "description", c->arena);
	check->runbook = view_line(view, "runbook", c->config->plan.secrets, c->arena);
	check->spec = view_line(view, "spec", c->config->plan.secrets, c->arena);
	check->service = find_service(c, view);
	check->tags = view_texts(view, "tags", c->arena, &n_tags);
	check->n_tags = (uint32_t)n_tags;
	check->timeout_us = view_us(view, "timeout");
	check->idle_timeout_us = view_us(view, "idle_timeout");
	check->skip_on = reasons_of(view_get(view, "skip_on"), &unused);
	check->missing_env = missing_env(c, view);
	set_retries(view, &check->retries);
	check->known_issue = known_issue_of(c, view);
	check->file = file_of(c, place);
	check->line = place.line;
	compile_steps(c, view, check);
	compile_policy(c, view, made->policy);
}

/* Every check with a matrix becomes several. */
static struct instance *expand(struct compile *c, const struct node *list, size_t *n)
{
	size_t room = 0, bytes = MATRIX_BYTES_MAX;
	struct instance *all = NULL;
	*n = 0;
	for (struct node *node = list->first; node; node = node->next) {
		struct instance *some;
		if (node->bad || node->kind != NODE_MAP)
			continue;
		size_t more = matrix_expand(node, c->scratch, c->problems, &bytes, &some);
		if (*n + more > CHECKS_MAX) {
			problem(c->problems, compile_place(node), "more than %d checks",
				CHECKS_MAX);
			break;
		}
		while (*n + more > room) {
			struct instance *old = all;
			room = room ? 2 * room : 64;
			all = ARENA_ARRAY(c->scratch, room, struct instance);
			if (old)
				memcpy(all, old, *n * sizeof(*all));
		}
		if (more)
			memcpy(all + *n, some, more * sizeof(*all));
		*n += more;
	}
	return all;
}

static const char *base_id(struct compile *c, const struct node *check)
{
	const struct node *id = node_child(check, "id");
	return id && id->kind == NODE_SCALAR ? arena_strndup(c->arena, id->text) : "";
}

void compile_checks(struct compile *c)
{
	struct node *list = view_get((struct view){c->root, NULL, IN_TOP}, "checks");
	struct plan *plan = &c->config->plan;
	size_t n;
	if (!list || list->kind != NODE_LIST)
		return;
	struct instance *all = expand(c, list, &n);
	struct watch_policy *policies = ARENA_ARRAY(c->arena, n, struct watch_policy);
	plan->checks = ARENA_ARRAY(c->arena, n, struct check);
	c->made = ARENA_ARRAY(c->scratch, n, struct made);
	for (size_t i = 0; i < n; i++) {
		validate_section(c->problems, all[i].check, IN_CHECK);
		c->made[i] = (struct made){
			all[i].check, base_id(c, all[i].check), &plan->checks[i], &policies[i]};
		compile_check(c, &c->made[i], all[i].suffix);
	}
	c->n_made = plan->n_checks = n;
	c->config->watch = (struct watch_plan){.checks = policies, .n_checks = c->n_made};
}
