#include "loader.h"

#include "engine/tls_files.h"

#include <stdio.h>

enum { DEMO_EVERY_MAX_US = 20000000 };

bool loader_wants(const struct config *config, const struct selection *selection, size_t index)
{
	bool named = selection && (selection->n_ids || selection->among);
	if (!config->watch.checks[index].enabled && !named)
		return false;
	return !selection || selection_has(selection, &config->plan.checks[index]);
}

bool loader_urls_given(const struct config *config, const struct selection *selection)
{
	bool ok = true;

	for (size_t i = 0; i < config->plan.n_checks; i++) {
		const struct check *check = &config->plan.checks[i];
		if (check->service->url || !loader_wants(config, selection, i))
			continue;
		fprintf(stderr, "%s: check %s: service %s has no URL in mode %s\n", check->where,
			check->id, check->service->id, config->plan.mode ? config->plan.mode : "?");
		ok = false;
	}
	return ok;
}

static void quicken(struct config *config)
{
	struct watch_policy *policies =
		ARENA_ARRAY(&config->plan.arena, config->watch.n_checks, struct watch_policy);

	for (size_t i = 0; i < config->watch.n_checks; i++) {
		policies[i] = config->watch.checks[i];
		if (policies[i].every_us > DEMO_EVERY_MAX_US)
			policies[i].every_us = DEMO_EVERY_MAX_US;
	}
	config->watch.checks = policies;
}

/* The room of the configuration knows that the files are there; whether they fit only OpenSSL does. */
static bool tls_files_fit(const struct config *config)
{
	bool ok = true;

	for (size_t i = 0; i < config->plan.n_services; i++) {
		const struct service *service = &config->plan.services[i];
		struct error error;
		if (!service->tls_ca && !service->tls_cert && !service->tls_key)
			continue;
		if (tls_files_usable(service->tls_ca, service->tls_cert, service->tls_key, &error))
			continue;
		fprintf(stderr, "service %s: tls: %s\n", service->id, error.text);
		ok = false;
	}
	return ok;
}

struct config *loader_load(const struct config_source *source, bool demo)
{
	struct diagnostics problems;
	struct config *config;

	diagnostics_init(&problems);
	config = config_load(source, &problems);
	if (!config)
		fputs(buf_text(&problems.text), stderr);
	diagnostics_fini(&problems);
	if (config && !tls_files_fit(config)) {
		config_free(config);
		return NULL;
	}
	if (config && demo)
		quicken(config);
	return config;
}
