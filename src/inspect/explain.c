#include "inspect/explain.h"

#include "base/text.h"
#include "loader.h"
#include "watch/schedule.h"

#include <stdlib.h>

enum { WORDS_MAX = 8192 };

/* What a check's values are grouped under; the first group takes what no other names. */
static const struct {
	const char *title;
	const char *prefixes; /* separated by blanks */
} groups[] = {
	{"What it is", "id title description spec service tags matrix runbook enabled"},
	{"When, and how long", "every timeout idle_timeout retries skip_on requires_env budget"},
	{"What its results mean", "health depends_on slo known_issue alerts"},
};
enum { N_GROUPS = sizeof(groups) / sizeof(groups[0]) };

struct explaining {
	struct paper paper;
	struct arena arena;
	const struct cli *cli;
	const struct config *config;
	size_t index;
	const struct check *check;
	const struct watch_policy *policy;
	const struct settings *settings;
};

static bool in_group(const char *name, size_t group)
{
	struct str first = {name, strcspn(name, ".")};
	for (const char *word = groups[group].prefixes; *word;) {
		size_t n = strcspn(word, " ");
		if (str_eq(first, (struct str){word, n}))
			return true;
		word += n + (word[n] == ' ');
	}
	return false;
}

static size_t group_of(const char *name)
{
	for (size_t i = 1; i < N_GROUPS; i++)
		if (in_group(name, i))
			return i;
	return 0;
}

static void title(struct explaining *e, const char *text)
{
	buf_putc(&e->paper.out, '\n');
	paper_put(&e->paper, INK_BOLD, text);
	buf_putc(&e->paper.out, '\n');
}

static const char *offset_words(struct explaining *e)
{
	char every[TEXT_DURATION_MAX], offset[TEXT_DURATION_MAX];
	struct schedule_entry entry = {
		.id = e->check->id, .every_us = e->policy->every_us, .enabled = true};
	struct schedule *schedule = schedule_new(&entry, 1, 0);
	text_duration(schedule_due_at(schedule, 0) / 1000 * 1000, offset);
	schedule_free(schedule);
	return arena_printf(
		&e->arena, "%s, offset %s", text_duration(e->policy->every_us, every), offset);
}

/* Names, and whether each is set. */
static const char *variables_words(struct explaining *e, const char *names)
{
	struct buf out = BUF_INIT(WORDS_MAX);
	while (*names) {
		struct str name = {names, strcspn(names, ",")};
		const char *value = getenv(arena_strndup(&e->arena, name));
		buf_printf(&out, "%s%.*s (%s)", out.n ? ", " : "", STR_ARG(name),
			value && value[0] ? "set" : "not set: skipped");
		names += name.n;
		names += strspn(names, ", ");
	}
	const char *text = arena_strndup(&e->arena, buf_str(&out));
	buf_fini(&out);
	return text;
}

static const char *value_words(struct explaining *e, const struct setting *setting)
{
	const char *name = setting->name;
	if (strcmp(name, "every") == 0)
		return offset_words(e);
	if (strcmp(name, "requires_env") == 0)
		return variables_words(e, setting->value);
	if (strcmp(name, "known_issue.until") == 0 && !e->check->known_issue)
		return arena_printf(
			&e->arena, "%s: over, it counts as a failure again", setting->value);
	if (strcmp(name, "retries.times") == 0 && e->cli->retries >= 0)
		return arena_printf(&e->arena, "%d", e->cli->retries);
	return setting->value ? setting->value : "";
}

static const char *origin_words(struct explaining *e, const struct setting *setting)
{
	if (strcmp(setting->name, "retries.times") == 0 && e->cli->retries >= 0)
		return "--retries";
	return setting->origin;
}

/* The URL of the mode, below the service. */
static void put_service(struct explaining *e)
{
	const struct service *service = e->check->service;
	const struct setting *mode = setting_find(&e->config->settings, SETTING_WHOLE, "mode");
	const struct setting *url = setting_find(&e->config->settings, SETTING_WHOLE,
		arena_printf(&e->arena, "services.%s.url", service->id));
	paper_row(&e->paper, 4, "url", service->url ? service->url : "none in this mode",
		url ? url->origin : NULL);
	if (mode)
		paper_row(&e->paper, 4, "mode", mode->value, mode->origin);
	for (size_t i = 0; i < e->config->settings.n; i++) {
		const struct setting *setting = &e->config->settings.items[i];
		const char *prefix = arena_printf(&e->arena, "services.%s.", service->id);
		size_t n = strlen(prefix);
		if (strncmp(setting->name, prefix, n) == 0 && setting != url &&
			strncmp(setting->name + n, "header.", 7) != 0)
			paper_row(&e->paper, 4, setting->name + n, setting->value, setting->origin);
	}
}

/* Who hears of it, of all that channels and checks say. */
static void put_channels(struct explaining *e)
{
	struct buf out = BUF_INIT(WORDS_MAX);
	const struct alert_options *alert = &e->config->alert;
	for (size_t i = 0; i < alert->n_channels; i++)
		if (e->policy->channels >> i & 1)
			buf_printf(&out, "%s%s", out.n ? ", " : "", alert->channels[i].name);
	if (!out.n)
		buf_puts(&out, alert->n_channels ? "nobody" : "nobody, there is no channel");
	paper_row(&e->paper, 2, "heard by", buf_text(&out), "");
	buf_fini(&out);
}

