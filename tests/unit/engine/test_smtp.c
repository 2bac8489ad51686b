/* The dialogue with a mail server, on paper. */
#include "unit.h"

#include "engine/smtp.h"

#include <string.h>

static const char *const crowd[] = {"a@example.org", "b@example.org", "c@example.org"};

static struct mail_request request_to(size_t n)
{
	return (struct mail_request){.from = "me@example.org",
		.to = crowd,
		.n_to = n,
		.message = STR("Subject: x\r\n\r\n.dot\r\n..two\r\nend\r\n")};
}

static void says(struct smtp *smtp, const char *expected, const char *answer)
{
	struct str out = smtp_output(smtp);
	assert_int_equal(out.n, strlen(expected));
	assert_memory_equal(out.p, expected, out.n);
	smtp_sent(smtp, out.n);
	assert_int_equal(smtp_output(smtp).n, 0);
	smtp_read(smtp, str_of(answer));
}

static void words_are(const struct smtp *smtp, const char *expected)
{
	struct buf words = BUF_INIT(MAIL_WHY_MAX);
	smtp_words(smtp, &words);
	assert_string_equal(buf_text(&words), expected);
	buf_fini(&words);
}

static void everybody_gets_it(void **state)
{
	(void)state;
	struct mail_request request = request_to(2);
	struct smtp smtp;
	smtp_init(&smtp, &request);
	says(&smtp, "MAIL FROM:<me@example.org>\r\n", "250-so\r\n250 o");
	assert_int_equal(smtp_output(&smtp).n, 0); /* a line that has no end yet */
	smtp_read(&smtp, STR("k\r\n"));
	says(&smtp, "RCPT TO:<a@example.org>\r\n", "250 ok\r\n");
	says(&smtp, "RCPT TO:<b@example.org>\r\n", "251 will forward\n");
	says(&smtp, "DATA\r\n", "354 go\r\n");
	says(&smtp, "Subject: x\r\n\r\n..dot\r\n...two\r\nend\r\n.\r\n", "250\r\n");
	assert_int_equal(smtp.step, SMTP_QUIT);
	assert_int_equal(smtp.result.taken, 3);
	assert_int_equal(smtp.result.refused, 0);
	words_are(&smtp, "");
	says(&smtp, "QUIT\r\n", "221 bye\r\n");
	assert_int_equal(smtp.step, SMTP_OVER);
	smtp_fini(&smtp);
}

static void who_is_refused_loses_no_other(void **state)
{
	(void)state;
	struct mail_request request = request_to(3);
	struct smtp smtp;
	smtp_init(&smtp, &request);
	says(&smtp, "MAIL FROM:<me@example.org>\r\n", "250 ok\r\n");
	says(&smtp, "RCPT TO:<a@example.org>\r\n", "550 who?\r\n");
	says(&smtp, "RCPT TO:<b@example.org>\r\n", "250 ok\r\n");
	says(&smtp, "RCPT TO:<c@example.org>\r\n", "452 full\r\n");
	says(&smtp, "DATA\r\n", "354 go\r\n");
	smtp_sent(&smtp, smtp_output(&smtp).n);
	smtp_read(&smtp, STR("250 ok\r\n"));
	assert_int_equal(smtp.result.taken, 2);
	assert_int_equal(smtp.result.refused, 1);
	words_are(&smtp, "of 3 recipients the mail server refused 1 (550) and put off 1 (452)");
	smtp_fini(&smtp);
}

/* Each of these ends it: after so many good answers this one. */
static void what_the_server_refuses_is_told(void **state)
{
	(void)state;
	static const struct row {
		int good;
		const char *answer;
		uint64_t refused;
		const char *words;
	} rows[] = {
		{0, "530 sign in\r\n", 1, "the mail server refused the sender (530)"},
		{0, "421 later\r\n", 0, "the mail server put off the sender (421)"},
		{1, "550 no\r\n", 1, "the mail server refused the recipient (550)"},
		{1, "450 grey\r\n", 0, "the mail server put off the recipient (450)"},
		{2, "554 no\r\n", 1, "the mail server refused the message (554)"},
		{2, "250 what\r\n", 0, "the mail server put off the message (250)"},
		{3, "552 large\r\n", 1, "the mail server refused the message (552)"},
		{3, "451 scan\r\n", 0, "the mail server put off the message (451)"},
		{1, "HTTP/1.1 400 Bad\r\n", 0, "what answers is no mail server"},
		{1, "2x0 ok\r\n", 0, "what answers is no mail server"},
		{1, "25\r\n", 0, "what answers is no mail server"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mail_request request = request_to(1);
		struct smtp smtp;
		smtp_init(&smtp, &request);
		for (int good = 0; good < rows[i].good; good++)
			smtp_read(&smtp, str_of(good == 2 ? "354 go\r\n" : "250 ok\r\n"));
		smtp_read(&smtp, str_of(rows[i].answer));
		assert_true(smtp.step >= SMTP_QUIT);
		assert_int_equal(smtp.result.taken, 0);
		assert_int_equal(smtp.result.refused, rows[i].refused);
		words_are(&smtp, rows[i].words);
		smtp_fini(&smtp);
	}
}

static void a_reply_without_end_is_none(void **state)
{
	(void)state;
	struct mail_request request = request_to(1);
	struct smtp smtp;
	smtp_init(&smtp, &request);
	for (int i = 0; i < SMTP_REPLY_MAX && smtp.step != SMTP_OVER; i++)
		smtp_read(&smtp, STR("250-more and more\r\n"));
	assert_int_equal(smtp.step, SMTP_OVER);
	words_are(&smtp, "what answers is no mail server");
	smtp_fini(&smtp);
}

static void every_recipient_has_a_bit(void **state)
{
	(void)state;
	const char *all[MAIL_RECIPIENTS_MAX];
	for (size_t i = 0; i < COUNT(all); i++)
		all[i] = "a@example.org";
	struct mail_request request = request_to(1);
	request.to = all;
	request.n_to = COUNT(all);
	struct smtp smtp;
	smtp_init(&smtp, &request);
	for (size_t i = 0; i < COUNT(all) + 1; i++)
		smtp_read(&smtp, STR("250 ok\r\n"));
	assert_int_equal(smtp.step, SMTP_DATA);
	assert_true(smtp.accepted == UINT64_MAX >> (64 - MAIL_RECIPIENTS_MAX));
	smtp_fini(&smtp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_gets_it),
		cmocka_unit_test(who_is_refused_loses_no_other),
		cmocka_unit_test(what_the_server_refuses_is_told),
		cmocka_unit_test(a_reply_without_end_is_none),
		cmocka_unit_test(every_recipient_has_a_bit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
