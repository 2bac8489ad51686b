/* sim/fault_rows.h - how the rows of the fault table are written; a file for each kind of them. */
#ifndef OUTRIDER_SIM_FAULT_ROWS_H
#define OUTRIDER_SIM_FAULT_ROWS_H

#include "base/clock.h"
#include "sim/fault.h"
#include "sim/fault_parts.h"

/* clang-format off */
#define TEXT "text/plain; charset=utf-8"
#define JSON "application/json"
#define PROXY {"server", "cloudflare"}

#define FAULT(name, services, help, ...) \
	{name, false, services, help, 0, {__VA_ARGS__}}
#define VARIANT(name, services, help, ...) \
	{name, true, services, help, 0, {__VA_ARGS__}}
#define TIMED(name, services, span_ms, help, ...) \
	{name, false, services, help, (span_ms) * US_PER_MS, {__VA_ARGS__}}
#define TIMED_VARIANT(name, services, span_ms, help, ...) \
	{name, true, services, help, (span_ms) * US_PER_MS, {__VA_ARGS__}}
#define BASELINE(state, whom) .backend = BACKEND_##state, .backends = (whom)

#define ROWS(id, title, ...) \
	static const struct fault rows_##id[] = {__VA_ARGS__}; \
	const struct fault_group fault_group_##id = { \
		title, rows_##id, sizeof(rows_##id) / sizeof(rows_##id[0])}
/* clang-format on */

extern const struct fault_group fault_group_connection, fault_group_tls, fault_group_status,
	fault_group_body, fault_group_stream, fault_group_words, fault_group_masked,
	fault_group_bugs, fault_group_legal;

#endif
