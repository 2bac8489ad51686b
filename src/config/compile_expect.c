#include "config/compile.h"

#include "config/scalar.h"

#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>

/* The expectations of one step, in the order of the plan. */
struct demands {
	struct compile *c;
	struct expectation *items;
	size_t n;
};

static const char *const phase_names[] = {
#define X(id, name) [PHASE_##id] = name,
	TIMING_PHASES(X)
#undef X
};

static const char *const usage_names[] = {
#define X(id, name) [USAGE_##id] = name,
	USAGE_FIELDS(X)
#undef X
};

static struct expectation *demand(
	struct demands *demands, enum expect_kind kind, const char *subject, struct str name)
{
	struct expectation *item = &demands->items[demands->n++];
	item->kind = kind;
	item->severity = OUTCOME_FAIL;
	item->subject = arena_printf(
		demands->c->arena, "%s%s%.*s", subject, name.n ? "." : "", STR_ARG(name));
	return item;
}

static void demand_matcher(
	struct demands *demands, enum expect_kind kind, const char *subject, struct node *node)
{
	if (!node || node->bad)
		return;
	struct expectation *item = demand(demands, kind, subject, STR(""));
	item->matcher = compile_matcher(demands->c, node, true);
}

static void add_range(struct status_range *ranges, size_t *n, struct str text)
{
	struct status_class status;
	if (scalar_status(text, &status))
		ranges[(*n)++] = (struct status_range){status.low, status.high};
}

static void demand_status(struct demands *demands, struct view view)
{
	struct compile *c = demands->c;
	struct node *node = view_get(view, "status");
	struct expectation *item = demand(demands, EXPECT_STATUS, "status", STR(""));
	if (node && node->kind == NODE_MAP) {
		item->matcher = compile_matcher(c, node, false);
		return;
	}
	size_t most = node && node->kind == NODE_LIST ? node->n : 1;
	struct status_range *ranges = ARENA_ARRAY(c->arena, most, struct status_range);
	item->ranges = ranges;
	if (!node)
		add_range(ranges, &item->n_ranges,
			str_of(key_find(IN_EXPECT, STR("status"))->fallback));
	else if (node->kind == NODE_SCALAR)
		add_range(ranges, &item->n_ranges, node->text);
	else
		for (const struct node *code = node->first; code; code = code->next)
			add_range(ranges, &item->n_ranges, code->text);
}

