#include "load.h"

#define CANARY "canary-\"/&7f3a"

static void assert_redacted(const struct loaded *l, const char *text, const char *expected)
{
	struct buf out = BUF_INIT(TEXT_MAX);
	secrets_redact(l->config->plan.secrets, str_of(text), &out);
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
}

static void variables_resolve_in_parsed_scalars(void **state)
{
	(void)state;
	setenv("OUTRIDER_A", "x: [y] #\"", 1);
	setenv("OUTRIDER_N", "5", 1);
	setenv("OUTRIDER_EMPTY", "", 1);
	unsetenv("OUTRIDER_NONE");
	struct loaded l = load_good(
		"services: {a: {url: \"http://h\", max_in_flight: \"${OUTRIDER_N}\"}}\n"
		"checks:\n  - id: x\n    title: ${OUTRIDER_A}\n    description: '${OUTRIDER_A}'\n"
		"    service: a\n    timeout: ${OUTRIDER_NONE:-7s}\n"
		"    spec: \"<${OUTRIDER_EMPTY}${OUTRIDER_EMPTY:-e}$${OUTRIDER_A}>\"\n"
		"    enabled: ${OUTRIDER_NONE:-false}\n    post:\n      path: /\n      json:\n"
		"        plain: ${OUTRIDER_N}\n        quoted: \"${OUTRIDER_N}\"\n");
	const struct check *x = check_of(&l, "x");
	assert_int_equal(x->service->max_in_flight, 5);
	assert_string_equal(x->title, "x: [y] #\"");
	assert_string_equal(x->description, "x: [y] #\"");
	assert_int_equal(x->timeout_us, 7000000);
	assert_string_equal(x->spec, "<e${OUTRIDER_A}>");
	assert_false(policy_of(&l, "x")->enabled);
	assert_renders(&x->steps[0].request.body, NULL, "", "{\"plain\":5,\"quoted\":\"5\"}");
	loaded_fini(&l);
}

static void a_header_whose_variable_is_empty_is_not_sent(void **state)
{
	(void)state;
	unsetenv("OUTRIDER_NONE");
	struct loaded l =
		load_good(SERVICES "checks:\n  - id: x\n    service: a\n    get:\n      path: /\n"
				   "      headers:\n        X: ${OUTRIDER_NONE:-}\n        Y: "
				   "\"${OUTRIDER_NONE:-}\"\n");
	const struct request_template *request = &l.config->plan.checks[0].steps[0].request;
	assert_renders(header_of(request, "X"), NULL, "", "");
	assert_renders(header_of(request, "Y"), NULL, "", "");
	loaded_fini(&l);
}

static void what_comes_from_outside_is_no_template(void **state)
{
	(void)state;
	setenv("OUTRIDER_A", "{{v}} {{", 1);
	struct loaded l = load_good(SERVICES
		"checks:\n  - id: x\n    service: a\n    matrix: {m: [\"${OUTRIDER_A}\"]}\n"
		"    steps:\n      - {get: /, capture: {v: content}}\n"
		"      - post:\n          path: /\n          headers: {X: \"${OUTRIDER_A}\"}\n"
		"          json: {a: \"{{v}}${OUTRIDER_A}{{v}}\", m: \"{{m}}\", n: "
		"\"-{{m}}-{{v}}\"}\n");
	const struct check *x = &l.config->plan.checks[0];
	assert_renders(&x->steps[1].request.body, "v", "V",
		"{\"a\":\"V{{v}} {{V\",\"m\":\"{{v}} {{\",\"n\":\"-{{v}} {{-V\"}");
	assert_renders(header_of(&x->steps[1].request, "X"), NULL, "", "{{v}} {{");
	loaded_fini(&l);
}

static void secrets_are_known_by_where_they_stand(void **state)
{
	(void)state;
	static const char *const places[] = {
		"get: {path: /, headers: {X: \"a ${CANARY}\"}}",
		"get: {path: /, query: {q: \"${CANARY}\"}}",
		"get: \"/?q=${CANARY}\"",
		"post: {path: /, json: {a: [{b: \"${CANARY}\"}]}}",
		"post: {path: /, body: \"${CANARY}\"}",
		"post: {path: /, form: {a: \"${CANARY}\"}}",
		"chat: {model: m, user: \"${CANARY}\"}",
		"chat: {model: m, user: u, extra: {key: \"${CANARY}\"}}",
		"steps: [{get: {path: /, headers: {X: \"${CANARY}\"}}}]",
		"matrix: {m: [1]}\n    get: {path: /, headers: {X: \"{{m}}${CANARY}\"}}",
	};
	setenv("CANARY", CANARY, 1);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char text[1024];
		bool path = strstr(places[i], "/?q") != NULL;
		setenv("CANARY", path ? "canary-7f3a" : CANARY, 1);
		snprintf(text, sizeof(text),
			SERVICES "checks:\n  - id: x\n    service: a\n    %s\n", places[i]);
		struct loaded l = load_good(text);
		assert_int_equal(secrets_count(l.config->plan.secrets), 1);
		assert_redacted(&l, path ? "(canary-7f3a)" : "(" CANARY ")", "([redacted])");
		loaded_fini(&l);
	}
}

