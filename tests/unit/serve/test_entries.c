#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "serve/entries.h"

#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"

static const struct entry_rule rules[] = {
	{.name = "title", .max = 20},
	{.name = "text", .max = 40, .lines = true},
	{.name = "duration", .max = 20, .number = true},
	{.name = "checks", .max = 20, .list = true},
};

struct reading {
	struct arena arena;
	struct entries entries;
	struct error error;
	unsigned status;
};

static void read_bytes(struct reading *r, const char *type, struct str body)
{
	*r = (struct reading){0};
	arena_init(&r->arena);
	struct http_request request = {.content_type = type, .body = body, .arena = &r->arena};
	r->status = entries_read(
		&request, rules, sizeof(rules) / sizeof(rules[0]), &r->entries, &r->error);
	assert_int_equal(r->status != 0, r->error.text[0] != '\0');
}

static void expect_entry(const char *type, const char *body, const char *name, const char *text)
{
	struct reading r;
	read_bytes(&r, type, str_of(body));
	const char *found = entries_text(&r.entries, name);
	if (r.status || (found != NULL) != (text != NULL) || (text && strcmp(found, text) != 0))
		fail_msg("%s: %s is %s, not %s (%s)", body, name, found ? found : "missing",
			text ? text : "missing", r.error.text);
	arena_fini(&r.arena);
}

static void expect_refusal(const char *type, const char *body, unsigned status, const char *error)
{
	struct reading r;
	read_bytes(&r, type, str_of(body));
	if (r.status != status || !strstr(r.error.text, error))
		fail_msg("%s: %u %s", body, r.status, r.error.text);
	assert_int_equal(r.entries.n, 0);
	arena_fini(&r.arena);
}

static void test_texts(void **state)
{
	(void)state;
	expect_entry(JSON, "{\"title\":\"a \\u00fc\"}", "title", "a \xc3\xbc");
	expect_entry(JSON, "{\"title\":null}", "title", NULL);
	expect_entry(JSON, "{}", "title", NULL);
	expect_entry("Application/JSON; charset=utf-8", "{\"title\":\"x\"}", "title", "x");
	expect_entry(JSON, "{\"duration\":3600}", "duration", "3600");
	expect_entry(JSON, "{\"duration\":\"1h\"}", "duration", "1h");
	expect_entry(JSON, "{\"text\":\"a\\r\\nb\\rc\\td\"}", "text", "a\nb\nc\td");
	expect_entry(FORM, "title=a+b%21&text=", "title", "a b!");
	expect_entry(FORM, "title=a+b&text=", "text", NULL);
	expect_entry(FORM, "&&title=1=2&", "title", "1=2");
	expect_entry(FORM, "title=100%&text=%4", "title", "100%");
	expect_entry(FORM, "title=100%&text=%4", "text", "%4");
	expect_entry(FORM, "title=%zz%4z%c3%BC", "title", "%zz%4z\xc3\xbc");
	expect_entry(FORM, "%74itle=x", "title", "x");
	expect_entry(FORM, "text=a%0D%0Ab", "text", "a\nb");
	expect_entry(FORM "; charset=utf-8", "duration=90m", "duration", "90m");
	expect_entry(NULL, "", "title", NULL);
	expect_entry("text/plain", "", "title", NULL);
}

static void test_lists(void **state)
{
	static const char *const bodies[] = {
		"{\"checks\":[\"a\",\"b\"]}", "checks=a&checks=&checks=b"};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct reading r;
		const char *const *texts = NULL;
		read_bytes(&r, i ? FORM : JSON, str_of(bodies[i]));
		assert_int_equal(entries_list(&r.entries, &r.arena, "checks", &texts), 2);
		assert_string_equal(texts[0], "a");
		assert_string_equal(texts[1], "b");
		arena_fini(&r.arena);
	}
}

static void test_refusals(void **state)
{
	(void)state;
	expect_refusal(NULL, "title=a", 415, "application/json");
	expect_refusal("text/plain", "{}", 415, "application/json");
	expect_refusal("multipart/form-data; boundary=x", "--x", 415, "application/json");
	expect_refusal(JSON, "{\"title\":\"a\"", 400, "no JSON");
	expect_refusal(JSON, "{\"title\":\"a\"} x", 400, "no JSON");
	expect_refusal(JSON, "{'title':1}", 400, "no JSON");
	expect_refusal(JSON, "{\"title\":\"\xff\"}", 400, "no JSON");
	expect_refusal(JSON, "[]", 422, "no JSON object");
	expect_refusal(JSON, "\"title\"", 422, "no JSON object");
	expect_refusal(JSON, "{\"titel\":\"a\"}", 422, "titel: it is not known");
	expect_refusal(JSON, "{\"a\\u001b[1m\":\"a\"}", 422, "a\\x1b[1m: it is not known");
	expect_refusal(JSON, "{\"title\":true}", 422, "title: it can't be of the type");
	expect_refusal(JSON, "{\"title\":{\"a\":1}}", 422, "title: it can't be of the type");
	expect_refusal(JSON, "{\"title\":1}", 422, "title: a text is expected");
	expect_refusal(JSON, "{\"title\":[\"a\"]}", 422, "title: a text is expected");
	expect_refusal(JSON, "{\"duration\":[\"a\"]}", 422, "duration: a text or a number");
	expect_refusal(JSON, "{\"checks\":\"a\"}", 422, "checks: a list of texts");
	expect_refusal(JSON, "{\"checks\":[1]}", 422, "checks: a list of texts");
	expect_refusal(JSON, "{\"checks\":[]}", 422, "checks: the list is empty");
	expect_refusal(JSON, "{\"checks\":[\"a\",\"\"]}", 422, "checks: it is empty");
	expect_refusal(JSON, "{\"title\":\"\"}", 422, "title: it is empty");
	expect_refusal(JSON, "{\"title\":\" \"}", 422, "title: it is empty");
	expect_refusal(JSON, "{\"title\":\"a\",\"title\":\"b\"}", 422, "title: it is given twice");
	expect_refusal(FORM, "title=a&title=b", 422, "title: it is given twice");
	expect_refusal(FORM, "title=%ff", 422, "title: it is not UTF-8");
	expect_refusal(FORM, "title=a%00b", 422, "title: it has line breaks or control");
	expect_refusal(FORM, "title=a%0D%0Ab", 422, "title: it has line breaks");
	expect_refusal(FORM, "text=a%1Bb", 422, "text: it has control characters");
	expect_refusal(FORM, "title=123456789012345678901", 422, "title: it is longer than 20");
	expect_refusal(FORM, "nothing", 0, ""); /* a name without a text was not sent */
}

static void test_too_many(void **state)
{
	struct buf body = BUF_INIT(1 << 16);
	struct reading r;
	(void)state;
	for (int i = 0; i < ENTRIES_MAX; i++)
		buf_puts(&body, "checks=a&");
	read_bytes(&r, FORM, buf_str(&body));
	assert_int_equal(r.entries.n, ENTRIES_MAX);
	arena_fini(&r.arena);
	buf_puts(&body, "checks=a");
	expect_refusal(FORM, buf_text(&body), 422, "more than 1024 values");
	buf_reset(&body);
	buf_puts(&body, "{\"checks\":[\"a\"");
	for (int i = 0; i < ENTRIES_MAX; i++)
		buf_puts(&body, ",\"a\"");
	buf_puts(&body, "]}");
	expect_refusal(JSON, buf_text(&body), 422, "more than 1024 values");
	buf_fini(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_too_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
