#include "alert/message.h"

#include "alert/apart.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/memory.h"
#include "base/text.h"
#include "check/template.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1024, SAID_MAX = 256, KEY_MAX = CHECK_ID_MAX + 64 };

/* What names it. */
struct names {
	char incident[24];
	char thread[KEY_MAX];
	char key[KEY_MAX];
};

static bool is_opened(const struct alert_news *news)
{
	return news->event == ALERT_OPENED;
}

static bool is_over(const struct alert_news *news)
{
	return news->event == ALERT_RESOLVED;
}

static struct names names_of(const struct alert_news *news)
{
	struct names names = {.incident = ""};
	if (news->key) {
		snprintf(names.thread, sizeof(names.thread), "%s", news->key);
		snprintf(names.key, sizeof(names.key), "%s", news->key);
		return names;
	}
	snprintf(names.incident, sizeof(names.incident), "%" PRIx64, news->incident);
	snprintf(names.thread, sizeof(names.thread), "%s/%s", news->opener, names.incident);
	int n = snprintf(names.key, sizeof(names.key), "%s/%s/%s", news->opener, names.incident,
		alert_event_name(news->event));
	if (news->nth && n > 0 && (size_t)n < sizeof(names.key))
		snprintf(names.key + n, sizeof(names.key) - (size_t)n, "-%" PRId64, news->nth);
	else if (news->raised && n > 0 && (size_t)n < sizeof(names.key))
		snprintf(names.key + n, sizeof(names.key) - (size_t)n, "-%s",
			severity_name(news->severity));
	return names;
}

/* "10:02" (UTC), or with its day when the span is longer than one. */
static void put_clock(struct buf *out, int64_t wall_us, bool with_day)
{
	char time[TEXT_TIME_MAX];
	text_time(wall_us, time);
	if (with_day)
		buf_printf(out, "%.10s ", time);
	buf_printf(out, "%.5s", time + 11);
}

static bool same_day(int64_t a_us, int64_t b_us)
{
	int64_t day = INT64_C(86400) * US_PER_S;
	return a_us / day == b_us / day;
}

static const char *word_of(const struct alert_news *news)
{
	switch (news->event) {
	case ALERT_OPENED: return "DOWN";
	case ALERT_REMINDER: return "STILL DOWN";
	case ALERT_ACKNOWLEDGED: return "ACKNOWLEDGED";
	case ALERT_RESOLVED:
	case ALERT_OFFLINE:
	case ALERT_CERTIFICATE:
	case ALERT_FIXED:
	case ALERT_BURNING:
	case ALERT_BURN_OVER:
	case ALERT_EVENT_COUNT: break;
	}
	if (news->merged_into)
		return "MERGED";
	return news->why ? "CLOSED" : "UP";
}

/* "; baseline-chat, which asks the same with less on the way, is up: look here first" */
static void put_compared(struct buf *out, const struct alert_news *news)
{
	const char *state = health_name(news->compared_state);
	buf_printf(out, "; %s, which asks the same with less on the way, ", news->compared);
	if (news->compared_state != HEALTH_DOWN && news->compared_fails)
		buf_puts(out, "fails as well");
	else if (news->compared_state == HEALTH_UP && news->compared_before)
		buf_puts(out, "was up before that");
	else
		buf_printf(out, "is %s%s", state,
			news->compared_state == HEALTH_UP ? ": look here first" : "");
}

/* Told in the name of another than it is about. */
static bool is_part(const struct alert_news *news)
{
	return !news->merged_into && news->cause && news->check_id &&
	       strcmp(news->cause, news->check_id) != 0;
}

/* ": by ann until 12:00 UTC: I look at it" */
static void put_acknowledged(struct buf *out, const struct alert_news *news)
{
	bool by = news->by && *news->by;
	if (by || news->until_wall_us)
		buf_printf(out, ":%s%s", by ? " by " : "", by ? news->by : "");
	if (news->until_wall_us) {
		buf_puts(out, " until ");
		put_clock(
			out, news->until_wall_us, !same_day(news->at_wall_us, news->until_wall_us));
		buf_puts(out, " UTC");
	}
	if (news->said && *news->said) {
		buf_puts(out, ": ");
		text_inert(out, str_of(news->said), SAID_MAX);
	}
}

