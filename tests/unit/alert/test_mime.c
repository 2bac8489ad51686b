/* Headers and text as they cross the network; what is hostile stays in its place. Held against Python's parser in
 * tests/e2e/test_daemon_mail.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alert/mime.h"

static struct buf out;

static const char *subject(const char *text)
{
	buf_fini(&out);
	out = BUF_INIT(1 << 20);
	mime_text(&out, "Subject", str_of(text));
	return buf_text(&out);
}

static const char *printable(const char *text)
{
	buf_fini(&out);
	out = BUF_INIT(1 << 20);
	mime_quoted_printable(&out, str_of(text));
	return buf_text(&out);
}

static void lines_are_short(size_t max)
{
	size_t column = 0;
	for (size_t i = 0; i < out.n; i++) {
		bool end = out.p[i] == '\n';
		assert_true(!end || (i && out.p[i - 1] == '\r'));
		assert_true(out.p[i] != '\r' || out.p[i + 1] == '\n');
		column = end || out.p[i] == '\r' ? 0 : column + 1;
		assert_true(column <= max);
	}
}

static void plain_text_stays_plain(void **state)
{
	(void)state;
	assert_string_equal(subject("DOWN: x"), "Subject: DOWN: x\r\n");
	assert_string_equal(subject("  a \t b\n"), "Subject: a b\r\n");
	assert_string_equal(subject(""), "Subject:\r\n");
	assert_string_equal(
		subject("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb "
			"ccccccccccccccccccccc"),
		"Subject: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
		" bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccccccccccccccccccccc\r\n");
}

static void what_is_not_ascii_is_encoded(void **state)
{
	(void)state;
	assert_string_equal(
		subject("caf\xc3\xa9 is up"), "Subject: =?UTF-8?Q?caf=C3=A9_is_up?=\r\n");
	/* what would be read as an encoded word is one */
	assert_string_equal(
		subject("=?UTF-8?Q?a?="), "Subject: =?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fa=3F=3D?=\r\n");
	assert_string_equal(subject("a\xff"), "Subject: =?UTF-8?Q?a=EF=BF=BD?=\r\n");
}

static void long_words_are_cut_between_characters(void **state)
{
	(void)state;
	char text[400] = "";
	for (int i = 0; i < 60; i++)
		strcat(text, "\xe6\x97\xa5"); /* three bytes, nine as =XX */
	const char *folded = subject(text);
	lines_are_short(MIME_LINE_MAX);
	int words = 0;
	for (const char *at = folded; (at = strstr(at, "=?UTF-8?Q?")); words++) {
		at += strlen("=?UTF-8?Q?");
		assert_int_equal((strstr(at, "?=") - at) % 9, 0);
	}
	assert_true(words >= 9);
	memset(text, 'x', 300);
	text[300] = '\0';
	subject(text);
	lines_are_short(MIME_LINE_MAX);
}

static void nothing_begins_another_header(void **state)
{
	(void)state;
	static const char *const texts[] = {"a\r\nBcc: b@c", "a\nBcc: b@c", "a\rBcc: b@c",
		"a\r\n\r\nbody", "\r\n",
		"a\xe2\x80\xa8"
		"Bcc: b",
		"a\x0b\x0c b", "?=\r\n x", "a\x01\x02"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *header = subject(texts[i]);
		assert_true(strncmp(header, "Subject:", 8) == 0);
		for (const char *at = header; (at = strchr(at, '\n')); at++)
			assert_true(at[1] == ' ' || at[1] == '\0');
		for (const char *at = header; *at; at++)
			assert_true((*at >= ' ' && *at < 0x7f) || *at == '\r' || *at == '\n');
		lines_are_short(MIME_LINE_MAX);
	}
}

static void mailboxes_have_their_names(void **state)
{
	(void)state;
	static const struct mailbox boxes[] = {{NULL, "a@b.example"}, {"Say \"no\"", "c@d.example"},
		{"\xc3\xa0 Paris", "e@f.example"}};
	buf_fini(&out);
	out = BUF_INIT(1 << 20);
	mime_mailboxes(&out, "To", boxes, 3);
	assert_string_equal(buf_text(&out),
		"To: a@b.example,\r\n \"Say \\\"no\\\"\"\r\n <c@d.example>,\r\n "
		"=?UTF-8?Q?=C3=A0_Paris?=\r\n <e@f.example>\r\n");
}

static void dates_and_ids_have_their_form(void **state)
{
	(void)state;
	buf_fini(&out);
	out = BUF_INIT(1 << 20);
	mime_date(&out, "Date", INT64_C(1764237731) * 1000000);
	mime_message_id(&out, "Message-ID", STR("a.b/1f/opened"), "x.example");
	mime_message_id(&out, "Message-ID", STR(".a..b@c>\r\n/1/x."), "[192.0.2.1]");
	assert_string_equal(buf_text(&out),
		"Date: Thu, 27 Nov 2025 10:02:11 +0000\r\n"
		"Message-ID: <a.b/1f/opened@x.example>\r\n"
		"Message-ID: <=2Ea.=2Eb=40c=3E=0D=0A/1/x=2E@[192.0.2.1]>\r\n");
}

static void text_is_quoted_printable(void **state)
{
	(void)state;
	assert_string_equal(printable("a=b \n\xc3\xa9\t\nc"), "a=3Db=20\r\n=C3=A9=09\r\nc\r\n");
	assert_string_equal(printable("a\rb"), "a=0Db\r\n");
	assert_string_equal(printable(""), "");
	char text[1000] = "";
	for (int i = 0; i < 300; i++)
		strcat(text, "a ");
	printable(text);
	lines_are_short(MIME_LINE_MAX);
	assert_non_null(strstr(buf_text(&out), "=\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_stays_plain),
		cmocka_unit_test(what_is_not_ascii_is_encoded),
		cmocka_unit_test(long_words_are_cut_between_characters),
		cmocka_unit_test(nothing_begins_another_header),
		cmocka_unit_test(mailboxes_have_their_names),
		cmocka_unit_test(dates_and_ids_have_their_form),
		cmocka_unit_test(text_is_quoted_printable),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_fini(&out);
	return failed;
}
