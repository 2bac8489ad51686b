#include "inspect/inspect.h"

#include "base/text.h"
#include "config/schema.h"
#include "loader.h"
#include "rerun.h"

enum { SCHEMA_BYTES_MAX = 1 << 20, CONFIG_BYTES_MAX = 64 << 20 };

static void join_tags(struct buf *out, const struct check *check)
{
	buf_reset(out);
	for (size_t i = 0; i < check->n_tags; i++)
		buf_printf(out, "%s%s", i ? "," : "", check->tags[i]);
	if (check->n_tags == 0)
		buf_puts(out, "-");
}

static int wider(int width, const char *text)
{
	int n = (int)strlen(text);
	return n > width ? n : width;
}

static void list(const struct config *config, const struct selection *selection)
{
	struct buf tags = BUF_INIT(4096);
	char every[TEXT_DURATION_MAX];
	int id = 0;
	int service = 0;
	int tag = 0;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < config->plan.n_checks; i++) {
			const struct check *check = &config->plan.checks[i];
			const struct watch_policy *policy = &config->watch.checks[i];
			if (!selection_has(selection, check))
				continue;
			join_tags(&tags, check);
			if (pass == 0) {
				id = wider(id, check->id);
				service = wider(service, check->service->id);
				tag = wider(tag, buf_text(&tags));
				continue;
			}
			printf("%-*s  %-*s  %-*s  %5s  %s\n", id, check->id, service,
				check->service->id, tag, buf_text(&tags),
				policy->enabled ? text_duration(policy->every_us, every) : "off",
				check->title ? check->title : "");
		}
	buf_fini(&tags);
}

int inspect_list(const struct cli *cli)
{
	struct config_source source = cli_source(cli);
	struct error error = {""};
	struct config *config = loader_load(&source, false, NULL);
	if (!config)
		return EXIT_USAGE;
	struct selection selection = cli->selection;
	struct rerun rerun = {.mode = NULL};
	bool ok = selection_validate(&selection, &config->plan, &error) &&
		  (!cli->rerun_failed ||
			  rerun_narrow(&rerun, cli, &selection, &config->plan, &error));
	if (ok)
		list(config, &selection);
	else
		fprintf(stderr, "outrider: %s\n", error.text);
	rerun_fini(&rerun);
	config_free(config);
	return ok ? EXIT_OK : EXIT_USAGE;
}

int inspect_check_config(const struct cli *cli)
{
	struct config_source source = cli_source(cli);
	struct config *config = loader_load(&source, false, NULL);
	if (!config)
		return EXIT_USAGE;
	size_t checks = config->plan.n_checks;
	size_t services = config->plan.n_services;
	printf("%s: ok, %zu check%s, %zu service%s\n", config->path, checks, checks == 1 ? "" : "s",
		services, services == 1 ? "" : "s");
	config_free(config);
	return EXIT_OK;
}

int inspect_print_schema(void)
{
	struct buf schema = BUF_INIT(SCHEMA_BYTES_MAX);
	config_schema(&schema);
	fputs(buf_text(&schema), stdout);
	buf_fini(&schema);
	return EXIT_OK;
}

int inspect_print_config(const struct cli *cli)
{
	struct config_source source = cli_source(cli);
	struct diagnostics problems;
	struct buf text = BUF_INIT(CONFIG_BYTES_MAX);
	diagnostics_init(&problems);
	bool ok = config_print(&source, &text, &problems);
	fputs(ok ? buf_text(&text) : buf_text(&problems.text), ok ? stdout : stderr);
	diagnostics_fini(&problems);
	buf_fini(&text);
	return ok ? EXIT_OK : EXIT_USAGE;
}
