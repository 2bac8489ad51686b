#include "check/glance.h"

#include "base/json_cursor.h"

static bool has_escape(struct str text)
{
	return text.n && memchr(text.p, '\\', text.n);
}

static bool is_one_text(const struct matcher *matcher)
{
	return matcher->n_terms == 1 && matcher->terms[0].op == MATCH_EQUALS &&
	       json_type(matcher->terms[0].value) == JSON_STRING;
}

/* Of equal names the last counts; an escape may hide one more. */
static bool take_member(struct str *value, struct str wanted)
{
	struct json_cursor members = json_inside(*value);
	struct str name, each;
	bool found = false;

	if (value->n == 0 || value->p[0] != '{')
		return false;
	while (json_next_member(&members, &name, &each)) {
		if (has_escape(name))
			return false;
		if (str_eq(name, wanted)) {
			*value = each;
			found = true;
		}
	}
	return found;
}

bool glance_holds(const struct jsonpath *path, const struct matcher *matcher, struct str text)
{
	struct subject subject = {.shape = SUBJECT_TEXT};
	const struct jsonpath_segment *segments;
	struct str value = str_trim(text);
	size_t n;

	if (!is_one_text(matcher))
		return false;
	segments = jsonpath_segments(path, &n);
	for (size_t i = 0; i < n; i++)
		if (segments[i].kind != JSONPATH_NAME || !take_member(&value, segments[i].name))
			return false;
	if (value.n == 0 || value.p[0] != '"' || has_escape(value))
		return false;
	subject.text = json_string_inside(value);
	return matcher_judge(matcher, &subject).ok;
}
