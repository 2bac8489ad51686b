#include "check/answer_words.h"

#include "check/finding.h"

enum {
	WORDS_SHOWN = 200, /* bytes of a message */
	WORDS_MAX = 2048,
	FIRST_WORDS = 80,
	NAME_SHOWN = 40,
	HEADERS_LISTED = 20,
	ERRORS_LISTED = 3, /* of a list of FastAPI's */
	TITLE_WINDOW = 4096, /* of a page, in which its title is looked for */
};

struct words {
	const struct secrets *secrets;
	struct buf out;
};

static const char *said(struct arena *arena, struct words *w)
{
	const char *text = w->out.n ? arena_strndup(arena, buf_str(&w->out)) : NULL;

	buf_fini(&w->out);
	return text;
}

static void put(struct words *w, const char *label, struct str text)
{
	buf_puts(&w->out, label);
	finding_clean(&w->out, w->secrets, str_trim(text), WORDS_SHOWN);
}

static void put_json(struct words *w, const char *label, const struct json *value)
{
	struct buf raw = BUF_INIT(4 * FINDING_TEXT_MAX);

	json_print(&raw, value);
	put(w, label, buf_str(&raw));
	buf_fini(&raw);
}

static void put_value(struct words *w, const char *label, const struct json *value)
{
	if (json_type(value) == JSON_STRING)
		put(w, label, json_string(value));
	else
		put_json(w, label, value);
}

/* {"loc": ["body", "messages", 0], "msg": "Field required"}: where, as far as it is below the body,
 * and what. */
static void put_invalid(struct words *w, const struct json *item)
{
	const struct json *msg = json_member(item, "msg");

	if (!msg) {
		put_value(w, "", item);
		return;
	}
	for (const struct json *at = json_first(json_member(item, "loc")); at; at = json_next(at)) {
		if (str_eq(json_string(at), STR("body")))
			continue;
		put_value(w, "", at);
		buf_puts(&w->out, json_next(at) ? "." : ": ");
	}
	put_value(w, "", msg);
}

/* FastAPI: {"detail": "words"}, {"detail": [{loc, msg, ...}, ...]}, or anything the service raised. */
static void put_detail(struct words *w, const struct json *detail)
{
	const struct json *item = json_first(detail);
	size_t n = 0;

	if (json_type(detail) != JSON_ARRAY) {
		put_value(w, "detail: ", detail);
		return;
	}
	for (; item && n < ERRORS_LISTED; item = json_next(item)) {
		buf_puts(&w->out, n++ ? "; " : "detail: ");
		put_invalid(w, item);
	}
	if (item)
		buf_printf(&w->out, " and %zu more", json_count(detail) - n);
}

/* As in a stream that keeps alive and says nothing. */
static bool is_comment(struct str text)
{
	return text.n > 0 && text.p[0] == ':';
}

/* Of plain text. */
static void put_first_words(struct words *w, struct str body)
{
	struct str text = str_trim(body);

	if (text.n == 0 || is_comment(text) || text.p[0] == '<' || text.p[0] == '{' ||
		text.p[0] == '[')
		return;
	buf_puts(&w->out, "says: ");
	finding_clean(&w->out, w->secrets, text, FIRST_WORDS);
}

static void put_title(struct words *w, struct str body)
{
	struct str text = {body.p, body.n < TITLE_WINDOW ? body.n : TITLE_WINDOW};
	ptrdiff_t at = str_find(text, STR("<title>"), true), end;

	if (at < 0) {
		put_first_words(w, body);
		return;
	}
	text = str_from(text, (size_t)at + strlen("<title>"));
	end = str_find(text, STR("</title>"), true);
	if (end > 0)
		put(w, "title: ", (struct str){text.p, (size_t)end});
}

static void put_error(struct words *w, const struct json *error)
{
	const struct json *message = json_member(error, "message");

	put_value(w, "error: ", json_is_nothing(message) ? error : message);
}

const char *answer_error(
	struct arena *arena, const struct secrets *secrets, struct observation *seen)
{
	struct words w = {secrets, BUF_INIT(WORDS_MAX)};
	const struct json *root = observation_json(seen);
	const struct json *detail = json_member(root, "detail"),
			  *error = json_member(root, "error"),
			  *message = json_member(root, "message");

	if (!json_is_nothing(detail))
		put_detail(&w, detail);
	else if (!json_is_nothing(error))
		put_error(&w, error);
	else if (!json_is_nothing(message))
		put_value(&w, "message: ", message);
	else if (!root && !observation_streamed(seen))
		put_title(&w, buf_str(&seen->body));
	return said(arena, &w);
}

