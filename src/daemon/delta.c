#include "daemon/delta.h"

#include "base/clock.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { TEXT_SHOWN_MAX = 80 };

void delta_fini(struct delta *delta)
{
	buf_fini(&delta->out);
	buf_fini(&delta->end);
}

void delta_prefix(struct delta *delta, const char *format, ...)
{
	char prefix[DELTA_PREFIX_MAX]; /* an argument may be the old one */
	va_list args;

	va_start(args, format);
	vsnprintf(prefix, sizeof(prefix), format, args);
	va_end(args);
	memcpy(delta->prefix, prefix, sizeof(prefix));
}

static void begin(struct delta *delta, const char *key)
{
	buf_printf(&delta->out, "%s%s%s%s", delta->out.n ? ", " : "", delta->prefix, key,
		key[0] ? " " : "");
}

bool delta_same(const char *before, const char *after)
{
	return before == after || (before && after && strcmp(before, after) == 0);
}

static bool is_short(const char *text)
{
	return !text || (strlen(text) <= TEXT_SHOWN_MAX && !strchr(text, '\n'));
}

static void put_text(struct delta *delta, const char *text)
{
	buf_puts(&delta->out, text && text[0] ? text : "none");
}

void delta_changed(struct delta *delta, const char *key, bool changed)
{
	if (!changed)
		return;
	begin(delta, key);
	buf_puts(&delta->out, "changed");
}

void delta_text(struct delta *delta, const char *key, const char *before, const char *after)
{
	if (delta_same(before, after))
		return;
	if (!is_short(before) || !is_short(after)) {
		delta_changed(delta, key, true);
		return;
	}
	begin(delta, key);
	put_text(delta, before);
	buf_puts(&delta->out, " -> ");
	put_text(delta, after);
}

void delta_time(struct delta *delta, const char *key, int64_t before_us, int64_t after_us)
{
	char before[TEXT_DURATION_MAX], after[TEXT_DURATION_MAX];

	if (before_us == after_us)
		return;
	delta_text(delta, key, before_us ? text_duration(before_us, before) : NULL,
		after_us ? text_duration(after_us, after) : NULL);
}

void delta_count(struct delta *delta, const char *key, uint64_t before, uint64_t after)
{
	char from[24], to[24];

	if (before == after)
		return;
	snprintf(from, sizeof(from), "%" PRIu64, before);
	snprintf(to, sizeof(to), "%" PRIu64, after);
	delta_text(delta, key, before ? from : NULL, after ? to : NULL);
}

/* --- a check's own keys --- */

static void put_rule(
	struct delta *delta, const char *key, struct health_rule a, struct health_rule b)
{
	if (a.k == b.k && a.n == b.n)
		return;
	begin(delta, key);
	buf_printf(&delta->out, "%u of %u -> %u of %u", a.k, a.n, b.k, b.n);
}

static void put_list(struct delta *delta, const char *key, const char *const *a, size_t n_a,
	const char *const *b, size_t n_b)
{
	bool equal = n_a == n_b;

	for (size_t i = 0; equal && i < n_a; i++)
		equal = strcmp(a[i], b[i]) == 0;
	delta_changed(delta, key, !equal);
}

static const char *compared(const struct config *config, const struct watch_policy *policy)
{
	return policy->compare ? config->plan.checks[policy->compare - 1].id : "";
}

static void put_depends(struct delta *delta, const struct config *before,
	const struct watch_policy *a, const struct config *after, const struct watch_policy *b)
{
	bool equal = a->n_depends_on == b->n_depends_on;

	for (size_t i = 0; equal && i < a->n_depends_on; i++)
		equal = strcmp(before->plan.checks[a->depends_on[i]].id,
				after->plan.checks[b->depends_on[i]].id) == 0;
	delta_changed(delta, "depends_on", !equal);
	delta_changed(delta, "compare", strcmp(compared(before, a), compared(after, b)) != 0);
}