const char *compile_header_name(struct compile *c, struct str name)
{
	char *copy = arena_strndup(c->arena, name);
	for (char *at = copy; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return copy;
}

static void demand_headers(struct demands *demands, const struct node *map)
{
	for (struct node *child = map ? map->first : NULL; child; child = child->next) {
		if (child->bad)
			continue;
		const char *name = compile_header_name(demands->c, child->key->text);
		struct expectation *item = demand(demands, EXPECT_HEADER, "header", str_of(name));
		item->header = name;
		item->matcher = compile_matcher(demands->c, child, true);
	}
}

const struct jsonpath *compile_path(struct compile *c, struct node *node)
{
	struct error error = {0};
	struct place place = node->place;
	const struct jsonpath *path = jsonpath_compile(c->arena, node->text, &error);
	if (path)
		return path;
	if (node->plain && str_starts(str_of(error.text), STR("column "), false))
		place.column += (unsigned)strtoul(error.text + 7, NULL, 10) - 1;
	problem(c->problems, place, "JSONPath '%.*s': %s", SHOWN(node->text), error.text);
	return NULL;
}

static void demand_json(struct demands *demands, const struct node *map)
{
	for (struct node *child = map ? map->first : NULL; child; child = child->next) {
		if (child->bad)
			continue;
		const struct jsonpath *path = compile_path(demands->c, child->key);
		struct expectation *item = demand(demands, EXPECT_JSON, "json", child->key->text);
		item->path = path;
		item->matcher = path && jsonpath_is_list(path)
					? compile_list_matcher(demands->c, child)
					: compile_matcher(demands->c, child, false);
	}
}

/* A duration in microseconds, or a number as it is. */
static bool limit(struct node *node, double *value)
{
	int64_t us;
	if (!node)
		return false;
	if (!text_parse_duration(node->text, &us))
		return scalar_number(node->text, value);
	*value = (double)us;
	return true;
}

static void set_threshold(
	struct compile *c, struct expectation *item, struct node *node, enum section section)
{
	struct threshold *to = &item->threshold;
	struct view view = {node, NULL, section};
	to->low_warns = section == IN_LIFE;
	if (node->kind == NODE_SCALAR) {
		to->has_min = to->low_warns && limit(node, &to->min);
		to->has_max = !to->low_warns && limit(node, &to->max);
		return;
	}
	to->has_warn = limit(view_get(view, "warn"), &to->warn);
	to->has_max = limit(view_get(view, "max"), &to->max);
	to->has_min = limit(view_get(view, "min"), &to->min);
	if (!node->first)
		problem(c->problems, node_key_place(node), "demands nothing: give warn%s or min",
			to->low_warns ? "" : ", max");
	if (to->low_warns && to->has_warn && to->has_min && to->warn < to->min)
		problem(c->problems, node_key_place(node),
			"warn is below min: it would never warn");
	if (to->has_warn && to->has_max && to->warn > to->max)
		problem(c->problems, node_key_place(node),
			"warn is above max: it would never warn");
	if (to->has_min && to->has_max && to->min > to->max)
		problem(c->problems, node_key_place(node), "min is above max: nothing would pass");
}

/* A threshold for each of a map's children; its enum is the place of its name among names. */
static void demand_limits(struct demands *demands, enum expect_kind kind, const char *subject,
	const struct node *map, enum section of)
{
	for (struct node *child = map ? map->first : NULL; child; child = child->next) {
		const struct key *key = key_find(of, child->key->text);
		if (child->bad || !key)
			continue;
		struct expectation *item = demand(demands, kind, subject, child->key->text);
		set_threshold(demands->c, item, child, key->of);
		for (int i = 0; i < PHASE_COUNT; i++)
			if (kind == EXPECT_TIMING && node_is(child->key, phase_names[i]))
				item->phase = (enum timing_phase)i;
		for (int i = 0; i < USAGE_COUNT; i++)
			if (kind == EXPECT_USAGE && node_is(child->key, usage_names[i]))
				item->usage = (enum usage_field)i;
	}
}

static void set_integrity(struct expectation *item, struct node *node)
{
	struct str word = node->text;
	if (node->kind == NODE_MAP) {
		const struct node *warn = node_child(node, "warn");
		item->severity = OUTCOME_WARN;
		word = warn ? warn->text : STR("");
	}
	for (int i = 0; i < INTEGRITY_COUNT; i++)
		if (str_eq(word, str_of(integrity_name((enum integrity)i))))
			item->integrity = (enum integrity)i;
}

static void demand_stream(struct demands *demands, const struct node *map)
{
	for (struct node *child = map ? map->first : NULL; child; child = child->next) {
		const struct key *key = key_find(IN_STREAM, child->key->text);
		if (child->bad || !key)
			continue;
		struct expectation *item =
			demand(demands, EXPECT_STREAM, "stream", child->key->text);
		for (int i = 0; i < MEASURE_COUNT; i++)
			if (node_is(child->key, stream_measure_name((enum stream_measure)i)))
				item->measure = (enum stream_measure)i;
		if (item->measure == MEASURE_DONE)
			scalar_bool(child->text, &item->done);
		else if (item->measure == MEASURE_INTEGRITY)
			set_integrity(item, child);
		else
			set_threshold(demands->c, item, child, key->of);
	}
}

static void demand_latency(struct demands *demands, struct node *node)
{
	if (!node)
		return;
	struct expectation *item = demand(demands, EXPECT_LATENCY, "latency", STR(""));
	set_threshold(demands->c, item, node, IN_TIME_LIMIT);
}

static size_t room_for(const struct node *expect)
{
	size_t n = 1;
	for (const struct node *child = expect ? expect->first : NULL; child; child = child->next)
		n += 1 + child->n;
	return n;
}

/* A mapping that demands something; NULL if there is none. */
static struct node *filled(struct demands *demands, struct view view, const char *name)
{
	struct node *map = view_get(view, name);
	if (map && map->kind == NODE_MAP && !map->first)
		problem(demands->c->problems, node_key_place(map),
			"demands nothing: name what must come, or leave '%s' out", name);
	return map;
}

static void demand_all(struct demands *demands, struct node *expect)
{
	struct view view = {expect, NULL, IN_EXPECT};
	demand_status(demands, view);
	demand_headers(demands, view_get(view, "header"));
	demand_matcher(demands, EXPECT_BODY, "body", view_get(view, "body"));
	demand_json(demands, view_get(view, "json"));
	demand_matcher(demands, EXPECT_CONTENT, "content", view_get(view, "content"));
	demand_stream(demands, filled(demands, view, "stream"));
	demand_latency(demands, view_get(view, "latency"));
	demand_limits(demands, EXPECT_TIMING, "timing", filled(demands, view, "timing"), IN_TIMING);
	demand_limits(
		demands, EXPECT_TLS_EXPIRY, "tls", filled(demands, view, "tls"), IN_CERTIFICATE);
	demand_limits(demands, EXPECT_USAGE, "usage", filled(demands, view, "usage"), IN_USAGE);
}

static void set_expectations(struct compile *c, struct node *expect, struct step *step)
{
	const struct shared *shared = shared_find(&c->shared, expect);
	size_t before = c->problems->n;
	if (shared) {
		step->expectations = shared->items;
		step->n_expectations = (uint32_t)shared->n;
		return;
	}
	struct demands demands = {
		.c = c, .items = ARENA_ARRAY(c->scratch, room_for(expect), struct expectation)};
	demand_all(&demands, expect);
	struct expectation *items = ARENA_ARRAY(c->arena, demands.n, struct expectation);
	memcpy(items, demands.items, demands.n * sizeof(*items));
	step->expectations = items;
	step->n_expectations = (uint32_t)demands.n;
	if (c->problems->n == before)
		shared_add(&c->shared, c->scratch, expect, items, demands.n);
}

void compile_expectations(struct compile *c, struct node *expect, struct step *step)
{
	struct view view = {expect, NULL, IN_EXPECT};
	set_expectations(c, expect, step);
	step->request.stream = step->request.stream || view_has(view, "stream");
	step->request.chat =
		step->request.chat || view_has(view, "content") || view_has(view, "usage");
}
