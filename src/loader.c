#include "loader.h"

#include "engine/tls_files.h"
#include "say.h"

enum {
	DEMO_EVERY_MIN_US = 10000000,
	DEMO_EVERY_MAX_US = 20000000,
	DEMO_QUICKER = 3,
	PROBLEMS_BYTES_MAX = 64 * 1024
};

bool loader_wants(const struct config *config, const struct selection *selection, size_t index)
{
	bool named = selection && (selection->n_ids || selection->among);
	if (!config->watch.checks[index].enabled && !named)
		return false;
	return !selection || selection_has(selection, &config->plan.checks[index]);
}

/* Says what stands in problems, and keeps the first of it in why. True: nothing. */
static bool said(struct buf *problems, struct error *why)
{
	bool none = problems->n == 0;

	if (!none) {
		say_problems(buf_text(problems));
		error_set(why, "%.*s", (int)strcspn(buf_text(problems), "\n"), buf_text(problems));
	}
	buf_fini(problems);
	return none;
}

bool loader_urls_given(
	const struct config *config, const struct selection *selection, struct error *why)
{
	struct buf lacking = BUF_INIT(PROBLEMS_BYTES_MAX);

	for (size_t i = 0; i < config->plan.n_checks; i++) {
		const struct check *check = &config->plan.checks[i];
		if (check->service->url || !loader_wants(config, selection, i))
			continue;
		buf_printf(&lacking, "%s:%u: check %s: service %s has no URL in mode %s\n",
			check->file, check->line, check->id, check->service->id,
			config->plan.mode ? config->plan.mode : "?");
	}
	return said(&lacking, why);
}

static bool is_given(const struct config_source *source, const char *service)
{
	for (size_t i = 0; i < source->n_overrides; i++)
		if (strcmp(source->overrides[i].service, service) == 0)
			return true;
	return false;
}

bool loader_stood_in(const struct config *config, const struct selection *selection,
	const struct config_source *source, struct error *why)
{
	struct buf real = BUF_INIT(PROBLEMS_BYTES_MAX);

	for (size_t i = 0; i < config->plan.n_checks; i++) {
		const struct check *check = &config->plan.checks[i];
		if (is_given(source, check->service->id) || !loader_wants(config, selection, i))
			continue;
		buf_printf(&real,
			"%s:%u: check %s: the demo's stand-in has no service %s, and a demo asks "
			"no "
			"other, unless --service %s=URL says so\n",
			check->file, check->line, check->id, check->service->id,
			check->service->id);
	}
	return said(&real, why);
}

/* What is asked often finds out first what the others fail of. */
static int64_t quick(int64_t every_us)
{
	int64_t quicker_us = every_us / DEMO_QUICKER;

	if (quicker_us > DEMO_EVERY_MAX_US)
		return DEMO_EVERY_MAX_US;
	if (quicker_us >= DEMO_EVERY_MIN_US)
		return quicker_us;
	return every_us < DEMO_EVERY_MIN_US ? every_us : DEMO_EVERY_MIN_US;
}

static void quicken(struct config *config)
{
	struct watch_policy *policies =
		ARENA_ARRAY(&config->plan.arena, config->watch.n_checks, struct watch_policy);

	for (size_t i = 0; i < config->watch.n_checks; i++) {
		policies[i] = config->watch.checks[i];
		policies[i].every_us = quick(policies[i].every_us);
	}
	config->watch.checks = policies;
}

/* The room of the configuration knows that the files are there; whether they fit only OpenSSL does. */
static void fit_files(
	struct buf *unfit, const char *kind, const char *name, const char *const files[3])
{
	struct error error;

	if (!files[0] && !files[1] && !files[2])
		return;
	if (!tls_files_usable(files[0], files[1], files[2], &error))
		buf_printf(unfit, "%s %s: tls: %s\n", kind, name, error.text);
}

static bool tls_files_fit(const struct config *config, struct error *why)
{
	struct buf unfit = BUF_INIT(PROBLEMS_BYTES_MAX);

	for (size_t i = 0; i < config->plan.n_services; i++) {
		const struct service *s = &config->plan.services[i];
		fit_files(&unfit, "service", s->id,
			(const char *const[]){s->tls_ca, s->tls_cert, s->tls_key});
	}
	for (size_t i = 0; i < config->alert.n_channels; i++) {
		const struct channel *c = &config->alert.channels[i];
		fit_files(&unfit, "channel", c->name,
			(const char *const[]){c->tls_ca, c->tls_cert, c->tls_key});
	}
	return said(&unfit, why);
}

struct config *loader_load(const struct config_source *source, bool demo, struct error *why)
{
	struct diagnostics problems;
	struct config *config;

	diagnostics_init(&problems);
	config = config_load(source, &problems);
	if (!config)
		said(&problems.text, why);
	diagnostics_fini(&problems);
	if (config && !tls_files_fit(config, why)) {
		config_free(config);
		return NULL;
	}
	if (config && demo)
		quicken(config);
	return config;
}
