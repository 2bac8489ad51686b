#include "alert/mail.h"

#include "alert/letter.h"
#include "alert/mime.h"
#include "base/json.h"
#include "base/text.h"

enum {
	SUBJECT_BYTES_MAX = 200,
	VALUE_BYTES_MAX = 1024,
	TEXT_BYTES_MAX = 64 << 10,
	BYTES_MAX = 256 << 10, /* each byte of the text may become three */
	LABEL_WIDTH = 13,
};

/* Members of the payload as lines, in this order; those that it lacks are left out. */
static const struct line {
	const char *member, *label;
} lines[] = {
	{"title", "What"},
	{"check", "Check"},
	{"service", "Service"},
	{"since", "Since"},
	{"resolved_at", "Until"},
	{"duration", "Duration"},
	{"reason", "Reason"},
	{"subject", "Looked at"},
	{"expected", "Expected"},
	{"actual", "Actual"},
	{"last_good", "Last good"},
	{"at", "At"},
	{"acknowledged_by", "Taken by"},
	{"acknowledged_until", "Taken until"},
	{"note", "Note"},
	{"known_issue", "Known issue"},
	{"request_id", "Request"},
	{"link", "Page"},
	{"runbook", "Runbook"},
	{"severity", "Severity"},
	{"incident", "Incident"},
};

static struct str member(const struct json *payload, const char *name)
{
	return json_string(json_member(payload, name));
}

/* --- the text --- */

static void put_label(struct buf *out, const char *label)
{
	buf_printf(out, "%s:%*s", label, LABEL_WIDTH - 1 - (int)strlen(label), "");
}

static void put_line(struct buf *out, const char *label, struct str value)
{
	if (!value.n)
		return;
	put_label(out, label);
	text_inert(out, value, VALUE_BYTES_MAX);
	buf_putc(out, '\n');
}

/* Of another check than the one that it is told of. */
static void put_cause(struct buf *out, const struct json *payload)
{
	struct str cause = member(payload, "cause");
	if (!str_eq(cause, member(payload, "check")))
		put_line(out, "Cause", cause);
}

static void put_checks(struct buf *out, const struct json *payload)
{
	const struct json *checks = json_member(payload, "checks");
	size_t n = json_count(checks);
	double total = json_number(json_member(payload, "checks_total"));
	if (n < 2)
		return;
	put_label(out, "Checks");
	for (const struct json *id = json_first(checks); id; id = json_next(id)) {
		buf_puts(out, id == json_first(checks) ? "" : ", ");
		text_inert(out, json_string(id), VALUE_BYTES_MAX);
	}
	if (total > (double)n)
		buf_printf(out, ", and %.0f more", total - (double)n);
	buf_putc(out, '\n');
}

static void put_late(struct buf *out, const struct outbox_row *row, int64_t now_wall_us)
{
	char time[TEXT_TIME_MAX];
	if (now_wall_us - row->created_wall_us <= LETTER_LATE_US)
		return;
	text_time(now_wall_us, time);
	buf_printf(out, "(told late, on %.10s at %.5s UTC)\n", time, time + 11);
}

/* A payload that is no JSON is told all the same. */
static void put_sentence(struct buf *out, const struct outbox_row *row, const struct json *payload)
{
	struct str text = member(payload, "text");
	text_inert(out, text.n ? text : str_of(row->dedup_key), VALUE_BYTES_MAX);
}

static void put_body(struct buf *out, const struct outbox_row *row, const struct json *payload,
	int64_t now_wall_us)
{
	struct buf text = BUF_INIT(TEXT_BYTES_MAX);
	put_sentence(&text, row, payload);
	buf_putc(&text, '\n');
	put_late(&text, row, now_wall_us);
	buf_putc(&text, '\n');
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		put_line(&text, lines[i].label, member(payload, lines[i].member));
	put_cause(&text, payload);
	put_checks(&text, payload);
	mime_quoted_printable(out, buf_str(&text));
	buf_fini(&text);
}

/* --- the headers --- */

static const char *domain_of(const struct mail_options *options)
{
	return strrchr(options->from.address, '@') + 1;
}

/* "OPENER/INCIDENT/resolved" answers "OPENER/INCIDENT/opened". */
static void put_thread(struct buf *out, const struct mail_options *options,
	const struct outbox_row *row, const struct json *payload)
{
	const char *end = strrchr(row->dedup_key, '/');
	struct buf first = BUF_INIT(SIZE_MAX);
	bool first_of_all = strcmp(row->event, "opened") == 0 || strcmp(row->event, "test") == 0;
	if (!end || first_of_all || !member(payload, "incident").n)
		return;
	buf_put(&first, row->dedup_key, (size_t)(end - row->dedup_key));
	buf_puts(&first, "/opened");
	mime_message_id(out, "In-Reply-To", buf_str(&first), domain_of(options));
	mime_message_id(out, "References", buf_str(&first), domain_of(options));
	buf_fini(&first);
}

/* Inert, and not too long for one look. */
static void put_text(struct buf *out, const char *name, struct str value)
{
	struct buf text = BUF_INIT(SIZE_MAX);
	text_inert(&text, value, SUBJECT_BYTES_MAX);
	if (text.n)
		mime_text(out, name, buf_str(&text));
	buf_fini(&text);
}

static void put_subject(struct buf *out, const struct outbox_row *row, const struct json *payload)
{
	struct buf sentence = BUF_INIT(SIZE_MAX);
	put_sentence(&sentence, row, payload);
	put_text(out, "Subject", buf_str(&sentence));
	buf_fini(&sentence);
}

/* For who sorts mail by rules. */
static void put_marks(struct buf *out, const struct outbox_row *row, const struct json *payload)
{
	put_text(out, "X-Outrider-Event", str_of(row->event));
	put_text(out, "X-Outrider-Severity", member(payload, "severity"));
	put_text(out, "X-Outrider-Check", member(payload, "check"));
}

static void put_headers(struct buf *out, const struct mail_options *options,
	const struct outbox_row *row, const struct json *payload)
{
	mime_date(out, "Date", row->created_wall_us);
	mime_mailboxes(out, "From", &options->from, 1);
	mime_mailboxes(out, "To", options->to, options->n_to);
	put_subject(out, row, payload);
	mime_message_id(out, "Message-ID", str_of(row->dedup_key), domain_of(options));
	put_thread(out, options, row, payload);
	put_marks(out, row, payload);
	buf_puts(out, "Auto-Submitted: auto-generated\r\n" /* RFC 3834, 5 */
		      "X-Auto-Response-Suppress: All\r\n" /* the same for Exchange */
		      "MIME-Version: 1.0\r\n"
		      "Content-Type: text/plain; charset=utf-8\r\n"
		      "Content-Transfer-Encoding: quoted-printable\r\n"
		      "\r\n");
}

struct str mail_write(struct arena *arena, const struct mail_options *options,
	const struct outbox_row *row, int64_t now_wall_us)
{
	struct error ignored;
	struct json *payload = json_parse(str_of(row->payload), &ignored);
	struct buf out = BUF_INIT(BYTES_MAX);
	put_headers(&out, options, row, payload);
	put_body(&out, row, payload, now_wall_us);
	struct str message = arena_str(arena, buf_str(&out));
	json_free(payload);
	buf_fini(&out);
	return message;
}
