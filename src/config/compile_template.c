#include "base/mustache.h"
#include "config/compile.h"

static const char *const members[] = {ALERT_TEMPLATE_MEMBERS,
#define X(id, name) "is." name,
	ALERT_EVENTS(X)
#undef X
		NULL};

/* As it is written, or inside of {{#is}} or {{#channel}}. */
static bool is_member(struct str name)
{
	for (size_t i = 0; members[i]; i++) {
		struct str member = str_of(members[i]);
		ptrdiff_t dot = str_find(member, STR("."), false);
		struct str group = {member.p, dot > 0 ? (size_t)dot : member.n};
		if (str_eq(name, member) || str_eq(name, group) ||
			str_eq(name, str_from(member, group.n + 1)))
			return true;
	}
	return false;
}

/* Where a name stands. */
struct template_at {
	struct compile *compile;
	struct node *node;
};

static void check_name(void *ctx, struct str name, size_t line, bool partial)
{
	const struct template_at *at = ctx;
	struct problems *problems = at->compile->problems;
	if (partial)
		problem_at(problems, at->node,
			"this template: line %zu: there are no partials here", line);
	else if (!is_member(name))
		problem_at(problems, at->node, "this template: line %zu: no message has '%.*s'%s",
			line, SHOWN(name), problems_hint(problems, name, members));
}

const char *compile_template(struct compile *c, struct view view)
{
	struct node *node = view_get(view, "template");
	struct error error = {""};
	if (!node)
		return NULL;
	struct mustache *form = mustache_new(node->text, &error);
	if (form)
		mustache_names(form, check_name, &(struct template_at){c, node});
	else
		problem_at(c->problems, node, "this template: %s", error.text);
	mustache_free(form);
	return view_text(view, "template", c->arena);
}
