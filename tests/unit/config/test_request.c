#include "load.h"

static const struct request_template *request_of(
	const struct loaded *l, const char *id, size_t step)
{
	return &check_of(l, id)->steps[step].request;
}

#define CHECK(rest) SERVICES "checks:\n  - id: x\n    service: a\n    " rest

static void json_bodies_are_as_they_are_written(void **state)
{
	(void)state;
	struct loaded l = load_good(
		CHECK("post:\n      path: /p\n      json:\n        zero: 0.0\n        exp: 1e3\n"
		      "        hex: 0x1f\n        octal: 0o17\n        bare: .5\n        plus: +1\n"
		      "        seven: 007\n        point: 2.\n        no: no\n        yes: true\n"
		      "        quoted: \"5\"\n        nothing:\n        text: \"a\\\"b\\nc\\\\\"\n"
		      "        \"k\\\"\": [1, [], {}, ~]\n        big: "
		      "123456789012345678901234567890\n"));
	assert_renders(&request_of(&l, "x", 0)->body, NULL, "",
		"{\"zero\":0.0,\"exp\":1e3,\"hex\":31,\"octal\":15,\"bare\":0.5,\"plus\":1,"
		"\"seven\":7,"
		"\"point\":2.0,\"no\":\"no\",\"yes\":true,\"quoted\":\"5\",\"nothing\":null,"
		"\"text\":\"a\\\"b\\nc\\\\\",\"k\\\"\":[1,[],{},null],"
		"\"big\":123456789012345678901234567890}");
	assert_renders(
		header_of(request_of(&l, "x", 0), "Content-Type"), NULL, "", "application/json");
	assert_false(request_of(&l, "x", 0)->chat);
	loaded_fini(&l);
}

static void a_captured_text_can_not_break_out(void **state)
{
	(void)state;
	struct loaded l =
		load_good(CHECK("steps:\n      - get: /\n        capture: {v: content}\n"
				"      - post:\n          path: \"/p/{{v}}?a={{ v }}\"\n"
				"          query: {q: \"{{v}}\", w: \"a&b=c\"}\n          headers: "
				"{X-V: \"v={{v}}\"}\n"
				"          json: {a: \"<{{v}}>\", \"{{v}}\": 1}\n"
				"      - post: {path: /, form: {a: \"{{v}}\", b: \"c d\"}}\n"
				"      - post: {path: /, body: \"raw {{v}} }}\"}\n"
				"      - chat: {model: m, user: \"{{v}}\"}\n"));
	static const char evil[] = "\"}\r\n/&?=\xc3\xa4";
	const struct request_template *second = request_of(&l, "x", 1);
	assert_renders(&second->path, "v", evil,
		"/p/%22%7D%0D%0A%2F%26%3F%3D%C3%A4?a=%22%7D%0D%0A%2F%26%3F%3D%C3%A4"
		"&q=%22%7D%0D%0A%2F%26%3F%3D%C3%A4&w=a%26b%3Dc");
	assert_renders(header_of(second, "X-V"), "v", evil, "v=\"}/&?=\xc3\xa4");
	assert_renders(
		&second->body, "v", evil, "{\"a\":\"<\\\"}\\r\\n/&?=\xc3\xa4>\",\"{{v}}\":1}");
	assert_renders(&request_of(&l, "x", 2)->body, "v", evil,
		"a=%22%7D%0D%0A%2F%26%3F%3D%C3%A4&b=c%20d");
	assert_renders(header_of(request_of(&l, "x", 2), "Content-Type"), NULL, "",
		"application/x-www-form-urlencoded");
	assert_renders(&request_of(&l, "x", 3)->body, "v", evil, "raw \"}\r\n/&?=\xc3\xa4 }}");
	assert_null(header_of(request_of(&l, "x", 3), "Content-Type"));
	assert_renders(&request_of(&l, "x", 4)->body, "v", evil,
		"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
		"\"\\\"}\\r\\n/&?=\xc3\xa4\"}],\"stream\":false}");
	loaded_fini(&l);
}

