#include "proof/solve.h"

#include "base/json_writer.h"
#include "proof/sample.h"

#include <math.h>

static const char filler[] = "All is well.";

/* What the terms ask for, when of each choice one branch is taken. */
struct wish {
	unsigned pick; /* which branch */
	const struct json *exact;
	struct str starts, ends;
	struct buf middle;
	bool samples_known;
	struct buf sample; /* of one pattern alone */
	double min, max; /* NAN: none */
};

bool demands_add(struct demands *demands, const struct matcher *matcher)
{
	for (size_t i = 0; i < demands->n; i++)
		if (demands->items[i] == matcher)
			return true;
	if (demands->n == DEMANDS_MAX)
		return false;
	demands->items[demands->n++] = matcher;
	return true;
}

static void wish_middle(struct wish *wish, struct str text)
{
	if (wish->middle.n)
		buf_putc(&wish->middle, ' ');
	buf_putstr(&wish->middle, text);
}

static void wish_matcher(struct wish *wish, const struct matcher *matcher);

static void wish_term(struct wish *wish, const struct match_term *term)
{
	switch (term->op) {
	case MATCH_EQUALS: wish->exact = term->value; break;
	case MATCH_IN:
		if (json_count(term->value))
			wish->exact = json_item(term->value, wish->pick % json_count(term->value));
		break;
	case MATCH_CONTAINS: wish_middle(wish, term->text); break;
	case MATCH_STARTS_WITH: wish->starts = term->text; break;
	case MATCH_ENDS_WITH: wish->ends = term->text; break;
	case MATCH_MATCHES:
		buf_reset(&wish->sample);
		wish->samples_known &= sample_regex(term->text, &wish->sample);
		wish_middle(wish, buf_str(&wish->sample));
		break;
	case MATCH_MIN: wish->min = term->number; break;
	case MATCH_MAX: wish->max = term->number; break;
	case MATCH_ANY_OF:
		if (term->n_sub)
			wish_matcher(wish, &term->sub[wish->pick % term->n_sub]);
		break;
	case MATCH_ALL_OF:
		for (size_t i = 0; i < term->n_sub; i++)
			wish_matcher(wish, &term->sub[i]);
		break;
	case MATCH_NOT:
	case MATCH_NOT_EMPTY:
	case MATCH_EXISTS:
	case MATCH_TYPE:
	case MATCH_MIN_ITEMS:
	case MATCH_MAX_ITEMS:
	case MATCH_ANY:
	case MATCH_ALL:
	case MATCH_NONE:
	case MATCH_NOT_SIGNATURE:
	case MATCH_OP_COUNT: break;
	}
}

static void wish_matcher(struct wish *wish, const struct matcher *matcher)
{
	for (size_t i = 0; i < matcher->n_terms; i++)
		wish_term(wish, &matcher->terms[i]);
}

static struct wish wish_of(const struct demands *demands, unsigned pick)
{
	struct wish wish = {.pick = pick,
		.middle = BUF_INIT(SOLVE_TEXT_MAX),
		.samples_known = true,
		.sample = BUF_INIT(SOLVE_TEXT_MAX),
		.min = NAN,
		.max = NAN};
	for (size_t i = 0; i < demands->n; i++)
		wish_matcher(&wish, demands->items[i]);
	return wish;
}

static void wish_fini(struct wish *wish)
{
	buf_fini(&wish->middle);
	buf_fini(&wish->sample);
}

static void put_exact(struct buf *out, const struct json *exact)
{
	if (json_type(exact) == JSON_STRING)
		buf_putstr(out, json_string(exact));
	else
		json_print(out, exact);
}

static void put_number(struct buf *out, double number)
{
	buf_printf(out, "%.15g", number);
}

/* Several ways to put one wish into a text; false when there are no more. */
static bool put_text(const struct wish *wish, unsigned way, size_t words, struct buf *out)
{
	switch (way) {
	case 0: /* all that is asked for, long enough */
	case 1: /* the same, no longer than asked for */
		if (wish->exact) {
			put_exact(out, wish->exact);
			return true;
		}
		buf_putstr(out, wish->starts);
		buf_putstr(out, buf_str(&wish->middle));
		for (size_t i = 0; way == 0 && i < words; i++)
			buf_puts(out, out->n ? " well" : "All is well");
		buf_putstr(out, wish->ends);
		if (out->n == 0 && isfinite(wish->min))
			put_number(out, wish->min);
		else if (out->n == 0 && isfinite(wish->max))
			put_number(out, wish->max);
		else if (out->n == 0)
			buf_puts(out, filler);
		return true;
	case 2: buf_putstr(out, buf_str(&wish->sample)); return true;
	case 3: buf_puts(out, filler); return true;
	case 4: return true; /* no text at all */
	case 5:
		buf_putstr(out, buf_str(&wish->middle));
		buf_puts(out, " ");
		buf_puts(out, filler);
		return true;
	default: return false;
	}
}

