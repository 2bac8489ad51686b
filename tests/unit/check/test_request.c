#include "unit.h"

#include "check/request.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct arena arena;
static struct service service;
static struct header_template service_headers[4], step_headers[4];
static struct check check;
static struct step step;

static struct template text(const char *from, enum template_escape escape, bool ready)
{
	struct template tmpl = {NULL, 0};
	struct error error = {""};

	if (!template_add(&arena, &tmpl, str_of(from), escape, ready, &error))
		fail_msg("%s", error.text);
	return tmpl;
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	service = (struct service){
		.id = "gateway", .url = "http://localhost:8000", .headers = service_headers};
	check = (struct check){.id = "chat", .service = &service};
	step = (struct step){.request = {.headers = step_headers}};
	step.request.path = text("/v1/x", ESCAPE_URL, true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void put(struct header_template *headers, uint32_t *n, const char *name, const char *value)
{
	headers[(*n)++] = (struct header_template){name, text(value, ESCAPE_HEADER, false)};
}

static const struct variable values[] = {
	{"reply", BYTES("it's \"so\"\n\\n {{x}} \xc3\xa9")},
	{"evil", BYTES("a\r\nX-Evil: 1")},
	{"nothing", {NULL, 0}},
};
static const struct scope scope = {values, COUNT(values)};

static const struct request *built(unsigned ordinal)
{
	struct error error = {""};
	const struct request *request = request_build(
		&arena, &check, &step, &scope, UINT64_C(0x123456789abcdef0), ordinal, &error);

	if (!request)
		fail_msg("%s", error.text);
	return request;
}

static const char *header(const struct request *request, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < request->n_headers; i++) {
		if (strcasecmp(request->headers[i].name, name) != 0)
			continue;
		assert_null(value); /* each once */
		value = request->headers[i].value;
	}
	return value;
}

/* RFC 4648, section 6, of the key's 13 digits; the reverse of what is written. */
static uint64_t key_of(const char *digits)
{
	uint64_t key = 0;

	for (int i = 0; i < 13; i++)
		key = key << 5 |
		      (uint64_t)(islower((unsigned char)digits[i]) ? digits[i] - 'a'
								   : digits[i] - '2' + 26);
	return key;
}

static void ids_derive_from_the_key(void **state)
{
	(void)state;
	static const uint64_t keys[] = {0, 1, 31, 32, UINT64_C(0x123456789abcdef0), UINT64_MAX};
	char id[REQUEST_ID_MAX];
	for (size_t i = 0; i < COUNT(keys); i++) {
		request_id_write(id, "code[cli]", keys[i], 1);
		assert_int_equal(strlen(id), strlen("code[cli]-") + 13);
		assert_memory_equal(id, "code[cli]-", 10);
		assert_int_equal(strspn(id + 10, "abcdefghijklmnopqrstuvwxyz234567"), 13);
		assert_true(key_of(id + 10) == keys[i]);
	}
	request_id_write(id, "x", 0, 1);
	assert_string_equal(id, "x-aaaaaaaaaaaaa");
	request_id_write(id, "x", 33, 2);
	assert_string_equal(id, "x-aaaaaaaaaaabb.2");
	request_id_write(id, "x", UINT64_MAX, 31);
	assert_string_equal(id, "x-p777777777777.31");
}

static void the_longest_id_fits(void **state)
{
	(void)state;
	char id[REQUEST_ID_MAX], longest[CHECK_ID_MAX + 1];
	memset(longest, 'i', CHECK_ID_MAX);
	longest[CHECK_ID_MAX] = '\0';
	request_id_write(id, longest, 7, 4000000000U);
	assert_string_equal(id + CHECK_ID_MAX, "-aaaaaaaaaaaah.4000000000");
}

/* W3C Trace Context, section 3.2. */
static void assert_traceparent(const char *text_)
{
	assert_int_equal(strlen(text_), 55);
	for (size_t i = 0; i < 55; i++) {
		if (i == 2 || i == 35 || i == 52)
			assert_int_equal(text_[i], '-');
		else
			assert_non_null(strchr("0123456789abcdef", text_[i]));
	}
	assert_memory_equal(text_, "00-", 3);
	assert_string_equal(text_ + 53, "01");
	assert_true(strspn(text_ + 3, "0") < 32);
	assert_true(strspn(text_ + 36, "0") < 16);
}

static void traces_derive_from_the_key(void **state)
{
	(void)state;
	char first[56], second[56], other[56], again[56];
	for (uint64_t key = 0; key < 1000; key++) {
		traceparent_write(first, key, 1);
		assert_traceparent(first);
	}
	traceparent_write(first, 5, 1);
	traceparent_write(second, 5, 2);
	traceparent_write(other, 6, 1);
	traceparent_write(again, 5, 1);
	assert_string_equal(first, again);
	assert_memory_equal(first, second, 36); /* one trace, ... */
	assert_true(memcmp(first + 36, second + 36, 16) != 0); /* ... a span for each request */
	assert_true(memcmp(first + 3, other + 3, 32) != 0);
}

static void every_request_says_who_asks(void **state)
{
	(void)state;
	const struct request *request = built(1);
	char traceparent[56];
	traceparent_write(traceparent, UINT64_C(0x123456789abcdef0), 1);
	assert_string_equal(header(request, "User-Agent"), "outrider/" OUTRIDER_VERSION);
	assert_string_equal(header(request, "X-Request-ID"), request->request_id);
	assert_string_equal(header(request, "traceparent"), traceparent);
	assert_memory_equal(request->request_id, "chat-", 5);
	assert_int_equal(request->n_headers, 3);
	assert_string_equal(request->url, "http://localhost:8000/v1/x");
	assert_string_equal(built(2)->request_id + 18, ".2");
}

static void the_nearer_header_counts(void **state)
{
	(void)state;
	put(service_headers, &service.n_headers, "X-Token", "of the service");
	put(service_headers, &service.n_headers, "user-agent", "ours/1");
	put(service_headers, &service.n_headers, "X-Empty", "{{nothing}}");
	put(step_headers, &step.request.n_headers, "x-token", "of the step");
	put(step_headers, &step.request.n_headers, "Accept", "");
	const struct request *request = built(1);
	assert_string_equal(header(request, "X-Token"), "of the step");
	assert_string_equal(header(request, "User-Agent"), "ours/1");
	assert_null(header(request, "X-Empty")); /* an empty one is not sent */
	assert_null(header(request, "Accept"));
	assert_int_equal(request->n_headers, 4);
}

static void values_are_escaped_by_place(void **state)
{
	(void)state;
	struct error error;
	step.request.path = text("/search?q={{reply}}", ESCAPE_URL, true);
	step.request.body = text("{\"a\":\"{{reply}}\"}", ESCAPE_JSON, true);
	step.request.has_body = true;
	put(step_headers, &step.request.n_headers, "X-Reply", "<{{evil}}>");
	const struct request *request = built(1);
	assert_string_equal(request->url, "http://localhost:8000/search?q="
					  "it%27s%20%22so%22%0A%5Cn%20%7B%7Bx%7D%7D%20%C3%A9");
	assert_string_equal(header(request, "X-Reply"), "<aX-Evil: 1>");
	struct json *body = json_parse(request->body, &error);
	assert_non_null(body);
	assert_true(str_eq(json_string(json_member(body, "a")), values[0].value));
	json_free(body);
}

static void what_is_missing_is_said(void **state)
{
	(void)state;
	struct error error = {""};
	put(step_headers, &step.request.n_headers, "Authorization", "Bearer {{token}}");
	assert_null(request_build(&arena, &check, &step, &scope, 1, 1, &error));
	assert_string_equal(error.text, "header Authorization: {{token}} was not captured");
	step.request.n_headers = 0;
	step.request.path = text("/{{id}}", ESCAPE_URL, true);
	assert_null(request_build(&arena, &check, &step, &scope, 1, 1, &error));
	assert_string_equal(error.text, "{{id}} was not captured");
}

static void a_stream_asks_for_no_compression(void **state)
{
	(void)state;
	assert_false(built(1)->identity);
	assert_int_equal(built(1)->body_limit, BODY_BYTES_MAX);
	step.request.stream = true;
	assert_true(built(1)->identity);
	assert_int_equal(built(1)->body_limit, STREAM_BYTES_MAX);
}

/* --- the curl command --- */

static const char *curl(const struct request *request, const struct secrets *secrets)
{
	struct buf out = BUF_INIT(1 << 20);
	const char *line;

	request_as_curl(request, secrets, &out);
	line = arena_strndup(&arena, buf_str(&out));
	buf_fini(&out);
	return line;
}

/* The arguments that a shell makes of the line, each followed by a newline and a bar. */
static const char *arguments(const char *shell, const char *line)
{
	char path[] = "/tmp/outrider-curl-XXXXXX";
	int fd = mkstemp(path);
	FILE *script = fdopen(fd, "w"), *pipe;
	struct buf out = BUF_INIT(1 << 20);
	char piece[4096];
	size_t n;

	fprintf(script, "curl() { printf '%%s\\n|' \"$@\"; }\n%s\n", line);
	fclose(script);
	pipe = popen(arena_printf(&arena, "%s %s", shell, path), "r");
	while ((n = fread(piece, 1, sizeof(piece), pipe)) > 0)
		buf_put(&out, piece, n);
	assert_int_equal(pclose(pipe), 0);
	unlink(path);
	const char *text_ = arena_strndup(&arena, buf_str(&out));
	buf_fini(&out);
	return text_;
}

static void a_shell_reads_what_was_sent(void **state)
{
	(void)state;
	static const char *const bodies[] = {"{\"a\":\"it's $HOME `id` \\\\ \\\" !!\"}",
		"@/etc/passwd", "", "'", "''\\''", "-d", "\xc3\xa9\xe4\xb8\xad",
		"a*b?[c] {d,e} ~ # %s & ; | > <"};
	for (size_t i = 0; i < COUNT(bodies); i++) {
		step.request.has_body = true;
		step.request.body = text(bodies[i], ESCAPE_NONE, true);
		step.request.method = METHOD_POST;
		const char *got = arguments("sh", curl(built(1), NULL));
		assert_holds(got, arena_printf(&arena, "--data-raw\n|%s\n|", bodies[i]));
		assert_holds(got, "http://localhost:8000/v1/x\n|-H\n|User-Agent: outrider/");
	}
}

static void control_characters_are_inert_and_kept(void **state)
{
	(void)state;
	static const char *const bodies[] = {"a\nb",
		"\x1b[2J\x1b]0;x\x07"
		"f00",
		"'\\\r\n'",
		"\xe2\x80\xae"
		"abc",
		"\xff\xfe",
		"\x7f"
		"7"};
	for (size_t i = 0; i < COUNT(bodies); i++) {
		step.request.has_body = true;
		step.request.body = text(bodies[i], ESCAPE_NONE, true);
		const char *line = curl(built(1), NULL);
		for (const char *c = line; *c; c++)
			assert_true((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f);
		assert_holds(arguments("bash", line),
			arena_printf(&arena, "--data-raw\n|%s\n|", bodies[i]));
	}
}

static void methods_are_repeated(void **state)
{
	(void)state;
	static const struct {
		enum http_method method;
		bool body, stream;
		const char *begins;
	} table[] = {
		{METHOD_GET, false, false, "curl -sSg -i --compressed 'http"},
		{METHOD_POST, true, true, "curl -sSgN -i 'http"},
		{METHOD_POST, false, false, "curl -sSg -i --compressed 'http"},
		{METHOD_GET, true, false, "curl -sSg -i --compressed -X GET 'http"},
		{METHOD_PUT, true, false, "curl -sSg -i --compressed -X PUT 'http"},
		{METHOD_DELETE, false, false, "curl -sSg -i --compressed -X DELETE 'http"},
		{METHOD_HEAD, false, false, "curl -sSg -i --compressed -I 'http"},
	};
	step.request.body = text("{}", ESCAPE_NONE, true);
	for (size_t i = 0; i < COUNT(table); i++) {
		step.request.method = table[i].method;
		step.request.has_body = table[i].body;
		step.request.stream = table[i].stream;
		const char *line = curl(built(1), NULL);
		assert_memory_equal(line, table[i].begins, strlen(table[i].begins));
		assert_true((strstr(line, "--data-raw '{}'") != NULL) == table[i].body);
		assert_true((strstr(line, " -H 'Content-Type:' --data-raw ''") != NULL) ==
			    (table[i].method == METHOD_POST && !table[i].body));
	}
}

static void a_way_through_the_network_is_repeated(void **state)
{
	(void)state;
	service.ip = IP_4;
	service.tls_ca = "/etc/my ca.pem";
	service.proxy = "http://proxy:1";
	step.request.redirects = 3;
	step.request.path = text("/../x", ESCAPE_URL, true);
	assert_holds(curl(built(1), NULL),
		"curl -sSg -i --compressed --path-as-is -L --max-redirs 3 -4 --cacert "
		"'/etc/my ca.pem' -x 'http://proxy:1' 'http://localhost:8000/../x' -H ");
}

static void a_body_with_a_nul_comes_through_a_pipe(void **state)
{
	(void)state;
	static const char start[] = "printf '%%d\\000\\\\n'\\''\\377\\0127' | curl ";
	struct template body = {NULL, 0};
	template_add_literal(&arena, &body, STR("%d\0\\n'\xff\n7"));
	step.request.body = body;
	step.request.has_body = true;
	step.request.method = METHOD_POST;
	const char *line = curl(built(1), NULL);
	assert_memory_equal(line, start, strlen(start));
	assert_holds(line, " --data-binary @-");
	char *file = arena_printf(&arena, "%.*s", (int)(strstr(line, " | ") - line), line);
	FILE *pipe = popen(file, "r");
	char got[32];
	assert_int_equal(fread(got, 1, sizeof(got), pipe), 9);
	assert_memory_equal(got, "%d\0\\n'\xff\n7", 9);
	pclose(pipe);
}

static void a_body_too_long_for_a_line_is_named(void **state)
{
	(void)state;
	char *body = arena_alloc(&arena, 60001);
	memset(body, 'x', 60000);
	step.request.body = text(body, ESCAPE_NONE, true);
	step.request.has_body = true;
	step.request.method = METHOD_POST;
	const char *line = curl(built(1), NULL);
	assert_true(strlen(line) < 1000);
	assert_holds(line, "--data-binary \"@${BODY:?a file with the body, whose 60000 bytes");
}

static void variables_stand_for_secrets(void **state)
{
	(void)state;
	struct secrets *secrets = secrets_new();
	assert_true(secrets_add(secrets, STR("s3cr/t")) && secrets_add(secrets, STR("t0ken")));
	secrets_name(secrets, STR("s3cr/t"), "KEY");
	secrets_name(secrets, STR("none"), "NONE");
	put(step_headers, &step.request.n_headers, "Authorization", "Bearer s3cr/t");
	put(step_headers, &step.request.n_headers, "X-Two", "s3cr/ts3cr/t_ t0ken");
	step.request.path = text("/x?key=s3cr%2Ft&more=s3cr/t", ESCAPE_URL, true);
	step.request.body = text("{\"key\":\"s3cr/t\",\"it\":\"it's $KEY\"}", ESCAPE_NONE, true);
	step.request.has_body = true;
	const char *line = curl(built(1), secrets);
	assert_holds(line, " \"http://localhost:8000/x?key=[redacted]&more=$KEY\" -H ");
	assert_holds(line, " -H \"Authorization: Bearer $KEY\"");
	assert_holds(line, " -H \"X-Two: ${KEY}${KEY}_ [redacted]\"");
	assert_holds(line, " --data-raw '{\"key\":\"'\"$KEY\"'\",\"it\":\"it'\\''s $KEY\"}'");
	assert_lacks(line, "s3cr");
	assert_lacks(line, "t0ken");
	const char *got = arguments("KEY=s3cr/t sh", line);
	assert_holds(got, "-H\n|Authorization: Bearer s3cr/t\n|");
	assert_holds(got, "--data-raw\n|{\"key\":\"s3cr/t\",\"it\":\"it's $KEY\"}\n|");
	secrets_free(secrets);
}

static void secrets_are_left_out(void **state)
{
	(void)state;
	struct secrets *secrets = secrets_new();
	assert_true(secrets_add(secrets, STR("s3cr/t \"k\"")));
	put(step_headers, &step.request.n_headers, "Authorization", "Bearer s3cr/t \"k\"");
	step.request.path = text("/x?key=s3cr%2Ft%20%22k%22", ESCAPE_URL, true);
	step.request.body = text("{\"key\":\"s3cr/t \\\"k\\\"\"}", ESCAPE_NONE, true);
	step.request.has_body = true;
	const char *line = curl(built(1), secrets);
	assert_holds(line, "'http://localhost:8000/x?key=[redacted]'");
	assert_holds(line, "-H 'Authorization: Bearer [redacted]'");
	assert_holds(line, "--data-raw '{\"key\":\"[redacted]\"}'");
	assert_lacks(line, "s3cr");
	secrets_free(secrets);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(ids_derive_from_the_key),
		TEST(the_longest_id_fits),
		TEST(traces_derive_from_the_key),
		TEST(every_request_says_who_asks),
		TEST(the_nearer_header_counts),
		TEST(values_are_escaped_by_place),
		TEST(what_is_missing_is_said),
		TEST(a_stream_asks_for_no_compression),
		TEST(a_shell_reads_what_was_sent),
		TEST(control_characters_are_inert_and_kept),
		TEST(methods_are_repeated),
		TEST(a_way_through_the_network_is_repeated),
		TEST(a_body_with_a_nul_comes_through_a_pipe),
		TEST(a_body_too_long_for_a_line_is_named),
		TEST(secrets_are_left_out),
		TEST(variables_stand_for_secrets),
	};
	return RUN(tests);
}
