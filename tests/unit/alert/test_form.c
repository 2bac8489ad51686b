/* What each kind of receiver is sent: whose words do nothing there, whatever they are; and what it says to it. */
#include "alert/foreign.h"
#include "alert/form.h"
#include "alert/receipt.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { INCIDENT = 0x4019abcde12 };

static const char opened[] =
	"{\"version\":1,\"event\":\"opened\",\"incident\":\"4019abcde12\","
	"\"dedup_key\":\"health/4019abcde12/opened\",\"thread\":\"health/4019abcde12\","
	"\"severity\":\"page\",\"check\":\"health\",\"title\":\"Health & more\","
	"\"service\":\"gateway\",\"runbook\":\"https://wiki/run?a=1&b=2\","
	"\"link\":\"https://status.example.org/incidents/4019abcde12\","
	"\"headline\":\"DOWN: Health & more (since 10:00 UTC)\","
	"\"text\":\"DOWN: Health & more (since 10:00 UTC): status: expected <200>, got *503*\","
	"\"outcome\":\"fail\",\"reason\":\"expectation\","
	"\"message\":\"status: expected <200>, got *503*\","
	"\"since\":\"2025-11-22T10:00:02.000Z\",\"request_id\":\"health-abc\","
	"\"expected\":\"<200>\",\"actual\":\"*503*\",\"cause\":\"health\","
	"\"checks\":[\"health\",\"other\"],\"checks_total\":5}";

struct made {
	struct arena arena;
	struct form form;
	struct json *json; /* the body; NULL: it is none */
};

static struct made make_of(
	const struct channel *channel, const char *event, const char *payload, int64_t late_us)
{
	struct made made;
	struct error error = {""};
	const struct outbox_row row = {.channel = channel->name,
		.dedup_key = "health/4019abcde12/opened",
		.event = event,
		.payload = payload,
		.incident = INCIDENT,
		.created_wall_us = INT64_C(1763805602000000)};
	arena_init(&made.arena);
	struct letter letter = letter_write(&made.arena, &row, row.created_wall_us + late_us);
	made.form = form_write(&made.arena, channel, &row, &letter);
	made.json = json_parse(made.form.body, &error);
	return made;
}

static struct made make(const struct channel *channel, const char *payload, int64_t late_us)
{
	return make_of(channel, "opened", payload, late_us);
}

static void drop(struct made *made)
{
	json_free(made->json);
	arena_fini(&made->arena);
}

static struct str at(const struct made *made, const char *member)
{
	return json_string(json_member(made->json, member));
}

static void says(struct str text, const char *expected)
{
	char *copy = strndup(text.n ? text.p : "", text.n);
	assert_string_equal(copy, expected);
	free(copy);
}

static bool has(const struct made *made, const char *text)
{
	return str_find(made->form.body, str_of(text), false) >= 0;
}

static const struct channel kinds[] = {
	{.name = "c", .kind = CHANNEL_SLACK, .url = "https://hooks/secret"},
	{.name = "c", .kind = CHANNEL_DISCORD, .url = "https://discord/secret"},
	{.name = "c", .kind = CHANNEL_TELEGRAM, .token = "1:secret", .chat_id = "-12"},
	{.name = "c", .kind = CHANNEL_PAGERDUTY, .routing_key = "secret"},
	{.name = "c", .kind = CHANNEL_NTFY, .topic = "ops", .token = "tk_secret"},
};

static void slack_gets_text_and_blocks(void **state)
{
	(void)state;
	struct made made = make(&kinds[0], opened, 0);
	assert_non_null(made.json);
	assert_string_equal(made.form.url, "https://hooks/secret");
	says(at(&made, "text"), "DOWN: Health &amp; more (since 10:00 UTC): status: expected "
				"&lt;200&gt;, got *503*");
	assert_true(has(&made,
		"\"🔴 *<https://status.example.org/incidents/4019abcde12|DOWN: Health &amp; more "
		"(since 10:00 UTC)>*\""));
	assert_true(has(&made, "\"text\": \"<https://wiki/run?a=1&amp;b=2|Runbook>\""));
	assert_true(has(&made, "\"text\": \"Checks: health, other and 3 more\""));
	drop(&made);
}

