#include "check/answer_words.h"
#include "check/explain.h"
#include "check/glance.h"
#include "check/judge.h"

#include <stdlib.h>

enum {
	COLD_ANSWER_US = 5000000, /* a sleeping service's proxy answers at once ... */
	COLD_BODY_BYTES = 4096, /* ... and shortly */
};

static const struct str nowhere = {NULL, 0};

/* --- why it failed --- */

/* The error of base/json names the byte: "at byte 17: why". */
static size_t error_byte(const struct error *error, const char **why)
{
	char *end = NULL;
	size_t at = 0;

	*why = error->text;
	if (strncmp(error->text, "at byte ", strlen("at byte ")) == 0) {
		at = strtoul(error->text + strlen("at byte "), &end, 10);
		*why = strncmp(end, ": ", 2) == 0 ? end + 2 : end;
	}
	return at;
}

/* Where the JSON breaks, as an editor counts. */
static void explain_malformed(struct judging *j, struct finding *finding)
{
	struct str body = buf_str(&j->seen->body);
	const char *why;
	size_t at = error_byte(&j->seen->json_error, &why), line = 1, start = 0;

	if (body.n == 0) {
		finding->actual = "no JSON: the body is empty";
		return;
	}
	if (at > body.n)
		at = body.n;
	for (size_t i = 0; i < at; i++)
		if (body.p[i] == '\n') {
			line++;
			start = i + 1;
		}
	finding->actual = arena_printf(j->arena, "no JSON: line %zu, column %zu: %s", line,
		finding_characters(body.p + start, at - start) + 1, why);
	finding->detail = answer_error(j->arena, j->secrets, j->seen);
	finding_show(j->arena, j->secrets, finding, body,
		(struct str){body.p + at, at < body.n ? 1 : 0});
}

static const char *kept_words(struct judging *j, struct buf *words)
{
	const char *text = words->n ? arena_strndup(j->arena, buf_str(words)) : NULL;

	buf_fini(words);
	return text;
}

/* An excerpt shows what the value does not: a place, or a longer text. */
static void explain(struct judging *j, const struct expectation *e, const struct match_term *failed,
	const struct subject *subject, struct finding *finding)
{
	struct explanation x = {.secrets = j->secrets,
		.path = e->kind == EXPECT_JSON ? e->path : NULL,
		.root = e->kind == EXPECT_JSON ? j->seen->json : NULL,
		.words = BUF_INIT(EXPLAIN_WORDS_MAX)};

	explain_mismatch(&x, e->matcher, failed, subject);
	if (x.place.n || x.text.n > FINDING_VALUE_MAX)
		finding_show(j->arena, j->secrets, finding, x.text, x.place.n ? x.place : nowhere);
	if (x.quoted)
		buf_printf(&x.words, "\"%.*s\"", (int)finding->mark_n,
			finding->excerpt + finding->mark_at);
	finding->detail = kept_words(j, &x.words);
}

static struct finding *judge_matcher(
	struct judging *j, const struct expectation *e, const struct subject *subject)
{
	struct finding *finding = judge_begin(j, e);
	struct match_result result = matcher_judge(e->matcher, subject);
	struct buf words = BUF_INIT(8 * FINDING_TEXT_MAX); /* enough to know a secret at the cut */

	if (j->brief) {
		finding->outcome = result.ok ? OUTCOME_PASS : OUTCOME_FAIL;
		return finding;
	}
	if (result.ok || !result.failed) /* else what is met already would hide what is not */
		matcher_describe(e->matcher, &words);
	else
		match_term_describe(result.failed, e->matcher->ignore_case, &words);
	finding->expected = finding_text(j->arena, j->secrets, buf_str(&words));
	buf_fini(&words);
	finding->actual = finding_value(j->arena, j->secrets, subject);
	if (result.ok)
		return finding;
	judge_fail(finding, e,
		result.masked        ? REASON_MASKED
		: subject->malformed ? REASON_MALFORMED
				     : REASON_EXPECTATION);
	if (result.masked)
		finding->outcome = OUTCOME_FAIL;
	if (subject->malformed)
		explain_malformed(j, finding);
	else if (result.undecided)
		finding->detail = "the pattern takes too long on this text";
	else
		explain(j, e, result.failed, subject, finding);
	return finding;
}

