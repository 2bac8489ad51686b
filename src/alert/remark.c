#include "alert/remark.h"

#include "base/json_writer.h"
#include "base/memory.h"
#include "base/text.h"

enum { PAYLOAD_MAX = 16 * 1024 };

static void put_check(struct json_writer *w, const struct check *check)
{
	jw_text(w, "check", check->id);
	if (check->title)
		jw_text(w, "title", check->title);
	if (check->service)
		jw_text(w, "service", check->service->id);
	if (check->runbook)
		jw_text(w, "runbook", check->runbook);
}

static void put_times(struct json_writer *w, const struct alert_remark *remark)
{
	char time[TEXT_TIME_MAX];
	jw_text(w, "at", text_time(remark->at_wall_us, time));
	if (!remark->since_wall_us)
		return;
	int64_t lasted = remark->at_wall_us - remark->since_wall_us;
	jw_text(w, "since", text_time(remark->since_wall_us, time));
	jw_seconds(w, "duration_s", lasted > 0 ? lasted : 0);
}

static char *payload(const struct alert_remark *remark)
{
	struct buf out = BUF_INIT(PAYLOAD_MAX);
	struct json_writer w = json_writer_to(&out);
	jw_object(&w, NULL);
	jw_int(&w, "version", 1);
	jw_text(&w, "event", alert_event_name(remark->event));
	jw_text(&w, "dedup_key", remark->key);
	jw_text(&w, "thread", remark->key);
	jw_text(&w, "severity", severity_name(remark->severity));
	if (remark->check)
		put_check(&w, remark->check);
	if (remark->mode)
		jw_text(&w, "mode", remark->mode);
	jw_text(&w, "headline", remark->text);
	jw_text(&w, "text", remark->text);
	put_times(&w, remark);
	jw_object_end(&w);
	char *text = mem_strdup(buf_text(&out));
	buf_fini(&out);
	return text;
}

void alert_remark(const struct alert_options *options, uint64_t audience,
	const struct alert_remark *remark, struct outbox_message **messages, size_t *n)
{
	for (size_t i = 0; i < options->n_channels; i++) {
		if (!(audience >> i & 1) || !(options->channels[i].events >> remark->event & 1))
			continue;
		*messages = mem_grow(*messages, (*n + 1) * sizeof(**messages));
		(*messages)[(*n)++] = (struct outbox_message){
			.channel = mem_strdup(options->channels[i].name),
			.dedup_key = mem_strdup(remark->key),
			.event = mem_strdup(alert_event_name(remark->event)),
			.payload = payload(remark),
			.created_wall_us = remark->at_wall_us,
		};
	}
}
