#include "alert_test.h"

#include "alert/trial.h"
#include "base/text.h"
#include "interrupt.h"
#include "loader.h"
#include "say.h"

static const struct channel *find(const struct alert_options *alert, const char *name)
{
	for (size_t i = 0; i < alert->n_channels; i++)
		if (strcmp(alert->channels[i].name, name) == 0)
			return &alert->channels[i];
	return NULL;
}

/* Which there are, and which of them was perhaps meant. */
static void say_unknown(const struct alert_options *alert, const char *name)
{
	const char *names[CHANNELS_MAX + 1] = {NULL};
	struct buf text = BUF_INIT(ERROR_TEXT_MAX);
	buf_printf(&text, "there is no channel \"%s\"", name);
	for (size_t i = 0; i < alert->n_channels; i++)
		names[i] = alert->channels[i].name;
	const char *near = text_nearest(name, names);
	if (near)
		buf_printf(&text, "; did you mean \"%s\"?", near);
	buf_puts(&text,
		alert->n_channels ? " The configuration has " : ": the configuration has none");
	for (size_t i = 0; i < alert->n_channels; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", names[i]);
	say_error(buf_text(&text));
	buf_fini(&text);
}

static int report(const struct channel *channel, const struct trial_result *result)
{
	if (result->interrupted) {
		say_error("interrupted: nobody knows whether it was delivered");
		return EXIT_INTERRUPTED;
	}
	printf("%s (%s): %s: %s, after %.3f s\n", channel->name, channel_kind_name(channel->kind),
		result->delivered ? "delivered" : "not delivered", result->said,
		(double)result->took_us / 1e6);
	return result->delivered ? EXIT_OK : EXIT_FAILED;
}

static int try_it(const struct config *config, const struct channel *channel)
{
	struct error error = {""};
	struct trial_result result;
	int stop = interrupt_open(&error);
	bool tried = stop >= 0 &&
		     trial_send(&config->alert, channel, config->plan.mode, stop, &result, &error);
	if (stop >= 0)
		interrupt_close();
	if (tried)
		return report(channel, &result);
	say_error(error.text);
	return EXIT_BROKEN;
}

int alert_test_run(const struct cli *cli)
{
	struct config_source source = cli_source(cli);
	struct config *config = loader_load(&source, false, NULL);
	if (!config)
		return EXIT_USAGE;
	const struct channel *channel = find(&config->alert, cli->alert_test);
	int status = EXIT_USAGE;
	if (channel)
		status = try_it(config, channel);
	else
		say_unknown(&config->alert, cli->alert_test);
	config_free(config);
	return status;
}
