#include "watch/no_answer.h"

enum no_answer no_answer_of(
	enum outcome outcome, enum reason reason, int http_status, bool connected)
{
	if (outcome != OUTCOME_FAIL)
		return ANSWERED;
	if (http_status)
		return http_status >= 502 && http_status <= 504 ? NO_HOST : ANSWERED;
	switch (reason) {
	case REASON_DNS: return NO_NAME;
	case REASON_CONNECT:
	case REASON_RESET: return NO_WAY;
	case REASON_TLS: return NO_TLS;
	case REASON_TIMEOUT:
	case REASON_IDLE_TIMEOUT: return connected ? NO_WORD : NO_WAY;
	case REASON_NONE:
	case REASON_EXPECTATION:
	case REASON_PROTOCOL:
	case REASON_TRUNCATED:
	case REASON_TOO_LARGE:
	case REASON_MALFORMED:
	case REASON_ERROR_EVENT:
	case REASON_MASKED:
	case REASON_COLD:
	case REASON_ENV:
	case REASON_BUDGET:
	case REASON_CANCELLED:
	case REASON_INTERNAL:
	case REASON_COUNT: break;
	}
	return ANSWERED;
}