static void put_group(struct explaining *e, size_t group)
{
	title(e, groups[group].title);
	for (size_t i = 0; i < e->settings->n; i++) {
		const struct setting *setting = &e->settings->items[i];
		if (setting->step != SETTING_WHOLE || group_of(setting->name) != group ||
			strcmp(setting->name, "id") == 0)
			continue;
		paper_row(&e->paper, 2, setting->name, value_words(e, setting),
			origin_words(e, setting));
		if (strcmp(setting->name, "service") == 0)
			put_service(e);
	}
	if (group == N_GROUPS - 1)
		put_channels(e);
}

static void put_setting(struct explaining *e, size_t step, const char *name, const char *value)
{
	const struct setting *setting = setting_find(e->settings, (unsigned)step, name);
	if (setting)
		paper_row(&e->paper, 2, name, value ? value : setting->value, setting->origin);
}

static void put_expectations(struct explaining *e, size_t index)
{
	const struct step *step = &e->check->steps[index];
	for (size_t i = 0; i < step->n_expectations; i++) {
		const struct expectation *expectation = &step->expectations[i];
		struct buf words = BUF_INIT(WORDS_MAX);
		const struct setting *setting = setting_find(e->settings, (unsigned)index,
			arena_printf(&e->arena, "expect.%s", expectation->subject));
		expectation_describe(expectation, &words);
		paper_row(&e->paper, 2, expectation->subject, buf_text(&words),
			setting ? setting->origin : NULL);
		buf_fini(&words);
	}
}

static void put_captures(struct explaining *e, size_t step)
{
	for (size_t i = 0; i < e->settings->n; i++) {
		const struct setting *setting = &e->settings->items[i];
		if (setting->step == step && strncmp(setting->name, "capture.", 8) == 0)
			paper_row(&e->paper, 2,
				arena_printf(&e->arena, "{{%s}} is", setting->name + 8),
				setting->value, setting->origin);
	}
}

static void put_step(struct explaining *e, size_t index)
{
	const struct step *step = &e->check->steps[index];
	const char *name = step->name ? step->name : "";
	if (e->check->n_steps == 1 && !step->name)
		title(e, "It sends");
	else
		title(e, arena_printf(&e->arena, "Step %zu of %u%s%s%s sends", index + 1,
				 e->check->n_steps, name[0] ? ", " : "", name,
				 step->cleanup ? " (cleanup: always runs, never judged)" : ""));
	explain_request(&e->paper, e->config, e->index, index);
	buf_putc(&e->paper.out, '\n');
	if (step->request.until == UNTIL_DEFAULT)
		paper_row(&e->paper, 2, "until", "done, of an event stream; else end", "built in");
	else
		put_setting(e, index, "until", NULL);
	put_setting(e, index, "redirects", NULL);
	put_captures(e, index);
	title(e, "and expects");
	put_expectations(e, index);
}

static void put_check(struct explaining *e)
{
	const struct setting *id = setting_find(e->settings, SETTING_WHOLE, "id");
	paper_put(&e->paper, INK_BOLD, e->check->id);
	paper_origin(&e->paper, (unsigned)strlen(e->check->id), id ? id->origin : "");
	buf_putc(&e->paper.out, '\n');
	if (!e->policy->enabled)
		paper_put(&e->paper, INK_YELLOW, "It is not enabled: only --check runs it.\n");
	for (size_t i = 0; i < N_GROUPS; i++)
		put_group(e, i);
	for (size_t i = 0; i < e->check->n_steps; i++)
		put_step(e, i);
}

static void explain(const struct cli *cli, const struct config *config)
{
	struct explaining e = {
		.paper = paper_new(cli->color, config->plan.secrets), .cli = cli, .config = config};
	bool first = true;
	arena_init(&e.arena);
	for (size_t i = 0; i < config->plan.n_checks; i++) {
		if (!selection_has(&cli->selection, &config->plan.checks[i]))
			continue;
		e.index = i;
		e.check = &config->plan.checks[i];
		e.policy = &config->watch.checks[i];
		e.settings = &config->check_settings[i];
		buf_puts(&e.paper.out, first ? "" : "\n\n");
		put_check(&e);
		first = false;
	}
	paper_write(&e.paper);
	arena_fini(&e.arena);
}

int explain_run(const struct cli *cli)
{
	struct config_source source = cli_source(cli);
	struct error error = {""};
	source.settings = true;
	struct config *config = loader_load(&source, false, NULL);
	if (!config)
		return EXIT_USAGE;
	bool ok = selection_validate(&cli->selection, &config->plan, &error);
	if (ok)
		explain(cli, config);
	else
		fprintf(stderr, "outrider: %s\n", error.text);
	config_free(config);
	return ok ? EXIT_OK : EXIT_USAGE;
}
