/* base/text.h - how times, durations, sizes and foreign bytes are written for people. Pure. */
#ifndef OUTRIDER_BASE_TEXT_H
#define OUTRIDER_BASE_TEXT_H

#include "base/buf.h"
#include "base/str.h"

#include <stdint.h>

enum { TEXT_TIME_MAX = 32, TEXT_DURATION_MAX = 24, TEXT_ELAPSED_MAX = 48, TEXT_RATE_MAX = 32 };

/* RFC 3339, UTC, milliseconds: 2026-11-22T10:00:00.123Z. Returns out. */
const char *text_time(int64_t wall_us, char out[TEXT_TIME_MAX]);

/* As the check language writes them: 250ms, 6.012s, 10m, 14d; the shortest exact form, at most
 * three decimals (12.3ms, 850us). Returns out. */
const char *text_duration(int64_t us, char out[TEXT_DURATION_MAX]);

/* For people, in its two largest units, their blanks as given: "7 min 1 s", "42 s", "3 d 2 h". Returns out. */
const char *text_elapsed(int64_t us, const char *blank, char out[TEXT_ELAPSED_MAX]);

/* Tokens a second, to four digits, in plain notation: 3.061, 24.9, 4863, 20000. Returns out. */
const char *text_rate(double rate, char out[TEXT_RATE_MAX]);

/* Parses a duration with its unit (us ms s m h d w), a decimal point allowed: "1.5s". False on
 * anything else, or on more than 400 days. */
bool text_parse_duration(struct str text, int64_t *us);

/* Writes foreign bytes so that they stay inert on a terminal and in a line of text: control
 * characters, ANSI escapes, bidi controls and marks that pile up (the fifth on a character and on)
 * become \xNN or \u{NNNN}, newline \n, broken UTF-8 U+FFFD. At most max bytes of input; a longer one ends in an ellipsis, never inside a character. */
void text_inert(struct buf *out, struct str foreign, size_t max);

/* Whether pattern (with * and ?) matches all of text. */
bool text_glob(const char *pattern, const char *text);

/* The name among names (NULL-terminated) nearest to word, or NULL when none is near
 * (Damerau-Levenshtein distance at most 2 and less than half of the word). */
const char *text_nearest(const char *word, const char *const *names);

#endif