static void discord_gets_an_embed(void **state)
{
	(void)state;
	struct made made = make(&kinds[1], opened, 0);
	const struct json *embed = json_first(json_member(made.json, "embeds"));
	says(json_string(json_member(embed, "title")),
		"DOWN\\: Health \\& more \\(since 10\\:00 UTC\\)");
	says(json_string(json_member(embed, "description")),
		"status\\: expected \\<200\\>\\, got \\*503\\*");
	says(json_string(json_member(embed, "url")),
		"https://status.example.org/incidents/4019abcde12");
	assert_int_equal(
		json_count(json_member(json_member(made.json, "allowed_mentions"), "parse")), 0);
	drop(&made);
}

static void telegram_gets_html(void **state)
{
	(void)state;
	struct made made = make(&kinds[2], opened, 0);
	assert_string_equal(made.form.url, "https://api.telegram.org/bot1:secret/sendMessage");
	says(at(&made, "chat_id"), "-12");
	says(at(&made, "text"),
		"🔴 <b><a href=\"https://status.example.org/incidents/4019abcde12\">DOWN: Health "
		"&amp; more (since 10:00 UTC)</a></b>\n<code>status: expected &lt;200&gt;, got "
		"*503*</code>\n"
		"Checks: <code>health, other and 3 more</code>\nRequest: <code>health-abc</code>\n"
		"<a href=\"https://wiki/run?a=1&amp;b=2\">Runbook</a>");
	drop(&made);
}

static void pagerduty_gets_an_event(void **state)
{
	(void)state;
	struct made made = make(&kinds[3], opened, 0);
	const struct json *payload = json_member(made.json, "payload");
	assert_string_equal(made.form.url, "https://events.pagerduty.com/v2/enqueue");
	says(at(&made, "event_action"), "trigger");
	says(at(&made, "dedup_key"), "health/4019abcde12");
	says(json_string(json_member(payload, "severity")), "critical");
	says(json_string(json_member(payload, "source")), "gateway");
	assert_int_equal(json_count(json_member(made.json, "links")), 2);
	drop(&made);
}

static void ntfy_gets_its_json(void **state)
{
	(void)state;
	struct made made = make(&kinds[4], opened, 0);
	assert_string_equal(made.form.url, "https://ntfy.sh/");
	assert_string_equal(made.form.headers[1].name, "Authorization");
	assert_string_equal(made.form.headers[1].value, "Bearer tk_secret");
	says(at(&made, "topic"), "ops");
	says(at(&made, "title"), "DOWN: Health & more (since 10:00 UTC)");
	says(at(&made, "click"), "https://status.example.org/incidents/4019abcde12");
	assert_true(json_number(json_member(made.json, "priority")) == 5);
	drop(&made);
	struct channel open = kinds[4];
	open.token = NULL;
	open.url = "http://127.0.0.1:1";
	made = make(&open, opened, 0);
	assert_string_equal(made.form.url, "http://127.0.0.1:1/");
	assert_string_equal(made.form.headers[1].value, "");
	drop(&made);
}

/* Also of what brings few members, as a test message or an event of a later version does. */
static void each_event_has_a_form(void **state)
{
	(void)state;
	static const char few[] = "{\"severity\":\"info\",\"check\":\"health\",\"text\":\"Words\"}";
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		for (size_t e = 0; e <= ALERT_EVENT_COUNT; e++) {
			const char *event = e < ALERT_EVENT_COUNT
						    ? alert_event_name((enum alert_event)e)
						    : "later";
			struct made made = make_of(&kinds[k], event, few, 0);
			assert_non_null(made.json);
			assert_true(has(&made, "Words"));
			drop(&made);
		}
}

/* What is about no check still has whatever its receiver demands. */
static void what_is_about_no_check_has_a_form(void **state)
{
	(void)state;
	static const char offline[] =
		"{\"version\":1,\"event\":\"offline\",\"dedup_key\":\"outrider/offline/1\","
		"\"thread\":\"outrider/offline/1\",\"severity\":\"ticket\","
		"\"headline\":\"It was offline\",\"text\":\"It was offline\"}";
	struct made made = make_of(&kinds[3], "offline", offline, 0);
	const struct json *payload = json_member(made.json, "payload");
	says(json_string(json_member(payload, "source")), "outrider");
	assert_null(json_member(payload, "component"));
	drop(&made);
	made = make_of(&kinds[4], "offline", offline, 0);
	says(at(&made, "message"), "It was offline");
	drop(&made);
}

