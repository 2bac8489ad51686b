#include "alert/apart.h"

bool is_apart(const struct alert_news *news)
{
	switch (news->event) {
	case ALERT_OPENED:
	case ALERT_RESOLVED:
	case ALERT_REMINDER:
	case ALERT_ACKNOWLEDGED: return false;
	case ALERT_FIXED:
	case ALERT_BURNING:
	case ALERT_BURN_OVER:
	case ALERT_OFFLINE:
	case ALERT_CERTIFICATE:
	case ALERT_EVENT_COUNT: break;
	}
	return true;
}

static const char *title_of(const struct alert_news *news)
{
	return news->check && news->check->title ? news->check->title : news->check_id;
}

void apart_sentence(struct buf *out, const struct alert_news *news)
{
	buf_printf(out, "FIXED: %s: passed %d times in a row, and is marked as a known issue",
		title_of(news), HEALTH_FIXED_AFTER);
	if (news->why)
		buf_printf(out, ": %s", news->why);
}

void apart_members(struct json_writer *w, const struct alert_news *news)
{
	if (news->record && news->record->request_id)
		jw_text(w, "request_id", news->record->request_id);
	if (news->why)
		jw_text(w, "known_issue", news->why);
}
