#include "alert/notice.h"

#include "alert/backoff.h"
#include "base/clock.h"
#include "base/log.h"

struct outbox_delivery notice_make(const struct outbox_row *row, const struct delivery_end *end,
	int64_t retry_us, int64_t now_wall_us)
{
	unsigned tries = row->tries + 1;
	struct outbox_delivery notice = {.id = row->id,
		.result = DELIVERY_DONE,
		.at_wall_us = now_wall_us,
		.next_try_wall_us = now_wall_us,
		.error = end->why};
	if (end->ok)
		return notice;
	notice.result = DELIVERY_DEAD;
	unsigned counted = retry_us && tries > BACKOFF_TRIES_MIN ? BACKOFF_TRIES_MIN : tries;
	if (backoff_is_dead(counted, now_wall_us - row->created_wall_us))
		return notice;
	uint64_t seed = (uint64_t)row->id * 64 + tries + (uint64_t)now_wall_us;
	notice.result = DELIVERY_RETRY;
	int64_t pause = backoff_pause(tries, end->retry_after_us, seed);
	notice.next_try_wall_us += retry_us && pause > retry_us ? retry_us : pause;
	return notice;
}

/* Of several who receive it somebody may never. */
static void log_delivered(const struct outbox_row *row, const struct outbox_delivery *notice)
{
	if (*notice->error)
		log_write(LOG_WARN, "alert.delivered", LOG_STR("channel", row->channel),
			LOG_STR("key", row->dedup_key), LOG_STR("but", notice->error));
	else
		log_write(LOG_INFO, "alert.delivered", LOG_STR("channel", row->channel),
			LOG_STR("key", row->dedup_key));
}

void notice_log(const struct outbox_row *row, const struct outbox_delivery *notice)
{
	switch (notice->result) {
	case DELIVERY_DONE: log_delivered(row, notice); return;
	case DELIVERY_RETRY:
		log_write(LOG_WARN, "alert.failed", LOG_STR("channel", row->channel),
			LOG_STR("key", row->dedup_key), LOG_STR("why", notice->error),
			LOG_INT("tries", row->tries + 1),
			LOG_INT("again_in_s",
				(notice->next_try_wall_us - notice->at_wall_us) / US_PER_S));
		return;
	case DELIVERY_DEAD:
		log_write(LOG_ERROR, "alert.given_up", LOG_STR("channel", row->channel),
			LOG_STR("key", row->dedup_key), LOG_STR("why", notice->error),
			LOG_INT("tries", row->tries + 1));
		return;
	}
}
