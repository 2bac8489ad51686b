#include "load.h"

static const struct expectation *expectation_of(const struct step *step, const char *subject)
{
	for (size_t i = 0; i < step->n_expectations; i++)
		if (strcmp(step->expectations[i].subject, subject) == 0)
			return &step->expectations[i];
	fail_msg("no expectation %s", subject);
	return NULL;
}

static void the_example_of_the_page_loads(void **state)
{
	(void)state;
	struct loaded l;
	unsetenv("TEST_MODE");
	unsetenv("CHUTES_API_KEY");
	loaded_init(&l);
	loaded_with(&l, (struct config_source){.path = TESTS_DIR "/unit/config/good/page.yaml"});
	if (!l.config)
		print_error("%s", buf_text(&l.diagnostics.text));
	assert_non_null(l.config);
	assert_int_equal(l.config->plan.n_checks, 8);
	assert_string_equal(l.config->plan.mode, "local");
	assert_string_equal(l.config->serve.listen, "127.0.0.1:8080");
	assert_string_equal(l.config->store.path, "/var/lib/outrider/outrider.db");
	const struct check *health = check_of(&l, "gateway-health");
	assert_string_equal(health->service->url, "http://localhost:8000");
	assert_int_equal(health->service->max_in_flight, 2);
	assert_int_equal(health->timeout_us, 10000000);
	assert_int_equal(policy_of(&l, "gateway-health")->every_us, 30000000);
	const struct check *stream = check_of(&l, "gateway-stream");
	assert_int_equal(stream->timeout_us, 600000000);
	assert_int_equal(stream->idle_timeout_us, 60000000);
	assert_true(stream->steps[0].request.stream);
	assert_true(stream->steps[0].request.chat);
	assert_int_equal(policy_of(&l, "gateway-stream")->n_depends_on, 1);
	assert_int_equal(policy_of(&l, "gateway-stream")->depends_on[0], 0);
	const struct check *transcription = check_of(&l, "transcription");
	assert_string_equal(transcription->missing_env, "CHUTES_API_KEY");
	const struct check *code = check_of(&l, "code-generation[baseline-langchain]");
	assert_int_equal(code->retries.times, 1);
	assert_int_equal(code->retries.backoff_us, 10000000);
	assert_true(code->retries.when_429);
	assert_int_equal(code->retries.when, REASONS_NETWORK | REASON_BIT(REASON_COLD));
	assert_renders(&code->steps[0].request.body, NULL, "",
		"{\"model\":\"baseline-langchain\",\"messages\":[{\"role\":\"user\",\"content\":"
		"\"Write a Python function that adds two numbers\"}],\"stream\":false}");
	const struct watch_policy *policy = policy_of(&l, "code-generation[baseline-langchain]");
	assert_int_equal(policy->budget.runs_per_day, 48);
	assert_int_equal(policy->budget.tokens_per_day, 20000);
	assert_float_equal(policy->slo.objective, 0.99, 1e-9);
	assert_int_equal(policy->slo.window_us, INT64_C(30) * 86400 * 1000000);
	assert_int_equal(check_of(&l, "langchain-health")->skip_on,
		REASON_BIT(REASON_DNS) | REASON_BIT(REASON_CONNECT) | REASON_BIT(REASON_TLS));
	loaded_fini(&l);
}

static void the_built_in_suite_loads(void **state)
{
	(void)state;
	struct loaded l;
	loaded_init(&l);
	unsetenv("TEST_MODE");
	loaded_with(&l, (struct config_source){.mode = "deployed"});
	assert_non_null(l.config);
	assert_string_equal(l.config->path, "built-in suite");
	assert_true(l.config->plan.n_checks >= 36);
	assert_string_equal(check_of(&l, "gateway-health")->file, "built-in suite");
	assert_string_equal(check_of(&l, "memory-health")->service->url,
		"https://janus-memory-service.onrender.com");
	const struct check *extract = check_of(&l, "memory-extract");
	assert_int_equal(extract->n_steps, 2);
	assert_int_equal(extract->n_ordinary, 1);
	assert_true(extract->steps[1].cleanup);
	loaded_fini(&l);
}

