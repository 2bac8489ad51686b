#include "alert/apart.h"

#include "base/text.h"

#include <math.h>

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

static void fixed_sentence(struct buf *out, const struct alert_news *news)
{
	buf_printf(out, "FIXED: %s: passed %u times in a row, and is marked as a known issue",
		title_of(news), news->passes);
	if (news->why)
		buf_printf(out, ": %s", news->why);
}

/* --- budgets --- */

static double rate_of(const struct alert_burn *burn, enum slo_span span)
{
	return burn->report ? burn->report->burn[span] : (double)NAN;
}

static void put_left(struct buf *out, const struct alert_burn *burn)
{
	double left = burn->report ? burn->report->budget_left : (double)NAN;

	if (left > 0)
		buf_printf(out, "; %.0f %% of it is left", left * 100);
	else if (!isnan(left))
		buf_puts(out, "; nothing of it is left");
}

/* "BURNING: Models: its error budget is spent 33.3 times too fast over 1h, 20.0 times over 5m; 12 % of it is left" */
static void burn_sentence(struct buf *out, const struct alert_news *news)
{
	const struct alert_burn *burn = news->burn;
	const struct slo_rule *rule = slo_rule(burn->pace);
	double over = rate_of(burn, rule->over), and = rate_of(burn, rule->and);

	if (news->event == ALERT_BURN_OVER) {
		buf_printf(out, "BURN OVER: %s: its error budget is no longer spent too fast",
			title_of(news));
	} else {
		buf_printf(out,
			"BURNING: %s: its error budget is spent %.1f times too fast over %s",
			title_of(news), over, slo_span_name(rule->over));
		if (!isnan(and))
			buf_printf(out, ", %.1f times over %s", and, slo_span_name(rule->and));
	}
	put_left(out, burn);
	if (news->why)
		buf_printf(out, ": %s", news->why);
}

static void put_rates(struct json_writer *w, const struct alert_burn *burn)
{
	jw_object(w, "rates");
	for (unsigned i = 0; i < SLO_SPAN_COUNT; i++)
		jw_real(w, slo_span_name((enum slo_span)i), rate_of(burn, (enum slo_span)i));
	jw_object_end(w);
}

static void burn_members(struct json_writer *w, const struct alert_news *news)
{
	const struct alert_burn *burn = news->burn;
	char time[TEXT_TIME_MAX];

	jw_text(w, "since", text_time(news->since_wall_us, time));
	if (news->event == ALERT_BURN_OVER) {
		jw_text(w, "resolved_at", text_time(news->at_wall_us, time));
		jw_seconds(w, "duration_s",
			news->at_wall_us > news->since_wall_us
				? news->at_wall_us - news->since_wall_us
				: 0);
	}
	jw_object(w, "burn");
	jw_text(w, "pace", slo_rule(burn->pace)->name);
	jw_real(w, "above", slo_rule(burn->pace)->burn);
	put_rates(w, burn);
	jw_real(w, "objective", burn->slo.objective);
	jw_seconds(w, "window_s", burn->slo.window_us);
	jw_real(w, "budget_left", burn->report ? burn->report->budget_left : (double)NAN);
	jw_object_end(w);
}

void apart_sentence(struct buf *out, const struct alert_news *news)
{
	if (news->told)
		buf_puts(out, news->told);
	else if (news->burn)
		burn_sentence(out, news);
	else
		fixed_sentence(out, news);
}

static void put_length(struct json_writer *w, const struct alert_news *news)
{
	char time[TEXT_TIME_MAX];

	if (!news->since_wall_us)
		return;
	jw_text(w, "since", text_time(news->since_wall_us, time));
	jw_seconds(w, "duration_s",
		news->at_wall_us > news->since_wall_us ? news->at_wall_us - news->since_wall_us
						       : 0);
}

void apart_members(struct json_writer *w, const struct alert_news *news)
{
	if (news->told) {
		put_length(w, news);
		return;
	}
	if (news->burn) {
		burn_members(w, news);
		return;
	}
	if (news->record && news->record->request_id)
		jw_text(w, "request_id", news->record->request_id);
	if (news->why)
		jw_text(w, "known_issue", news->why);
}
