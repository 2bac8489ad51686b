#include "alert/message.h"

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 1024, KEY_MAX = CHECK_ID_MAX + 64 };

/* Everything a payload is made of. */
struct news {
	const struct record *record;
	const char *mode;
	bool opened;
	int64_t since_us, until_us;
	char incident[24];
	char key[KEY_MAX];
};

static const char *event_of(const struct news *news)
{
	return news->opened ? "opened" : "resolved";
}

static struct news make_news(const struct record *record, uint64_t incident, bool opened,
	int64_t since_wall_us, const char *mode)
{
	struct news news = {.record = record,
		.mode = mode,
		.opened = opened,
		.since_us = since_wall_us,
		.until_us = record->started_wall_us + record->duration_us};
	snprintf(news.incident, sizeof(news.incident), "%" PRIx64, incident);
	snprintf(news.key, sizeof(news.key), "%s/%s/%s", record->check_id, news.incident,
		event_of(&news));
	return news;
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

/* "DOWN: Gateway answers (since 10:02 UTC): status: ...", "UP: ... (was down 10:02–10:09 UTC)" */
static void put_sentence(struct buf *out, const struct news *news)
{
	const struct check *check = news->record->check;
	bool days = !same_day(news->since_us, news->until_us);
	buf_printf(out, "%s: %s (%s ", news->opened ? "DOWN" : "UP",
		check && check->title ? check->title : news->record->check_id,
		news->opened ? "since" : "was down");
	put_clock(out, news->since_us, days);
	if (!news->opened) {
		buf_puts(out, "–");
		put_clock(out, news->until_us, days);
	}
	buf_puts(out, " UTC)");
	if (news->opened && news->record->message && *news->record->message)
		buf_printf(out, ": %s", news->record->message);
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

static void put_times(struct json_writer *w, const struct news *news)
{
	char time[TEXT_TIME_MAX];
	jw_text(w, "since", text_time(news->since_us, time));
	if (news->opened)
		return;
	jw_text(w, "resolved_at", text_time(news->until_us, time));
	int64_t lasted = news->until_us - news->since_us;
	jw_seconds(w, "duration_s", lasted > 0 ? lasted : 0);
}

static void put_check(struct json_writer *w, const struct news *news)
{
	const struct check *check = news->record->check;
	jw_text(w, "check", news->record->check_id);
	put_text(w, "title", check ? check->title : NULL);
	put_text(w, "service", check && check->service ? check->service->id : NULL);
	put_text(w, "mode", news->mode);
	put_text(w, "runbook", check ? check->runbook : NULL);
}

static char *payload(const struct news *news)
{
	const struct record *record = news->record;
	struct buf sentence = BUF_INIT(TEXT_MAX);
	struct buf out = BUF_INIT(ALERT_PAYLOAD_MAX);
	struct json_writer w = json_writer_to(&out);
	put_sentence(&sentence, news);
	jw_object(&w, NULL);
	jw_int(&w, "version", 1);
	jw_text(&w, "event", event_of(news));
	jw_text(&w, "incident", news->incident);
	jw_text(&w, "dedup_key", news->key);
	put_check(&w, news);
	jw_text(&w, "text", buf_text(&sentence));
	jw_text(&w, "outcome", outcome_name(record->outcome));
	jw_text(&w, "reason", reason_name(record->reason));
	put_text(&w, "message", record->message);
	put_times(&w, news);
	put_text(&w, "request_id", record->request_id);
	if (news->opened)
		put_finding(&w, record);
	jw_object_end(&w);
	buf_fini(&sentence);
	return buf_take(&out);
}

static bool hears(const struct watch_policy *policy, const char *channel)
{
	for (size_t i = 0; i < policy->n_channels; i++)
		if (strcmp(policy->channels[i], channel) == 0)
			return true;
	return policy->all_channels;
}

size_t alert_compose(const struct alert_options *options, const struct watch_policy *policy,
	const struct record *record, uint64_t incident, bool opened, int64_t since_wall_us,
	const char *mode, struct outbox_message **messages)
{
	struct news news = make_news(record, incident, opened, since_wall_us, mode);
	struct outbox_message *all = mem_alloc((options->n_channels + 1) * sizeof(*all));
	size_t n = 0;
	for (size_t i = 0; i < options->n_channels; i++) {
		if (!hears(policy, options->channels[i].name))
			continue;
		all[n++] = (struct outbox_message){
			.channel = mem_strdup(options->channels[i].name),
			.dedup_key = mem_strdup(news.key),
			.event = mem_strdup(event_of(&news)),
			.payload = payload(&news),
			.incident = incident,
			.created_wall_us = news.until_us,
		};
	}
	*messages = n ? all : NULL;
	if (!n)
		free(all);
	return n;
}
