/* An alert as a mail: one thread for each incident, and a hostile service's words in their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alert/mail.h"
#include "alert/taken.h"
#include "base/clock.h"

static const struct mailbox recipients[] = {
	{NULL, "ops@example.org"}, {"Night", "night@example.org"}};
static const struct mail_options options = {
	.from = {"Outrider", "outrider@example.org"}, .to = recipients, .n_to = 2};
static struct arena arena;

static const char *written(const char *key, const char *event, const char *payload, int64_t late_us)
{
	struct outbox_row row = {.channel = "post",
		.dedup_key = key,
		.event = event,
		.payload = payload,
		.created_wall_us = INT64_C(1764237731) * US_PER_S};
	return arena_strndup(
		&arena, mail_write(&arena, &options, &row, row.created_wall_us + late_us));
}

static int begin(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void has(const char *mail, const char *part)
{
	if (!strstr(mail, part))
		fail_msg("%s\nis not in\n%s", part, mail);
}

static void it_says_what_there_is_to_say(void **state)
{
	(void)state;
	const char *mail = written("c/1f/opened", "opened",
		"{\"incident\":\"1f\",\"text\":\"DOWN: C\",\"check\":\"c\",\"severity\":\"page\","
		"\"expected\":\"200\",\"actual\":\"503\",\"last_good\":\"yesterday\",\"link\":"
		"\"https://m/c\","
		"\"cause\":\"c\",\"checks\":[\"c\",\"d\"],\"checks_total\":5}",
		0);
	has(mail,
		"Date: Thu, 27 Nov 2025 10:02:11 +0000\r\nFrom: \"Outrider\"\r\n "
		"<outrider@example.org>\r\n"
		"To: ops@example.org,\r\n \"Night\"\r\n <night@example.org>\r\nSubject: DOWN: C\r\n"
		"Message-ID: <c/1f/opened@example.org>\r\nX-Outrider-Event: opened\r\n"
		"X-Outrider-Severity: page\r\nX-Outrider-Check: c\r\nAuto-Submitted: "
		"auto-generated\r\n"
		"X-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\nDOWN: C\r\n\r\n");
	has(mail, "\r\nExpected:    200\r\nActual:      503\r\nLast good:   yesterday\r\n");
	has(mail, "\r\nPage:        https://m/c\r\n");
	has(mail, "\r\nChecks:      c, d, and 3 more\r\n");
	assert_null(strstr(mail, "Cause:"));
	assert_null(strstr(mail, "late"));
}

static void the_rest_answers_the_first(void **state)
{
	(void)state;
	static const char payload[] = "{\"incident\":\"1f\",\"text\":\"x\"}";
	has(written("a/b/1f/resolved", "resolved", payload, 0),
		"In-Reply-To: <a/b/1f/opened@example.org>\r\nReferences: "
		"<a/b/1f/opened@example.org>\r\n");
	has(written("c/1f/reminder-3", "reminder", payload, 0),
		"Message-ID: <c/1f/reminder-3@example.org>\r\nIn-Reply-To: "
		"<c/1f/opened@example.org>\r\n");
	assert_null(strstr(written("c/1f/opened", "opened", payload, 0), "In-Reply-To"));
	/* of no incident */
	assert_null(strstr(written("c/1f/fixed", "fixed", "{\"text\":\"x\"}", 0), "In-Reply-To"));
}

static void what_is_late_says_so_and_stays_the_same_message(void **state)
{
	(void)state;
	const char *mail = written("c/1f/opened", "opened", "{\"text\":\"x\"}", 3600 * US_PER_S);
	has(mail, "Date: Thu, 27 Nov 2025 10:02:11 +0000\r\n");
	has(mail, "\r\n\r\nx\r\n(told late, on 2025-11-27 at 11:02 UTC)\r\n");
}

static void a_payload_that_cannot_be_read_is_told_all_the_same(void **state)
{
	(void)state;
	const char *mail = written("c/1f/opened", "opened", "{", 0);
	has(mail, "Subject: c/1f/opened\r\n");
	has(mail, "\r\n\r\nc/1f/opened\r\n");
}