/* --- no stream, no content --- */

const char *answer_instead(
	struct arena *arena, const struct secrets *secrets, struct observation *seen)
{
	struct words w = {secrets, BUF_INIT(WORDS_MAX)};
	const char *error, *type = headers_find(&seen->headers, "content-type");

	if (seen->body_bytes == 0)
		return "nothing came";
	if (is_comment(str_trim(buf_str(&seen->body))))
		return "only keep-alives came";
	error = answer_error(arena, secrets, seen);
	if (error || !type)
		return error ? error : "no event came";
	put(&w, "no event came: the answer is ", str_of(type));
	if (!observation_json(seen)) {
		buf_puts(&w.out, ": ");
		finding_clean(&w.out, secrets, str_trim(buf_str(&seen->body)), FIRST_WORDS);
	}
	return said(arena, &w);
}

const char *answer_cut_event(struct arena *arena, const struct observation *seen)
{
	if (!seen->stream.cut)
		return NULL;
	return arena_printf(arena, "an event of more than %d MiB", SSE_DATA_MAX >> 20);
}

static const char *no_token(struct words *w, const struct measures *m)
{
	if (m->done && m->chunks == 0)
		return "only [DONE] came";
	buf_printf(&w->out, "%u event%s, none with content", m->chunks + m->malformed,
		m->chunks + m->malformed == 1 ? "" : "s");
	return NULL;
}

static bool is_missing(const struct json *value)
{
	return !value || json_type(value) == JSON_NULL;
}

static void put_without_message(struct words *w, const struct json *choice)
{
	const struct json *message = json_member(choice, "message");
	const struct json *content = json_member(message, "content"),
			  *calls = json_member(message, "tool_calls"),
			  *refusal = json_member(message, "refusal"),
			  *reason = json_member(choice, "finish_reason");

	if (is_missing(message))
		buf_puts(&w->out, "choices[0] has no message");
	else if (!content)
		buf_puts(&w->out, "choices[0].message has no content");
	else
		buf_printf(&w->out, "choices[0].message.content is %s",
			type_words(json_type(content)));
	if (calls && json_type(calls) == JSON_ARRAY && json_count(calls))
		buf_puts(&w->out, ", but there are tool calls");
	if (json_string(refusal).n)
		put(w, ", but a refusal: ", json_string(refusal));
	if (json_string(reason).n)
		put(w, ", finish_reason ", json_string(reason));
}

static void put_without_content(struct words *w, const struct json *root)
{
	const struct json *choices = json_member(root, "choices");

	if (json_type(root) != JSON_OBJECT)
		buf_printf(&w->out, "the body is %s", type_words(json_type(root)));
	else if (!choices)
		buf_puts(&w->out, "the body has no choices");
	else if (json_type(choices) != JSON_ARRAY)
		buf_printf(&w->out, "choices is %s", type_words(json_type(choices)));
	else if (json_count(choices) == 0)
		buf_puts(&w->out, "choices is empty");
	else
		put_without_message(w, json_first(choices));
}

const char *answer_without_content(
	struct arena *arena, const struct secrets *secrets, struct observation *seen)
{
	struct words w = {secrets, BUF_INIT(WORDS_MAX)};
	const struct measures *m = &seen->stream.m;
	const struct json *root;
	const char *own, *error;

	if (seen->body_bytes == 0)
		return "nothing came";
	if (seen->stream.cut)
		return answer_cut_event(arena, seen);
	if (observation_streamed(seen)) {
		own = no_token(&w, m);
		if (seen->stream.error_text.n)
			put(&w, ", error: ", buf_str(&seen->stream.error_text));
		return own ? own : said(arena, &w);
	}
	root = observation_json(seen);
	if (!root)
		return answer_instead(arena, secrets, seen);
	error = json_member(root, "choices") ? NULL : answer_error(arena, secrets, seen);
	if (!error)
		put_without_content(&w, root);
	return error ? error : said(arena, &w);
}

const char *answer_headers_named(
	struct arena *arena, const struct secrets *secrets, const struct headers *headers)
{
	struct words w = {secrets, BUF_INIT(WORDS_MAX)};

	if (headers->n == 0)
		return "no header came";
	for (size_t i = 0; i < headers->n && i < HEADERS_LISTED; i++) {
		buf_puts(&w.out, i ? ", " : "came: ");
		finding_clean(&w.out, secrets, str_of(headers->items[i].name), NAME_SHOWN);
	}
	if (headers->n > HEADERS_LISTED)
		buf_printf(&w.out, " and %zu more", headers->n - HEADERS_LISTED);
	return said(arena, &w);
}
