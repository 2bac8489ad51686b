/* What an alert says, to the letter; how it says that it is late; when it is tried again. */
#include "unit/store/fixture.h"

#include "alert/backoff.h"
#include "alert/ledger.h"
#include "alert/letter.h"
#include "alert/message.h"
#include "base/json.h"

static const struct service gateway = {.id = "gateway", .title = "Gateway"};
static const struct check health = {.id = "gateway-health",
	.title = "Gateway answers /health",
	.runbook = "https://wiki/runbook",
	.service = &gateway};
static const struct channel channels[] = {
	{.name = "ops", .kind = CHANNEL_WEBHOOK, .url = "http://x", .events = 7, .severities = 7},
	{.name = "boss",
		.kind = CHANNEL_WEBHOOK,
		.url = "http://y",
		.events = 3,
		.severities = 1 << SEVERITY_PAGE},
	{.name = "script",
		.kind = CHANNEL_EXEC,
		.events = 1 << ALERT_OPENED,
		.severities = 1 << SEVERITY_PAGE | 1 << SEVERITY_TICKET}};
static const struct alert_options options = {
	.channels = channels, .n_channels = 3, .link = "https://status.example.org"};
static const uint64_t everybody = UINT64_MAX;

enum { INCIDENT = 0x4019abcde12 };

static struct record *failing(void)
{
	static struct finding findings[] = {{.subject = "latency",
						    .outcome = OUTCOME_WARN,
						    .expected = "at most 1s",
						    .actual = "2s"},
		{.subject = "status",
			.outcome = OUTCOME_FAIL,
			.reason = REASON_EXPECTATION,
			.expected = "200",
			.actual = "503"},
		{.subject = "json.$.status", .outcome = OUTCOME_FAIL, .expected = "ok"}};
	struct record *record = make_record(1, T0_US, OUTCOME_FAIL);
	record->check = &health;
	record->check_id = health.id;
	record->duration_us = 2 * US_PER_S;
	record->request_id = "gateway-health-abc";
	record->findings = findings;
	record->n_findings = 3;
	return record;
}

static const char *const only[] = {"gateway-health"};

static struct alert_news news_of(const struct record *record, bool opened, int64_t since_us)
{
	return (struct alert_news){.event = opened ? ALERT_OPENED : ALERT_RESOLVED,
		.incident = INCIDENT,
		.since_wall_us = since_us,
		.at_wall_us = record->started_wall_us + record->duration_us,
		.last_good_wall_us = T0_US - 59 * US_PER_S,
		.opener = record->check_id,
		.check_id = record->check_id,
		.check = record->check,
		.cause = record->check_id,
		.record = record,
		.checks = only,
		.n_checks = 1,
		.mode = "local"};
}

/* What a message has, a template may name. */
static void expect_members(const char *text)
{
	static const char *const known[] = {ALERT_TEMPLATE_MEMBERS};
	struct error error;
	struct json *payload = json_parse(str_of(text), &error);
	assert_non_null(payload);
	for (const struct json *at = json_first(payload); at; at = json_next(at)) {
		bool found = json_type(at) == JSON_OBJECT;
		for (size_t i = 0; i < sizeof(known) / sizeof(*known) && !found; i++)
			found = str_eq(json_name(at), str_of(known[i]));
		if (!found)
			fail_msg("no template may name %.*s", STR_ARG(json_name(at)));
	}
	json_free(payload);
}

static char *payload_of(const struct alert_news *news)
{
	struct outbox_message *messages = NULL;
	size_t n = 0;
	alert_compose(&options, everybody, news, &messages, &n);
	assert_int_equal(n, news->event == ALERT_OPENED ? 3 : 2);
	char *payload = messages[0].payload;
	expect_members(payload);
	messages[0].payload = NULL;
	outbox_messages_free(messages, n);
	return payload;
}

