#include "check/explain.h"

#include "base/fold.h"
#include "base/text.h"
#include "base/utf8.h"
#include "check/difference.h"
#include "check/finding.h"

enum {
	VALUE_SHOWN = 80, /* bytes of a value in words */
	NAME_SHOWN = 60,
	NAMES_LISTED = 12,
	NEAREST_MIN = 3, /* bytes of a needle that must stand there to be called near ... */
	NEAREST_WINDOW = 64 << 10, /* ... within so much of a text ... */
	NEAREST_NEEDLE = 128, /* ... by so much of the needle */
	NO_BREAK_SPACE = 0xa0,
};

static void put_foreign(struct explanation *x, struct str text, size_t max)
{
	finding_clean(&x->words, x->secrets, text, max);
}

/* The words end in the place itself. It may be half of a secret, so the caller quotes it from the
 * excerpt. */
static void quote_place(struct explanation *x, const char *words, struct str place)
{
	buf_puts(&x->words, words);
	x->place = place;
	x->quoted = true;
}

void explain_put_value(struct explanation *x, const struct json *value)
{
	struct buf raw = BUF_INIT(4 * FINDING_TEXT_MAX); /* enough to know a secret at the cut */

	json_print(&raw, value);
	put_foreign(x, buf_str(&raw), VALUE_SHOWN);
	buf_fini(&raw);
}

/* "a, b, c and 4 more" */
static void put_names(struct explanation *x, const struct json *object)
{
	size_t n = json_count(object), listed = 0;

	for (const struct json *m = json_first(object); m && listed < NAMES_LISTED;
		m = json_next(m)) {
		if (listed++)
			buf_puts(&x->words, ", ");
		put_foreign(x, json_name(m), NAME_SHOWN);
	}
	if (n > listed)
		buf_printf(&x->words, " and %zu more", n - listed);
}

void explain_put_count(struct explanation *x, size_t n)
{
	buf_printf(&x->words, "%zu item%s", n, n == 1 ? "" : "s");
}

void explain_missing(struct explanation *x, const struct json *value)
{
	size_t n = json_count(value);

	switch (json_type(value)) {
	case JSON_OBJECT:
		buf_puts(&x->words, n ? "there are: " : "the object is empty");
		put_names(x, value);
		break;
	case JSON_ARRAY:
		buf_puts(&x->words, "there is a list of ");
		explain_put_count(x, n);
		break;
	case JSON_NULL: buf_puts(&x->words, "there is null"); break;
	case JSON_BOOL:
	case JSON_NUMBER:
	case JSON_STRING:
		buf_printf(&x->words, "there is %s: ", type_words(json_type(value)));
		explain_put_value(x, value);
		break;
	}
}

/* --- equals --- */

static void put_place(struct explanation *x, struct buf *way)
{
	struct buf whole = BUF_INIT(FINDING_TEXT_MAX);

	if (x->path && !jsonpath_is_list(x->path))
		buf_puts(&whole, jsonpath_text(x->path));
	else
		buf_putc(&whole, '$');
	buf_putstr(&whole, buf_str(way));
	put_foreign(x, buf_str(&whole), FINDING_VALUE_MAX);
	buf_fini(&whole);
}

static void explain_json(
	struct explanation *x, const struct json *expected, const struct json *actual)
{
	struct buf way = BUF_INIT(FINDING_TEXT_MAX);
	struct difference d;

	if (difference_find(expected, actual, &way, &d) && way.n) {
		buf_puts(&x->words, "first difference at ");
		put_place(x, &way);
		buf_puts(&x->words, ": expected ");
		if (d.expected)
			explain_put_value(x, d.expected);
		else
			buf_puts(&x->words, "nothing");
		buf_puts(&x->words, ", got ");
		if (d.actual)
			explain_put_value(x, d.actual);
		else
			buf_puts(&x->words, "nothing");
	}
	buf_fini(&way);
}

/* How many bytes both begin with, in whole characters; *in_b: as how many of b. */
static size_t common_prefix(struct str a, struct str b, bool ignore_case, size_t *in_b)
{
	size_t n = 0;

	if (ignore_case)
		return fold_common(a, b, in_b);
	while (n < a.n && n < b.n && a.p[n] == b.p[n])
		n++;
	while (n && n < b.n && ((unsigned char)b.p[n] & 0xc0) == 0x80)
		n--;
	*in_b = n;
	return n;
}

/* Whether a secret stands in the text: not even one character of it may be shown. */
static bool is_secret(const struct explanation *x, struct str text)
{
	struct secret_place place;

	return secrets_find(x->secrets, text, 0, &place);
}

