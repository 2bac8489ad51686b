/* check/finding.h - how a finding is put into words: short, redacted, inert. Private to check/. */
#ifndef OUTRIDER_CHECK_FINDING_H
#define OUTRIDER_CHECK_FINDING_H

#include "base/secret.h"
#include "check/expect.h"

enum { FINDING_TEXT_MAX = 1024, FINDING_VALUE_MAX = 160, FINDING_EXCERPT_MAX = 400 };

enum finding_unit { UNIT_TIME, UNIT_COUNT, UNIT_RATE };

/* Foreign text: redacted, then inert, at most max bytes of it. */
void finding_clean(struct buf *out, const struct secrets *secrets, struct str text, size_t max);

/* Words of ours that may quote the configuration. */
const char *finding_text(struct arena *arena, const struct secrets *secrets, struct str text);

/* A subject's value: quoted text, a number, JSON, "missing". */
const char *finding_value(
	struct arena *arena, const struct secrets *secrets, const struct subject *subject);

/* Gives a finding its excerpt: the text around place, which is a part of it and will be marked (an
 * empty one too, between two characters), or with place.p NULL the text's start. */
void finding_show(struct arena *arena, const struct secrets *secrets, struct finding *finding,
	struct str text, struct str place);

const char *finding_number(struct arena *arena, double value, enum finding_unit unit);
/* "at most 5s", "at least 3"; of the warning bound when warn. */
const char *finding_threshold(
	struct arena *arena, const struct threshold *threshold, enum finding_unit unit, bool warn);

/* "stream.ttft: expected at most 5s, got 6.012s" */
const char *finding_message(struct arena *arena, const struct finding *finding);

#endif
