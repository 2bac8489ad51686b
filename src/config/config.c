#include "config/config.h"

#include "config/compile.h"
#include "config/interpolate.h"
#include "config/print.h"
#include "config/settings.h"
#include "config/sources.h"
#include "config/validate.h"

#include "base/memory.h"

#include <stdlib.h>

/* Everything but the checks: each of those is held against the table once it is expanded. */
static void validate_top(struct problems *problems, struct node *root)
{
	struct node *checks = node_child(root, "checks");
	struct node *first = checks ? checks->first : NULL;
	if (checks && checks->kind == NODE_LIST)
		checks->first = NULL;
	validate_section(problems, root, IN_TOP);
	if (!checks)
		return;
	checks->first = first;
	for (struct node *item = checks->kind == NODE_LIST ? first : NULL; item; item = item->next)
		if (item->kind != NODE_MAP)
			problem_at(problems, item, "a check is a mapping: id, service, ...");
}

static void compile(struct compile *c)
{
	struct node *defaults = node_child(c->root, "defaults");
	interpolate(c->root, c->scratch, c->config, c->problems);
	validate_top(c->problems, c->root);
	c->defaults = defaults && !defaults->bad ? defaults : NULL;
	compile_signatures(c);
	compile_services(c);
	compile_checks(c);
	compile_depends(c);
	compile_groups(c);
	compile_windows(c);
	compile_channels(c);
	compile_watchers(c);
	compile_options(c);
}

static void release_secrets(void *secrets)
{
	secrets_free(secrets);
}

static struct config *config_new(const struct config_source *source)
{
	struct config *config = MEM_NEW(struct config);
	struct plan *plan = &config->plan;
	arena_init(&plan->arena);
	plan->secrets = secrets_new();
	arena_on_fini(&plan->arena, release_secrets, plan->secrets);
	config->path = source->path ? arena_strdup(&plan->arena, source->path) : "built-in suite";
	return config;
}

/* printed may be NULL. */
static struct config *load(
	const struct config_source *source, struct diagnostics *diagnostics, struct buf *printed)
{
	struct config *config = config_new(source);
	struct arena scratch;
	struct problems problems;
	arena_init(&scratch);
	problems_init(&problems, &scratch);
	struct compile c = {.config = config,
		.source = source,
		.arena = &config->plan.arena,
		.scratch = &scratch,
		.problems = &problems};
	c.root = sources_read(source->path, &scratch, &problems);
	if (c.root->first)
		compile(&c);
	bool ok = !problems_any(&problems);
	if (ok && source->settings)
		settings_collect(&c);
	if (ok && printed)
		print_tree(&c, printed);
	problems_print(&problems, config->plan.secrets, source->color, diagnostics);
	arena_fini(&scratch);
	mem_trim(); /* the tree is many times the plan */
	if (ok)
		return config;
	config_free(config);
	return NULL;
}

struct config *config_load(const struct config_source *source, struct diagnostics *diagnostics)
{
	return load(source, diagnostics, NULL);
}

bool config_print(
	const struct config_source *source, struct buf *out, struct diagnostics *diagnostics)
{
	struct config *config = load(source, diagnostics, out);
	config_free(config);
	return config != NULL;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	arena_fini(&config->plan.arena);
	free(config);
}