/* The names of those that hear, as a list. */
static size_t hearing(
	const struct alert_options *alert, uint64_t channels, const char *names[CHANNELS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < alert->n_channels; i++)
		if (channels >> i & 1)
			names[n++] = alert->channels[i].name;
	return n;
}

static void put_channels(struct delta *delta, const struct config *before,
	const struct watch_policy *a, const struct config *after, const struct watch_policy *b)
{
	const char *old[CHANNELS_MAX], *new[CHANNELS_MAX];
	size_t n_old = hearing(&before->alert, a->channels, old);

	put_list(delta, "alerts", old, n_old, new, hearing(&after->alert, b->channels, new));
}

static void put_policy(struct delta *delta, const struct config *before,
	const struct watch_policy *a, const struct config *after, const struct watch_policy *b)
{
	delta_time(delta, "every", a->every_us, b->every_us);
	delta_text(delta, "enabled", a->enabled ? "true" : "false", b->enabled ? "true" : "false");
	put_rule(delta, "health.down_after", a->health.down_after, b->health.down_after);
	put_rule(delta, "health.up_after", a->health.up_after, b->health.up_after);
	delta_time(delta, "health.cold_for", a->health.cold_for_s * US_PER_S,
		b->health.cold_for_s * US_PER_S);
	delta_time(delta, "health.recheck", a->recheck_us, b->recheck_us);
	put_depends(delta, before, a, after, b);
	delta_count(delta, "budget.runs_per_day", a->budget.runs_per_day, b->budget.runs_per_day);
	delta_count(
		delta, "budget.tokens_per_day", a->budget.tokens_per_day, b->budget.tokens_per_day);
	delta_changed(delta, "slo.objective", a->slo.objective != b->slo.objective);
	delta_time(delta, "slo.window", a->slo.window_us, b->slo.window_us);
	delta_text(delta, "slo_alert", a->slo_alert ? "true" : "false",
		b->slo_alert ? "true" : "false");
	put_channels(delta, before, a, after, b);
	delta_text(delta, "severity", severity_name(a->severity), severity_name(b->severity));
}

static void put_retries(
	struct delta *delta, const struct retry_policy *a, const struct retry_policy *b)
{
	delta_count(delta, "retries.times", a->times, b->times);
	delta_time(delta, "retries.backoff", a->backoff_us, b->backoff_us);
	delta_changed(delta, "retries.when", a->when != b->when || a->when_429 != b->when_429);
}

static void put_known_issue(
	struct delta *delta, const struct known_issue *a, const struct known_issue *b)
{
	delta_text(delta, "known_issue", a ? a->reason : NULL, b ? b->reason : NULL);
	delta_changed(delta, "known_issue.until", a && b && a->until_us != b->until_us);
}

void delta_of_check(struct delta *delta, const struct config *before, size_t old,
	const struct config *after, size_t new)
{
	const struct check *a = &before->plan.checks[old], *b = &after->plan.checks[new];

	put_policy(delta, before, &before->watch.checks[old], after, &after->watch.checks[new]);
	delta_time(delta, "timeout", a->timeout_us, b->timeout_us);
	delta_time(delta, "idle_timeout", a->idle_timeout_us, b->idle_timeout_us);
	delta_text(delta, "service", a->service->id, b->service->id);
	put_retries(delta, &a->retries, &b->retries);
	delta_changed(delta, "skip_on", a->skip_on != b->skip_on);
	delta_text(delta, "lacks", a->missing_env, b->missing_env);
	put_known_issue(delta, a->known_issue, b->known_issue);
	delta_of_steps(delta, a, b);
	delta_text(delta, "title", a->title, b->title);
	delta_changed(delta, "description", !delta_same(a->description, b->description));
	delta_text(delta, "runbook", a->runbook, b->runbook);
	delta_text(delta, "spec", a->spec, b->spec);
	put_list(delta, "tags", a->tags, a->n_tags, b->tags, b->n_tags);
}

/* --- services and channels --- */

static bool is_plain_url(const char *url)
{
	return !url || !strchr(url, '@');
}

