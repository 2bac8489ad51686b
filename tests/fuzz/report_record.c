/* Whatever a service answers, a run ends in a record whose report is JSON, inert, and without the
 * secret that the service knows. */
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

enum { MS = 1000, STEPS_ENOUGH = 64 };

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

static void holds_report(const struct record *record)
{
	struct report report = {.mode = "local", .records = &record, .n_records = 1};
	struct buf out = BUF_INIT(SIZE_MAX);
	struct error error = {0};
	report_json(&report, &out);
	struct json *tree = json_parse(buf_str(&out), &error);
	HOLDS(tree);
	is_inert(tree);
	json_free(tree);
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
	holds_report(record);
	record_free(record);
	run_free(p.run);
	return 0;
}
