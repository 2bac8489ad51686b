#include "report/words.h"

#include "base/clock.h"

#include <inttypes.h>

#define DAY_US (INT64_C(86400) * US_PER_S)

const char *words_glyph(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_PASS: return "\xe2\x9c\x93";
	case OUTCOME_WARN: return "!";
	case OUTCOME_FAIL: return "\xe2\x9c\x97";
	case OUTCOME_SKIP: return "\xe2\x80\x93";
	case OUTCOME_COUNT: break;
	}
	return "?";
}

enum style words_style(enum outcome outcome, bool known_issue)
{
	switch (outcome) {
	case OUTCOME_PASS: return known_issue ? STYLE_BOLD_YELLOW : STYLE_GREEN;
	case OUTCOME_WARN: return STYLE_YELLOW;
	case OUTCOME_FAIL: return known_issue ? STYLE_YELLOW : STYLE_BOLD_RED;
	case OUTCOME_SKIP: return STYLE_DIM;
	case OUTCOME_COUNT: break;
	}
	return STYLE_PLAIN;
}

enum standing words_standing(const struct record *record)
{
	bool known = record->known_issue;
	switch (record->outcome) {
	case OUTCOME_PASS:
		return known                        ? STANDING_SURPRISE
		       : record->passed_after_retry ? STANDING_RETRIED
						    : STANDING_PASSED;
	case OUTCOME_WARN: return known ? STANDING_SURPRISE : STANDING_WARNED;
	case OUTCOME_FAIL: return known ? STANDING_KNOWN : STANDING_FAILED;
	case OUTCOME_SKIP:
		return record->reason == REASON_CANCELLED ? STANDING_CANCELLED : STANDING_SKIPPED;
	case OUTCOME_COUNT: break;
	}
	return STANDING_FAILED;
}

void words_attempts(struct buf *out, const struct record *record)
{
	if (record->passed_after_retry)
		buf_printf(out, "passed after retry (%u attempts)", record->attempts);
	else if (record->attempts > 1)
		buf_printf(out, "%u attempts", record->attempts);
}

const char *words_time(int64_t us, char out[WORDS_TIME_MAX])
{
	int64_t ms = (us + US_PER_MS / 2) / US_PER_MS;
	int64_t hundredths = (us + US_PER_S / 200) / (US_PER_S / 100);
	int64_t s = (us + US_PER_S / 2) / US_PER_S;
	if (us < 0)
		snprintf(out, WORDS_TIME_MAX, "-");
	else if (us < US_PER_MS)
		snprintf(out, WORDS_TIME_MAX, "%" PRId64 "us", us);
	else if (ms < 1000)
		snprintf(out, WORDS_TIME_MAX, "%" PRId64 "ms", ms);
	else if (hundredths < 6000)
		snprintf(out, WORDS_TIME_MAX, "%" PRId64 ".%02" PRId64 "s", hundredths / 100,
			hundredths % 100);
	else if (s < 3600)
		snprintf(out, WORDS_TIME_MAX, "%" PRId64 "m%02" PRId64 "s", s / 60, s % 60);
	else
		snprintf(out, WORDS_TIME_MAX, "%" PRId64 "h%02" PRId64 "m", s / 3600, s / 60 % 60);
	return out;
}

void words_why(struct buf *out, const struct record *record)
{
	const char *message = record->message ? record->message : "";
	const char *reason = reason_name(record->reason);
	bool plain = record->reason == REASON_NONE || record->reason == REASON_EXPECTATION;
	size_t n = strlen(reason);
	bool said = strncmp(message, reason, n) == 0 && (!message[n] || message[n] == ':');
	if (!plain && !said) {
		buf_puts(out, reason);
		if (*message)
			buf_puts(out, ": ");
	}
	buf_puts(out, message);
}

const char *words_http(int version)
{
	switch (version) {
	case 10: return "1.0";
	case 11: return "1.1";
	case 20: return "2";
	}
	return NULL;
}

int64_t words_days_left(const struct record *record)
{
	int64_t left_us = record->tls.expires_us - record->started_wall_us;
	return left_us / DAY_US - (left_us % DAY_US < 0);
}
