/* A mail about what a hostile service said: headers and lines are ours, and what is encoded reads back. */
#include "fuzz.h"

#include "alert/mail.h"
#include "alert/mime.h"
#include "base/json_writer.h"

#include <string.h>

static const struct mailbox ops = {NULL, "ops@example.org"};
static const struct mail_options options = {
	.from = {"Outrider", "outrider@example.org"}, .to = &ops, .n_to = 1};

static int nibble(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

static char decoded(const char *hex)
{
	return (char)(nibble(hex[0]) * 16 + nibble(hex[1]));
}

/* What crosses the network: printable ASCII and tabs in lines of at most so many bytes. */
static void holds_lines(struct str text, size_t max)
{
	size_t column = 0;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		HOLDS((c >= ' ' && c < 0x7f) || c == '\t' || c == '\r' || c == '\n');
		HOLDS((c == '\n') == (i > 0 && text.p[i - 1] == '\r'));
		column = c == '\r' || c == '\n' ? 0 : column + 1;
		HOLDS(column <= max);
	}
	HOLDS(!text.n || text.p[text.n - 1] == '\n');
}

static void reads_back(struct str text)
{
	struct buf coded = BUF_INIT(1 << 24), plain = BUF_INIT(1 << 24);
	mime_quoted_printable(&coded, text);
	holds_lines(buf_str(&coded), MIME_LINE_MAX);
	for (size_t i = 0; i < coded.n; i++) {
		const char *at = coded.p + i;
		if (*at == '\r')
			continue;
		if (*at != '=') {
			buf_putc(&plain, *at);
			continue;
		}
		if (at[1] != '\r')
			buf_putc(&plain, decoded(at + 1));
		i += 2;
	}
	if (text.n && text.p[text.n - 1] != '\n')
		HOLDS(plain.n && plain.p[--plain.n] == '\n');
	HOLDS(str_eq(buf_str(&plain), text));
	buf_fini(&coded);
	buf_fini(&plain);
}

/* Each line of the head is a header that we write, or goes on with one. */
static void holds_head(struct str mail)
{
	static const char *const ours[] = {"Date", "From", "To", "Subject", "Message-ID",
		"In-Reply-To", "References", "X-Outrider-Event", "X-Outrider-Severity",
		"X-Outrider-Check", "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version",
		"Content-Type", "Content-Transfer-Encoding"};
	unsigned seen = 0;
	while (mail.n && mail.p[0] != '\r') {
		bool known = mail.p[0] == ' ';
		for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
			size_t n = strlen(ours[i]);
			if (mail.n <= n || mail.p[n] != ':' || memcmp(mail.p, ours[i], n) != 0)
				continue;
			HOLDS(!(seen >> i & 1));
			seen |= 1U << i;
			known = true;
		}
		HOLDS(known);
		mail = str_from(mail, (size_t)str_find(mail, STR("\n"), false) + 1);
	}
	HOLDS(mail.n);
}

static void write_one(struct str said, const char *payload)
{
	struct arena arena;
	arena_init(&arena);
	struct outbox_row row = {
		.dedup_key = arena_printf(&arena, "%.*s/1f/resolved", STR_ARG(said)),
		.event = "resolved",
		.payload = payload};
	struct str mail = mail_write(&arena, &options, &row, 0);
	holds_lines(mail, 4096);
	holds_head(mail);
	arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const members[] = {
		"text", "incident", "check", "severity", "actual", "link", "cause", "title"};
	struct str said = input_of(data, size);
	struct buf payload = BUF_INIT(1 << 24);
	struct json_writer w = json_writer_to(&payload);
	if (size > 4096)
		return 0;
	reads_back(said);
	jw_object(&w, NULL);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		jw_str(&w, members[i], said);
	jw_object_end(&w);
	write_one(STR("c"), buf_text(&payload));
	struct str key = {said.p, said.n < 200 ? strnlen(said.p, said.n) : 0};
	write_one(key, "{\"incident\":\"1f\"}");
	buf_fini(&payload);
	return 0;
}