static void expectations_stand_in_the_order_of_the_plan(void **state)
{
	(void)state;
	struct loaded l = load_good(SERVICES
		"checks:\n  - id: x\n    service: a\n    chat: {model: m, user: u, stream: true}\n"
		"    expect:\n      usage: {total_tokens: 50}\n      tls: {expires_in: 14d}\n"
		"      timing: {ttfb: 1s, dns: {warn: 5ms}}\n      latency: {warn: 1s, max: 2s}\n"
		"      stream: {ttft: 5s, done: true, integrity: {warn: complete},\n"
		"               tokens_per_second: {min: 2.5}}\n      content: hi\n"
		"      json: {$.b: 1, $.a: {exists: true}}\n      body: {not_empty: true}\n"
		"      header: {Content-Type: text/plain}\n      status: [200, 3xx]\n");
	static const char *const subjects[] = {"status", "header.content-type", "body", "json.$.b",
		"json.$.a", "content", "stream.ttft", "stream.done", "stream.integrity",
		"stream.tokens_per_second", "latency", "timing.ttfb", "timing.dns",
		"tls.expires_in", "usage.total_tokens"};
	const struct step *step = &check_of(&l, "x")->steps[0];
	assert_int_equal(step->n_expectations, sizeof(subjects) / sizeof(subjects[0]));
	for (size_t i = 0; i < step->n_expectations; i++)
		assert_string_equal(step->expectations[i].subject, subjects[i]);
	const struct expectation *status = &step->expectations[0];
	assert_int_equal(status->n_ranges, 2);
	assert_int_equal(status->ranges[0].low, 200);
	assert_int_equal(status->ranges[0].high, 200);
	assert_int_equal(status->ranges[1].low, 300);
	assert_int_equal(status->ranges[1].high, 399);
	assert_string_equal(step->expectations[1].header, "content-type");
	const struct expectation *ttft = expectation_of(step, "stream.ttft");
	assert_int_equal(ttft->measure, MEASURE_TTFT);
	assert_true(ttft->threshold.has_max && !ttft->threshold.has_warn);
	assert_float_equal(ttft->threshold.max, 5e6, 0.1);
	assert_true(expectation_of(step, "stream.done")->done);
	const struct expectation *integrity = expectation_of(step, "stream.integrity");
	assert_int_equal(integrity->severity, OUTCOME_WARN);
	assert_int_equal(integrity->integrity, INTEGRITY_COMPLETE);
	assert_float_equal(
		expectation_of(step, "stream.tokens_per_second")->threshold.min, 2.5, 1e-9);
	const struct expectation *latency = expectation_of(step, "latency");
	assert_float_equal(latency->threshold.warn, 1e6, 0.1);
	assert_float_equal(latency->threshold.max, 2e6, 0.1);
	assert_int_equal(expectation_of(step, "timing.dns")->phase, PHASE_DNS);
	const struct threshold *life = &expectation_of(step, "tls.expires_in")->threshold;
	assert_true(life->has_min && !life->has_max && life->low_warns);
	assert_true(life->min == 14 * 86400e6);
	assert_false(latency->threshold.low_warns);
	assert_int_equal(expectation_of(step, "usage.total_tokens")->usage, USAGE_TOTAL);
	loaded_fini(&l);
}

static void without_a_status_any_2xx_is_meant(void **state)
{
	(void)state;
	struct loaded l = load_good(SERVICES "checks: [{id: x, service: a, get: /}]\n");
	const struct step *step = &check_of(&l, "x")->steps[0];
	assert_int_equal(step->n_expectations, 1);
	assert_int_equal(step->expectations[0].kind, EXPECT_STATUS);
	assert_int_equal(step->expectations[0].ranges[0].low, 200);
	assert_int_equal(step->expectations[0].ranges[0].high, 299);
	assert_false(step->request.has_body);
	assert_int_equal(check_of(&l, "x")->timeout_us, 60000000);
	assert_int_equal(check_of(&l, "x")->idle_timeout_us, 0);
	loaded_fini(&l);
}

static bool holds(const struct matcher *matcher, const char *json)
{
	struct error error = {0};
	struct json *value = json_parse(str_of(json), &error);
	const struct json *items[] = {value};
	struct subject subject = {.shape = SUBJECT_NODES, .nodes = {items, 1}};
	bool ok = matcher_judge(matcher, &subject).ok;
	json_free(value);
	return ok;
}

