/* check/outcome.h - how a run ended and why: two closed sets, each with one table of names. */
#ifndef OUTRIDER_CHECK_OUTCOME_H
#define OUTRIDER_CHECK_OUTCOME_H

#include "base/str.h"

#include <stdint.h>

#define OUTCOMES(X)                                                                                \
	X(PASS, "pass")                                                                            \
	X(WARN, "warn")                                                                            \
	X(FAIL, "fail")                                                                            \
	X(SKIP, "skip")

/* The order is that of the enum in the database: append only. */
#define REASONS(X)                                                                                 \
	X(NONE, "none")                                                                            \
	X(EXPECTATION, "expectation")                                                              \
	X(TIMEOUT, "timeout")                                                                      \
	X(IDLE_TIMEOUT, "idle_timeout")                                                            \
	X(DNS, "dns")                                                                              \
	X(CONNECT, "connect")                                                                      \
	X(TLS, "tls")                                                                              \
	X(RESET, "reset")                                                                          \
	X(PROTOCOL, "protocol")                                                                    \
	X(TRUNCATED, "truncated")                                                                  \
	X(TOO_LARGE, "too_large")                                                                  \
	X(MALFORMED, "malformed")                                                                  \
	X(ERROR_EVENT, "error_event")                                                              \
	X(MASKED, "masked")                                                                        \
	X(COLD, "cold")                                                                            \
	X(ENV, "env")                                                                              \
	X(BUDGET, "budget")                                                                        \
	X(CANCELLED, "cancelled")                                                                  \
	X(INTERNAL, "internal")

enum outcome {
#define X(id, name) OUTCOME_##id,
	OUTCOMES(X)
#undef X
		OUTCOME_COUNT
};

enum reason {
#define X(id, name) REASON_##id,
	REASONS(X)
#undef X
		REASON_COUNT
};

const char *outcome_name(enum outcome outcome);
const char *reason_name(enum reason reason);
bool reason_find(struct str name, enum reason *reason);

/* A set of reasons, as in skip_on and retries.when. */
typedef uint32_t reason_set;
#define REASON_BIT(reason) (UINT32_C(1) << (reason))
#define REASONS_NETWORK                                                                            \
	(REASON_BIT(REASON_DNS) | REASON_BIT(REASON_CONNECT) | REASON_BIT(REASON_TLS) |            \
		REASON_BIT(REASON_RESET) | REASON_BIT(REASON_TIMEOUT))

#endif