static char *first_payload(struct record *record, bool opened, int64_t since_us)
{
	struct alert_news news = news_of(record, opened, since_us);
	char *payload = payload_of(&news);
	record_free(record);
	return payload;
}

static void an_opened_one_to_the_letter(void **state)
{
	(void)state;
	char *payload = first_payload(failing(), true, T0_US + 2 * US_PER_S);
	assert_string_equal(payload,
		"{\"version\":1,\"event\":\"opened\",\"incident\":\"4019abcde12\","
		"\"dedup_key\":\"gateway-health/4019abcde12/"
		"opened\",\"thread\":\"gateway-health/"
		"4019abcde12\",\"severity\":\"page\",\"check\":"
		"\"gateway-health\","
		"\"title\":\"Gateway answers /health\",\"service\":\"gateway\",\"mode\":\"local\","
		"\"runbook\":\"https://wiki/runbook\","
		"\"link\":\"https://status.example.org/incidents/4019abcde12\","
		"\"headline\":\"DOWN: Gateway answers /health (since 10:00 UTC)\","
		"\"text\":\"DOWN: Gateway answers /health (since 10:00 UTC): status: expected 200, "
		"got 503\",\"outcome\":\"fail\","
		"\"reason\":\"expectation\",\"message\":\"status: expected 200, got 503\","
		"\"since\":\"2025-11-22T10:00:02.000Z\",\"last_good\":\"2025-11-22T09:59:01.000Z\","
		"\"request_id\":\"gateway-health-abc\","
		"\"subject\":\"status\",\"expected\":\"200\",\"actual\":\"503\","
		"\"cause\":\"gateway-health\",\"checks\":[\"gateway-health\"],\"checks_total\":1}");
	free(payload);
}

static void a_resolved_one_to_the_letter(void **state)
{
	(void)state;
	struct record *record = make_record(1, T0_US + 540 * US_PER_S, OUTCOME_PASS);
	record->check = &health;
	record->check_id = health.id;
	record->duration_us = US_PER_S;
	char *payload = first_payload(record, false, T0_US + 120 * US_PER_S);
	assert_string_equal(payload,
		"{\"version\":1,\"event\":\"resolved\",\"incident\":\"4019abcde12\","
		"\"dedup_key\":\"gateway-health/4019abcde12/resolved\","
		"\"thread\":\"gateway-health/4019abcde12\","
		"\"severity\":\"page\",\"check\":\"gateway-health\",\"title\":\"Gateway answers "
		"/health\","
		"\"service\":\"gateway\",\"mode\":\"local\",\"runbook\":\"https://wiki/runbook\","
		"\"link\":\"https://status.example.org/incidents/4019abcde12\","
		"\"headline\":\"UP: Gateway answers /health (was down 10:02–10:09 UTC, 7 min 1 "
		"s)\","
		"\"text\":\"UP: Gateway answers /health (was down 10:02–10:09 UTC, 7 min 1 s)\","
		"\"outcome\":\"pass\",\"reason\":\"none\",\"since\":\"2025-11-22T10:02:00.000Z\","
		"\"resolved_at\":\"2025-11-22T10:09:01.000Z\",\"duration_s\":421,\"duration\":\"7 "
		"min 1 s\","
		"\"cause\":\"gateway-health\",\"checks\":[\"gateway-health\"],\"checks_total\":1}");
	free(payload);
}

static struct alert_news going_on(enum alert_event event)
{
	return (struct alert_news){.event = event,
		.incident = INCIDENT,
		.since_wall_us = T0_US,
		.at_wall_us = T0_US + 4 * 3600 * US_PER_S,
		.opener = health.id,
		.check_id = health.id,
		.check = &health,
		.cause = health.id,
		.checks = only,
		.n_checks = 1};
}