static bool holds_text(const struct matcher *matcher, const char *text)
{
	struct subject subject = {.shape = SUBJECT_TEXT, .text = str_of(text)};
	return matcher_judge(matcher, &subject).ok;
}

static void what_people_call_things_is_one_inert_line(void **state)
{
	(void)state;
	setenv("OUTRIDER_TITLE", "a branch\n::error::\033[31m", 1);
	struct loaded l = load_good(
		"services: {a: {url: \"http://h\", title: \"S\\u202e\"}}\nchecks:\n"
		"  - {id: x, service: a, title: \"${OUTRIDER_TITLE}\", spec: \"t.py\\r::y\",\n"
		"     known_issue: {reason: \"r\\e\\u2066\"}, steps: [{name: \"n\\n\\x07\", get: "
		"/}]}\n"
		"  - id: y\n    service: a\n    get: /\n    title: >\n      one\n      two\n\n"
		"  - {id: z, service: a, get: /, title: \"a\\u200cb\\u200dc\"}\n");
	const struct check *x = check_of(&l, "x");
	assert_string_equal(x->service->title, "S\\u{202E}");
	assert_string_equal(x->title, "a branch\\n::error::\\x1b[31m");
	assert_string_equal(x->spec, "t.py\\x0d::y");
	assert_string_equal(x->known_issue->reason, "r\\x1b\\u{2066}");
	assert_string_equal(x->steps[0].name, "n\\n\\x07");
	assert_string_equal(check_of(&l, "y")->title, "one two");
	/* of Persian, and of emoji */
	assert_string_equal(check_of(&l, "z")->title, "a\xe2\x80\x8c"
						      "b\xe2\x80\x8d"
						      "c");
	loaded_fini(&l);
}

static void what_people_call_things_tells_no_secret(void **state)
{
	(void)state;
	setenv("OUTRIDER_KEY", "swordfish-7", 1);
	struct loaded l = load_good(
		"services: {a: {url: \"http://h\", headers: {X-Key: \"${OUTRIDER_KEY}\"}}}\n"
		"checks:\n  - {id: x, service: a, title: \"with ${OUTRIDER_KEY}\", get: /}\n");
	assert_string_equal(check_of(&l, "x")->title, "with [redacted]");
	loaded_fini(&l);
}

static void what_is_expected_alike_is_kept_once(void **state)
{
	(void)state;
	struct loaded l = load_good(
		SERVICES "checks:\n"
			 "  - {id: a, service: a, get: /a, expect: {json: {$.x: 1}}}\n"
			 "  - {id: b, service: a, get: /b, expect: {json: {$.x: 1}}}\n"
			 "  - {id: quoted, service: a, get: /c, expect: {json: {$.x: \"1\"}}}\n"
			 "  - {id: elsewhere, service: a, get: /d, expect: {json: {$.y: 1}}}\n"
			 "  - {id: body, service: a, get: /e, expect: {body: {contains: x}}}\n"
			 "  - {id: none, service: a, get: /f}\n"
			 "  - {id: neither, service: a, get: /g}\n");
	const struct expectation *first = check_of(&l, "a")->steps[0].expectations;
	assert_ptr_equal(check_of(&l, "b")->steps[0].expectations, first);
	assert_int_equal(check_of(&l, "b")->steps[0].n_expectations, 2);
	assert_ptr_not_equal(check_of(&l, "quoted")->steps[0].expectations, first);
	assert_ptr_not_equal(check_of(&l, "elsewhere")->steps[0].expectations, first);
	assert_ptr_not_equal(check_of(&l, "body")->steps[0].expectations, first);
	assert_ptr_equal(check_of(&l, "none")->steps[0].expectations,
		check_of(&l, "neither")->steps[0].expectations);
	assert_int_equal(check_of(&l, "neither")->steps[0].n_expectations, 1);
	loaded_fini(&l);
}

