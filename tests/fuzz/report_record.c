/* Whatever a service answers, a run ends in a record whose reports are JSON, XML and text, inert, and
 * without the secret that the service knows. */
#include "memory_config.h"

#include "base/json.h"
#include "check/run.h"
#include "report/report.h"

static const char file[] =
	"services: {s: {url: \"http://h\", headers: {Authorization: \"Bearer ${FUZZ_SECRET}\"}}}\n"
	"signatures: {lies: [{contains: Error from}]}\n"
	"checks:\n"
	"- id: c\n"
	"  service: s\n"
	"  steps:\n"
	"  - name: first\n"
	"    chat: {model: m, user: \"Hi\", stream: true}\n"
	"    expect:\n"
	"      header: {content-type: {contains: stream}}\n"
	"      stream: {done: true, integrity: complete, ttft: {max: 1s}}\n"
	"      content: {not_empty: true, not_signature: lies}\n"
	"    capture: {reply: content}\n"
	"  - name: second\n"
	"    post: {path: \"/x/{{reply}}\", json: {q: \"{{reply}}\"}}\n"
	"    expect: {json: {\"$.a[*].b\": {all: {type: string, starts_with: x}}}, body: "
	"{contains: y}}\n";
static const char secret[] = "p4ss/w\"rd";

enum { MS = 1000, STEPS_ENOUGH = 64, XML_DEPTH_MAX = 8 };

struct player {
	struct run *run;
	struct command command;
	int64_t now_us;
};

static void tell(struct player *p, struct event event)
{
	p->now_us += MS;
	event.at_us = p->now_us;
	p->command = run_step(p->run, &event);
}

/* Status, a header's value, then a body, which breaks off now and then. */
static void answer(struct player *p, struct str *input)
{
	unsigned char how = input_byte(input);
	const char *type = how & 1 ? "text/event-stream" : "application/json";
	struct str words = input_line(input);
	struct arena arena;
	arena_init(&arena);
	struct header items[] = {{"content-type", type}, {"x-words", arena_strndup(&arena, words)}};
	HOLDS(json_valid(p->command.request->body, &(struct error){{0}}));
	tell(p, (struct event){.kind = EVENT_HEADERS,
			.head = {how & 2 ? 200 : 100 + how * 2, {items, 2}}});
	struct str body = input_take(input, how & 4 ? input->n / 2 : input->n);
	for (size_t n = how & 8 ? 7 : body.n; body.n && p->command.kind == CMD_WAIT;)
		tell(p, (struct event){.kind = EVENT_BODY, .body = input_take(&body, n)});
	struct transport_result done = {.reason = how & 16 ? REASON_RESET : REASON_NONE,
		.detail = how & 16 ? items[1].value : "",
		.timing = {1, 2, -1, 3, 4}};
	tell(p, (struct event){.kind = EVENT_DONE, .done = done});
	arena_fini(&arena);
}

static void is_inert(const struct json *value)
{
	struct str text = json_string(value);
	for (size_t i = 0; i < text.n; i++)
		HOLDS((unsigned char)text.p[i] >= 0x20 && text.p[i] != 0x7f);
	HOLDS(str_find(text, str_of(secret), false) < 0);
	for (const struct json *child = json_first(value); child; child = json_next(child))
		is_inert(child);
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr("-_:", c));
}

static struct str take_name(struct str *text)
{
	size_t n = 0;
	while (n < text->n && is_name(text->p[n]))
		n++;
	HOLDS(n > 0);
	return input_take(text, n);
}

static void take_entity(struct str *text)
{
	static const char *const known[] = {
		"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#10;", "&#9;"};
	size_t i = 0;
	while (i < sizeof(known) / sizeof(known[0]) && !str_starts(*text, str_of(known[i]), false))
		i++;
	HOLDS(i < sizeof(known) / sizeof(known[0]));
	*text = str_from(*text, strlen(known[i]));
}

