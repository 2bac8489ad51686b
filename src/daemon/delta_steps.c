/* What differs between the requests and expectations of two checks. */
#include "daemon/delta.h"

enum { EXPECTED_SHOWN_MAX = 60, EXPECTED_BYTES_MAX = 16 << 10, PATH_BYTES_MAX = 16 << 10 };

static bool same_template(const struct template *a, const struct template *b)
{
	bool equal = a->n_parts == b->n_parts;

	for (size_t i = 0; equal && i < a->n_parts; i++) {
		const struct template_part *x = &a->parts[i], *y = &b->parts[i];
		equal = delta_same(x->variable, y->variable) && x->escape == y->escape &&
			(x->variable || str_eq(x->literal, y->literal));
	}
	return equal;
}

/* --- requests --- */

static bool same_headers(
	const struct header_template *a, size_t n_a, const struct header_template *b, size_t n_b)
{
	bool equal = n_a == n_b;

	for (size_t i = 0; equal && i < n_a; i++)
		equal = delta_same(a[i].name, b[i].name) && same_template(&a[i].value, &b[i].value);
	return equal;
}

void delta_of_headers(struct delta *delta, const struct header_template *a, size_t n_a,
	const struct header_template *b, size_t n_b)
{
	delta_changed(delta, "headers", !same_headers(a, n_a, b, n_b));
}

static const char *until_name(enum read_until until)
{
	switch (until) {
	case UNTIL_DEFAULT: return NULL;
	case UNTIL_HEADERS: return "headers";
	case UNTIL_TOKEN: return "token";
	case UNTIL_DONE: return "done";
	case UNTIL_END: return "end";
	}
	return NULL;
}

/* NULL: it has variables. */
static const char *literal(const struct template *path, struct buf *text)
{
	if (path->n_parts != 1 || path->parts[0].variable)
		return NULL;
	buf_putstr(text, path->parts[0].literal);
	return buf_text(text);
}

static void put_path(struct delta *delta, const struct template *a, const struct template *b)
{
	struct buf x = BUF_INIT(PATH_BYTES_MAX), y = BUF_INIT(PATH_BYTES_MAX);
	const char *before = literal(a, &x), *after = literal(b, &y);

	if (before && after)
		delta_text(delta, "path", before, after);
	else
		delta_changed(delta, "path", !same_template(a, b));
	buf_fini(&x);
	buf_fini(&y);
}

static void put_request(
	struct delta *delta, const struct request_template *a, const struct request_template *b)
{
	bool other = a->has_body != b->has_body || a->chat != b->chat || a->stream != b->stream;

	delta_text(delta, "method", method_name(a->method), method_name(b->method));
	put_path(delta, &a->path, &b->path);
	delta_of_headers(delta, a->headers, a->n_headers, b->headers, b->n_headers);
	delta_changed(delta, "body", other || !same_template(&a->body, &b->body));
	delta_text(delta, "until", until_name(a->until), until_name(b->until));
	delta_count(delta, "redirects", a->redirects, b->redirects);
}

/* --- expectations --- */

static void put_signatures(struct buf *out, const struct matcher *matcher)
{
	for (size_t i = 0; i < matcher->n_terms; i++) {
		const struct match_term *term = &matcher->terms[i];
		for (size_t k = 0; term->op == MATCH_NOT_SIGNATURE && k < term->signatures->n; k++)
			buf_printf(out, "\n%s", term->signatures->labels[k]);
		for (size_t k = 0; k < term->n_sub; k++)
			put_signatures(out, &term->sub[k]);
	}
}

static struct buf described(const struct expectation *expectation)
{
	struct buf out = BUF_INIT(EXPECTED_BYTES_MAX);

	expectation_describe(expectation, &out);
	return out;
}

static struct buf in_full(const struct expectation *expectation)
{
	struct buf out = described(expectation);

	if (expectation->matcher)
		put_signatures(&out, expectation->matcher);
	return out;
}

static bool same_threshold(const struct threshold *a, const struct threshold *b)
{
	return a->has_min == b->has_min && a->has_max == b->has_max && a->has_warn == b->has_warn &&
	       a->low_warns == b->low_warns && a->min == b->min && a->max == b->max &&
	       a->warn == b->warn;
}

static bool same_expectation(const struct expectation *a, const struct expectation *b)
{
	struct buf x = in_full(a), y = in_full(b);
	bool equal = a->severity == b->severity && same_threshold(&a->threshold, &b->threshold) &&
		     str_eq(buf_str(&x), buf_str(&y));

	buf_fini(&x);
	buf_fini(&y);
	return equal;
}

static const struct expectation *expecting(
	const struct expectation *list, size_t n, const char *subject)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].subject, subject) == 0)
			return &list[i];
	return NULL;
}

static void put_expectation(struct delta *delta, const char *key, const struct expectation *a,
	const struct expectation *b)
{
	struct buf x = a ? described(a) : BUF_INIT(0), y = b ? described(b) : BUF_INIT(0);
	bool tell = x.n <= EXPECTED_SHOWN_MAX && y.n <= EXPECTED_SHOWN_MAX &&
		    !str_eq(buf_str(&x), buf_str(&y));

	if (tell)
		delta_text(delta, key, a ? buf_text(&x) : NULL, b ? buf_text(&y) : NULL);
	else
		delta_changed(delta, key, true);
	buf_fini(&x);
	buf_fini(&y);
}

static void put_expectations(struct delta *delta, const struct step *a, const struct step *b)
{
	for (size_t i = 0; i < a->n_expectations; i++) {
		const struct expectation *old = &a->expectations[i];
		const struct expectation *new =
			expecting(b->expectations, b->n_expectations, old->subject);
		if (!new || !same_expectation(old, new))
			put_expectation(delta, old->subject, old, new);
	}
	for (size_t i = 0; i < b->n_expectations; i++) {
		const struct expectation *new = &b->expectations[i];
		if (!expecting(a->expectations, a->n_expectations, new->subject))
			put_expectation(delta, new->subject, NULL, new);
	}
}

/* --- steps --- */

static bool same_captures(const struct step *a, const struct step *b)
{
	bool equal = a->n_captures == b->n_captures;

	for (size_t i = 0; equal && i < a->n_captures; i++) {
		const struct capture *x = &a->captures[i], *y = &b->captures[i];
		equal = delta_same(x->name, y->name) && x->from == y->from &&
			delta_same(x->header, y->header) &&
			delta_same(x->path ? jsonpath_text(x->path) : NULL,
				y->path ? jsonpath_text(y->path) : NULL);
	}
	return equal;
}

static void put_step(struct delta *delta, const struct step *a, const struct step *b)
{
	delta_text(delta, "name", a->name, b->name);
	delta_changed(delta, "cleanup", a->cleanup != b->cleanup);
	put_request(delta, &a->request, &b->request);
	delta_changed(delta, "capture", !same_captures(a, b));
	delta_prefix(delta, "%sexpect.", delta->prefix);
	put_expectations(delta, a, b);
}

void delta_of_steps(struct delta *delta, const struct check *old, const struct check *new)
{
	delta_count(delta, "steps", old->n_steps, new->n_steps);
	for (size_t i = 0; i < old->n_steps && i < new->n_steps; i++) {
		if (new->n_steps > 1)
			delta_prefix(delta, "step %zu ", i + 1);
		put_step(delta, &old->steps[i], &new->steps[i]);
		delta_prefix(delta, "%s", "");
	}
}
