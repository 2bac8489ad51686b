/* serve/words.h - numbers and keys as pages and the API write them. Pure. */
#ifndef OUTRIDER_SERVE_WORDS_H
#define OUTRIDER_SERVE_WORDS_H

#include "base/arena.h"
#include "check/outcome.h"

#include <stdint.h>

/* For a person's eye, three digits or so, a no-break space before the unit: "38 ms", "1.24 s",
 * "2 min 5 s". Negative (not measured): "". */
const char *words_latency(struct arena *arena, int64_t us);
/* The two largest units: "12 s", "4 min", "3 h 12 min", "2 d 4 h". Never negative. */
const char *words_elapsed(struct arena *arena, int64_t us);
/* Cut, not rounded, so that only all of it is 100: "99.87 %". Negative (not known): "". */
const char *words_percent(struct arena *arena, double share);

/* Why it failed, for a heading: "masked: an error that looks like an answer". */
const char *words_reason(enum reason reason);

/* What a service said: text_inert, at most max bytes of it. */
const char *words_inert(struct arena *arena, const char *text, size_t max);
/* The same of what a person wrote: its lines stay lines. */
const char *words_lines(struct arena *arena, const char *text, size_t max);

/* 16 hex digits. */
const char *words_key(struct arena *arena, uint64_t key);
/* 16 hex digits, 0x and hex digits, or decimal. */
bool words_parse_key(const char *text, uint64_t *key);
/* Up to 16 hex digits. */
bool words_parse_hex(const char *text, uint64_t *number);
bool words_parse_decimal(const char *text, uint64_t *number);
/* RFC 3339 in UTC, whole seconds: "2026-11-22T10:00:00Z". */
bool words_parse_time(const char *text, int64_t *wall_us);
/* RFC 3339 with any offset, or as a form's field has it, then UTC: "2026-11-22T10:00". Up to the year 9999. */
bool words_parse_moment(const char *text, int64_t *wall_us);

#endif
