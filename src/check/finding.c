#include "check/finding.h"

#include "base/json_writer.h"
#include "base/text.h"

#include <math.h>
#include <stdint.h>

enum { EXCERPT_BEFORE = 80 };

static const char *put(struct arena *arena, struct buf *words)
{
	const char *text = arena_strndup(arena, buf_str(words));

	buf_fini(words);
	return text;
}

/* Redacted first, then made inert: a secret that needs escaping is still found. A little more than
 * what is shown goes through the redactor, so that a secret at the cut is not half kept. */
static void clean(struct buf *out, const struct secrets *secrets, struct str text, size_t max)
{
	struct buf redacted = BUF_INIT(SIZE_MAX);

	if (text.n > 2 * max + 1024)
		text.n = 2 * max + 1024;
	secrets_redact(secrets, text, &redacted);
	text_inert(out, buf_str(&redacted), max);
	buf_fini(&redacted);
}

const char *finding_text(struct arena *arena, const struct secrets *secrets, struct str text)
{
	struct buf out = BUF_INIT(2 * FINDING_TEXT_MAX);

	clean(&out, secrets, text, FINDING_TEXT_MAX);
	return put(arena, &out);
}

static void put_nodes(struct buf *out, const struct subject *subject)
{
	if (!subject->list) {
		json_print(out, subject->nodes.items[0]);
		return;
	}
	buf_putc(out, '[');
	for (size_t i = 0; i < subject->nodes.n && !out->cut; i++) {
		if (i)
			buf_puts(out, ", ");
		json_print(out, subject->nodes.items[i]);
	}
	buf_putc(out, ']');
}

const char *finding_value(
	struct arena *arena, const struct secrets *secrets, const struct subject *subject)
{
	struct buf out = BUF_INIT(FINDING_TEXT_MAX), raw = BUF_INIT(4 * FINDING_TEXT_MAX);

	switch (subject->shape) {
	case SUBJECT_MISSING: return "missing";
	case SUBJECT_NUMBER: return finding_number(arena, subject->number, UNIT_COUNT);
	case SUBJECT_TEXT:
		buf_putc(&out, '"');
		clean(&out, secrets, subject->text, FINDING_VALUE_MAX);
		buf_putc(&out, '"');
		break;
	case SUBJECT_NODES:
		put_nodes(&raw, subject);
		clean(&out, secrets, buf_str(&raw), FINDING_VALUE_MAX);
		break;
	}
	buf_fini(&raw);
	return put(arena, &out);
}

const char *finding_excerpt(struct arena *arena, const struct secrets *secrets,
	const struct subject *subject, struct str place)
{
	struct buf out = BUF_INIT(4 * FINDING_EXCERPT_MAX);
	struct str text = subject->text;
	size_t at;

	if (subject->shape != SUBJECT_TEXT || (!place.n && text.n <= FINDING_VALUE_MAX))
		return NULL;
	at = place.n ? (size_t)(place.p - text.p) : 0;
	if (at + place.n <= FINDING_VALUE_MAX && text.n <= FINDING_VALUE_MAX)
		return NULL;
	if (at > EXCERPT_BEFORE) {
		size_t from = at - EXCERPT_BEFORE;
		while (from < at && ((unsigned char)text.p[from] & 0xc0) == 0x80)
			from++; /* never inside a character */
		text = str_from(text, from);
		buf_puts(&out, "\xe2\x80\xa6");
	}
	clean(&out, secrets, text, FINDING_EXCERPT_MAX);
	return put(arena, &out);
}

const char *finding_number(struct arena *arena, double value, enum finding_unit unit)
{
	char text[TEXT_DURATION_MAX];

	if (unit == UNIT_TIME)
		return arena_strdup(arena, text_duration((int64_t)llround(value), text));
	return arena_printf(arena, "%.10g", value);
}

const char *finding_threshold(
	struct arena *arena, const struct threshold *t, enum finding_unit unit, bool warn)
{
	if (warn || (!t->has_max && !t->has_min))
		return arena_printf(arena, "at most %s", finding_number(arena, t->warn, unit));
	if (t->has_min && t->has_max)
		return arena_printf(arena, "from %s to %s", finding_number(arena, t->min, unit),
			finding_number(arena, t->max, unit));
	if (t->has_min)
		return arena_printf(arena, "at least %s", finding_number(arena, t->min, unit));
	return arena_printf(arena, "at most %s", finding_number(arena, t->max, unit));
}

const char *finding_message(struct arena *arena, const struct finding *f)
{
	const char *step = f->step ? f->step : "", *colon = f->step ? ": " : "";

	if (strcmp(f->subject, "transfer") == 0)
		return arena_printf(arena, "%s%s%s", step, colon, f->actual);
	return arena_printf(arena, "%s%s%s: expected %s, got %s", step, colon, f->subject,
		f->expected, f->actual);
}
