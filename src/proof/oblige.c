#include "proof/oblige.h"

#include "base/json_writer.h"
#include "check/verdict.h"
#include "proof/sketch.h"

enum {
	OBLIGE_WORDS = 6, /* of a chat, if nothing else is demanded */
	OBLIGE_WORDS_MAX = 2000,
	OBLIGE_JSON_MAX = 1 << 20,
	OBLIGE_HEADERS_MAX = 12,
	OBLIGE_TOKEN_US = 1000,
	OBLIGE_DAYS = 365, /* a certificate has them left */
};

#define US_PER_DAY (INT64_C(86400) * 1000000)

struct obliging {
	struct arena *arena;
	const struct step *step;
	const struct secrets *secrets;
	struct error *error;
	bool chat; /* its answer has an assistant's text */
	struct str content; /* that text */
	struct str usual; /* a chat's JSON, as the stand-in makes it */
	struct str sketched; /* the JSON that is demanded; of a chat all of it */
	bool json; /* some was demanded */
	size_t words;
	double usage[USAGE_COUNT];
};

/* --- what is demanded --- */

static bool add_demands(const struct obliging *o, enum expect_kind kind, const char *header,
	struct demands *demands)
{
	bool ok = true;
	for (size_t i = 0; i < o->step->n_expectations; i++) {
		const struct expectation *e = &o->step->expectations[i];
		if (e->kind == kind && e->matcher && (!header || strcmp(e->header, header) == 0))
			ok &= demands_add(demands, e->matcher);
	}
	return ok || error_set(o->error, "more than %d demands on one value", DEMANDS_MAX);
}

static bool has_kind(const struct step *step, enum expect_kind kind)
{
	for (size_t i = 0; i < step->n_expectations; i++)
		if (step->expectations[i].kind == kind)
			return true;
	return false;
}

static bool answers_chat(const struct step *step)
{
	for (size_t i = 0; i < step->n_captures; i++)
		if (step->captures[i].from == CAPTURE_CONTENT)
			return true;
	return step->request.chat || step->request.stream || has_kind(step, EXPECT_CONTENT) ||
	       has_kind(step, EXPECT_STREAM) || has_kind(step, EXPECT_USAGE);
}

static bool choose_status(const struct obliging *o, int *status)
{
	const struct expectation *ranges = NULL;
	struct demands demands = {.n = 0};
	for (size_t i = 0; i < o->step->n_expectations; i++)
		if (o->step->expectations[i].kind == EXPECT_STATUS &&
			o->step->expectations[i].n_ranges)
			ranges = &o->step->expectations[i];
	*status = 200;
	if (!ranges)
		return add_demands(o, EXPECT_STATUS, NULL, &demands) &&
		       (solve_status(&demands, status) ||
			       error_set(o->error, "no status is one that is expected"));
	for (size_t i = 0; i < ranges->n_ranges; i++)
		if (ranges->ranges[i].low <= 200 && ranges->ranges[i].high >= 200)
			return true;
	*status = ranges->ranges[0].low;
	return true;
}

static double within(const struct threshold *threshold, double usual)
{
	double value = usual;
	if (threshold->has_max && value > threshold->max)
		value = threshold->max;
	if (threshold->has_warn && value > threshold->warn)
		value = threshold->warn;
	if (threshold->has_min && value < threshold->min)
		value = threshold->min;
	return value;
}

/* How long a chat must be, and what its usage says. */
static void read_counts(struct obliging *o)
{
	o->words = OBLIGE_WORDS;
	for (size_t i = 0; i < USAGE_COUNT; i++)
		o->usage[i] = OBLIGE_WORDS;
	for (size_t i = 0; i < o->step->n_expectations; i++) {
		const struct expectation *e = &o->step->expectations[i];
		bool counts = e->kind == EXPECT_STREAM &&
			      (e->measure == MEASURE_CHUNKS || e->measure == MEASURE_TOKENS);
		if (counts && within(&e->threshold, (double)o->words) <= OBLIGE_WORDS_MAX)
			o->words = (size_t)within(&e->threshold, (double)o->words);
		if (e->kind == EXPECT_USAGE)
			o->usage[e->usage] = within(&e->threshold, OBLIGE_WORDS);
	}
}