static void chats_have_the_shape_of_the_api(void **state)
{
	(void)state;
	struct loaded l = load_good(
		CHECK("steps:\n"
		      "      - chat: {model: m, system: s, user: u, image: \"http://i\", "
		      "temperature: 0.0,\n"
		      "               max_tokens: 5, stream: true, extra: {seed: 7, stop: [a]}}\n"
		      "      - chat: {model: m, system: s, messages: [{role: user, content: "
		      "[{type: text}]}],\n"
		      "               path: /x, headers: {content-type: text/json}}\n"
		      "      - chat: {model: m, messages: []}\n"));
	assert_renders(&request_of(&l, "x", 0)->body, NULL, "",
		"{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"s\"},"
		"{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"u\"},"
		"{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://i\"}}]}],\"stream\":true,"
		"\"temperature\":0.0,\"max_tokens\":5,\"seed\":7,\"stop\":[\"a\"]}");
	assert_renders(&request_of(&l, "x", 0)->path, NULL, "", "/v1/chat/completions");
	assert_true(request_of(&l, "x", 0)->stream);
	assert_renders(&request_of(&l, "x", 1)->body, NULL, "",
		"{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"s\"},"
		"{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}],\"stream\":false}");
	assert_renders(&request_of(&l, "x", 1)->path, NULL, "", "/x");
	assert_int_equal(request_of(&l, "x", 1)->n_headers, 1);
	assert_int_equal(request_of(&l, "x", 1)->method, METHOD_POST);
	assert_renders(&request_of(&l, "x", 2)->body, NULL, "",
		"{\"model\":\"m\",\"messages\":[],\"stream\":false}");
	loaded_fini(&l);
}

static void a_content_type_of_the_service_counts_too(void **state)
{
	(void)state;
	struct loaded l =
		load_good("services: {a: {url: \"http://h\", headers: {CONTENT-TYPE: text/x}}}\n"
			  "checks: [{id: x, service: a, post: {path: /, json: {stream: true}}}]\n");
	assert_int_equal(request_of(&l, "x", 0)->n_headers, 0);
	assert_true(request_of(&l, "x", 0)->stream);
	loaded_fini(&l);
}

static void methods_and_their_ends(void **state)
{
	(void)state;
	struct loaded l = load_good(
		CHECK("steps:\n      - {get: /, until: headers}\n      - {post: /, until: done}\n"
		      "      - {put: /, until: end}\n      - {patch: /, until: token}\n"
		      "      - {delete: {path: /, until: end, redirects: 3}, redirects: 1}\n"
		      "      - {name: tidy, get: /, cleanup: true}\n      - {head: /}\n"));
	static const enum http_method methods[] = {METHOD_GET, METHOD_POST, METHOD_PUT,
		METHOD_PATCH, METHOD_DELETE, METHOD_HEAD, METHOD_GET};
	static const enum read_until untils[] = {UNTIL_HEADERS, UNTIL_DONE, UNTIL_END, UNTIL_TOKEN,
		UNTIL_END, UNTIL_DEFAULT, UNTIL_DEFAULT};
	const struct check *check = check_of(&l, "x");
	assert_int_equal(check->n_steps, 7);
	assert_int_equal(check->n_ordinary, 6);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(check->steps[i].request.method, methods[i]);
		assert_int_equal(check->steps[i].request.until, untils[i]);
	}
	assert_int_equal(check->steps[4].request.redirects, 3);
	assert_string_equal(check->steps[6].name, "tidy");
	loaded_fini(&l);
}

static void captures_know_where_from(void **state)
{
	(void)state;
	struct loaded l = load_good(
		CHECK("get: /\n    capture: {a: content, b: header.X-Id, c: \"$.d[0]\"}\n"));
	const struct step *step = &check_of(&l, "x")->steps[0];
	assert_int_equal(step->n_captures, 3);
	assert_int_equal(step->captures[0].from, CAPTURE_CONTENT);
	assert_int_equal(step->captures[1].from, CAPTURE_HEADER);
	assert_string_equal(step->captures[1].header, "x-id");
	assert_int_equal(step->captures[2].from, CAPTURE_JSON);
	assert_string_equal(jsonpath_text(step->captures[2].path), "$.d[0]");
	loaded_fini(&l);
}