/* --- by kind --- */

void judge_header(struct judging *j, const struct expectation *e)
{
	const char *value = headers_find(&j->seen->headers, e->header);
	struct subject subject = {.shape = value ? SUBJECT_TEXT : SUBJECT_MISSING};
	struct finding *finding;

	if (value)
		subject.text = str_of(value);
	finding = judge_matcher(j, e, &subject);
	if (!value && finding->outcome != OUTCOME_PASS)
		finding->detail = answer_headers_named(j->arena, j->secrets, &j->seen->headers);
	else if (finding->outcome != OUTCOME_PASS && strcmp(e->header, "content-type") == 0)
		finding->detail = answer_error(j->arena, j->secrets, j->seen);
}

/* The rest of what was kept may say anything: that is no pass. */
static void refuse_cut(const struct expectation *e, struct finding *finding, const char *why)
{
	if (finding->outcome != OUTCOME_PASS)
		return;
	judge_fail(finding, e, REASON_TOO_LARGE);
	finding->detail = why;
}

static const char *goes_on(struct judging *j, int kept)
{
	return arena_printf(j->arena, "the text goes on behind %d MiB", kept >> 20);
}

void judge_body(struct judging *j, const struct expectation *e)
{
	struct subject subject = {.shape = SUBJECT_TEXT, .text = buf_str(&j->seen->body)};
	struct finding *finding = judge_matcher(j, e, &subject);

	if (j->seen->body.cut)
		refuse_cut(e, finding, goes_on(j, BODY_BYTES_MAX));
}

/* The place may quote names of the answer; value is what lacks the rest of the path. */
static void explain_path(
	struct judging *j, struct finding *finding, struct str place, const struct json *value)
{
	struct explanation x = {.secrets = j->secrets, .words = BUF_INIT(EXPLAIN_WORDS_MAX)};
	const char *own;

	finding->actual =
		arena_printf(j->arena, "missing (%s)", finding_text(j->arena, j->secrets, place));
	if (finding->outcome == OUTCOME_PASS)
		return;
	explain_missing(&x, value);
	own = value == j->seen->json ? answer_error(j->arena, j->secrets, j->seen) : NULL;
	if (own)
		buf_printf(&x.words, "; %s", own);
	finding->detail = kept_words(j, &x.words);
}

/* Once there is a tree, it is read. */
static bool seen_at_a_glance(const struct judging *j, const struct expectation *e)
{
	return j->brief && !j->seen->json_tried && j->seen->body.n <= GLANCE_BYTES_MAX &&
	       observation_plain(j->seen) &&
	       glance_holds(e->path, e->matcher, buf_str(&j->seen->body));
}

static void judge_tree(struct judging *j, const struct expectation *e)
{
	const struct json *root = observation_json(j->seen);
	struct subject subject = {.shape = SUBJECT_MISSING, .malformed = !root};
	struct buf missing = BUF_INIT(FINDING_TEXT_MAX);
	enum jsonpath_result found = JSONPATH_MISSING;
	struct nodes nodes = {NULL, 0};
	struct finding *finding;

	if (root) {
		found = jsonpath_select(e->path, root, j->arena, &nodes, &missing);
		subject.list = jsonpath_is_list(e->path);
	}
	if (found == JSONPATH_FOUND) {
		subject.shape = SUBJECT_NODES;
		subject.nodes = nodes;
	}
	finding = judge_matcher(j, e, &subject);
	if (found == JSONPATH_TOO_MANY)
		finding->actual = "more values than can be judged";
	else if (root && found == JSONPATH_MISSING && !j->brief)
		explain_path(j, finding, buf_str(&missing), nodes.items[0]);
	buf_fini(&missing);
}