static void expect_text(const struct alert_news *news, const char *text, const char *members)
{
	static const struct channel ear = {.name = "ops", .events = UINT32_MAX};
	static const struct alert_options one = {.channels = &ear, .n_channels = 1};
	struct outbox_message *messages = NULL;
	size_t n = 0;
	alert_compose(&one, everybody, news, &messages, &n);
	assert_int_equal(n, 1);
	struct error error;
	expect_members(messages[0].payload);
	struct json *payload = json_parse(str_of(messages[0].payload), &error);
	assert_non_null(payload);
	struct str said = json_string(json_member(payload, "text"));
	char copy[256];
	snprintf(copy, sizeof(copy), "%.*s", (int)said.n, said.p);
	assert_string_equal(copy, text);
	assert_non_null(strstr(messages[0].payload, members));
	json_free(payload);
	outbox_messages_free(messages, n);
}

static void reminders_have_keys_of_their_own(void **state)
{
	(void)state;
	struct alert_news news = going_on(ALERT_REMINDER);
	news.nth = 3;
	expect_text(&news, "STILL DOWN: Gateway answers /health (since 10:00 UTC)",
		"\"dedup_key\":\"gateway-health/4019abcde12/reminder-3\"");
	expect_text(&news, "STILL DOWN: Gateway answers /health (since 10:00 UTC)",
		"\"since\":\"2025-11-22T10:00:00.000Z\",\"open_for_s\":14400,\"duration\":\"4 "
		"h\",\"cause\"");
	news.until_wall_us = T0_US + 3600 * US_PER_S;
	expect_text(&news,
		"STILL DOWN: Gateway answers /health (since 10:00 UTC): the acknowledgement is "
		"over",
		"\"acknowledged_until\":\"2025-11-22T11:00:00.000Z\"");
}

static void an_acknowledgement_says_who_and_why(void **state)
{
	(void)state;
	struct alert_news news = going_on(ALERT_ACKNOWLEDGED);
	news.by = news.said = "";
	expect_text(&news, "ACKNOWLEDGED: Gateway answers /health (since 10:00 UTC)", "{");
	news.by = "ann";
	expect_text(&news, "ACKNOWLEDGED: Gateway answers /health (since 10:00 UTC): by ann",
		"\"acknowledged_by\":\"ann\"");
	news.said = "the disk";
	news.until_wall_us = T0_US + 20 * 3600 * US_PER_S;
	expect_text(&news,
		"ACKNOWLEDGED: Gateway answers /health (since 10:00 UTC): by ann until 2025-11-23 "
		"06:00 UTC: the disk",
		"\"note\":\"the disk\",\"acknowledged_until\":\"2025-11-23T06:00:00.000Z\"");
}

/* The news of an incident keeps its name, whoever is the cause in the end. */
static void what_it_is_compared_with_is_asked_no_more_than_it_knows(void **state)
{
	(void)state;
	static const struct {
		enum health_state state;
		bool fails, before;
		const char *words;
	} all[] = {{HEALTH_UP, false, false, "is up: look here first\""},
		{HEALTH_UP, false, true, "was up before that\""},
		{HEALTH_UP, true, false, "fails as well\""}, {HEALTH_DOWN, true, true, "is down\""},
		{HEALTH_UNKNOWN, false, true, "is unknown\""}};
	struct record *record = failing();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct alert_news news = news_of(record, true, T0_US);
		char wanted[128];
		news.compared = "beside";
		news.compared_state = all[i].state;
		news.compared_fails = all[i].fails;
		news.compared_before = all[i].before;
		char *payload = payload_of(&news);
		snprintf(wanted, sizeof(wanted),
			"; beside, which asks the same with less on the way, %s", all[i].words);
		assert_non_null(strstr(payload, wanted));
		free(payload);
	}
	record_free(record);
}