static bool subject_taken(const struct demands *demands, const struct subject *subject)
{
	for (size_t i = 0; i < demands->n; i++)
		if (!matcher_judge(demands->items[i], subject).ok)
			return false;
	return true;
}

bool solve_text(struct arena *arena, const struct demands *demands, size_t words, struct str *text)
{
	struct buf guess = BUF_INIT(SOLVE_TEXT_MAX);
	bool found = false;
	for (unsigned pick = 0; !found && pick < SOLVE_PICKS; pick++) {
		struct wish wish = wish_of(demands, pick);
		for (unsigned way = 0; !found; way++) {
			buf_reset(&guess);
			if (!put_text(&wish, way, words, &guess))
				break;
			struct subject subject = {.shape = SUBJECT_TEXT, .text = buf_str(&guess)};
			found = subject_taken(demands, &subject);
		}
		wish_fini(&wish);
	}
	*text = arena_str(arena, buf_str(&guess));
	buf_fini(&guess);
	return found;
}

bool solve_status(const struct demands *demands, int *status)
{
	for (int i = 0; i < 500; i++) { /* 200 first */
		struct subject subject = {.shape = SUBJECT_NUMBER, .number = 100 + (100 + i) % 500};
		*status = (int)subject.number;
		if (subject_taken(demands, &subject))
			return true;
	}
	return false;
}

bool solve_tried(struct arena *arena, const struct demands *demands, struct str json)
{
	struct error error;
	struct json *root = json_parse(json, &error);
	if (!root)
		return false;
	const struct json **node = ARENA_ARRAY(arena, 1, const struct json *);
	*node = root;
	struct subject subject = {.shape = SUBJECT_NODES, .nodes = {.items = node, .n = 1}};
	bool taken = subject_taken(demands, &subject);
	json_free(root);
	return taken;
}

/* Values that are no text. */
static bool put_value(const struct wish *wish, unsigned way, struct buf *out)
{
	static const char *const plain[] = {"1", "0", "true", "false", "[\"well\"]", "{\"well\":1}",
		"null", "[]", "{}", "0.5", "-1"};
	if (way == 0 && wish->exact)
		json_print(out, wish->exact);
	else if (way == 1 && isfinite(wish->min))
		put_number(out, wish->min);
	else if (way == 2 && isfinite(wish->min))
		put_number(out, ceil(wish->min));
	else if (way == 3 && isfinite(wish->max))
		put_number(out, wish->max);
	else if (way == 4 && isfinite(wish->max))
		put_number(out, floor(wish->max));
	else if (way == 5 && wish->middle.n) {
		buf_putc(out, '[');
		json_put_string(out, buf_str(&wish->middle));
		buf_putc(out, ']');
	} else if (way >= 6) {
		if (way - 6 >= sizeof(plain) / sizeof(plain[0]))
			return false;
		buf_puts(out, plain[way - 6]);
	}
	return true;
}

bool solve_json(struct arena *arena, const struct demands *demands, struct str *json)
{
	struct buf guess = BUF_INIT(SOLVE_TEXT_MAX);
	struct str text;
	bool found = false;
	if (solve_text(arena, demands, 0, &text)) { /* text first: most values are */
		json_put_string(&guess, text);
		found = solve_tried(arena, demands, buf_str(&guess));
	}
	for (unsigned pick = 0; !found && pick < SOLVE_PICKS; pick++) {
		struct wish wish = wish_of(demands, pick);
		for (unsigned way = 0; !found; way++) {
			buf_reset(&guess);
			if (!put_value(&wish, way, &guess))
				break;
			found = guess.n && solve_tried(arena, demands, buf_str(&guess));
		}
		wish_fini(&wish);
	}
	*json = arena_str(arena, buf_str(&guess));
	buf_fini(&guess);
	return found;
}