/* Up to the end character: no markup in it. */
static void take_text(struct str *text, char end)
{
	while (text->n && text->p[0] != end) {
		HOLDS(text->p[0] != '<');
		if (text->p[0] == '&')
			take_entity(text);
		else
			input_byte(text);
	}
}

/* Behind "<" and a name: attributes, then the end. Whether the element is open now. */
static bool take_attributes(struct str *text)
{
	while (text->n && text->p[0] == ' ') {
		input_byte(text);
		take_name(text);
		HOLDS(input_byte(text) == '=' && input_byte(text) == '"');
		take_text(text, '"');
		HOLDS(input_byte(text) == '"');
	}
	bool empty = text->n && text->p[0] == '/';
	if (empty)
		input_byte(text);
	HOLDS(input_byte(text) == '>');
	return !empty;
}

/* Well-formed, in the small part of XML 1.0 that JUnit needs. */
static void is_xml(struct str text)
{
	struct str open[XML_DEPTH_MAX];
	size_t depth = 0;
	ptrdiff_t head = str_find(text, STR("?>"), false);
	HOLDS(str_starts(text, STR("<?xml "), false) && head > 0);
	text = str_from(text, (size_t)head + 2);
	for (;;) {
		take_text(&text, '<');
		if (text.n == 0)
			break;
		input_byte(&text);
		if (text.n && text.p[0] == '/') {
			input_byte(&text);
			HOLDS(depth > 0 && str_eq(take_name(&text), open[--depth]));
			HOLDS(input_byte(&text) == '>');
			continue;
		}
		struct str name = take_name(&text);
		if (!take_attributes(&text))
			continue;
		HOLDS(depth < XML_DEPTH_MAX);
		open[depth++] = name;
	}
	HOLDS(depth == 0);
}

static struct str report_of(void (*write)(const struct report *, struct buf *),
	const struct report *report, struct buf *out)
{
	buf_reset(out);
	write(report, out);
	HOLDS(utf8_valid(buf_str(out)) && !out->cut);
	for (size_t i = 0; i < out->n; i++)
		HOLDS(out->p[i] == '\n' || ((unsigned char)out->p[i] >= 0x20 && out->p[i] != 0x7f));
	HOLDS(str_find(buf_str(out), str_of(secret), false) < 0);
	return buf_str(out);
}

static void holds_reports(const struct record *record)
{
	struct report report = {.mode = "local", .records = &record, .n_records = 1};
	struct buf out = BUF_INIT(REPORT_MARKDOWN_MAX);
	struct error error = {0};
	struct json *tree = json_parse(report_of(report_json, &report, &out), &error);
	HOLDS(tree);
	is_inert(tree);
	json_free(tree);
	is_xml(report_of(report_junit, &report, &out));
	report_of(report_tap, &report, &out);
	report_of(report_markdown, &report, &out);
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config *config;
	struct diagnostics diagnostics;
	struct str input = input_of(data, size);
	if (!config) {
		diagnostics_init(&diagnostics);
		setenv("FUZZ_SECRET", secret, 1);
		config = memory_config(str_of(file), &diagnostics);
		HOLDS(config);
		diagnostics_fini(&diagnostics);
	}
	struct player p = {.run = run_new(&config->plan, config->plan.checks,
				   (struct run_identity){.key = 1, .evidence = true})};
	tell(&p, (struct event){.kind = EVENT_START});
	for (int i = 0; p.command.kind != CMD_FINISH; i++) {
		HOLDS(i < STEPS_ENOUGH);
		if (p.command.kind == CMD_SEND)
			answer(&p, &input);
		else
			tell(&p, (struct event){.kind = p.command.kind == CMD_PAUSE ? EVENT_START
										    : EVENT_DONE});
	}
	struct record *record = run_record_take(p.run);
	HOLDS(record->outcome == OUTCOME_PASS || record->message[0]);
	holds_reports(record);
	record_free(record);
	run_free(p.run);
	return 0;
}