static void the_end_of_many_names_them(void **state)
{
	(void)state;
	static const char *ids[ALERT_CHECKS_MAX];
	struct record *record = make_record(2, T0_US + 540 * US_PER_S, OUTCOME_PASS);
	struct alert_news news = news_of(record, false, T0_US);
	struct error error = {""};
	for (size_t i = 0; i < ALERT_CHECKS_MAX; i++)
		ids[i] = i % 2 ? "b" : "a";
	news.opener = news.check_id = health.id;
	news.check = &health;
	news.cause = "b";
	news.checks = ids;
	news.n_checks = 500;
	char *payload = payload_of(&news);
	assert_true(json_valid(str_of(payload), &error));
	assert_non_null(strstr(payload, "\"dedup_key\":\"gateway-health/4019abcde12/resolved\""));
	assert_non_null(
		strstr(payload, "\"text\":\"UP: Gateway answers /health, and 499 more (was"
				" down 10:00–10:09 UTC, 9 min); part of the incident of b\""));
	assert_non_null(strstr(payload, "\"cause\":\"b\",\"checks\":[\"a\",\"b\",\"a\","));
	assert_non_null(strstr(payload, "\"b\"],\"checks_total\":500}"));
	free(payload);

	news.n_checks = 1;
	news.merged_into = 0xabc;
	payload = payload_of(&news);
	assert_non_null(strstr(payload, "\"event\":\"resolved\""));
	assert_non_null(strstr(payload, "\"text\":\"MERGED: Gateway answers /health (was down "
					"10:00–10:09 UTC, 9 min): goes on as the incident of b\""));
	assert_non_null(strstr(payload, "\"merged_into\":\"abc\"}"));
	free(payload);

	news.merged_into = 0;
	news.record = NULL;
	news.why = "no longer watched";
	payload = payload_of(&news);
	assert_true(json_valid(str_of(payload), &error));
	assert_non_null(strstr(payload,
		"\"text\":\"CLOSED: Gateway answers /health (was down "
		"10:00–10:09 UTC, 9 min): no longer watched; part of the incident of b\","
		"\"message\":\"no longer watched\""));
	assert_null(strstr(payload, "outcome"));
	free(payload);
	record_free(record);
}

static void days_are_named_when_they_differ(void **state)
{
	(void)state;
	struct record *record = make_record(1, T0_US, OUTCOME_PASS); /* without its check */
	char *payload = first_payload(record, false, T0_US - 86400 * US_PER_S);
	assert_non_null(strstr(payload,
		"\"text\":\"UP: check (was down 2025-11-21 10:00–2025-11-22 10:00 UTC, 1 d)\""));
	assert_null(strstr(payload, "title"));
	free(payload);
}

static void a_clock_that_was_set_back_makes_no_span(void **state)
{
	(void)state;
	struct record *record = make_record(1, T0_US, OUTCOME_PASS);
	char *payload = first_payload(record, false, T0_US + 7200 * US_PER_S);
	assert_non_null(strstr(payload, "\"text\":\"UP: check (was down until 10:00 UTC; the clock "
					"was set back meanwhile)\""));
	free(payload);
}

static void each_channel_that_hears_gets_one(void **state)
{
	(void)state;
	const uint64_t ops_and_script = 5;
	struct outbox_message *messages = NULL;
	size_t n = 0;
	struct record *record = failing();
	struct alert_news news = news_of(record, true, T0_US);
	alert_compose(&options, ops_and_script, &news, &messages, &n);
	assert_int_equal(n, 2);
	assert_string_equal(messages[0].channel, "ops");
	assert_string_equal(messages[1].channel, "script");
	assert_string_equal(messages[1].dedup_key, "gateway-health/4019abcde12/opened");
	assert_string_equal(messages[1].event, "opened");
	assert_int_equal(messages[1].incident, INCIDENT);
	assert_int_equal(messages[1].created_wall_us, T0_US + 2 * US_PER_S);
	alert_compose(&options, 0, &news, &messages, &n);
	assert_int_equal(n, 2);
	news.event = ALERT_RESOLVED; /* of which the script does not hear */
	alert_compose(&options, ops_and_script, &news, &messages, &n);
	assert_int_equal(n, 3);
	assert_string_equal(messages[2].channel, "ops");
	outbox_messages_free(messages, n);
	record_free(record);
}

