#include "selftest/load.h"

#include "base/memory.h"
#include "loader.h"

#include <stdlib.h>

enum { ENV_NAMES_MAX = 64 };

static const char made_up_value[] = "made-up-for-the-self-test";

static const char *missing_name(const struct config *config)
{
	for (size_t i = 0; i < config->plan.n_checks; i++)
		if (config->plan.checks[i].missing_env)
			return config->plan.checks[i].missing_env;
	return NULL;
}

/* NULL: the file does not take this value. */
static struct config *load_with(const struct config_source *source, const char *name)
{
	struct diagnostics ignored;
	diagnostics_init(&ignored);
	setenv(name, made_up_value, 1);
	struct config *config = config_load(source, &ignored);
	diagnostics_fini(&ignored);
	if (!config)
		unsetenv(name);
	return config;
}

struct config *selftest_load(const struct cli *cli)
{
	struct config_source source = cli_source(cli);
	struct config *config = loader_load(&source, false, NULL);
	for (size_t i = 0; config && i < ENV_NAMES_MAX; i++) {
		const char *name = missing_name(config);
		struct config *better = name ? load_with(&source, name) : NULL;
		if (!better)
			break;
		config_free(config);
		config = better;
	}
	return config;
}