static void an_incident_has_one_key_at_pagerduty(void **state)
{
	(void)state;
	static const struct {
		const char *event, *action;
	} rows[] = {{"opened", "trigger"}, {"reminder", "trigger"}, {"acknowledged", "acknowledge"},
		{"resolved", "resolve"}, {"burning", "trigger"}, {"burn_over", "resolve"},
		{"certificate", "trigger"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct made made = make_of(&kinds[3], rows[i].event, opened, 0);
		says(at(&made, "event_action"), rows[i].action);
		says(at(&made, "dedup_key"), "health/4019abcde12");
		drop(&made);
	}
}

static void green_is_what_is_well(void **state)
{
	(void)state;
	static const struct {
		const char *payload;
		bool green;
	} rows[] = {{"{\"text\":\"UP\",\"outcome\":\"pass\"}", true},
		{"{\"text\":\"UP\",\"outcome\":\"warn\"}", true},
		{"{\"text\":\"MERGED\",\"outcome\":\"pass\",\"merged_into\":\"abc\"}", false},
		{"{\"text\":\"CLOSED\",\"outcome\":\"fail\"}", false},
		{"{\"text\":\"CLOSED\"}", false}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct made made = make_of(&kinds[2], "resolved", rows[i].payload, 0);
		assert_int_equal(has(&made, "🟢"), rows[i].green);
		drop(&made);
	}
}

static void what_is_late_says_so_everywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct made made = make(&kinds[i], opened, INT64_C(7200) * US_PER_S);
		assert_non_null(made.json);
		assert_true(has(&made, "told late"));
		drop(&made);
	}
}

/* --- words that want to be more than words --- */

static const char *const hostile[] = {
	"<!channel> <!here> <@U12345> <#C123> <https://evil.example|your bank>",
	"@everyone @here <@123456789012345678> <@&987> [your bank](https://evil.example)",
	"https://evil.example/ **bold** `code` ```x``` ||spoiler|| ~~gone~~ # head > quote",
	"</code></b><a href=\"https://evil.example\">bank</a><script>alert(1)</script>",
	"\",\"text\":\"mine\"} \\\" \\u0000 \\",
	"{{channel.token}} {{{channel.url}}} {{#is}}{{/is}} ${HOME} %s%n", "&amp;lt; &#60; &",
	"🔴🔴 ünïcödé 漢字 \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9"};

static char *hostile_payload(const char *words)
{
	static const char *const members[] = {"text", "headline", "message", "title", "expected",
		"actual", "runbook", "link", "request_id", "note", "severity", "event", "since"};
	struct buf out = BUF_INIT(1 << 20);
	struct json_writer w = json_writer_to(&out);
	jw_object(&w, NULL);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		jw_text(&w, members[i], words);
	jw_array(&w, "checks");
	for (int i = 0; i < 100; i++)
		jw_text(&w, NULL, words);
	jw_array_end(&w);
	jw_int(&w, "checks_total", 100);
	jw_object_end(&w);
	return buf_take(&out);
}

/* Every < and > and & of Slack and Telegram, every sign of Discord, is disarmed or ours. */
static void stays_words(const struct channel *channel, const struct made *made)
{
	switch (channel->kind) {
	case CHANNEL_SLACK:
		assert_false(has(made, "<!") || has(made, "<@") || has(made, "<#"));
		assert_false(has(made, "<https://evil"));
		return;
	case CHANNEL_DISCORD:
		assert_false(has(made, " @everyone") || has(made, "\"@everyone"));
		assert_false(has(made, "https://evil") || has(made, "](http"));
		return;
	case CHANNEL_TELEGRAM:
		assert_false(has(made, "<script") || has(made, "href=\\\"https://evil"));
		return;
	case CHANNEL_PAGERDUTY:
		assert_int_equal(json_count(json_member(made->json, "links")), 0);
		return;
	case CHANNEL_NTFY:
		assert_null(json_member(made->json, "click"));
		assert_null(json_member(made->json, "markdown"));
		return;
	case CHANNEL_WEBHOOK:
	case CHANNEL_EXEC:
	case CHANNEL_ALERTMANAGER:
	case CHANNEL_EMAIL:
	case CHANNEL_KIND_COUNT: break;
	}
	fail();
}