static void each_urgency_has_its_audience(void **state)
{
	(void)state;
	assert_int_equal(alert_audience(&options, 7, SEVERITY_PAGE), 7);
	assert_int_equal(alert_audience(&options, 7, SEVERITY_TICKET), 5);
	assert_int_equal(alert_audience(&options, 6, SEVERITY_TICKET), 4);
	assert_int_equal(alert_audience(&options, 7, SEVERITY_INFO), 1);
}

static void a_fixed_one_to_the_letter(void **state)
{
	(void)state;
	struct record *record = make_record(1, T0_US, OUTCOME_PASS);
	record->check = &health;
	record->check_id = health.id;
	record->request_id = "gateway-health-abc";
	struct alert_news news = news_of(record, false, 0);
	news.event = ALERT_FIXED;
	news.passes = 3;
	news.why = "ticket 12";
	struct outbox_message *messages = NULL;
	size_t n = 0;
	alert_compose(&options, everybody, &news, &messages, &n);
	assert_int_equal(n, 1);
	assert_string_equal(messages[0].dedup_key, "gateway-health/4019abcde12/fixed");
	assert_string_equal(messages[0].payload,
		"{\"version\":1,\"event\":\"fixed\","
		"\"dedup_key\":\"gateway-health/4019abcde12/fixed\","
		"\"thread\":\"gateway-health/4019abcde12\",\"severity\":\"page\","
		"\"check\":\"gateway-health\",\"title\":\"Gateway answers /health\","
		"\"service\":\"gateway\",\"mode\":\"local\","
		"\"runbook\":\"https://wiki/runbook\","
		"\"link\":\"https://status.example.org/checks/gateway-health\","
		"\"headline\":\"FIXED: Gateway answers /health: passed 3 times in a row, and is "
		"marked as a known issue: ticket 12\",\"text\":\"FIXED: Gateway answers /health: "
		"passed 3 times in a row, and is marked as a known issue: ticket 12\","
		"\"outcome\":\"pass\",\"reason\":\"none\",\"request_id\":\"gateway-health-abc\","
		"\"known_issue\":\"ticket 12\"}");
	outbox_messages_free(messages, n);
	record_free(record);
}

static char *burn_payload(enum alert_event event, const char *why)
{
	struct slo_report report = slo_unknown();
	report.burn[SLO_SPAN_1H] = 33.333;
	report.burn[SLO_SPAN_5M] = 20;
	report.budget_left = 0.124;
	const struct alert_burn burn = {SLO_FAST, {0.99, INT64_C(2592000) * US_PER_S}, &report};
	struct alert_news news = {.event = event,
		.incident = INCIDENT,
		.severity = SEVERITY_PAGE,
		.since_wall_us = T0_US,
		.at_wall_us = T0_US + 600 * US_PER_S,
		.opener = "gateway-health",
		.check_id = "gateway-health",
		.check = &health,
		.burn = &burn,
		.why = why,
		.mode = "local"};
	struct outbox_message *messages = NULL;
	size_t n = 0;
	static const struct channel all = {.name = "ops", .events = 0xff, .severities = 7};
	alert_compose(&(struct alert_options){.channels = &all, .n_channels = 1}, 1, &news,
		&messages, &n);
	assert_int_equal(n, 1);
	char *payload = messages[0].payload;
	expect_members(payload);
	messages[0].payload = NULL;
	outbox_messages_free(messages, n);
	return payload;
}

#define BURNING                                                                                    \
	"BURNING: Gateway answers /health: its error budget is spent 33.3 times too fast over "    \
	"1h, "                                                                                     \
	"20.0 times over 5m; 12 % of it is left"