/* What comes behind the times. */
static void put_end(struct buf *out, const struct alert_news *news)
{
	const char *message = news->record ? news->record->message : NULL;
	if (is_opened(news) && message && *message)
		buf_printf(out, ": %s", message);
	if (news->compared)
		put_compared(out, news);
	if (news->merged_into)
		buf_printf(out, ": goes on as the incident of %s", news->cause);
	else if (news->why)
		buf_printf(out, ": %s", news->why);
	if (news->event == ALERT_ACKNOWLEDGED)
		put_acknowledged(out, news);
	else if (news->until_wall_us)
		buf_puts(out, ": the acknowledgement is over");
	if (is_part(news))
		buf_printf(out, "; part of the incident of %s", news->cause);
}

static int64_t lasted_us(const struct alert_news *news)
{
	int64_t us = news->at_wall_us - news->since_wall_us;
	return us > 0 ? us : 0;
}

/* " (was down 10:02–10:09 UTC, 7 min)" */
static void put_span(struct buf *out, const struct alert_news *news, bool days)
{
	char elapsed[TEXT_ELAPSED_MAX];
	bool set_back = news->at_wall_us < news->since_wall_us;
	buf_puts(out, " (was down ");
	if (set_back) {
		buf_puts(out, "until ");
	} else {
		put_clock(out, news->since_wall_us, days);
		buf_puts(out, "–");
	}
	put_clock(out, news->at_wall_us, days && !set_back);
	if (set_back)
		buf_puts(out, " UTC; the clock was set back meanwhile)");
	else
		buf_printf(out, " UTC, %s)", text_elapsed(lasted_us(news), " ", elapsed));
}

/* "DOWN: Gateway answers (since 10:02 UTC)", "ACKNOWLEDGED: Gateway answers (since 10:02 UTC)",
 * "UP: Gateway answers, and 2 more (was down 10:02–10:09 UTC, 7 min)" */
static void put_headline(struct buf *out, const struct alert_news *news)
{
	if (is_apart(news)) {
		apart_sentence(out, news);
		return;
	}
	bool days = !same_day(news->since_wall_us, news->at_wall_us);
	buf_printf(out, "%s: %s", word_of(news),
		news->check && news->check->title ? news->check->title : news->check_id);
	if (news->n_checks > 1)
		buf_printf(out, ", and %zu more", news->n_checks - 1);
	if (!is_over(news)) {
		buf_puts(out, " (since ");
		put_clock(out, news->since_wall_us, days);
		buf_puts(out, " UTC)");
		return;
	}
	put_span(out, news, days);
}

static const struct finding *deciding(const struct record *record)
{
	for (size_t i = 0; i < record->n_findings; i++)
		if (record->findings[i].outcome == OUTCOME_FAIL)
			return &record->findings[i];
	return NULL;
}

static struct str clip(const char *text, size_t max)
{
	struct str s = str_of(text ? text : "");
	if (s.n <= max)
		return s;
	while (max && ((unsigned char)s.p[max] & 0xc0) == 0x80)
		max--;
	return (struct str){s.p, max};
}

static void put_text(struct json_writer *w, const char *key, const char *text)
{
	if (text && *text)
		jw_str(w, key, clip(text, TEXT_MAX));
}

static void put_finding(struct json_writer *w, const struct record *record)
{
	const struct finding *finding = deciding(record);
	if (!finding)
		return;
	put_text(w, "subject", finding->subject);
	put_text(w, "expected", finding->expected);
	put_text(w, "actual", finding->actual);
}

static void put_times(struct json_writer *w, const struct alert_news *news)
{
	char time[TEXT_TIME_MAX], elapsed[TEXT_ELAPSED_MAX];
	jw_text(w, "since", text_time(news->since_wall_us, time));
	if (is_opened(news) && news->last_good_wall_us)
		jw_text(w, "last_good", text_time(news->last_good_wall_us, time));
	if (is_opened(news))
		return;
	if (is_over(news))
		jw_text(w, "resolved_at", text_time(news->at_wall_us, time));
	jw_seconds(w, is_over(news) ? "duration_s" : "open_for_s", lasted_us(news));
	jw_text(w, "duration", text_elapsed(lasted_us(news), " ", elapsed));
	put_text(w, "acknowledged_by", news->by);
	put_text(w, "note", news->said);
	if (news->until_wall_us)
		jw_text(w, "acknowledged_until", text_time(news->until_wall_us, time));
}

static void put_check(struct json_writer *w, const struct alert_news *news)
{
	const struct check *check = news->check;
	put_text(w, "check", news->check_id);
	put_text(w, "title", check ? check->title : NULL);
	put_text(w, "service", check && check->service ? check->service->id : NULL);
	put_text(w, "mode", news->mode);
	put_text(w, "runbook", check ? check->runbook : NULL);
}