static void matchers_mean_what_they_say(void **state)
{
	(void)state;
	struct loaded l = load_good(SERVICES
		"signatures: {lies: [{contains: mock}, \"exactly this\"]}\n"
		"checks:\n  - id: x\n    service: a\n    get: /\n    expect:\n"
		"      content: {not_signature: lies}\n      body: 5\n"
		"      header: {x: {any_of: [A, {starts_with: b}], ignore_case: true}}\n"
		"      json:\n        $.no: no\n        $.five: 5\n        $.text: \"5\"\n"
		"        $.null: null\n        $.time: 08:30\n        $.list: {contains: 5}\n"
		"        $.object: {equals: {a: [1, 2.50, \"x\"]}}\n        $.not: {not: 5}\n"
		"        $.in: {in: [1, \"1\"]}\n        $.type: {type: integer}\n"
		"        $.range: {min: 1.5, max: 0x10}\n        $.re: {matches: \"^a.c$\"}\n"
		"        $.any: {any: {contains: BASE, ignore_case: true}}\n");
	const struct step *step = &check_of(&l, "x")->steps[0];
#define AT(path) expectation_of(step, "json." path)->matcher
	assert_true(holds(AT("$.no"), "\"no\"") && !holds(AT("$.no"), "false"));
	assert_true(holds(AT("$.five"), "5.0") && !holds(AT("$.five"), "\"5\""));
	assert_true(holds(AT("$.text"), "\"5\"") && !holds(AT("$.text"), "5"));
	assert_true(holds(AT("$.null"), "null") && !holds(AT("$.null"), "\"\""));
	assert_true(holds(AT("$.time"), "\"08:30\""));
	assert_true(holds(AT("$.list"), "[4, 5]") && !holds(AT("$.list"), "[\"5\"]"));
	assert_true(holds(AT("$.list"), "\"a5b\""));
	assert_true(holds(AT("$.object"), "{\"a\":[1,2.5,\"x\"]}"));
	assert_true(holds(AT("$.not"), "6") && !holds(AT("$.not"), "5"));
	assert_true(holds(AT("$.in"), "\"1\"") && !holds(AT("$.in"), "2"));
	assert_true(holds(AT("$.type"), "3") && !holds(AT("$.type"), "3.5"));
	assert_true(holds(AT("$.range"), "16") && !holds(AT("$.range"), "1"));
	assert_true(holds(AT("$.re"), "\"abc\"") && !holds(AT("$.re"), "\"abcd\""));
	assert_true(holds(AT("$.any"), "[\"x\", \"baseline\"]"));
	const struct matcher *header = expectation_of(step, "header.x")->matcher;
	assert_true(
		holds_text(header, "a") && holds_text(header, "Bcd") && !holds_text(header, "c"));
	assert_true(holds_text(expectation_of(step, "body")->matcher, "5"));
	const struct matcher *content = expectation_of(step, "content")->matcher;
	assert_true(holds_text(content, "fine") && !holds_text(content, "a mock"));
	assert_false(holds_text(content, "exactly this"));
	assert_string_equal(content->terms[0].signatures->labels[0], "contains \"mock\"");
	loaded_fini(&l);
}

static void a_channel_hears_of_what_it_is_for(void **state)
{
	(void)state;
	struct loaded l =
		load_good("services: {a: {url: \"http://a\"}, b: {url: \"http://b\"}}\n"
			  "alerts:\n  channels:\n"
			  "    all: {type: exec, command: [/bin/true]}\n"
			  "    a: {type: exec, command: [/bin/true], services: [a]}\n"
			  "    slow: {type: exec, command: [/bin/true], tags: [slow, odd],\n"
			  "           severities: [ticket, info], events: [opened]}\n"
			  "checks:\n  - {id: x, service: a, get: /, tags: [slow]}\n"
			  "  - {id: y, service: b, get: /, tags: [odd], severity: info}\n"
			  "  - {id: z, service: a, get: /, alerts: [slow, all]}\n");
	const struct channel *channels = l.config->alert.channels;
	assert_int_equal(policy_of(&l, "x")->channels, 1 | 2 | 4);
	assert_int_equal(policy_of(&l, "y")->channels, 1 | 4);
	assert_int_equal(policy_of(&l, "z")->channels, 1);
	assert_int_equal(policy_of(&l, "x")->severity, SEVERITY_PAGE);
	assert_int_equal(policy_of(&l, "y")->severity, SEVERITY_INFO);
	assert_int_equal(channels[2].severities, 1 << SEVERITY_TICKET | 1 << SEVERITY_INFO);
	assert_int_equal(channels[2].events, 1 << ALERT_OPENED);
	assert_true(channels[0].events >> ALERT_RESOLVED & 1);
	loaded_fini(&l);
}