static void a_burning_one_to_the_letter(void **state)
{
	(void)state;
	char *payload = burn_payload(ALERT_BURNING, NULL);
	assert_string_equal(payload,
		"{\"version\":1,\"event\":\"burning\",\"dedup_key\":\"gateway-health/4019abcde12/"
		"burning\",\"thread\":\"gateway-health/4019abcde12\",\"severity\":\"page\","
		"\"check\":\"gateway-health\",\"title\":\"Gateway answers /health\","
		"\"service\":\"gateway\",\"mode\":\"local\",\"runbook\":\"https://wiki/runbook\","
		"\"headline\":\"" BURNING "\",\"text\":\"" BURNING "\","
		"\"since\":\"2025-11-22T10:00:00.000Z\",\"burn\":{\"pace\":\"fast\",\"above\":14.4,"
		"\"rates\":{\"5m\":20,\"30m\":null,\"1h\":33.333,\"2h\":null,\"6h\":null,\"1d\":"
		"null,"
		"\"3d\":null},\"objective\":0.99,\"window_s\":2592000,\"budget_left\":0.124}}");
	free(payload);
	payload = burn_payload(ALERT_BURN_OVER, "paused");
	assert_non_null(strstr(payload,
		"\"text\":\"BURN OVER: Gateway answers /health: its error "
		"budget is no longer spent too fast; 12 % of it is left: paused\","
		"\"message\":\"paused\",\"since\":\"2025-11-22T10:00:00.000Z\","
		"\"resolved_at\":\"2025-11-22T10:10:00.000Z\",\"duration_s\":600,"));
	free(payload);
}

static void long_texts_keep_the_payload_whole(void **state)
{
	(void)state;
	struct error error = {""};
	static struct finding finding = {.outcome = OUTCOME_FAIL};
	struct record *record = failing();
	char *text = arena_alloc(&record->arena, 200001);
	memset(text, '\x01', 200000);
	finding.subject = finding.expected = finding.actual = text;
	record->findings = &finding;
	record->n_findings = 1;
	record->message = record->request_id = text;
	char *payload = first_payload(record, true, T0_US);
	assert_true(json_valid(str_of(payload), &error));
	assert_true(strlen(payload) <= ALERT_PAYLOAD_MAX);
	free(payload);
}

static const char *variable(const struct letter *letter, const char *name)
{
	size_t n = strlen(name);
	for (const char *const *v = letter->environ; *v; v++)
		if (strncmp(*v, name, n) == 0 && (*v)[n] == '=')
			return *v + n + 1;
	return "(missing)";
}

static void a_letter_in_time_is_the_payload(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena);
	char *payload = first_payload(failing(), true, T0_US);
	struct outbox_row row = {.event = "opened",
		.dedup_key = "k/1/opened",
		.payload = payload,
		.created_wall_us = T0_US};
	struct letter letter = letter_write(&arena, &row, T0_US + LETTER_LATE_US);
	assert_true(str_eq(letter.body, str_of(payload)));
	assert_string_equal(variable(&letter, "OUTRIDER_EVENT"), "opened");
	assert_string_equal(variable(&letter, "OUTRIDER_CHECK"), "gateway-health");
	assert_string_equal(variable(&letter, "OUTRIDER_SERVICE"), "gateway");
	assert_string_equal(variable(&letter, "OUTRIDER_STATE"), "down");
	assert_string_equal(variable(&letter, "OUTRIDER_INCIDENT"), "4019abcde12");
	assert_string_equal(variable(&letter, "OUTRIDER_DEDUP_KEY"), "k/1/opened");
	assert_string_equal(variable(&letter, "OUTRIDER_LATE"), "0");
	assert_string_equal(variable(&letter, "OUTRIDER_MESSAGE"),
		"DOWN: Gateway answers /health (since 10:00 UTC): status: expected 200, got 503");
	free(payload);
	arena_fini(&arena);
}