/* A login in it is not shown. */
static void put_url(struct delta *delta, const char *key, const char *a, const char *b)
{
	if (is_plain_url(a) && is_plain_url(b))
		delta_text(delta, key, a, b);
	else
		delta_changed(delta, key, !delta_same(a, b));
}

void delta_of_service(struct delta *delta, const struct service *old, const struct service *new)
{
	static const char *const families[] = {"any", "4", "6"};
	static const char *const versions[] = {"1.1", "2"};

	put_url(delta, "url", old->url, new->url);
	delta_text(delta, "title", old->title, new->title);
	delta_count(delta, "max_in_flight", old->max_in_flight, new->max_in_flight);
	delta_of_headers(delta, old->headers, old->n_headers, new->headers, new->n_headers);
	delta_text(delta, "tls.ca", old->tls_ca, new->tls_ca);
	delta_text(delta, "tls.cert", old->tls_cert, new->tls_cert);
	delta_text(delta, "tls.key", old->tls_key, new->tls_key);
	put_url(delta, "proxy", old->proxy, new->proxy);
	delta_text(delta, "ip", families[old->ip], families[new->ip]);
	delta_text(delta, "http", versions[old->http], versions[new->http]);
}

static bool same_channel_headers(const struct channel *a, const struct channel *b)
{
	bool equal = a->n_headers == b->n_headers;

	for (size_t i = 0; equal && i < a->n_headers; i++)
		equal = delta_same(a->headers[i].name, b->headers[i].name) &&
			delta_same(a->headers[i].value, b->headers[i].value);
	return equal;
}

static bool same_texts(const char *const *a, const char *const *b)
{
	if (!a || !b)
		return a == b;
	while (*a && *b && strcmp(*a, *b) == 0)
		a++, b++;
	return !*a && !*b;
}

static bool same_quiet(const struct channel *a, const struct channel *b)
{
	bool equal = a->n_quiet == b->n_quiet;

	for (size_t i = 0; equal && i < a->n_quiet; i++) {
		const struct maintenance *x = &a->quiet[i].when, *y = &b->quiet[i].when;
		equal = a->quiet[i].severities == b->quiet[i].severities && x->days == y->days &&
			x->utc == y->utc && x->at_us == y->at_us && x->length_us == y->length_us;
	}
	return equal;
}

void delta_of_channel(struct delta *delta, const struct channel *old, const struct channel *new)
{
	delta_text(delta, "type", channel_kind_name(old->kind), channel_kind_name(new->kind));
	delta_time(delta, "timeout", old->timeout_us, new->timeout_us);
	delta_changed(delta, "url",
		!delta_same(old->url, new->url)); /* it may be a password as a whole */
	delta_text(delta, "tls.ca", old->tls_ca, new->tls_ca);
	delta_text(delta, "tls.cert", old->tls_cert, new->tls_cert);
	delta_text(delta, "tls.key", old->tls_key, new->tls_key);
	delta_of_mail(delta, old->mail, new->mail);
	delta_changed(delta, "headers", !same_channel_headers(old, new));
	delta_changed(delta, "template", !delta_same(old->template, new->template));
	delta_changed(delta, "secret", !delta_same(old->secret, new->secret));
	delta_changed(delta, "token", !delta_same(old->token, new->token));
	delta_changed(delta, "chat_id", !delta_same(old->chat_id, new->chat_id));
	delta_changed(delta, "routing_key", !delta_same(old->routing_key, new->routing_key));
	delta_changed(delta, "topic", !delta_same(old->topic, new->topic));
	delta_changed(delta, "peers", !same_texts(old->peers, new->peers));
	delta_time(delta, "resend", old->resend_us, new->resend_us);
	delta_changed(delta, "command", !same_texts(old->argv, new->argv));
	delta_changed(delta, "events", old->events != new->events);
	delta_changed(delta, "severities", old->severities != new->severities);
	delta_time(delta, "remind", old->remind_us, new->remind_us);
	delta_changed(delta, "quiet", !same_quiet(old, new));
	delta_changed(delta, "max_per_hour", old->max_per_hour != new->max_per_hour);
}