static void hostile_words_stay_words(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
			char *payload = hostile_payload(hostile[i]);
			struct made made = make(&kinds[k], payload, 0);
			assert_non_null(made.json);
			stays_words(&kinds[k], &made);
			drop(&made);
			free(payload);
		}
}

static size_t characters(struct str text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

static void longest(const struct json *json, size_t *most)
{
	size_t n = json_type(json) == JSON_STRING ? characters(json_string(json)) : 0;
	if (n > *most)
		*most = n;
	for (const struct json *at = json_first(json); at; at = json_next(at))
		longest(at, most);
}

/* However much is said: the limits of whoever shows it. */
static void long_words_are_cut(void **state)
{
	(void)state;
	static const struct {
		char longest; /* what becomes most; Telegram counts what its entities stand for */
		size_t limit;
	} rows[] = {{'&', 2000}, {'*', 1024}, {'x', 4096}, {'x', 1024}, {'x', 4096}};
	char words[1025] = "";
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		memset(words, rows[k].longest, sizeof(words) - 1);
		char *payload = hostile_payload(words);
		struct made made = make(&kinds[k], payload, 0);
		size_t most = 0;
		assert_non_null(made.json);
		longest(made.json, &most);
		assert_in_range(most, 100, rows[k].limit);
		drop(&made);
		free(payload);
	}
}

static void a_cut_ends_between_characters(void **state)
{
	(void)state;
	struct buf out = BUF_INIT(100);
	foreign_put(&out, STR("aé漢字"), 4, NULL);
	assert_string_equal(buf_text(&out), "aé…");
	buf_reset(&out);
	foreign_put(&out, STR("aé漢字"), 0, NULL);
	assert_string_equal(buf_text(&out), "aé漢字");
	buf_fini(&out);
}

/* --- one's own template --- */

static void rendered(const char *type, const char *template, const char *body)
{
	const struct channel_header header = {"content-type", type};
	struct channel channel = {.name = "hook",
		.kind = CHANNEL_WEBHOOK,
		.url = "http://h/",
		.headers = &header,
		.n_headers = type ? 1 : 0,
		.template = template};
	struct made made = make(&channel, opened, 0);
	says(made.form.body, body);
	assert_string_equal(made.form.url, "http://h/");
	drop(&made);
}

static void a_template_replaces_the_body(void **state)
{
	(void)state;
	rendered(NULL, "{\"t\":\"{{title}}\",\"p\":{{#is.page}}1{{/is.page}}}",
		"{\"t\":\"Health & more\",\"p\":1}");
	rendered("text/html; charset=utf-8", "<p>{{title}}", "<p>Health &amp; more");
	rendered("text/plain", "{{title}}: {{expected}}", "Health & more: <200>");
	rendered("application/x-www-form-urlencoded", "t={{title}}", "t=Health%20%26%20more");
	rendered(NULL, "{{#checks}}[{{.}}]{{/checks}} {{checks_total}} {{nothing}}",
		"[health][other] 5 ");
	struct channel slack = kinds[0];
	slack.template = "{\"text\":\"{{headline}}\"}";
	struct made made = make(&slack, opened, 0);
	says(made.form.body, "{\"text\":\"DOWN: Health &amp; more (since 10:00 UTC)\"}");
	assert_string_equal(made.form.url, "https://hooks/secret");
	drop(&made);
}

