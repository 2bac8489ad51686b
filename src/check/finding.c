#include "check/finding.h"

#include "base/json_writer.h"
#include "base/text.h"

#include <math.h>
#include <stdint.h>

#define DAY_US 86400e6

enum {
	EXCERPT_BEFORE = 80,
	EXCERPT_PLACE = 160, /* of what is marked */
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

static size_t common(const struct buf *a, const struct buf *b)
{
	size_t n = 0;

	while (n < a->n && n < b->n && a->p[n] == b->p[n])
		n++;
	return n;
}

/* Where the text's byte `at` is in all, the same text without secrets. A secret that stands across
 * the place begins there. */
static size_t place_in(
	const struct buf *all, const struct secrets *secrets, struct str text, size_t at)
{
	struct buf before = BUF_INIT(SIZE_MAX);
	size_t place;

	secrets_redact(secrets, (struct str){text.p, at}, &before);
	place = common(&before, all);
	buf_fini(&before);
	return place;
}

static bool inside_character(const struct buf *text, size_t at)
{
	return at < text->n && ((unsigned char)text->p[at] & 0xc0) == 0x80;
}

/* A part of all, inert; how many bytes it became. */
static size_t put_part(struct buf *out, const struct buf *all, size_t from, size_t to, size_t max)
{
	size_t before = out->n;

	if (to > from)
		text_inert(out, (struct str){all->p + from, to - from}, max);
	return out->n - before;
}

/* Three parts: before the place, the place, after it. */
static void put_excerpt(
	struct buf *out, struct finding *finding, const struct buf *all, size_t at, size_t end)
{
	size_t from = at > EXCERPT_BEFORE ? at - EXCERPT_BEFORE : 0;
	size_t shown = end - from < EXCERPT_BEFORE + EXCERPT_PLACE ? end - from
								   : EXCERPT_BEFORE + EXCERPT_PLACE;

	while (from < at && inside_character(all, from))
		from++;
	if (from)
		buf_puts(out, ELLIPSIS);
	put_part(out, all, from, at, SIZE_MAX);
	finding->mark_at = out->n;
	finding->mark_n = put_part(out, all, at, end, EXCERPT_PLACE);
	if (end - at <= EXCERPT_PLACE)
		put_part(out, all, end, all->n, FINDING_EXCERPT_MAX - shown);
}

/* A secret that begins up to LOOK_BACK before the excerpt is still found. */
static void show_around(struct buf *out, const struct secrets *secrets, struct finding *finding,
	struct str text, struct str place)
{
	struct buf all = BUF_INIT(SIZE_MAX);
	size_t at = (size_t)(place.p - text.p), skipped = at > LOOK_BACK ? at - LOOK_BACK : 0;
	size_t end, shown = place.n < EXCERPT_PLACE + UNSURE_BYTES ? place.n : EXCERPT_PLACE;
	bool more;

	text = str_from(text, skipped);
	at -= skipped;
	more = redact_start(&all, secrets, text, at + shown + FINDING_EXCERPT_MAX);
	end = place.n == shown ? place_in(&all, secrets, text, at + place.n) : all.n;
	at = place_in(&all, secrets, text, at);
	while (at && inside_character(&all, at))
		at--;
	while (inside_character(&all, end))
		end++;
	if (end < at)
		end = at;
	if (skipped && at <= EXCERPT_BEFORE)
		buf_puts(out, ELLIPSIS);
	put_excerpt(out, finding, &all, at, end);
	if (more && !str_ends(buf_str(out), STR(ELLIPSIS), false))
		buf_puts(out, ELLIPSIS);
	buf_fini(&all);
}

void finding_show(struct arena *arena, const struct secrets *secrets, struct finding *finding,
	struct str text, struct str place)
{
	struct buf out = BUF_INIT(INERT_GROWTH * (FINDING_EXCERPT_MAX + EXCERPT_PLACE));

	finding->marked = place.p != NULL;
	if (place.p)
		show_around(&out, secrets, finding, text, place);
	else
		finding_clean(&out, secrets, text, FINDING_EXCERPT_MAX);
	finding->excerpt = put(arena, &out);
}

void finding_put_marked(
	struct buf *out, const struct finding *finding, const char *open, const char *close)
{
	struct str text = str_of(finding->excerpt);

	if (!finding->marked) {
		buf_putstr(out, text);
		return;
	}
	buf_put(out, text.p, finding->mark_at);
	buf_puts(out, open);
	buf_put(out, text.p + finding->mark_at, finding->mark_n);
	buf_puts(out, close);
	buf_putstr(out, str_from(text, finding->mark_at + finding->mark_n));
}

size_t finding_characters(const char *text, size_t n)
{
	size_t characters = 0;

	for (size_t i = 0; i < n; i++)
		characters += ((unsigned char)text[i] & 0xc0) != 0x80;
	return characters;
}

const char *finding_number(struct arena *arena, double value, enum finding_unit unit)
{
	char text[TEXT_DURATION_MAX], rate[TEXT_RATE_MAX];

	if (unit == UNIT_TIME && fabs(value) >= 2 * DAY_US) /* a certificate's, in days */
		return arena_printf(arena, "%.4gd", value / DAY_US);
	if (unit == UNIT_TIME)
		return arena_strdup(arena, text_duration((int64_t)llround(value), text));
	if (unit == UNIT_RATE)
		return arena_printf(arena, "%s tokens/s", text_rate(value, rate));
	return arena_printf(arena, "%.10g", value);
}

const char *finding_threshold(
	struct arena *arena, const struct threshold *t, enum finding_unit unit, bool warn)
{
	if (warn || (!t->has_max && !t->has_min))
		return arena_printf(arena, "at %s %s", t->low_warns ? "least" : "most",
			finding_number(arena, t->warn, unit));
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
	return arena_printf(arena, "%s%s%s: expected %s, got %s%s%s", step, colon, f->subject,
		shortened(arena, f->expected), shortened(arena, f->actual), f->detail ? "; " : "",
		f->detail ? shortened(arena, f->detail) : "");
}
