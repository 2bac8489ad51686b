#include "alert/receipt.h"

#include "base/clock.h"
#include "base/json.h"

#define WAIT_MAX_S 3600.0

static bool says(const struct json *answer, const char *member, const char *word)
{
	return str_eq(json_string(json_member(answer, member)), str_of(word));
}

static bool is_true(const struct json *value)
{
	return value && json_type(value) == JSON_BOOL && json_bool(value);
}

static bool has_id(const struct json *answer)
{
	return json_string(json_member(answer, "id")).n > 0;
}

static bool is_receipt(enum channel_kind kind, int status, struct str text, const struct json *json)
{
	switch (kind) {
	case CHANNEL_SLACK: /* "ok"; else what is wrong */
		return status == 200 && str_eq(str_trim(text), STR("ok"));
	case CHANNEL_DISCORD: /* nothing; with ?wait=true the message */
		return status == 204 || (status == 200 && has_id(json));
	case CHANNEL_TELEGRAM: return status == 200 && is_true(json_member(json, "ok"));
	case CHANNEL_PAGERDUTY: return status == 202 && says(json, "status", "success");
	case CHANNEL_NTFY: return status == 200 && has_id(json) && says(json, "event", "message");
	case CHANNEL_WEBHOOK:
	case CHANNEL_EXEC:
	case CHANNEL_ALERTMANAGER:
	case CHANNEL_EMAIL:
	case CHANNEL_KIND_COUNT: break;
	}
	return true;
}

/* Telegram's 429 says it inside (core.telegram.org/bots/api, ResponseParameters). */
static int64_t wait_of(const struct json *json)
{
	double s = json_number(json_member(json_member(json, "parameters"), "retry_after"));
	if (!(s > 0))
		return 0;
	return (int64_t)((s < WAIT_MAX_S ? s : WAIT_MAX_S) * US_PER_S);
}

struct receipt receipt_read(enum channel_kind kind, int status, struct str answer)
{
	struct receipt receipt = {.why = ""};
	struct error ignored;
	struct json *json = json_parse(answer, &ignored);
	bool accepted = status >= 200 && status < 300;
	receipt.given = accepted && is_receipt(kind, status, answer, json);
	if (accepted && !receipt.given)
		receipt.why = ", which is no receipt of this kind of channel";
	if (kind == CHANNEL_TELEGRAM && status == 429)
		receipt.wait_us = wait_of(json);
	json_free(json);
	return receipt;
}
