#include "check/finding.h"

#include "base/json_writer.h"
#include "base/text.h"

#include <math.h>
#include <stdint.h>

#define DAY_US 86400e6

enum {
	EXCERPT_BEFORE = 80,
	LOOK_BACK = 8192, /* so far before an excerpt secrets are looked for */
	UNSURE_BYTES = 2048,
	INERT_GROWTH = 5, /* a byte becomes \xNN; and some for quotes and dots */
};

#define ELLIPSIS "\xe2\x80\xa6"

static const char *put(struct arena *arena, struct buf *words)
{
	const char *text = arena_strndup(arena, buf_str(words));

	buf_fini(words);
	return text;
}

/* The text's start without secrets, at least max bytes of it where there are as many; whether more
 * follows. More than max goes through the redactor, and the last of that is not used: it may be the
 * first half of a secret, which is not known as one. */
static bool redact_start(
	struct buf *out, const struct secrets *secrets, struct str text, size_t max)
{
	size_t window = 2 * max + UNSURE_BYTES;
	bool more = text.n > window;

	if (more)
		text.n = window;
	secrets_redact(secrets, text, out);
	if (more)
		out->n = out->n > UNSURE_BYTES ? out->n - UNSURE_BYTES : 0;
	return more;
}

/* Redacted first, then made inert: a secret that needs escaping is still found. */
void finding_clean(struct buf *out, const struct secrets *secrets, struct str text, size_t max)
{
	struct buf redacted = BUF_INIT(SIZE_MAX);
	bool more;

	if (secrets_count(secrets) == 0) {
		text_inert(out, text, max);
		return;
	}
	more = redact_start(&redacted, secrets, text, max);
	text_inert(out, buf_str(&redacted), max);
	if (more && redacted.n <= max)
		buf_puts(out, ELLIPSIS);
	buf_fini(&redacted);
}

const char *finding_text(struct arena *arena, const struct secrets *secrets, struct str text)
{
	struct buf out = BUF_INIT(INERT_GROWTH * FINDING_TEXT_MAX);

	finding_clean(&out, secrets, text, FINDING_TEXT_MAX);
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
	struct buf out = BUF_INIT(INERT_GROWTH * FINDING_VALUE_MAX),
		   raw = BUF_INIT(4 * FINDING_TEXT_MAX);

	switch (subject->shape) {
	case SUBJECT_MISSING: return "missing";
	case SUBJECT_NUMBER: return finding_number(arena, subject->number, UNIT_COUNT);
	case SUBJECT_TEXT:
		buf_putc(&out, '"');
		finding_clean(&out, secrets, subject->text, FINDING_VALUE_MAX);
		buf_putc(&out, '"');
		break;
	case SUBJECT_NODES:
		put_nodes(&raw, subject);
		finding_clean(&out, secrets, buf_str(&raw), FINDING_VALUE_MAX);
		break;
	}
	buf_fini(&raw);
	return put(arena, &out);
}

/* Text from a little before at; a secret that begins further before is still found. */
static void put_around(
	struct buf *out, const struct secrets *secrets, struct str text, size_t at, size_t max)
{
	struct buf before = BUF_INIT(SIZE_MAX), all = BUF_INIT(SIZE_MAX);
	size_t from;

	text = str_from(text, at > LOOK_BACK ? at - LOOK_BACK : 0);
	at = at > LOOK_BACK ? LOOK_BACK : at;
	secrets_redact(secrets, (struct str){text.p, at}, &before);
	redact_start(&all, secrets, text, at + max);
	from = before.n > EXCERPT_BEFORE ? before.n - EXCERPT_BEFORE : 0;
	while (from < all.n && ((unsigned char)all.p[from] & 0xc0) == 0x80)
		from++; /* never inside a character */
	buf_puts(out, ELLIPSIS);
	text_inert(out, str_from(buf_str(&all), from), max);
	buf_fini(&before);
	buf_fini(&all);
}

const char *finding_excerpt(struct arena *arena, const struct secrets *secrets,
	const struct subject *subject, struct str place)
{
	struct buf out = BUF_INIT(INERT_GROWTH * FINDING_EXCERPT_MAX);
	struct str text = subject->text;
	size_t at;

	if (subject->shape != SUBJECT_TEXT || text.n <= FINDING_VALUE_MAX)
		return NULL;
	at = place.n ? (size_t)(place.p - text.p) : 0;
	if (at > EXCERPT_BEFORE)
		put_around(&out, secrets, text, at, FINDING_EXCERPT_MAX);
	else
		finding_clean(&out, secrets, text, FINDING_EXCERPT_MAX);
	return put(arena, &out);
}

const char *finding_number(struct arena *arena, double value, enum finding_unit unit)
{
	char text[TEXT_DURATION_MAX];

	if (unit == UNIT_TIME && fabs(value) >= 2 * DAY_US) /* a certificate's, in days */
		return arena_printf(arena, "%.4gd", value / DAY_US);
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

/* A long expected text must not push what came out of the line. */
static const char *shortened(struct arena *arena, const char *text)
{
	struct buf out = BUF_INIT(4 * FINDING_VALUE_MAX);

	if (strlen(text) <= FINDING_VALUE_MAX + 8)
		return text;
	text_inert(&out, str_of(text), FINDING_VALUE_MAX);
	return put(arena, &out);
}

const char *finding_message(struct arena *arena, const struct finding *f)
{
	const char *step = f->step ? f->step : "", *colon = f->step ? ": " : "";

	if (strcmp(f->subject, "transfer") == 0)
		return arena_printf(arena, "%s%s%s", step, colon, f->actual);
	return arena_printf(arena, "%s%s%s: expected %s, got %s", step, colon, f->subject,
		shortened(arena, f->expected), shortened(arena, f->actual));
}
