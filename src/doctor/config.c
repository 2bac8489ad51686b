#include "doctor/doctor.h"

#include "base/clock.h"
#include "base/text.h"

enum { NAMES_SHOWN = 5, NAMES_BYTES_MAX = 4096 };

/* Names in a row, the first few of them. */
struct names {
	struct buf text;
	size_t n;
};

static void add_name(struct names *names, const char *name)
{
	if (names->n < NAMES_SHOWN)
		buf_printf(&names->text, "%s%s", names->n ? ", " : "", name);
	names->n++;
}

static const char *listed(struct doctor *doctor, const struct names *names)
{
	if (names->n <= NAMES_SHOWN)
		return arena_strdup(&doctor->arena, buf_text(&names->text));
	return arena_printf(
		&doctor->arena, "%s and %zu more", buf_text(&names->text), names->n - NAMES_SHOWN);
}

/* One warning for all checks that something holds for. */
static void warn_of(struct doctor *doctor, bool (*holds)(const struct doctor *, size_t),
	enum health_word word, const char *what, const char *advice)
{
	struct names names = {.text = BUF_INIT(NAMES_BYTES_MAX)};
	for (size_t i = 0; i < doctor->config->plan.n_checks; i++)
		if (holds(doctor, i))
			add_name(&names, doctor->config->plan.checks[i].id);
	if (names.n)
		doctor_say(doctor, word,
			arena_printf(&doctor->arena, "%s: %s", what, listed(doctor, &names)),
			advice);
	buf_fini(&names.text);
}

static bool has_no_url(const struct doctor *doctor, size_t i)
{
	return doctor->config->watch.checks[i].enabled &&
	       !doctor->config->plan.checks[i].service->url;
}

static bool is_off(const struct doctor *doctor, size_t i)
{
	return !doctor->config->watch.checks[i].enabled;
}

static bool tells_nobody(const struct doctor *doctor, size_t i)
{
	const struct watch_policy *policy = &doctor->config->watch.checks[i];
	return policy->enabled && doctor->config->alert.n_channels > 0 && !policy->channels;
}

static bool overlaps(const struct doctor *doctor, size_t i)
{
	return doctor->config->watch.checks[i].every_us < doctor->config->plan.checks[i].timeout_us;
}

static bool is_excused(const struct doctor *doctor, size_t i)
{
	const struct known_issue *issue = doctor->config->plan.checks[i].known_issue;
	return known_issue_holds(issue, clock_wall_us());
}

/* A scalar is a maximum; of this, more is better. */
static bool is_upside_down(const struct expectation *e)
{
	bool more_is_better = e->kind == EXPECT_STREAM && e->measure == MEASURE_TOKENS_PER_SECOND;
	return more_is_better && e->threshold.has_max && !e->threshold.has_min;
}

static bool limits_upside_down(const struct doctor *doctor, size_t i)
{
	const struct check *check = &doctor->config->plan.checks[i];
	for (size_t s = 0; s < check->n_steps; s++)
		for (size_t k = 0; k < check->steps[s].n_expectations; k++)
			if (is_upside_down(&check->steps[s].expectations[k]))
				return true;
	return false;
}

static bool lacks_variable(const struct doctor *doctor, size_t i)
{
	return doctor->config->plan.checks[i].missing_env != NULL;
}

