#include "play.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { US_PER_MS_ = 1000, HEADERS_MAX = 16, BODY_TEXT_MAX = 1 << 20 };

static const char stream_headers[] = "content-type: text/event-stream; charset=utf-8";

void play_die(const struct player *p, const char *format, ...)
{
	char text[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (p->tear.each || p->tear.cut)
		script_die(p->path, p->line->number, "%s, torn at %zu: %s", p->block->name,
			p->tear.cut, text);
	script_die(p->path, p->line->number, "%s: %s", p->block->name, text);
}

static void tell(struct player *p, const struct event *event);

static void tell_done(struct player *p, enum reason reason, const char *detail)
{
	struct event event = {.kind = EVENT_DONE, .at_us = p->now_us};
	struct timing *timing = &event.done.timing;

	event.done.reason = reason;
	event.done.detail = detail;
	*timing = TIMING_NONE;
	timing->total_us = p->now_us - p->sent_us;
	if (p->connected || p->headers) {
		timing->dns_us = US_PER_MS_;
		timing->connect_us = 2 * US_PER_MS_;
		timing->tls_us = 3 * US_PER_MS_;
		event.done.address = "127.0.0.1:8000";
	}
	if (p->headers)
		timing->ttfb_us = p->ttfb_us - p->sent_us;
	tell(p, &event);
}

static void note_command(struct player *p, struct command command)
{
	struct asked *asked = &p->asked[p->n_asked];
	const struct asked *before = asked;

	if (p->n_asked == COMMANDS_MAX) {
		p->n_asked = p->n_read = 0; /* a torn body: nobody asks for what is long gone */
		asked = p->asked;
	}
	*asked = (struct asked){command, p->now_us, run_attempt(p->run), 0};
	p->n_asked++;
	p->wake_us = command.wake_us;
	if (command.kind != CMD_SEND)
		return;
	asked->step = 1;
	while (before-- > p->asked)
		if (before->command.kind == CMD_SEND && before->attempt == asked->attempt) {
			asked->step = before->step + 1;
			break;
		}
	p->sends++;
	p->connected = p->headers = false;
	p->sent_us = p->now_us;
}

static void tell(struct player *p, const struct event *event)
{
	struct command command;

	if (p->record)
		play_die(p, "the run is over");
	command = run_step(p->run, event);
	if (command.kind == CMD_WAIT && p->n_asked &&
		p->asked[p->n_asked - 1].command.kind == CMD_WAIT)
		p->n_asked--; /* one is enough */
	note_command(p, command);
	if (command.kind == CMD_FINISH)
		p->record = run_record_take(p->run);
	if (command.kind == CMD_ABORT && !p->by_hand)
		tell_done(p, REASON_NONE, NULL);
}

bool play_timer(struct player *p)
{
	struct event event = {.kind = EVENT_TIMER};

	if (p->record || p->wake_us == INT64_MAX)
		return false;
	if (p->n_asked && p->asked[p->n_asked - 1].command.kind == CMD_PAUSE)
		event.kind = EVENT_START;
	if (p->wake_us > p->now_us)
		p->now_us = p->wake_us;
	event.at_us = p->now_us;
	tell(p, &event);
	return true;
}

static void tell_bytes(struct player *p, struct str bytes)
{
	struct event event = {.kind = EVENT_BODY, .at_us = p->now_us};

	if (bytes.n > p->longest_body)
		p->longest_body = bytes.n;
	while (bytes.n && !p->record) {
		size_t n = p->tear.each                           ? 1
			   : p->tear.cut && p->tear.cut < bytes.n ? p->tear.cut
								  : bytes.n;
		event.body = (struct str){bytes.p, n};
		tell(p, &event);
		bytes = str_from(bytes, n);
		if (!p->tear.each && bytes.n) {
			event.body = bytes;
			tell(p, &event);
			break;
		}
	}
}

/* "NAME: VALUE; NAME: VALUE"; a piece without a colon belongs to the value before it. */
static void tell_headers(struct player *p, int status, const char *text)
{
	struct event event = {.kind = EVENT_HEADERS, .at_us = p->now_us};
	struct header items[HEADERS_MAX];
	char *copy = strdup(text), *at = copy;
	size_t n = 0;

	while (at && *at && n < HEADERS_MAX) {
		char *colon = strstr(at, ": "), *next = strstr(at, "; ");
		while (next &&
			(!strstr(next, ": ") || strcspn(next + 2, ";") < strcspn(next + 2, ":")))
			next = strstr(next + 2, "; ");
		if (!colon)
			play_die(p, "a header without a colon");
		if (next)
			*next = '\0';
		*colon = '\0';
		items[n++] = (struct header){at, colon + 2};
		at = next ? next + 2 : NULL;
	}
	if (!p->headers)
		p->ttfb_us = p->now_us;
	p->headers = true;
	event.head.status = status;
	event.head.headers = (struct headers){items, n};
	tell(p, &event);
	free(copy);
}

static void tell_delta(struct player *p, const char *name, struct str text)
{
	buf_reset(&p->scratch);
	buf_printf(&p->scratch, "data: {\"choices\":[{\"index\":0,\"delta\":{\"%s\":\"", name);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			buf_puts(&p->scratch, "\\n");
		else if (text.p[i] == '"')
			buf_puts(&p->scratch, "\\\"");
		else
			buf_putc(&p->scratch, text.p[i]);
	}
	buf_puts(&p->scratch, "\"}}]}\n\n");
	tell_bytes(p, buf_str(&p->scratch));
}