/* --- the JSON --- */

static void outline_chat(const struct obliging *o, struct sketch *root)
{
	struct buf text = BUF_INIT(OBLIGE_JSON_MAX);
	json_put_string(&text, o->content);
	sketch_default(root, "$.id", STR("\"chatcmpl-1\""));
	sketch_default(root, "$.object", STR("\"chat.completion\""));
	sketch_default(root, "$.created", STR("1700000000"));
	sketch_default(root, "$.model", STR("\"model\""));
	sketch_default(root, "$.choices[0].index", STR("0"));
	sketch_default(root, "$.choices[0].message.role", STR("\"assistant\""));
	sketch_default(root, "$.choices[0].message.content", buf_str(&text));
	sketch_default(root, "$.choices[0].finish_reason", STR("\"stop\""));
	buf_fini(&text);
}

static void outline_usage(const struct obliging *o, struct sketch *root)
{
	static const char *const usage[] = {
#define X(id, name) [USAGE_##id] = "$.usage." name,
		USAGE_FIELDS(X)
#undef X
	};
	struct buf text = BUF_INIT(OBLIGE_JSON_MAX);
	for (size_t i = 0; i < USAGE_COUNT; i++) {
		buf_reset(&text);
		buf_printf(&text, "%.0f", o->usage[i]);
		sketch_default(root, usage[i], buf_str(&text));
	}
	buf_fini(&text);
}

static bool demand_paths(struct obliging *o, struct sketch *root)
{
	for (size_t i = 0; i < o->step->n_expectations; i++) {
		const struct expectation *e = &o->step->expectations[i];
		if (e->kind != EXPECT_JSON)
			continue;
		o->json = true;
		if (!sketch_demand(root, e->path, e->matcher))
			return error_set(o->error, "%s contradicts the others", e->subject);
	}
	for (size_t i = 0; i < o->step->n_captures; i++) {
		const struct capture *capture = &o->step->captures[i];
		if (capture->from != CAPTURE_JSON)
			continue;
		o->json = true;
		if (!sketch_demand(root, capture->path, NULL))
			return error_set(
				o->error, "capture %s contradicts what is expected", capture->name);
	}
	return true;
}

/* The judge says what is wrong with it, if something is. */
static struct str written(const struct obliging *o, struct sketch *root)
{
	struct buf text = BUF_INIT(OBLIGE_JSON_MAX);
	(void)sketch_write(root, &text);
	struct str kept = arena_str(o->arena, buf_str(&text));
	buf_fini(&text);
	return kept;
}

static bool sketch_json(struct obliging *o)
{
	struct sketch *root = sketch_new(o->arena);
	if (o->chat) {
		outline_chat(o, root);
		o->usual = written(o, root);
		outline_usage(o, root);
	}
	if (!demand_paths(o, root) || !demand_paths(o, root))
		return false;
	if (o->chat || o->json)
		o->sketched = written(o, root);
	return true;
}

/* --- headers --- */

static bool add_header(
	struct obliging *o, const char *name, struct obliged *out, struct header *headers)
{
	struct demands demands = {.n = 0};
	struct str value;
	bool type = strcmp(name, "content-type") == 0;
	for (size_t i = 0; i < out->n_headers; i++)
		if (strcmp(headers[i].name, name) == 0)
			return true;
	if (!add_demands(o, EXPECT_HEADER, name, &demands))
		return false;
	if (type) { /* as it is, if that will do */
		struct subject subject = {.shape = SUBJECT_TEXT, .text = str_of(out->content_type)};
		size_t taken = 0;
		for (size_t i = 0; out->content_type && i < demands.n; i++)
			taken += matcher_judge(demands.items[i], &subject).ok;
		if (out->content_type && taken == demands.n)
			return true;
	}
	if (!solve_text(o->arena, &demands, 0, &value))
		return true; /* one that must not be there, or the judge says why */
	if (type) {
		out->content_type = arena_strndup(o->arena, value);
		return true;
	}
	if (out->n_headers == OBLIGE_HEADERS_MAX)
		return error_set(o->error, "more than %d headers", OBLIGE_HEADERS_MAX);
	headers[out->n_headers++] =
		(struct header){arena_strdup(o->arena, name), arena_strndup(o->arena, value)};
	return true;
}

