/* The daemon's configuration: loading it, and taking a new one while it runs. */
#include "base/clock.h"
#include "daemon/changes.h"
#include "daemon/state.h"
#include "daemon/watch_incidents.h"
#include "loader.h"

#include <event2/event.h>

/* Of a demo nobody is alerted. */
static void silence(struct config *config)
{
	if (config->alert.n_channels)
		log_write(LOG_WARN, "demo.no_alerts", LOG_INT("channels", config->alert.n_channels),
			LOG_STR("note", "a demo alerts nobody: the file's channels are not used"));
	config->alert.n_channels = 0;
	config->alert.n_canaries = 0;
	config->alert.heartbeat_url = NULL;
}

struct config *daemon_load(const struct daemon_options *options, struct error *why)
{
	struct config *config = loader_load(&options->source, options->demo, why);

	if (!config)
		return NULL;
	if (!loader_urls_given(config, NULL, why) ||
		(options->demo && !loader_stood_in(config, NULL, &options->source, why))) {
		config_free(config);
		return NULL;
	}
	if (options->demo)
		silence(config);
	return config;
}

void daemon_show_set(struct daemon *d)
{
	const struct config *config = d->set->config;

	board_load(d->board, &config->plan, &config->watch, d->options->demo);
	clock_read_zone();
	daemon_look_at_windows(d);
	for (size_t i = 0; i < config->plan.n_checks; i++)
		daemon_show_state(d, i);
	daemon_show_untold(d);
	log_redact_with(config->plan.secrets);
	if (!d->options->log_given)
		log_configure(config->log);
}

static void log_changes(const struct config *before, const struct config *after)
{
	struct changes changes;

	changes_find(&changes, before, after);
	for (size_t i = 0; i < changes.n; i++) {
		const struct change *line = &changes.lines[i];
		log_write(line->stays ? LOG_WARN : LOG_INFO, line->event,
			LOG_STR(line->kind, line->name), LOG_STR("how", line->how));
	}
	if (changes.more)
		log_write(LOG_INFO, "reload.more", LOG_INT("changes", changes.more));
	log_write(LOG_INFO, "reload.done", LOG_INT("checks", after->plan.n_checks),
		LOG_INT("added", changes.added), LOG_INT("removed", changes.removed),
		LOG_INT("changed", changes.changed),
		LOG_STR("note", changes.n ? NULL : "nothing is different"));
	changes_fini(&changes);
}

/* What takes a restart goes on being said as long as the file and the daemon differ. */
static void keep_fixed(struct config *config, const struct config *running)
{
	config->serve.listen = arena_strdup(&config->plan.arena, running->serve.listen);
	config->store.path = arena_strdup(&config->plan.arena, running->store.path);
}

static void use(struct daemon *d, struct watch_set *set)
{
	set->next = d->set;
	d->set = set;
	courier_configure(d->courier, &set->config->alert);
	canary_configure(d->offline.canary, &set->config->alert);
	heartbeat_configure(d->heartbeat, &set->config->alert);
	store_keep(d->store, &set->config->store.keep);
	server_set_auth(d->server, &set->config->serve.auth);
	daemon_show_set(d);
	runs_drop_idle_sets(d);
	event_del(d->due);
	runs_arm(d);
	d->self.reloaded_wall_us = clock_wall_us();
}

static bool take(struct daemon *d, struct error *why)
{
	struct daemon_options options = *d->options;
	struct config *config;
	struct watch_set *set;

	options.source.color = false; /* the first error goes into the log */
	config = daemon_load(&options, why);
	if (!config)
		return false;
	set = watch_set_new(config, d->set, d->store, daemon_now(d), why);
	if (!set) {
		config_free(config);
		return false;
	}
	budget_restore(d, set);
	runs_take_over(d, set, d->set);
	if (d->socket) /* the address in the file does not count */
		config->serve.listen = d->set->config->serve.listen;
	log_changes(d->set->config, config);
	keep_fixed(config, d->set->config);
	use(d, set);
	return true;
}

void daemon_reload(struct daemon *d)
{
	struct error why = {""};

	notify_reloading(&d->notify, clock_mono_us());
	d->self.reload_ok = take(d, &why);
	if (!d->self.reload_ok)
		log_write(LOG_ERROR, "reload.failed", LOG_STR("why", why.text),
			LOG_STR("note", "the old configuration goes on"));
	daemon_show_self(d);
	notify_ready(&d->notify);
	daemon_tell_status(d);
}