void judge_json(struct judging *j, const struct expectation *e)
{
	if (seen_at_a_glance(j, e))
		judge_begin(j, e);
	else
		judge_tree(j, e);
}

void judge_content(struct judging *j, const struct expectation *e)
{
	struct subject subject = observation_content(j->seen);
	struct finding *finding = judge_matcher(j, e, &subject);

	if (j->seen->stream.content.cut)
		refuse_cut(e, finding, goes_on(j, STREAM_CONTENT_MAX));
	else if (j->seen->stream.cut)
		refuse_cut(e, finding, answer_cut_event(j->arena, j->seen));
	if (subject.shape == SUBJECT_MISSING && !subject.malformed &&
		finding->outcome != OUTCOME_PASS)
		finding->detail = answer_without_content(j->arena, j->secrets, j->seen);
}

/* --- status --- */

/* A sleeping service is answered for by its host's proxy: fast, small, and not in the service's own
 * words: FastAPI's errors have a detail, those of OpenAI's interface an object with a message. */
static bool answer_is_cold(struct observation *seen)
{
	const char *routing = headers_find(&seen->headers, "x-render-routing");

	if (seen->http_status != 429 && seen->http_status != 502 && seen->http_status != 503)
		return false;
	if (seen->ended_us - seen->started_us > COLD_ANSWER_US ||
		seen->body_bytes > COLD_BODY_BYTES)
		return false;
	if (routing && str_find(str_of(routing), STR("suspend"), true) >= 0)
		return false;
	const struct json *said = observation_json(seen);
	return !json_member(said, "detail") && !json_member(json_member(said, "error"), "message");
}

static bool status_in_ranges(const struct expectation *e, int status)
{
	for (size_t i = 0; i < e->n_ranges; i++)
		if (status >= e->ranges[i].low && status <= e->ranges[i].high)
			return true;
	return false;
}

static struct finding *judge_ranges(struct judging *j, const struct expectation *e)
{
	struct finding *finding = judge_begin(j, e);
	struct buf words = BUF_INIT(FINDING_TEXT_MAX);

	if (!status_in_ranges(e, j->seen->http_status))
		judge_fail(finding, e, REASON_EXPECTATION);
	if (j->brief)
		return finding;
	expectation_describe(e, &words);
	finding->expected = arena_strndup(j->arena, buf_str(&words));
	finding->actual = arena_printf(j->arena, "%d", j->seen->http_status);
	buf_fini(&words);
	return finding;
}

/* A redirect that was not followed says where it leads. */
static const char *status_words(struct judging *j)
{
	int status = j->seen->http_status;
	const char *to = headers_find(&j->seen->headers, "location");

	if (status < 300 || status > 399 || !to || !*to)
		return NULL;
	return arena_printf(
		j->arena, "%d, to %s", status, finding_text(j->arena, j->secrets, str_of(to)));
}

/* What the answer says of itself is often the reason. */
void judge_status(struct judging *j, const struct expectation *e)
{
	int status = j->seen->http_status;
	struct subject subject = {.shape = SUBJECT_NUMBER, .number = status};
	struct finding *finding = e->matcher ? judge_matcher(j, e, &subject) : judge_ranges(j, e);
	const char *leads_to;

	if (finding->outcome == OUTCOME_PASS)
		return;
	leads_to = status_words(j);
	if (leads_to)
		finding->actual = leads_to;
	finding->detail = answer_error(j->arena, j->secrets, j->seen);
	if (j->seen->body.n > FINDING_VALUE_MAX || (j->seen->body.n && !finding->detail))
		finding_show(j->arena, j->secrets, finding, buf_str(&j->seen->body), nowhere);
	if (answer_is_cold(j->seen)) {
		finding->reason = REASON_COLD;
		finding->actual = arena_printf(j->arena, "%d, of a sleeping service", status);
	}
}