static bool add_headers(struct obliging *o, struct obliged *out)
{
	struct header *headers = ARENA_ARRAY(o->arena, OBLIGE_HEADERS_MAX, struct header);
	out->headers = headers;
	out->n_headers = 0;
	for (size_t i = 0; i < o->step->n_expectations; i++) {
		const struct expectation *e = &o->step->expectations[i];
		if (e->kind == EXPECT_HEADER && !add_header(o, e->header, out, headers))
			return false;
	}
	for (size_t i = 0; i < o->step->n_captures; i++) {
		const struct capture *capture = &o->step->captures[i];
		if (capture->from == CAPTURE_HEADER &&
			!add_header(o, capture->header, out, headers))
			return false;
	}
	return true;
}

/* --- held against the demands --- */

static void feed_event(struct observation *seen, const char *json, int64_t at_us)
{
	struct buf event = BUF_INIT(OBLIGE_JSON_MAX);
	buf_printf(&event, "data: %s\n\n", json);
	stream_feed(&seen->stream, buf_str(&event), at_us);
	buf_putstr(&seen->body, buf_str(&event));
	buf_fini(&event);
}

static void feed_delta(struct observation *seen, struct str word, int64_t at_us)
{
	struct buf json = BUF_INIT(OBLIGE_JSON_MAX);
	buf_puts(&json, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":");
	json_put_string(&json, word);
	buf_puts(&json, "}}]}");
	feed_event(seen, buf_text(&json), at_us);
	buf_fini(&json);
}

/* The text as the stand-in would send it: word by word. */
static int64_t feed_stream(const struct obliging *o, struct observation *seen)
{
	struct str rest = o->content;
	struct buf usage = BUF_INIT(OBLIGE_JSON_MAX);
	int64_t at_us = OBLIGE_TOKEN_US;
	feed_event(seen, "{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}", at_us);
	while (rest.n) {
		size_t n = 1;
		while (n < rest.n && rest.p[n - 1] != ' ')
			n++;
		feed_delta(seen, (struct str){rest.p, n}, at_us += OBLIGE_TOKEN_US);
		rest = str_from(rest, n);
	}
	feed_event(seen, "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}",
		at_us);
	buf_printf(&usage,
		"{\"choices\":[],\"usage\":{\"prompt_tokens\":%.0f,\"completion_tokens\":%.0f,"
		"\"total_tokens\":%.0f}}",
		o->usage[USAGE_PROMPT], o->usage[USAGE_COMPLETION], o->usage[USAGE_TOTAL]);
	feed_event(seen, buf_text(&usage), at_us);
	feed_event(seen, "[DONE]", at_us);
	stream_end(&seen->stream, STREAM_CLEAN, at_us);
	buf_fini(&usage);
	return at_us;
}

static struct headers headers_of(const struct obliging *o, const struct obliged *made)
{
	struct header *items = ARENA_ARRAY(o->arena, made->n_headers + 1, struct header);
	size_t n = made->n_headers;
	if (n)
		memcpy(items, made->headers, n * sizeof(*items));
	if (made->content_type)
		items[n++] = (struct header){"content-type", made->content_type};
	return (struct headers){items, n};
}