static void the_tone_is_a_wav_file(void **state)
{
	(void)state;
	struct loaded l = load_good(CHECK("post: {path: /, body: \"{{$wav}}\"}\n"));
	const struct template *body = &request_of(&l, "x", 0)->body;
	assert_int_equal(body->n_parts, 1);
	struct str text = body->parts[0].literal;
	assert_int_equal(text.n, 5392); /* of 44 + 4000 bytes */
	/* RIFF, 4036 bytes follow, WAVE, fmt , 16, PCM, mono, 8000 Hz */
	assert_memory_equal(
		text.p, "UklGRsQPAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YaAPAAAA", 60);
	loaded_fini(&l);
}

static void a_body_may_come_from_a_file(void **state)
{
	(void)state;
	struct loaded l;
	loaded_init(&l);
	loaded_write(&l, "body.bin", (struct str){"a\0{{b}}\xff", 8});
	const char *path = loaded_write(&l, "checks.yaml",
		STR(CHECK("post: {path: /, file: body.bin}\n"))); /* beside the check file */
	loaded_with(&l, (struct config_source){.path = path});
	assert_non_null(l.config);
	struct str body = request_of(&l, "x", 0)->body.parts[0].literal;
	assert_int_equal(body.n, 8);
	assert_memory_equal(body.p, "a\0{{b}}\xff", 8);
	loaded_fini(&l);
}

static void a_matrix_makes_one_check_for_each_combination(void **state)
{
	(void)state;
	struct loaded l = load_good(SERVICES
		"checks:\n  - id: m\n    title: \"{{who}} {{n}}\"\n    service: a\n"
		"    matrix: {who: [a b, c/d], n: [1, \"2\"], t: [5s]}\n    timeout: \"{{t}}\"\n"
		"    depends_on: [\"h[{{n}}]\"]\n    expect: {status: \"20{{n}}\"}\n"
		"    post: {path: /, json: {n: \"{{n}}\", who: \"<{{who}}>\", id: \"{{$uuid}}\"}}\n"
		"  - {id: h, service: a, matrix: {n: [1, 2]}, get: /}\n"
		"  - {id: z, service: a, get: /, depends_on: [m, \"h[2]\"]}\n");
	assert_int_equal(l.config->plan.n_checks, 7);
	const struct check *first = check_of(&l, "m[a_b,1,5s]"),
			   *last = check_of(&l, "m[c_d,2,5s]");
	assert_string_equal(first->title, "a b 1");
	assert_int_equal(first->timeout_us, 5000000);
	assert_int_equal(first->steps[0].expectations[0].ranges[0].low, 201);
	assert_renders(&first->steps[0].request.body, "$uuid", "U",
		"{\"n\":1,\"who\":\"<a b>\",\"id\":\"U\"}");
	assert_renders(&last->steps[0].request.body, "$uuid", "U",
		"{\"n\":\"2\",\"who\":\"<c/d>\",\"id\":\"U\"}");
	assert_int_equal(policy_of(&l, "m[a_b,1,5s]")->n_depends_on, 1);
	assert_string_equal(
		l.config->plan.checks[policy_of(&l, "m[a_b,1,5s]")->depends_on[0]].id, "h[1]");
	assert_int_equal(policy_of(&l, "z")->n_depends_on, 5);
	loaded_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_bodies_are_as_they_are_written),
		cmocka_unit_test(a_captured_text_can_not_break_out),
		cmocka_unit_test(chats_have_the_shape_of_the_api),
		cmocka_unit_test(a_content_type_of_the_service_counts_too),
		cmocka_unit_test(methods_and_their_ends),
		cmocka_unit_test(captures_know_where_from),
		cmocka_unit_test(the_tone_is_a_wav_file),
		cmocka_unit_test(a_body_may_come_from_a_file),
		cmocka_unit_test(a_matrix_makes_one_check_for_each_combination),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