static void a_channel_knows_its_hours(void **state)
{
	(void)state;
	struct loaded l = load_good(SERVICES
		"alerts:\n  remind_every: 4h\n  channels:\n"
		"    plain: {type: exec, command: [/bin/true]}\n"
		"    calm: {type: exec, command: [/bin/true], remind: 30m, max_per_hour: 12,\n"
		"      quiet: [{at: 22:00, for: 9h, days: [mon, fri], zone: utc},\n"
		"              {at: 00:30, for: 24h, days: [sun], severities: [page]}]}\n"
		"checks:\n  - {id: x, get: /, service: a}\n");
	const struct channel *channels = l.config->alert.channels;
	assert_int_equal(channels[0].remind_us, INT64_C(4) * 3600 * 1000000);
	assert_int_equal(channels[0].n_quiet, 0);
	assert_int_equal(channels[0].max_per_hour, 0);
	assert_int_equal(channels[1].remind_us, INT64_C(1800) * 1000000);
	assert_int_equal(channels[1].max_per_hour, 12);
	assert_int_equal(channels[1].n_quiet, 2);
	const struct quiet *quiet = channels[1].quiet;
	assert_int_equal(quiet[0].severities, 1 << SEVERITY_TICKET | 1 << SEVERITY_INFO);
	assert_int_equal(quiet[0].when.days, 1 << 0 | 1 << 4);
	assert_true(quiet[0].when.utc && !quiet[1].when.utc);
	assert_int_equal(quiet[0].when.at_us, INT64_C(22) * 3600 * 1000000);
	assert_int_equal(quiet[0].when.length_us, INT64_C(9) * 3600 * 1000000);
	assert_int_equal(quiet[1].severities, 1 << SEVERITY_PAGE);
	loaded_fini(&l);
}

static void receivers_have_values_of_their_own(void **state)
{
	(void)state;
	struct loaded l = load_good(SERVICES
		"alerts:\n  link: https://status.example.org/\n  channels:\n"
		"    t: {type: telegram, token: \"1:a-B_c\", chat_id: -12, url: \"http://h:1//\"}\n"
		"    p: {type: pagerduty, routing_key: abc}\n"
		"    n: {type: ntfy, topic: ops, token: tk, events: [opened, fixed]}\n"
		"    w: {type: webhook, url: \"http://h/?a=b/\", secret: shh, template: "
		"\"{{title}}\"}\n"
		"checks: [{id: x, service: a, get: /}]\n");
	const struct channel *channels = l.config->alert.channels;
	assert_string_equal(l.config->alert.link, "https://status.example.org");
	assert_int_equal(channels[0].kind, CHANNEL_TELEGRAM);
	assert_string_equal(channels[0].token, "1:a-B_c");
	assert_string_equal(channels[0].chat_id, "-12");
	assert_string_equal(channels[0].url, "http://h:1");
	assert_string_equal(channels[1].routing_key, "abc");
	assert_null(channels[1].url);
	assert_false(channels[1].events >> ALERT_FIXED & 1);
	assert_true(channels[1].events >> ALERT_RESOLVED & 1);
	assert_string_equal(channels[2].topic, "ops");
	assert_true(channels[2].events >> ALERT_FIXED & 1);
	assert_string_equal(channels[3].url, "http://h/?a=b/");
	assert_string_equal(channels[3].secret, "shh");
	assert_string_equal(channels[3].template, "{{title}}");
	loaded_fini(&l);
}

