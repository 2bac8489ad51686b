#include "check/difference.h"

#include "check/jsonpath.h"

static bool differ(const struct json *expected, const struct json *actual, struct difference *out)
{
	*out = (struct difference){expected, actual};
	return true;
}

static bool in_objects(const struct json *expected, const struct json *actual, struct buf *path,
	struct difference *out)
{
	size_t before = path->n;

	for (const struct json *e = json_first(expected); e; e = json_next(e)) {
		const struct json *a = json_member_str(actual, json_name(e));
		jsonpath_put_name(path, json_name(e));
		if (!a)
			return differ(e, NULL, out);
		if (difference_find(e, a, path, out))
			return true;
		path->n = before;
	}
	for (const struct json *a = json_first(actual); a; a = json_next(a)) {
		if (json_member_str(expected, json_name(a)))
			continue;
		jsonpath_put_name(path, json_name(a));
		return differ(NULL, a, out);
	}
	return differ(expected, actual, out); /* by members of the same name */
}

static bool in_arrays(const struct json *expected, const struct json *actual, struct buf *path,
	struct difference *out)
{
	const struct json *e = json_first(expected), *a = json_first(actual);
	size_t before = path->n;

	for (size_t i = 0; e || a; i++) {
		buf_printf(path, "[%zu]", i);
		if (!e || !a)
			return differ(e, a, out);
		if (difference_find(e, a, path, out))
			return true;
		path->n = before;
		e = json_next(e);
		a = json_next(a);
	}
	return false;
}

bool difference_find(const struct json *expected, const struct json *actual, struct buf *path,
	struct difference *difference)
{
	enum json_type type = json_type(expected);

	if (json_equal(expected, actual))
		return false;
	if (type != json_type(actual))
		return differ(expected, actual, difference);
	if (type == JSON_OBJECT)
		return in_objects(expected, actual, path, difference);
	if (type == JSON_ARRAY)
		return in_arrays(expected, actual, path, difference);
	return differ(expected, actual, difference);
}
