#include "daemon/watch_certificate.h"

#include "alert/message.h"
#include "base/clock.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

#define HOUR_US (3600 * US_PER_S)
#define DAY_US (24 * HOUR_US)
#define URGENT_US (3 * DAY_US)

enum { KEY_MAX = CHECK_ID_MAX + 64, TEXT_MAX = 512 };

/* The shortest that is not shorter than what is left; 0: it has longer than any. */
static int64_t threshold(const struct alert_options *options, int64_t left_us)
{
	int64_t found = 0;

	for (size_t i = 0; i < options->n_certificates; i++)
		if (left_us <= options->certificates_us[i])
			found = options->certificates_us[i];
	return found;
}

static void put_left(struct buf *out, int64_t left_us)
{
	int64_t unit_us = left_us >= 2 * DAY_US ? DAY_US : HOUR_US;
	int64_t n = left_us / unit_us;

	buf_printf(
		out, "%" PRId64 " %s%s", n, unit_us == DAY_US ? "day" : "hour", n == 1 ? "" : "s");
}

/* "EXPIRES: the certificate of Gateway (10.0.0.1:443) expires in 13 days, at 2027-01-31 10:00 UTC" */
static void put_sentence(struct buf *out, const struct service *service,
	const struct record *record, int64_t left_us)
{
	char time[TEXT_TIME_MAX];

	text_time(record->tls.expires_us, time);
	buf_printf(out, "EXPIRES: the certificate of %s",
		service->title ? service->title : service->id);
	if (record->address)
		buf_printf(out, " (%s)", record->address);
	buf_puts(out, left_us > 0 ? " expires in " : " has expired");
	if (left_us > 0)
		put_left(out, left_us);
	buf_printf(out, ", at %.10s %.5s UTC", time, time + 11);
}

static void tell(struct watch_set *set, size_t index, int64_t threshold_us, int64_t left_us,
	struct store_item *item)
{
	const struct config *config = set->config;
	const struct check *check = &config->plan.checks[index];
	enum severity severity = threshold_us <= URGENT_US ? SEVERITY_PAGE : SEVERITY_TICKET;
	struct buf text = BUF_INIT(TEXT_MAX);
	char key[KEY_MAX];

	snprintf(key, sizeof(key), "%s/certificate/%" PRId64 "/%" PRId64, check->service->id,
		item->record->tls.expires_us / US_PER_S, threshold_us / US_PER_S);
	put_sentence(&text, check->service, item->record, left_us);
	alert_compose(&config->alert,
		alert_audience(&config->alert, config->watch.checks[index].channels, severity),
		&(struct alert_news){.event = ALERT_CERTIFICATE,
			.severity = severity,
			.key = key,
			.told = buf_text(&text),
			.check = check,
			.check_id = check->id,
			.mode = config->plan.mode,
			.at_wall_us = item->changed_wall_us},
		&item->messages, &item->n_messages);
	buf_fini(&text);
}

void watch_certificate_tell(struct watch_set *set, size_t index, struct store_item *item)
{
	struct watched *watched = &set->checks[index];
	const struct record *record = item->record;
	int64_t left_us = record->tls.expires_us - item->changed_wall_us;
	int64_t threshold_us = threshold(&set->config->alert, left_us);
	uint32_t from_s = (uint32_t)((record->tls.expires_us - threshold_us) / US_PER_S);

	if (!record->tls.expires_us || !threshold_us || record->maintenance ||
		!set->config->plan.checks[index].service || watched->certificate_told_s == from_s)
		return;
	watched->certificate_told_s = from_s;
	tell(set, index, threshold_us, left_us, item);
}