static void without_one_the_payload_is_sent(void **state)
{
	(void)state;
	rendered(NULL, NULL, opened);
	rendered(NULL, "{{#never}}", opened); /* no loaded configuration has such a one */
	rendered(NULL,
		"{{#checks}}{{#checks}}{{#checks}}{{#checks}}{{#checks}}{{#checks}}{{#checks}}"
		"{{#checks}}{{#checks}}{{#checks}}{{#checks}}{{#checks}}{{#checks}}{{#checks}}"
		"{{text}}{{/checks}}{{/checks}}{{/checks}}{{/checks}}{{/checks}}{{/checks}}"
		"{{/checks}}{{/checks}}{{/checks}}{{/checks}}{{/checks}}{{/checks}}{{/checks}}"
		"{{/checks}}",
		opened);
}

/* --- what receivers answer --- */

static void a_receipt_is_more_than_a_status(void **state)
{
	(void)state;
	static const struct {
		enum channel_kind kind;
		int status;
		const char *answer;
		bool given;
	} rows[] = {
		{CHANNEL_WEBHOOK, 204, "", true},
		{CHANNEL_WEBHOOK, 299, "<html>", true},
		{CHANNEL_WEBHOOK, 302, "", false},
		{CHANNEL_SLACK, 200, "ok", true},
		{CHANNEL_SLACK, 200, "no_text", false},
		{CHANNEL_SLACK, 200, "<html>Sign in</html>", false},
		{CHANNEL_SLACK, 400, "ok", false},
		{CHANNEL_DISCORD, 204, "", true},
		{CHANNEL_DISCORD, 200, "{\"id\":\"12\"}", true},
		{CHANNEL_DISCORD, 200, "<html>", false},
		{CHANNEL_DISCORD, 400, "{\"id\":\"12\"}", false},
		{CHANNEL_TELEGRAM, 200, "{\"ok\":true,\"result\":{}}", true},
		{CHANNEL_TELEGRAM, 200, "{\"ok\":false}", false},
		{CHANNEL_TELEGRAM, 200, "{\"ok\":\"true\"}", false},
		{CHANNEL_PAGERDUTY, 202, "{\"status\":\"success\",\"dedup_key\":\"a\"}", true},
		{CHANNEL_PAGERDUTY, 200, "{\"status\":\"success\"}", false},
		{CHANNEL_PAGERDUTY, 202, "{\"status\":\"invalid event\"}", false},
		{CHANNEL_NTFY, 200, "{\"id\":\"a\",\"event\":\"message\"}", true},
		{CHANNEL_NTFY, 200, "{\"id\":\"a\"}", false},
		{CHANNEL_NTFY, 200, "", false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct receipt receipt =
			receipt_read(rows[i].kind, rows[i].status, str_of(rows[i].answer));
		assert_int_equal(receipt.given, rows[i].given);
		assert_true(!receipt.given || !*receipt.why);
	}
	assert_int_equal(receipt_read(CHANNEL_TELEGRAM, 429,
				 STR("{\"ok\":false,\"parameters\":{\"retry_after\":7}}"))
				 .wait_us,
		7 * US_PER_S);
	assert_int_equal(
		receipt_read(CHANNEL_TELEGRAM, 429, STR("{\"parameters\":{\"retry_after\":1e99}}"))
			.wait_us,
		3600 * US_PER_S);
	assert_int_equal(
		receipt_read(CHANNEL_TELEGRAM, 429, STR("{\"parameters\":{\"retry_after\":-1}}"))
			.wait_us,
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slack_gets_text_and_blocks),
		cmocka_unit_test(discord_gets_an_embed),
		cmocka_unit_test(telegram_gets_html),
		cmocka_unit_test(pagerduty_gets_an_event),
		cmocka_unit_test(ntfy_gets_its_json),
		cmocka_unit_test(each_event_has_a_form),
		cmocka_unit_test(what_is_about_no_check_has_a_form),
		cmocka_unit_test(an_incident_has_one_key_at_pagerduty),
		cmocka_unit_test(green_is_what_is_well),
		cmocka_unit_test(what_is_late_says_so_everywhere),
		cmocka_unit_test(hostile_words_stay_words),
		cmocka_unit_test(long_words_are_cut),
		cmocka_unit_test(a_cut_ends_between_characters),
		cmocka_unit_test(a_template_replaces_the_body),
		cmocka_unit_test(without_one_the_payload_is_sent),
		cmocka_unit_test(a_receipt_is_more_than_a_status),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