/* "U+0430 (\xd0\xb0)", of the character that text begins with; alone what can't be seen. */
static void put_character(struct explanation *x, struct str text)
{
	struct utf8_char c = utf8_next(text);
	struct buf shown = BUF_INIT(FINDING_TEXT_MAX);

	if (!c.ok) {
		buf_printf(&x->words, "the byte %02x", (unsigned char)*text.p);
		return;
	}
	text_inert(&shown, (struct str){text.p, c.n}, c.n);
	buf_printf(&x->words, "U+%04X", (unsigned)c.code);
	if (shown.n == c.n && c.code > ' ' && c.code != NO_BREAK_SPACE && !utf8_stacks(c.code))
		buf_printf(&x->words, " (%.*s)", (int)shown.n, shown.p);
	buf_fini(&shown);
}

/* Letters may look alike: what they are is told by their numbers. Where nothing is alike and all is
 * ASCII, the texts themselves say enough. */
static void explain_character(
	struct explanation *x, struct str expected, size_t at, struct str text, size_t same)
{
	bool plain = (unsigned char)expected.p[at] < 0x80 && (unsigned char)text.p[same] < 0x80;

	if (same == 0 && plain)
		return;
	buf_printf(&x->words, "differs at character %zu", finding_characters(text.p, same) + 1);
	if (is_secret(x, expected) || is_secret(x, text))
		return;
	buf_puts(&x->words, ": ");
	put_character(x, str_from(text, same));
	buf_puts(&x->words, " instead of ");
	put_character(x, str_from(expected, at));
}

/* Marks where a text goes another way than the expected one. */
static void explain_text(
	struct explanation *x, struct str expected, struct str text, bool ignore_case)
{
	size_t same, of_expected = common_prefix(expected, text, ignore_case, &same);

	if (!ignore_case && fold_eq(expected, text))
		buf_puts(&x->words, "only the case of letters differs");
	else if (same == text.n && text.n)
		buf_printf(&x->words, "ends after %zu of %zu bytes", text.n, expected.n);
	else if (of_expected == expected.n && same)
		buf_printf(&x->words, "goes on after the expected %zu bytes", same);
	else if (of_expected < expected.n && same < text.n)
		explain_character(x, expected, of_expected, text, same);
	if (same && same < text.n)
		x->place = str_from(text, same);
}

static void explain_equals(struct explanation *x, const struct match_term *term,
	const struct subject *subject, bool ignore_case)
{
	const struct json *node = subject_node(subject);

	if (x->text.n && json_type(term->value) == JSON_STRING)
		explain_text(x, json_string(term->value), x->text, ignore_case);
	else if (node && json_type(node) == json_type(term->value))
		explain_json(x, term->value, node);
	else if (node)
		buf_printf(&x->words, "%s, not %s", type_words(json_type(node)),
			type_words(json_type(term->value)));
}

/* --- texts --- */

/* The place where the most of the needle's beginning stands. */
static struct str nearest(struct str text, struct str needle)
{
	struct str best = {NULL, 0};

	if (text.n > NEAREST_WINDOW)
		text.n = NEAREST_WINDOW;
	if (needle.n > NEAREST_NEEDLE)
		needle.n = NEAREST_NEEDLE;
	for (size_t at = 0; at < text.n; at++) {
		struct str here = str_from(text, at);
		size_t n;
		fold_common(needle, here, &n);
		if (n > best.n)
			best = (struct str){here.p, n};
	}
	return best.n >= NEAREST_MIN && 2 * best.n >= needle.n ? best : (struct str){NULL, 0};
}

static void explain_contains(
	struct explanation *x, const struct match_term *term, const struct subject *subject)
{
	const struct json *node = subject_node(subject);
	struct str place;
	bool there;

	if (node && json_type(node) == JSON_ARRAY) {
		buf_puts(&x->words, "none of ");
		explain_put_count(x, json_count(node));
	}
	if (!x->text.n)
		return;
	there = fold_find(x->text, term->text, &place);
	if (!there)
		place = nearest(x->text, term->text);
	if (place.n)
		quote_place(x, there ? "only in another case: " : "nearest: ", place);
}

static void explain_end(struct explanation *x, const struct match_term *term)
{
	size_t n = term->text.n < x->text.n ? term->text.n : x->text.n;

	while (n && n < x->text.n && ((unsigned char)x->text.p[x->text.n - n] & 0xc0) == 0x80)
		n++;
	if (n)
		quote_place(x, "ends with ", str_from(x->text, x->text.n - n));
}