/* Header names of a message, and how many lines are none. */
static void headers_are_ours(const char *mail)
{
	static const char *const ours[] = {"Date", "From", "To", "Subject", "Message-ID",
		"In-Reply-To", "References", "X-Outrider-Event", "X-Outrider-Severity",
		"X-Outrider-Check", "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version",
		"Content-Type", "Content-Transfer-Encoding"};
	size_t seen[sizeof(ours) / sizeof(*ours)] = {0};
	const char *line = mail;
	for (const char *end; (end = strstr(line, "\r\n")) && end != line; line = end + 2) {
		bool known = *line == ' ';
		assert_true(end - line <= 998);
		for (size_t i = 0; !known && i < sizeof(ours) / sizeof(*ours); i++) {
			size_t n = strlen(ours[i]);
			known = strncmp(line, ours[i], n) == 0 && line[n] == ':';
			seen[i] += known;
		}
		if (!known)
			fail_msg("not a header of ours: %.*s", (int)(end - line), line);
	}
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		assert_true(seen[i] <= 1);
	assert_true(seen[0] && seen[1] && seen[2] && seen[3] && seen[4]);
}

static void a_service_adds_no_header_and_no_line(void **state)
{
	(void)state;
	static const char *const words[] = {"\\r\\nBcc: evil@example.org\\r\\n\\r\\nbody",
		"\\nX-Evil: 1", "\\rX-Evil: 1", "\\u0000X-Evil: 1", "\\u2028X-Evil: 1",
		"\\u2029X-Evil: 1", "\\u0085X-Evil: 1", "\\u202eX-Evil: 1", "\\u000bX-Evil: 1",
		"=?UTF-8?Q?=0D=0AX-Evil: 1?=", "\\r\\n.\\r\\nMAIL FROM:<evil@example.org>"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *payload = arena_printf(&arena,
			"{\"incident\":\"1f\",\"text\":\"DOWN: "
			"%s\",\"check\":\"%s\",\"severity\":\"%s\","
			"\"actual\":\"%s\",\"link\":\"%s\",\"checks\":[\"%s\",\"%s\"],"
			"\"checks_total\":2}",
			words[i], words[i], words[i], words[i], words[i], words[i], words[i]);
		const char *mail = written("c/1f/resolved", "resolved", payload, 0);
		headers_are_ours(mail);
		assert_null(strstr(mail, "\r\n.\r\n"));
		for (const char *at = mail; (at = strstr(at, "X-Evil")); at++)
			assert_true(at[-1] != '\n');
		for (const char *at = mail; *at; at++)
			assert_true((*at >= ' ' && *at < 0x7f) || *at == '\r' || *at == '\n');
		/* nor one that the reader's decoder would make: =0D, =0A, U+2028, U+202E */
		assert_null(strstr(mail, "=0D"));
		assert_null(strstr(mail, "=0A"));
		assert_null(strstr(mail, "=E2=80=A"));
	}
}

static void who_has_it_is_known_for_a_while(void **state)
{
	(void)state;
	static struct taken taken;
	static const char url[] = "smtp://one.example.org";
	const struct outbox_row opened = {.channel = "post", .dedup_key = "c/1f/opened"};
	const struct outbox_row resolved = {.channel = "post", .dedup_key = "c/1f/resolved"};
	const struct outbox_row spare = {.channel = "spare", .dedup_key = "c/1f/opened"};
	const struct outbox_row other = {.channel = "post", .dedup_key = "d/2/opened"};
	taken_note(&taken, &opened, url, "a@example.org");
	assert_true(taken_has(&taken, &opened, url, "a@example.org"));
	assert_false(taken_has(&taken, &opened, url, "b@example.org"));
	assert_false(taken_has(&taken, &resolved, url, "a@example.org"));
	assert_false(taken_has(&taken, &spare, url, "a@example.org"));
	assert_false(taken_has(&taken, &opened, "smtp://two.example.org", "a@example.org"));
	for (int i = 0; i < TAKEN_MAX; i++)
		taken_note(&taken, &other, url, arena_printf(&arena, "%d@example.org", i));
	assert_false(taken_has(&taken, &opened, url, "a@example.org"));
	assert_true(taken_has(&taken, &other, url, "0@example.org"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_says_what_there_is_to_say, begin, end),
		cmocka_unit_test_setup_teardown(the_rest_answers_the_first, begin, end),
		cmocka_unit_test_setup_teardown(
			what_is_late_says_so_and_stays_the_same_message, begin, end),
		cmocka_unit_test_setup_teardown(
			a_payload_that_cannot_be_read_is_told_all_the_same, begin, end),
		cmocka_unit_test_setup_teardown(a_service_adds_no_header_and_no_line, begin, end),
		cmocka_unit_test_setup_teardown(who_has_it_is_known_for_a_while, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