static void tell_end(struct player *p, const struct line *line)
{
	enum reason reason = REASON_NONE;

	if (!word_is(line, 3, "ok") && (line->n < 4 || !reason_find(line->words[3].text, &reason)))
		play_die(p, "done how?");
	tell_done(p, reason, line->n > 4 ? line->words[4].text.p : NULL);
}

static bool play_simple(struct player *p, const struct line *line)
{
	static const struct {
		const char *word;
		enum event_kind kind;
	} simple[] = {{"start", EVENT_START}, {"timer", EVENT_TIMER}, {"cancel", EVENT_CANCEL}};

	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
		struct event event = {.kind = simple[i].kind, .at_us = p->now_us};
		if (!word_is(line, 2, simple[i].word))
			continue;
		tell(p, &event);
		return true;
	}
	return false;
}

static void play_event(struct player *p, const struct line *line)
{
	struct str text = line->n > 3 ? line->words[line->n - 1].text : STR("");
	const char *rest = line->n > 4 ? strchr(line->raw, ' ') + 1 : "";

	if (play_simple(p, line))
		return;
	if (word_is(line, 2, "connected"))
		p->connected = true;
	else if (word_is(line, 2, "headers") && line->n > 3)
		tell_headers(p, atoi(line->words[3].text.p), rest);
	else if (word_is(line, 2, "stream"))
		tell_headers(p, 200, stream_headers);
	else if (word_is(line, 2, "json") && line->n > 4) {
		tell_headers(p, atoi(line->words[3].text.p), "content-type: application/json");
		tell_bytes(p, text);
	} else if (word_is(line, 2, "body"))
		tell_bytes(p, text);
	else if (word_is(line, 2, "token"))
		tell_delta(p, "content", text);
	else if (word_is(line, 2, "reasoning"))
		tell_delta(p, "reasoning_content", text);
	else if (word_is(line, 2, "ping"))
		tell_bytes(p, STR(": ping\n\n"));
	else if (word_is(line, 2, "stop"))
		tell_bytes(p,
			STR("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"));
	else if (word_is(line, 2, "[DONE]"))
		tell_bytes(p, STR("data: [DONE]\n\n"));
	else if (word_is(line, 2, "done"))
		tell_end(p, line);
	else
		play_die(p, "no such event");
}

static void play_at(struct player *p, const struct line *line)
{
	char *end = NULL;
	double ms = line->n > 2 ? strtod(line->words[1].text.p, &end) : 0;
	int64_t at_us = (int64_t)(ms * US_PER_MS_ + 0.5);

	if (!end || *end)
		play_die(p, "at when? what?");
	for (int i = 0; i < COMMANDS_MAX && !p->record && p->wake_us < at_us; i++)
		play_timer(p);
	if (at_us < p->now_us)
		play_die(p, "time runs forward: it is %" PRId64 " us", p->now_us);
	p->now_us = at_us;
	play_event(p, line);
}

static void play_line(struct player *p, const struct line *line)
{
	struct event start = {.kind = EVENT_START, .at_us = 0};

	p->line = line;
	if (word_is(line, 0, "at")) {
		bool before = word_is(line, 1, "0") &&
			      (word_is(line, 2, "start") || word_is(line, 2, "cancel"));
		if (p->n_asked == 0 && !before)
			tell(p, &start);
		play_at(p, line);
	} else if (word_is(line, 0, "expect")) {
		if (p->n_asked == 0)
			tell(p, &start);
		demand(p, line);
	} else if (word_is(line, 0, "by-hand")) {
		p->by_hand = true;
	} else if (!word_is(line, 0, "torn") && !word_is(line, 0, "evidence") &&
		   !word_is(line, 0, "whole") && !word_is(line, 0, "wall")) {
		play_die(p, "no such line");
	}
}

static struct run_identity identify(const struct block *block)
{
	struct run_identity identity = {
		.key = 33, .seed = 7, .started_wall_us = INT64_C(1800000000000000)};

	for (size_t i = 0; i < block->n_lines; i++) {
		identity.evidence |= word_is(&block->lines[i], 0, "evidence");
		identity.whole |= word_is(&block->lines[i], 0, "whole");
		if (word_is(&block->lines[i], 0, "wall"))
			identity.started_wall_us =
				strtoll(block->lines[i].words[1].text.p, NULL, 10) * 1000000;
	}
	return identity;
}

struct record *play(struct player *p, const struct config *config, const char *path,
	const struct block *block, struct tear tear, size_t *longest_body)
{
	*p = (struct player){.path = path, .block = block, .tear = tear, .wake_us = INT64_MAX};
	p->line = block->lines;
	p->scratch = BUF_INIT(BODY_TEXT_MAX);
	p->run = run_new(&config->plan, &config->plan.checks[0], identify(block));
	for (size_t i = 0; i < block->n_lines; i++)
		play_line(p, &block->lines[i]);
	if (!p->record)
		play_die(p, "the run is not over");
	run_free(p->run);
	buf_fini(&p->scratch);
	*longest_body = p->longest_body;
	return p->record;
}