static bool is_loopback(const char *url)
{
	static const char *const hosts[] = {"localhost", "127.", "[::1]"};
	const char *host = strstr(url, "://");
	for (size_t i = 0; host && i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (str_starts(str_of(host + 3), str_of(hosts[i]), true))
			return true;
	return false;
}

static bool is_credential(const char *header)
{
	static const char *const names[] = {"authorization", "cookie", "x-api-key", "api-key"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_ieq(str_of(header), str_of(names[i])))
			return true;
	return false;
}

/* A header of a service: from outside (a secret), or in the file for all to read. */
static void look_at_header(struct doctor *doctor, const struct service *service, const char *header,
	const struct setting *setting)
{
	const char *file = strchr(setting->origin, '(');
	bool secret = file && strncmp(setting->origin, "default of", 10) != 0;
	if (secret && service->url && str_starts(str_of(service->url), STR("http:"), true) &&
		!is_loopback(service->url))
		doctor_say(doctor, WARNING,
			arena_printf(&doctor->arena,
				"service %s: the secret header %s travels over http:// in the "
				"clear",
				service->id, header),
			"Use an https:// URL.");
	if (!file && is_credential(header))
		doctor_say(doctor, WARNING,
			arena_printf(&doctor->arena, "%s: the value of %s stands in the file",
				setting->origin, header),
			"Take it from ${NAME}, ${file:/path} or ${credential:NAME}: then it is "
			"left out wherever it would be written.");
}

static void look_at_headers(struct doctor *doctor)
{
	const struct settings *settings = &doctor->config->settings;
	for (size_t s = 0; s < doctor->config->plan.n_services; s++) {
		const struct service *service = &doctor->config->plan.services[s];
		const char *prefix =
			arena_printf(&doctor->arena, "services.%s.header.", service->id);
		size_t n = strlen(prefix);
		for (size_t i = 0; i < settings->n; i++)
			if (strncmp(settings->items[i].name, prefix, n) == 0)
				look_at_header(doctor, service, settings->items[i].name + n,
					&settings->items[i]);
	}
}

/* Names only. */
static void look_at_variables(struct doctor *doctor)
{
	struct names set = {.text = BUF_INIT(NAMES_BYTES_MAX)};
	struct names fallback = {.text = BUF_INIT(NAMES_BYTES_MAX)};
	for (size_t i = 0; i < doctor->config->n_variables; i++) {
		const struct config_variable *variable = &doctor->config->variables[i];
		if (variable->set)
			add_name(&set, variable->name);
		else if (variable->has_default)
			add_name(&fallback, variable->name);
	}
	if (set.n)
		doctor_say(doctor, WELL,
			arena_printf(&doctor->arena, "environment, set: %s", listed(doctor, &set)),
			NULL);
	if (fallback.n)
		doctor_say(doctor, WELL,
			arena_printf(&doctor->arena, "environment, not set, a default holds: %s",
				listed(doctor, &fallback)),
			NULL);
	buf_fini(&set.text);
	buf_fini(&fallback.text);
	warn_of(doctor, lacks_variable, WARNING, "skipped, a variable of requires_env is not set",
		NULL);
}

static void look_at_alerts(struct doctor *doctor)
{
	const struct alert_options *alert = &doctor->config->alert;
	if (alert->n_channels == 0)
		doctor_say(doctor, WARNING, "nobody is told when something breaks",
			"Add a channel that delivers (webhook or exec) under alerts.channels.");
	warn_of(doctor, tells_nobody, WARNING, "alert nobody", NULL);
}

void doctor_config(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	const char *mode = config->plan.mode;
	doctor_title(doctor, "Configuration");
	doctor_say(doctor, WELL,
		arena_printf(&doctor->arena, "%s: %zu check%s of %zu service%s%s%s", config->path,
			config->plan.n_checks, config->plan.n_checks == 1 ? "" : "s",
			config->plan.n_services, config->plan.n_services == 1 ? "" : "s",
			mode && mode[0] ? ", mode " : "", mode && mode[0] ? mode : ""),
		NULL);
	warn_of(doctor, has_no_url, PROBLEM,
		arena_printf(&doctor->arena, "their service has no URL in mode %s", mode),
		"Give the service an URL for this mode, choose another one by --mode, or switch "
		"the checks off (enabled: false).");
	warn_of(doctor, overlaps, WARNING, "run more often than their timeout allows",
		"A check never overlaps itself: slots are missed while it runs.");
	warn_of(doctor, limits_upside_down, WARNING,
		"tokens_per_second has a maximum and no minimum",
		"A scalar is a maximum: write {min: 5}.");
	warn_of(doctor, is_off, WELL, "not enabled", NULL);
	warn_of(doctor, is_excused, WELL, "known issues, which alert nobody", NULL);
	look_at_alerts(doctor);
	look_at_headers(doctor);
	look_at_variables(doctor);
}