static void a_policy_reads_its_own_values_then_the_defaults(void **state)
{
	(void)state;
	struct loaded l = load_good(SERVICES
		"alerts: {channels: {hook: {type: webhook, url: \"http://h/\", timeout: 3s,\n"
		"    headers: {X-A: b}}, run: {type: exec, command: [/bin/true, 5]},\n"
		"    chat: {type: slack, url: \"http://s/\"}}}\n"
		"defaults: {every: 5m, retries: {times: 3, backoff: 2s}, tags: [slow], service: "
		"a,\n"
		"           health: {down_after: 3}, alerts: [hook, chat], redirects: 2}\n"
		"retention: {results: forever, evidence: 7d}\nlog: {level: debug, format: json}\n"
		"place: here\n"
		"checks:\n  - {id: x, get: /}\n"
		"  - {id: y, get: /, retries: {times: 1}, every: 1s, tags: [], enabled: false,\n"
		"     health: {up_after: 1 of 5}, alerts: false, redirects: 0, runbook: "
		"\"http://r\"}\n"
		"  - {id: z, get: /, alerts: true, known_issue: {reason: old, until: 2001-01-01}}\n"
		"  - {id: k, get: /, known_issue: {reason: new, until: 2100-12-31}}\n");
	assert_int_equal(check_of(&l, "x")->retries.times, 3);
	assert_string_equal(check_of(&l, "x")->tags[0], "slow");
	assert_string_equal(check_of(&l, "x")->title, "x");
	assert_int_equal(check_of(&l, "x")->steps[0].request.redirects, 2);
	assert_int_equal(check_of(&l, "y")->steps[0].request.redirects, 0);
	assert_int_equal(check_of(&l, "y")->retries.times, 1);
	assert_int_equal(check_of(&l, "y")->retries.backoff_us, 2000000);
	assert_int_equal(check_of(&l, "y")->n_tags, 0);
	assert_null(check_of(&l, "z")->known_issue);
	assert_int_equal(check_of(&l, "k")->known_issue->until_us, INT64_C(4133980800) * 1000000);
	const struct watch_policy *x = policy_of(&l, "x"), *y = policy_of(&l, "y");
	assert_int_equal(x->every_us, 300000000);
	assert_true(x->enabled && !y->enabled);
	assert_int_equal(x->health.down_after.k, 3);
	assert_int_equal(x->health.down_after.n, 3);
	assert_int_equal(x->health.up_after.k, 2);
	assert_int_equal(y->health.down_after.k, 3);
	assert_int_equal(y->health.up_after.k, 1);
	assert_int_equal(y->health.up_after.n, 5);
	assert_int_equal(x->channels, 1 | 4);
	assert_int_equal(y->channels, 0);
	assert_int_equal(policy_of(&l, "z")->channels, 7);
	assert_int_equal(l.config->alert.n_channels, 3);
	assert_int_equal(l.config->alert.channels[0].timeout_us, 3000000);
	assert_string_equal(l.config->alert.channels[0].headers[0].value, "b");
	assert_string_equal(l.config->alert.channels[1].argv[1], "5");
	assert_null(l.config->alert.channels[1].argv[2]);
	assert_int_equal(l.config->store.keep.results_us, 0);
	assert_int_equal(l.config->store.keep.evidence_us, INT64_C(7) * 86400 * 1000000);
	assert_int_equal(l.config->log.level, LOG_DEBUG);
	assert_int_equal(l.config->log.format, LOG_JSON);
	assert_string_equal(l.config->place, "here");
	loaded_fini(&l);
}

static void every_key_of_the_page_is_accepted(void **state)
{
	(void)state;
	struct loaded l;
	loaded_init(&l);
	loaded_with(
		&l, (struct config_source){.path = TESTS_DIR "/unit/config/good/every_key.yaml"});
	if (!l.config)
		print_error("%s", buf_text(&l.diagnostics.text));
	assert_non_null(l.config);
	loaded_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_page_loads),
		cmocka_unit_test(the_built_in_suite_loads),
		cmocka_unit_test(expectations_stand_in_the_order_of_the_plan),
		cmocka_unit_test(without_a_status_any_2xx_is_meant),
		cmocka_unit_test(what_people_call_things_is_one_inert_line),
		cmocka_unit_test(what_people_call_things_tells_no_secret),
		cmocka_unit_test(what_is_expected_alike_is_kept_once),
		cmocka_unit_test(matchers_mean_what_they_say),
		cmocka_unit_test(a_channel_hears_of_what_it_is_for),
		cmocka_unit_test(a_channel_knows_its_hours),
		cmocka_unit_test(receivers_have_values_of_their_own),
		cmocka_unit_test(a_policy_reads_its_own_values_then_the_defaults),
		cmocka_unit_test(every_key_of_the_page_is_accepted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