static void put_outcome(struct json_writer *w, const struct alert_news *news)
{
	if (!news->record) {
		put_text(w, "message", news->why);
		return;
	}
	jw_text(w, "outcome", outcome_name(news->record->outcome));
	jw_text(w, "reason", reason_name(news->record->reason));
	put_text(w, "message", news->record->message);
}

/* Who is in it, and why. */
static void put_members(struct json_writer *w, const struct alert_news *news)
{
	char into[24];
	jw_text(w, "cause", news->cause);
	jw_array(w, "checks");
	for (size_t i = 0; i < news->n_checks && i < ALERT_CHECKS_MAX; i++)
		jw_text(w, NULL, news->checks[i]);
	jw_array_end(w);
	jw_int(w, "checks_total", (int64_t)news->n_checks);
	if (!news->merged_into)
		return;
	snprintf(into, sizeof(into), "%" PRIx64, news->merged_into);
	jw_text(w, "merged_into", into);
}

static void put_incident(struct json_writer *w, const struct alert_news *news)
{
	put_times(w, news);
	if (news->record) {
		put_text(w, "request_id", news->record->request_id);
		if (is_opened(news))
			put_finding(w, news->record);
	}
	if (news->compared) {
		jw_text(w, "compared_with", news->compared);
		jw_text(w, "compared", health_name(news->compared_state));
	}
	put_members(w, news);
}

/* The page of its incident; of what is none, its check's, or the first. */
static void put_link(struct json_writer *w, const char *base, const struct alert_news *news,
	const char *incident)
{
	struct buf link = BUF_INIT(TEXT_MAX);
	if (!base)
		return;
	const char *name = is_apart(news) ? news->check_id : incident;
	buf_printf(&link, "%s/", base);
	if (name) {
		buf_puts(&link, is_apart(news) ? "checks/" : "incidents/");
		url_escape(&link, str_of(name));
	}
	if (!link.cut)
		jw_str(w, "link", buf_str(&link));
	buf_fini(&link);
}

static void put_words(struct json_writer *w, const struct alert_news *news)
{
	struct buf words = BUF_INIT(TEXT_MAX);
	put_headline(&words, news);
	jw_str(w, "headline", buf_str(&words));
	if (!is_apart(news))
		put_end(&words, news);
	jw_str(w, "text", buf_str(&words));
	buf_fini(&words);
}

static char *payload(const struct alert_options *options, const struct alert_news *news,
	const struct names *names)
{
	struct buf out = BUF_INIT(ALERT_PAYLOAD_MAX);
	struct json_writer w = json_writer_to(&out);
	jw_object(&w, NULL);
	jw_int(&w, "version", 1);
	jw_text(&w, "event", alert_event_name(news->event));
	if (!is_apart(news))
		jw_text(&w, "incident", names->incident);
	jw_text(&w, "dedup_key", names->key);
	jw_text(&w, "thread", names->thread);
	jw_text(&w, "severity", severity_name(news->severity));
	put_check(&w, news);
	put_link(&w, options->link, news, names->incident);
	put_words(&w, news);
	put_outcome(&w, news);
	if (is_apart(news))
		apart_members(&w, news);
	else
		put_incident(&w, news);
	jw_object_end(&w);
	return buf_take(&out);
}

uint64_t alert_audience(
	const struct alert_options *options, uint64_t channels, enum severity severity)
{
	for (size_t i = 0; i < options->n_channels; i++)
		if (!(options->channels[i].severities >> severity & 1))
			channels &= ~(UINT64_C(1) << i);
	return channels;
}

void alert_compose(const struct alert_options *options, uint64_t audience,
	const struct alert_news *news, struct outbox_message **messages, size_t *n)
{
	struct names names = names_of(news);
	for (size_t i = 0; i < options->n_channels; i++) {
		if (!(audience >> i & 1) || !(options->channels[i].events >> news->event & 1))
			continue;
		*messages = mem_grow(*messages, (*n + 1) * sizeof(**messages));
		(*messages)[(*n)++] = (struct outbox_message){
			.channel = mem_strdup(options->channels[i].name),
			.dedup_key = mem_strdup(names.key),
			.event = mem_strdup(alert_event_name(news->event)),
			.payload = payload(options, news, &names),
			.incident = news->incident,
			.severity = news->severity,
			.created_wall_us = news->at_wall_us,
		};
	}
}