static void secrets_of_the_other_places(void **state)
{
	(void)state;
	setenv("CANARY", "canary-7f3a", 1);
	setenv("OUTRIDER_TITLE", "no-secret", 1);
	setenv("OUTRIDER_TOKEN", "the-token", 1);
	setenv("OUTRIDER_HOOK", "the-hook", 1);
	unsetenv("OUTRIDER_NONE");
	struct loaded l = load_good(
		"services:\n  a: {url: \"http://u:pass-word@h\", headers: {X: \"${CANARY}1\", Y: "
		"lit}}\n"
		"auth: {tokens: [\"2${OUTRIDER_TOKEN}\", \"${OUTRIDER_NONE:-fallback}\"]}\n"
		"alerts: {channels: {c: {type: webhook, url: \"http://h/${OUTRIDER_HOOK}\"}}}\n"
		"checks: [{id: x, service: a, title: \"${OUTRIDER_TITLE}\",\n"
		"          get: \"/${OUTRIDER_TITLE}\", expect: {body: \"${OUTRIDER_TITLE}\"}}]\n");
	/* a token is one wherever it comes from */
	assert_int_equal(secrets_count(l.config->plan.secrets), 6);
	assert_redacted(&l, "canary-7f3a pass-word the-token the-hook",
		"[redacted] [redacted] [redacted] [redacted]");
	assert_redacted(&l, "no-secret fallback", "no-secret [redacted]");
	loaded_fini(&l);
}

static void passwords_of_urls_are_sent_decoded(void **state)
{
	(void)state;
	struct loaded l = load_good("services: {a: {url: \"http://u:p%40ss-word@h\", proxy: "
				    "\"http://v:the%2fproxy@p\"}}\n"
				    "checks: [{id: x, service: a, get: /}]\n");
	assert_redacted(&l, "p%40ss-word p@ss-word the%2fproxy the/proxy",
		"[redacted] [redacted] [redacted] [redacted]");
	loaded_fini(&l);
}

static void files_and_credentials(void **state)
{
	(void)state;
	struct loaded l;
	loaded_init(&l);
	loaded_write(&l, "key", STR("file-secret\n\n"));
	loaded_write(&l, "cred", STR("credential-secret\r\n"));
	setenv("CREDENTIALS_DIRECTORY", l.folder, 1);
	const char *path = loaded_write(&l, "checks.yaml",
		STR("services: {a: {url: \"http://h\", headers: {A: \"Bearer ${file:key}\", "
		    "B: \"${credential:cred}\"}}}\n"
		    "checks: [{id: x, service: a, get: /,\n"
		    "          description: \"${credential:cred}|${file:key}|\"}]\n"));
	loaded_with(&l, (struct config_source){.path = path});
	assert_non_null(l.config);
	const struct service *a = &l.config->plan.services[0];
	assert_renders(
		&a->headers[0].value, NULL, "", "Bearer file-secret"); /* no line ends in it */
	assert_renders(&a->headers[1].value, NULL, "", "credential-secret");
	assert_string_equal(check_of(&l, "x")->description, "credential-secret|file-secret\n|");
	assert_redacted(&l, "credential-secret", "[redacted]");
	unsetenv("CREDENTIALS_DIRECTORY");
	loaded_fini(&l);
}

static void a_required_variable_may_be_unset(void **state)
{
	(void)state;
	static const char text[] =
		SERVICES "checks:\n  - {id: x, service: a, requires_env: [PATH, OUTRIDER_NONE],\n"
			 "     get: {path: /, headers: {X: \"Bearer ${OUTRIDER_NONE}\"}}}\n";
	unsetenv("OUTRIDER_NONE");
	struct loaded l = load_good(text);
	assert_string_equal(check_of(&l, "x")->missing_env, "OUTRIDER_NONE");
	loaded_fini(&l);
	setenv("OUTRIDER_NONE", "", 1);
	l = load_good(text);
	assert_string_equal(check_of(&l, "x")->missing_env, "OUTRIDER_NONE");
	loaded_fini(&l);
	setenv("OUTRIDER_NONE", "here", 1);
	l = load_good(text);
	assert_null(check_of(&l, "x")->missing_env);
	loaded_fini(&l);
	unsetenv("OUTRIDER_NONE");
}

static void a_secret_is_not_in_a_message(void **state)
{
	(void)state;
	struct loaded l;
	loaded_init(&l);
	setenv("CANARY", "canary-7f3a", 1);
	const char *path = loaded_write(&l, "checks.yaml",
		STR(SERVICES
			"auth: {users: [{name: \"${CANARY}:\", password_hash: \"${CANARY}\"}]}\n"
			"alerts: {channels: {c: {type: webhook, url: \"${CANARY}\", "
			"timeout: \"${CANARY}\"}}}\n"
			"checks: [{id: x, service: a, get: {path: \"${CANARY}\", headers: {}}, "
			"service: \"${CANARY}\", every: \"${CANARY}\", depends_on: "
			"[\"${CANARY}\"], "
			"until: \"${CANARY}\"}]\n"));
	refuse(&l, (struct config_source){.path = path}, "what ${...} gives");
	assert_null(strstr(buf_text(&l.diagnostics.text), "canary-7f3a"));
	loaded_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_resolve_in_parsed_scalars),
		cmocka_unit_test(a_header_whose_variable_is_empty_is_not_sent),
		cmocka_unit_test(what_comes_from_outside_is_no_template),
		cmocka_unit_test(secrets_are_known_by_where_they_stand),
		cmocka_unit_test(secrets_of_the_other_places),
		cmocka_unit_test(passwords_of_urls_are_sent_decoded),
		cmocka_unit_test(files_and_credentials),
		cmocka_unit_test(a_required_variable_may_be_unset),
		cmocka_unit_test(a_secret_is_not_in_a_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
