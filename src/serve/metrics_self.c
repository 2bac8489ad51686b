#include "serve/metrics_self.h"

#include "serve/process.h"

enum { CHANNEL_LABELS_MAX = 1024 };

static const struct str none = {0};

static void put_count(
	struct expo *out, const char *name, const char *type, const char *help, uint64_t value)
{
	expo_family(out, str_of(name), type, help);
	expo_count(out, str_of(name), none, none, value);
}

static void put_seconds(
	struct expo *out, const char *name, const char *type, const char *help, int64_t us)
{
	expo_family(out, str_of(name), type, help);
	expo_seconds(out, str_of(name), none, none, us);
}

/* Of each channel, also of one that has told nothing yet: rates need a beginning. */
static void put_alerts(struct expo *out, const struct board_self *self)
{
	struct str name = STR("outrider_alerts_total");
	struct buf labels = BUF_INIT(CHANNEL_LABELS_MAX);
	put_count(out, "outrider_alerts_pending", "gauge", "Alerts that wait for delivery.",
		self->alerts_pending);
	put_count(out, "outrider_alerts_given_up", "gauge",
		"Alerts that were given up, and that nobody has dismissed.", self->alerts_given_up);
	expo_family(out, name, "counter",
		"Tries to deliver an alert, by channel and how they ended: delivered, failed (to "
		"be "
		"tried again), dead (given up).");
	for (size_t i = 0; i < self->n_channels; i++) {
		const struct board_channel *channel = &self->channels[i];
		buf_reset(&labels);
		expo_label(&labels, "channel", channel->name);
		expo_count(out, name, buf_str(&labels), STR("outcome=\"delivered\""),
			channel->delivered);
		expo_count(out, name, buf_str(&labels), STR("outcome=\"failed\""), channel->failed);
		expo_count(out, name, buf_str(&labels), STR("outcome=\"dead\""), channel->dead);
	}
	expo_family(out, STR("outrider_alerts_held"), "gauge",
		"Of those that wait, the ones whose channel has its quiet hours, or was told "
		"max_per_hour.");
	for (size_t i = 0; i < self->n_channels; i++) {
		buf_reset(&labels);
		expo_label(&labels, "channel", self->channels[i].name);
		expo_count(out, STR("outrider_alerts_held"), buf_str(&labels), none,
			self->channels[i].held);
	}
	buf_fini(&labels);
}

static void put_store(struct expo *out, const struct board_self *self)
{
	put_count(out, "outrider_store_queue_length", "gauge", "Results that wait to be stored.",
		self->store_queue);
	put_count(out, "outrider_store_up", "gauge", "Whether results can be stored.",
		self->store_ok);
	expo_family(out, STR("outrider_store_commit_seconds"), "summary", "Time spent in commits.");
	expo_seconds(
		out, STR("outrider_store_commit_seconds_sum"), none, none, self->store_commit_us);
	expo_count(
		out, STR("outrider_store_commit_seconds_count"), none, none, self->store_commits);
}

static void put_daemon(struct expo *out, const struct board_self *self)
{
	if (self->lateness.bounds) {
		struct str name = STR("outrider_schedule_lateness_seconds");
		expo_family(out, name, "histogram", "How late runs started after they were due.");
		expo_histogram(out, name, none, &self->lateness);
	}
	put_store(out, self);
	put_alerts(out, self);
	put_count(out, "outrider_monitor_offline", "gauge",
		"Whether the monitor itself is offline: no canary can be reached.",
		self->offline_wall_us != 0);
	put_count(out, "outrider_config_last_reload_successful", "gauge",
		"Whether the newest attempt to load the configuration succeeded.", self->reload_ok);
	put_seconds(out, "outrider_config_last_reload_success_timestamp_seconds", "gauge",
		"When the configuration was last loaded, in seconds since 1970.",
		self->reloaded_wall_us);
	put_seconds(out, "process_start_time_seconds", "gauge",
		"When the process started, in seconds since 1970.", self->started_wall_us);
}

static void put_process(struct expo *out)
{
	struct process_facts facts = process_facts();
	put_seconds(out, "process_cpu_seconds_total", "counter", "User and system time spent.",
		facts.cpu_us);
	put_count(out, "process_resident_memory_bytes", "gauge", "Resident memory.",
		facts.resident_bytes);
	put_count(out, "process_virtual_memory_bytes", "gauge", "Virtual memory.",
		facts.virtual_bytes);
	put_count(out, "process_open_fds", "gauge", "Open file descriptors.", facts.open_fds);
	if (facts.max_fds) {
		put_count(out, "process_max_fds", "gauge", "Limit of open file descriptors.",
			facts.max_fds);
	}
	put_count(out, "process_threads", "gauge", "Threads.", facts.threads);
}

void metrics_write_self(struct expo *expo, const struct board_view *view)
{
	struct str info = STR("outrider_build_info");
	expo_family(expo, info, "gauge", "Always 1; the version is a label.");
	expo_count(expo, info, none, STR("version=\"" OUTRIDER_VERSION "\""), 1);
	if (view->self_known)
		put_daemon(expo, &view->self);
	put_process(expo);
}