static void a_late_letter_says_so(void **state)
{
	(void)state;
	struct arena arena;
	struct error error = {""};
	arena_init(&arena);
	struct outbox_row row = {.event = "resolved",
		.dedup_key = "k",
		.payload = "{\"text\":\"UP: x (was down 10:02–10:09 UTC)\"}",
		.created_wall_us = T0_US};
	struct letter letter = letter_write(&arena, &row, T0_US + 14400 * US_PER_S);
	assert_string_equal(letter.body.p,
		"{\"text\":\"UP: x (was down 10:02–10:09 UTC)\",\"late\":true,\"late_s\":14400,"
		"\"sent_at\":\"2025-11-22T14:00:00.000Z\",\"late_text\":\"UP: x (was down "
		"10:02–10:09 UTC) (told late, on 2025-11-22 at 14:00 UTC)\"}");
	assert_true(json_valid(letter.body, &error));
	assert_string_equal(variable(&letter, "OUTRIDER_LATE"), "1");
	assert_string_equal(variable(&letter, "OUTRIDER_STATE"), "up");
	assert_non_null(strstr(variable(&letter, "OUTRIDER_MESSAGE"), "told late"));
	row.payload = "{}";
	letter = letter_write(&arena, &row, T0_US + 14400 * US_PER_S);
	assert_true(json_valid(letter.body, &error));
	row.payload = "torn {";
	letter = letter_write(&arena, &row, T0_US + 14400 * US_PER_S);
	assert_string_equal(letter.body.p, "torn {");
	arena_fini(&arena);
}

static void pauses_double_up_to_an_hour(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 1000; seed++) {
		assert_in_range(backoff_pause(1, 0, seed), 5 * US_PER_S, 6250000);
		assert_in_range(backoff_pause(3, 0, seed), 20 * US_PER_S, 25 * US_PER_S);
		for (unsigned tries = 1; tries < 100; tries++)
			assert_in_range(
				backoff_pause(tries, 0, seed), BACKOFF_MIN_US, BACKOFF_MAX_US);
		assert_in_range(backoff_pause(99, 0, seed), BACKOFF_MAX_US / 5 * 4, BACKOFF_MAX_US);
		assert_in_range(
			backoff_pause(1, 120 * US_PER_S, seed), 120 * US_PER_S, 150 * US_PER_S);
		assert_in_range(backoff_pause(1, INT64_MAX, seed), BACKOFF_MIN_US, BACKOFF_MAX_US);
	}
	assert_true(backoff_pause(5, 0, 1) != backoff_pause(5, 0, 2));
	assert_false(backoff_is_dead(19, BACKOFF_AGE_MAX_US - 1));
	assert_true(backoff_is_dead(20, 0));
	assert_true(backoff_is_dead(5, BACKOFF_AGE_MAX_US));
	assert_false(backoff_is_dead(4, 2 * BACKOFF_AGE_MAX_US));
}

static bool waits(void *ctx, int64_t id, unsigned tries)
{
	(void)id, (void)tries;
	return *(bool *)ctx;
}

static void the_ledger_knows_what_is_out(void **state)
{
	(void)state;
	static struct ledger ledger;
	bool waiting = false;
	struct outbox_row row = {.id = 7, .tries = 2};
	assert_false(ledger_holds(&ledger, &row));
	ledger_take(&ledger, &row);
	assert_true(ledger_holds(&ledger, &row));
	ledger_sweep(&ledger, waits, &waiting);
	ledger_sweep(&ledger, waits, &waiting); /* not seen, but not reported either: under way */
	assert_true(ledger_holds(&ledger, &row));
	ledger_report(&ledger, 7, false);
	assert_true(ledger_holds(&ledger, &row)); /* not committed yet */
	ledger_sweep(&ledger, waits, &waiting);
	assert_true(ledger_holds(&ledger, &row));
	ledger_sweep(&ledger, waits, &waiting);
	row.tries = 3; /* committed, and due again */
	assert_false(ledger_holds(&ledger, &row));
	ledger_take(&ledger, &row);
	ledger_report(&ledger, 7, false);
	ledger_sweep(&ledger, waits,
		&waiting); /* the look that took it: reported at once, not committed yet */
	assert_true(ledger_holds(&ledger, &row));
	waiting = true; /* not looked at, since its channel is busy */
	ledger_sweep(&ledger, waits, &waiting);
	ledger_sweep(&ledger, waits, &waiting);
	assert_true(ledger_holds(&ledger, &row));
	waiting = false;
	ledger_sweep(&ledger, waits, &waiting);
	ledger_sweep(&ledger, waits, &waiting); /* no longer due: committed */
	assert_int_equal(ledger.n, 0);
	for (int i = 0; i < LEDGER_MAX; i++) {
		assert_false(ledger_is_full(&ledger));
		row.id = i;
		ledger_take(&ledger, &row);
	}
	assert_true(ledger_is_full(&ledger));
}