static bool captures_there(const struct obliging *o, struct observation *seen)
{
	for (size_t i = 0; i < o->step->n_captures; i++) {
		const struct capture *capture = &o->step->captures[i];
		struct nodes nodes = {.n = 0};
		struct buf missing = BUF_INIT(256);
		const struct json *root = NULL;
		bool ok = false;
		switch (capture->from) {
		case CAPTURE_CONTENT: ok = observation_content(seen).shape == SUBJECT_TEXT; break;
		case CAPTURE_HEADER: ok = headers_find(&seen->headers, capture->header); break;
		case CAPTURE_JSON:
			root = observation_json(seen);
			ok = root &&
			     jsonpath_select(capture->path, root, o->arena, &nodes, &missing) ==
				     JSONPATH_FOUND &&
			     nodes.n == 1;
			break;
		}
		buf_fini(&missing);
		if (!ok)
			return error_set(o->error, "nothing to capture as %s", capture->name);
	}
	return true;
}

static bool holds(const struct obliging *o, const struct obliged *made)
{
	struct observation seen;
	bool stream = o->step->request.stream;
	observation_init(&seen, 0, 1);
	seen.http_status = made->status;
	seen.headers = headers_of(o, made);
	seen.is_stream = stream || (made->content_type && str_starts(str_of(made->content_type),
								  STR("text/event-stream"), true));
	seen.tls.expires_us = OBLIGE_DAYS * US_PER_DAY;
	seen.timing = (struct timing){1, 2, 3, 4, 5};
	seen.ended_us = 5;
	if (made->content && stream)
		seen.ended_us = seen.timing.total_us = feed_stream(o, &seen);
	else
		buf_putstr(&seen.body, made->content ? o->usual : made->body);
	seen.body_bytes = seen.body.n;
	struct verdict verdict = verdict_judge(o->arena, o->step, &seen, o->secrets);
	bool ok = verdict.outcome == OUTCOME_PASS && captures_there(o, &seen);
	if (verdict.outcome != OUTCOME_PASS)
		error_set(o->error, "%s", verdict.message);
	observation_fini(&seen);
	return ok;
}

/* --- the ways to answer --- */

static bool try_chat(struct obliging *o, int status, struct obliged *out)
{
	*out = (struct obliged){.status = 200,
		.content_type = o->step->request.stream ? "text/event-stream; charset=utf-8"
							: "application/json",
		.content = arena_strndup(o->arena, o->content)};
	return status == 200 && add_headers(o, out) && holds(o, out);
}

static bool try_body(
	struct obliging *o, int status, const char *type, struct str body, struct obliged *out)
{
	bool bare = o->step->request.method == METHOD_HEAD || status == 204 || status == 304;
	*out = (struct obliged){.status = status, .content_type = type, .body = body};
	if (bare)
		*out = (struct obliged){.status = status};
	return add_headers(o, out) && holds(o, out);
}

bool oblige_step(struct arena *arena, const struct step *step, const struct secrets *secrets,
	struct obliged *out, struct error *error)
{
	struct obliging o = {.arena = arena,
		.step = step,
		.secrets = secrets,
		.error = error,
		.chat = answers_chat(step)};
	struct demands content = {.n = 0}, text = {.n = 0};
	struct str body;
	int status;
	if (!choose_status(&o, &status) || !add_demands(&o, EXPECT_CONTENT, NULL, &content) ||
		!add_demands(&o, EXPECT_BODY, NULL, &text))
		return false;
	read_counts(&o);
	if (o.chat)
		(void)!solve_text(arena, &content, o.words, &o.content);
	if (!sketch_json(&o))
		return false;
	if (o.chat && try_chat(&o, status, out))
		return true;
	if (o.chat && step->request.stream && status == 200)
		return false;
	if ((o.chat || o.json) && try_body(&o, status, "application/json", o.sketched, out))
		return true;
	(void)!solve_text(arena, &text, 0, &body);
	return !o.chat && !o.json && try_body(&o, status, "text/plain; charset=utf-8", body, out);
}