/* What stands in the text though it must not. */
static void explain_found(struct explanation *x, struct str place)
{
	if (place.n)
		quote_place(x, "found ", place);
}

static void explain_signature(struct explanation *x, const struct signatures *signatures)
{
	struct str place = {NULL, 0};
	ptrdiff_t which = x->text.n ? signatures_find(signatures, x->text, &place) : -1;

	if (which < 0)
		return;
	explain_found(x, place);
	if (!place.n) {
		buf_puts(&x->words, "the signature ");
		put_foreign(x, str_of(signatures->labels[which]), VALUE_SHOWN);
	}
}

static void explain_type(struct explanation *x, const struct subject *subject)
{
	const struct json *node = subject_node(subject);

	if (node)
		buf_printf(&x->words, "%s", type_words(json_type(node)));
}

/* --- any term --- */

static void explain_term(struct explanation *x, const struct match_term *term,
	const struct subject *subject, bool ignore_case);

/* Which of several is not met. */
static void put_unmet(struct explanation *x, const struct matcher *matcher)
{
	struct buf words = BUF_INIT(4 * FINDING_TEXT_MAX);

	matcher_describe(matcher, &words);
	buf_puts(&x->words, "not met: ");
	put_foreign(x, buf_str(&words), VALUE_SHOWN);
	buf_fini(&words);
}

static void explain_all_of(
	struct explanation *x, const struct match_term *term, const struct subject *subject)
{
	for (size_t i = 0; i < term->n_sub; i++) {
		struct match_result result = matcher_judge(&term->sub[i], subject);
		if (result.ok)
			continue;
		explain_term(x, result.failed, subject, term->sub[i].ignore_case);
		if (x->words.n == 0 && x->place.n == 0)
			put_unmet(x, &term->sub[i]);
		return;
	}
}

/* None of them holds; the one that says where it nearly does. */
static void explain_any_of(
	struct explanation *x, const struct match_term *term, const struct subject *subject)
{
	for (size_t i = 0; i < term->n_sub; i++) {
		struct match_result result = matcher_judge(&term->sub[i], subject);
		if (result.failed)
			explain_term(x, result.failed, subject, term->sub[i].ignore_case);
		if (x->quoted)
			return;
		buf_reset(&x->words);
		x->place = (struct str){NULL, 0};
	}
}

static void explain_text_term(
	struct explanation *x, const struct match_term *term, bool ignore_case)
{
	if (!x->text.n)
		return;
	if (term->op == MATCH_ENDS_WITH)
		explain_end(x, term);
	else if (term->op == MATCH_STARTS_WITH)
		explain_text(x, term->text, x->text, ignore_case);
}

static void explain_term(struct explanation *x, const struct match_term *term,
	const struct subject *subject, bool ignore_case)
{
	double number;

	switch (term->op) {
	case MATCH_EQUALS: explain_equals(x, term, subject, ignore_case); break;
	case MATCH_CONTAINS: explain_contains(x, term, subject); break;
	case MATCH_STARTS_WITH:
	case MATCH_ENDS_WITH:
	case MATCH_MATCHES: explain_text_term(x, term, ignore_case); break;
	case MATCH_TYPE: explain_type(x, subject); break;
	case MATCH_MIN:
	case MATCH_MAX:
		if (!subject_number(subject, &number))
			buf_puts(&x->words, "not a number");
		break;
	case MATCH_MIN_ITEMS:
	case MATCH_MAX_ITEMS: explain_count(x, subject); break;
	case MATCH_ANY:
	case MATCH_ALL:
	case MATCH_NONE: explain_list(x, term, subject); break;
	case MATCH_NOT:
		if (x->text.n)
			explain_found(x, matcher_place(term->sub, x->text));
		break;
	case MATCH_ALL_OF: explain_all_of(x, term, subject); break;
	case MATCH_NOT_SIGNATURE: explain_signature(x, term->signatures); break;
	case MATCH_ANY_OF: explain_any_of(x, term, subject); break;
	case MATCH_IN:
	case MATCH_NOT_EMPTY:
	case MATCH_EXISTS:
	case MATCH_OP_COUNT: break;
	}
}

void explain_mismatch(struct explanation *x, const struct matcher *matcher,
	const struct match_term *failed, const struct subject *subject)
{
	if (!failed || subject->shape == SUBJECT_MISSING)
		return;
	if (!subject_text(subject, &x->text))
		x->text = (struct str){NULL, 0};
	explain_term(x, failed, subject, matcher->ignore_case);
}
