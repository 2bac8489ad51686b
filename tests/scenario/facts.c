#include "facts.h"

#include "base/text.h"

#include <inttypes.h>

static void put_time(struct buf *out, int64_t us)
{
	char text[TEXT_DURATION_MAX];

	buf_puts(out, us < 0 ? "none" : text_duration(us, text));
}

static void put_number(struct buf *out, int64_t n)
{
	if (n < 0)
		buf_puts(out, "none");
	else
		buf_printf(out, "%" PRId64, n);
}

static void put_yes(struct buf *out, bool yes)
{
	buf_puts(out, yes ? "yes" : "no");
}

static bool rate_fact(const struct measures *m, struct str name, struct buf *out)
{
	if (!str_eq(name, STR("tokens_per_second")))
		return false;
	if (m->tokens_per_second < 0)
		buf_puts(out, "none");
	else
		buf_printf(out, "%.10g", m->tokens_per_second);
	return true;
}

static bool stream_fact(const struct measures *m, struct str name, struct buf *out)
{
	const struct {
		const char *name;
		int64_t value;
		void (*put)(struct buf *out, int64_t value);
	} table[] = {
		{"ttfe", m->ttfe_us, put_time},
		{"ttfr", m->ttfr_us, put_time},
		{"ttft", m->ttft_us, put_time},
		{"line_gap", m->line_gap_us, put_time},
		{"event_gap", m->event_gap_us, put_time},
		{"token_gap", m->token_gap_us, put_time},
		{"itl", m->itl_us, put_time},
		{"tpot", m->tpot_us, put_time},
		{"end", m->end_us, put_time},
		{"chunks", m->chunks, put_number},
		{"keepalives", m->keepalives, put_number},
		{"malformed", m->malformed, put_number},
		{"tokens", m->tokens, put_number},
		{"done", m->done, put_number},
		{"burst", m->burst, put_number},
		{"finished", m->finished, put_number},
		{"error_events", m->error_events, put_number},
		{"last_token", m->last_token_us, put_time},
		{"line_gap_at", m->line_gap_at_us, put_time},
		{"event_gap_at", m->event_gap_at_us, put_time},
		{"token_gap_at", m->token_gap_at_us, put_time},
		{"estimated", m->estimated, put_number},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!str_eq(name, str_of(table[i].name)))
			continue;
		table[i].put(out, table[i].value);
		return true;
	}
	return false;
}

static bool record_number(const struct record *r, struct str name, struct buf *out)
{
	if (str_eq(name, STR("status")))
		put_number(out, r->http_status);
	else if (str_eq(name, STR("attempts")))
		put_number(out, r->attempts);
	else if (str_eq(name, STR("prompt_tokens")))
		put_number(out, r->prompt_tokens);
	else if (str_eq(name, STR("completion_tokens")))
		put_number(out, r->completion_tokens);
	else if (str_eq(name, STR("duration")))
		put_time(out, r->duration_us);
	else if (str_eq(name, STR("total")))
		put_time(out, r->timing.total_us);
	else if (str_eq(name, STR("known")))
		put_yes(out, r->known_issue);
	else if (str_eq(name, STR("retried")))
		put_yes(out, r->passed_after_retry);
	else if (str_eq(name, STR("streamed")))
		put_yes(out, r->is_stream);
	else if (str_eq(name, STR("evidence")))
		put_yes(out, r->evidence.method != NULL);
	else if (str_eq(name, STR("notes")))
		put_number(out, (int64_t)r->n_notes);
	else if (str_eq(name, STR("findings")))
		put_number(out, (int64_t)r->n_findings);
	else
		return false;
	return true;
}

static bool record_text(const struct record *r, struct str name, struct buf *out)
{
	const char *text = NULL;

	if (str_eq(name, STR("reason")))
		text = reason_name(r->reason);
	else if (str_eq(name, STR("outcome")))
		text = outcome_name(r->outcome);
	else if (str_eq(name, STR("integrity")))
		text = r->is_stream ? integrity_name(r->integrity) : "none";
	else if (str_eq(name, STR("message")))
		text = r->message;
	else if (str_eq(name, STR("request_id")))
		text = r->request_id;
	else if (str_eq(name, STR("content")))
		text = r->evidence.content;
	else if (str_eq(name, STR("answer")))
		text = r->evidence.body;
	else if (str_eq(name, STR("curl")))
		text = r->evidence.curl;
	else if (str_eq(name, STR("url")))
		text = r->evidence.url;
	else
		return false;
	buf_puts(out, text ? text : "none");
	return true;
}

bool record_fact(const struct record *r, struct str name, size_t index, struct buf *out)
{
	if (str_eq(name, STR("note"))) {
		if (index < r->n_notes)
			buf_puts(out, r->notes[index]);
		return index < r->n_notes;
	}
	if (str_eq(name, STR("finding"))) {
		if (index >= r->n_findings)
			return false;
		const struct finding *f = &r->findings[index];
		buf_printf(out, "%s%s%s %s: %s, %s (%s)", f->step ? f->step : "",
			f->step ? " " : "", f->subject, outcome_name(f->outcome), f->expected,
			f->actual, f->detail ? f->detail : "");
		if (f->excerpt) {
			buf_puts(out, " in ");
			finding_put_marked(out, f, MARK_OPEN, MARK_CLOSE);
		}
		return true;
	}
	return index == 0 &&
	       (record_number(r, name, out) || record_text(r, name, out) ||
		       stream_fact(&r->stream, name, out) || rate_fact(&r->stream, name, out));
}

bool request_fact(const struct request *request, struct str name, struct buf *out)
{
	if (str_eq(name, STR("url"))) {
		buf_puts(out, request->url);
	} else if (str_eq(name, STR("body"))) {
		buf_putstr(out, request->body);
	} else if (str_eq(name, STR("method"))) {
		buf_puts(out, method_name(request->method));
	} else if (str_eq(name, STR("id"))) {
		buf_puts(out, request->request_id);
	} else if (str_eq(name, STR("header"))) {
		for (size_t i = 0; i < request->n_headers; i++)
			buf_printf(out, "%s: %s\n", request->headers[i].name,
				request->headers[i].value);
	} else {
		return false;
	}
	return true;
}

static void put_text(struct buf *out, const char *text)
{
	buf_printf(out, "%s\n", text ? text : "");
}

static void put_headers(struct buf *out, const struct header *headers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		put_text(out, headers[i].name);
		put_text(out, headers[i].value);
	}
}

void record_texts(const struct record *r, struct buf *out)
{
	const char *const single[] = {r->check_id, r->message, r->address, r->request_id,
		r->evidence.method, r->evidence.url, r->evidence.curl, r->evidence.body,
		r->evidence.content};

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		put_text(out, single[i]);
	for (size_t i = 0; i < r->n_notes; i++)
		put_text(out, r->notes[i]);
	for (size_t i = 0; i < r->n_findings; i++)
		record_fact(r, STR("finding"), i, out);
	put_headers(out, r->evidence.request_headers, r->evidence.n_request_headers);
	put_headers(out, r->evidence.headers, r->evidence.n_headers);
}