/* What is about no incident has its own key, its urgency, and a page where there is one. */
static void what_is_told_apart_is_whole(void **state)
{
	(void)state;
	static const struct channel one = {
		.name = "ops", .kind = CHANNEL_WEBHOOK, .events = UINT32_MAX, .severities = 7};
	const struct alert_options told = {
		.channels = &one, .n_channels = 1, .link = "https://status.example.org"};
	struct alert_news news = {.event = ALERT_OFFLINE,
		.severity = SEVERITY_TICKET,
		.key = "outrider/offline/1",
		.told = "It was offline",
		.since_wall_us = T0_US,
		.at_wall_us = T0_US + 90 * US_PER_S};
	struct outbox_message *messages = NULL;
	size_t n = 0;
	alert_compose(&told, everybody, &news, &messages, &n);
	news.event = ALERT_CERTIFICATE;
	news.check = &health;
	news.check_id = health.id;
	alert_compose(&told, everybody, &news, &messages, &n);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(messages[i].dedup_key, "outrider/offline/1");
		assert_int_equal(messages[i].severity, SEVERITY_TICKET);
		expect_members(messages[i].payload);
		assert_non_null(strstr(messages[i].payload, "\"thread\":\"outrider/offline/1\""));
		assert_non_null(strstr(messages[i].payload, "\"text\":\"It was offline\""));
		assert_non_null(strstr(messages[i].payload, "\"duration_s\":90"));
		assert_null(strstr(messages[i].payload, "\"incident\""));
	}
	assert_non_null(strstr(messages[0].payload, "\"link\":\"https://status.example.org/\""));
	assert_null(strstr(messages[0].payload, "\"check\""));
	assert_non_null(strstr(messages[1].payload,
		"\"link\":\"https://status.example.org/checks/gateway-health\""));
	outbox_messages_free(messages, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_told_apart_is_whole),
		cmocka_unit_test(an_opened_one_to_the_letter),
		cmocka_unit_test(a_resolved_one_to_the_letter),
		cmocka_unit_test(what_it_is_compared_with_is_asked_no_more_than_it_knows),
		cmocka_unit_test(the_end_of_many_names_them),
		cmocka_unit_test(reminders_have_keys_of_their_own),
		cmocka_unit_test(an_acknowledgement_says_who_and_why),
		cmocka_unit_test(days_are_named_when_they_differ),
		cmocka_unit_test(a_clock_that_was_set_back_makes_no_span),
		cmocka_unit_test(each_channel_that_hears_gets_one),
		cmocka_unit_test(each_urgency_has_its_audience),
		cmocka_unit_test(a_fixed_one_to_the_letter),
		cmocka_unit_test(a_burning_one_to_the_letter),
		cmocka_unit_test(long_texts_keep_the_payload_whole),
		cmocka_unit_test(a_letter_in_time_is_the_payload),
		cmocka_unit_test(a_late_letter_says_so),
		cmocka_unit_test(pauses_double_up_to_an_hour),
		cmocka_unit_test(the_ledger_knows_what_is_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
