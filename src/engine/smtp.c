#include "engine/smtp.h"

enum { START_MAIL_INPUT = 354 };

/* --- what is sent --- */

/* Lines that begin with a dot get another (RFC 5321, 4.5.2). */
static void put_message(struct buf *out, struct str text)
{
	bool begins = true;
	for (size_t i = 0; i < text.n; i++) {
		if (begins && text.p[i] == '.')
			buf_putc(out, '.');
		buf_putc(out, text.p[i]);
		begins = text.p[i] == '\n';
	}
	buf_puts(out, begins ? ".\r\n" : "\r\n.\r\n");
}

static void send_step(struct smtp *smtp, enum smtp_step step)
{
	const struct mail_request *request = smtp->request;
	smtp->step = step;
	smtp->sent = 0;
	buf_reset(&smtp->out);
	switch (step) {
	case SMTP_SENDER: buf_printf(&smtp->out, "MAIL FROM:<%s>\r\n", request->from); break;
	case SMTP_RECIPIENT:
		buf_printf(&smtp->out, "RCPT TO:<%s>\r\n", request->to[smtp->at]);
		break;
	case SMTP_DATA: buf_puts(&smtp->out, "DATA\r\n"); break;
	case SMTP_MESSAGE: put_message(&smtp->out, request->message); break;
	case SMTP_QUIT: buf_puts(&smtp->out, "QUIT\r\n"); break;
	case SMTP_OVER: break;
	}
}

static void decide(struct smtp *smtp, struct mail_result result, enum smtp_step next)
{
	smtp->decided_at = smtp->step;
	smtp->result = result;
	send_step(smtp, next);
}

/* --- what comes --- */

static uint64_t everybody(const struct smtp *smtp)
{
	return UINT64_MAX >> (64 - smtp->n_to);
}

static bool is_good(int status)
{
	return status >= 200 && status < 300;
}

/* The whole of it is refused, or put off. */
static void turned_away(struct smtp *smtp, int status)
{
	uint64_t refused = status >= 500 ? everybody(smtp) : smtp->refused;
	decide(smtp, (struct mail_result){.refused = refused, .status = status}, SMTP_QUIT);
}

static void note_recipient(struct smtp *smtp, int status)
{
	uint64_t bit = UINT64_C(1) << smtp->at;
	if (is_good(status)) {
		smtp->accepted |= bit;
	} else if (status >= 500) {
		smtp->refused |= bit;
		smtp->turned_down = status;
	} else {
		smtp->put_off = status;
	}
	if (++smtp->at < smtp->n_to)
		send_step(smtp, SMTP_RECIPIENT);
	else if (smtp->accepted)
		send_step(smtp, SMTP_DATA);
	else
		turned_away(smtp, smtp->put_off ? smtp->put_off : smtp->turned_down);
}

static void on_reply(struct smtp *smtp, int status)
{
	switch (smtp->step) {
	case SMTP_SENDER:
		if (is_good(status))
			send_step(smtp, SMTP_RECIPIENT);
		else
			turned_away(smtp, status);
		return;
	case SMTP_RECIPIENT: note_recipient(smtp, status); return;
	case SMTP_DATA:
		if (status == START_MAIL_INPUT)
			send_step(smtp, SMTP_MESSAGE);
		else
			turned_away(smtp, status);
		return;
	case SMTP_MESSAGE:
		if (!is_good(status))
			turned_away(smtp, status);
		else
			decide(smtp,
				(struct mail_result){.taken = smtp->accepted,
					.refused = smtp->refused,
					.status = status},
				SMTP_QUIT);
		return;
	case SMTP_QUIT: send_step(smtp, SMTP_OVER); return;
	case SMTP_OVER: return;
	}
}

/* "250-more", "250 last", "250" */
static int status_of(const struct smtp *smtp)
{
	const char *line = smtp->line;
	if (smtp->n_line < 3 || line[0] < '2' || line[0] > '5')
		return 0;
	for (size_t i = 1; i < 3; i++)
		if (line[i] < '0' || line[i] > '9')
			return 0;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static void broken(struct smtp *smtp)
{
	smtp->step = SMTP_OVER;
	decide(smtp, (struct mail_result){.refused = smtp->refused}, SMTP_OVER);
}

static void end_line(struct smtp *smtp)
{
	int status = status_of(smtp);
	bool more = smtp->n_line > 3 && smtp->line[3] == '-';
	smtp->n_line = 0;
	if (more && status)
		return;
	smtp->n_reply = 0;
	if (status)
		on_reply(smtp, status);
	else
		broken(smtp);
}

void smtp_read(struct smtp *smtp, struct str bytes)
{
	for (size_t i = 0; i < bytes.n && smtp->step != SMTP_OVER; i++) {
		char c = bytes.p[i];
		if (++smtp->n_reply > SMTP_REPLY_MAX)
			broken(smtp);
		else if (c == '\n')
			end_line(smtp);
		else if (c != '\r' && smtp->n_line < sizeof(smtp->line))
			smtp->line[smtp->n_line++] = c;
	}
}

struct str smtp_output(const struct smtp *smtp)
{
	return str_from(buf_str(&smtp->out), smtp->sent);
}

void smtp_sent(struct smtp *smtp, size_t n)
{
	smtp->sent += n;
}

void smtp_init(struct smtp *smtp, const struct mail_request *request)
{
	*smtp = (struct smtp){.request = request, .n_to = request->n_to};
	smtp->out = BUF_INIT(MAIL_BYTES_MAX);
	send_step(smtp, SMTP_SENDER);
}

void smtp_fini(struct smtp *smtp)
{
	buf_fini(&smtp->out);
}

/* --- in words --- */

static unsigned count(uint64_t bits)
{
	return (unsigned)__builtin_popcountll(bits);
}

static void put_lost_recipients(const struct smtp *smtp, struct buf *out)
{
	unsigned refused = count(smtp->refused);
	unsigned put_off = (unsigned)smtp->n_to - refused - count(smtp->accepted);
	if (refused + put_off == 0)
		return;
	if (refused == smtp->n_to || put_off == smtp->n_to) {
		buf_printf(out, "the mail server %s %s recipient (%d)",
			refused ? "refused" : "put off", smtp->n_to > 1 ? "every" : "the",
			refused ? smtp->turned_down : smtp->put_off);
		return;
	}
	buf_printf(out, "of %zu recipients the mail server ", smtp->n_to);
	if (refused)
		buf_printf(out, "refused %u (%d)", refused, smtp->turned_down);
	if (put_off)
		buf_printf(
			out, "%sput off %u (%d)", refused ? " and " : "", put_off, smtp->put_off);
}

void smtp_words(const struct smtp *smtp, struct buf *out)
{
	int status = smtp->result.status;
	const char *verb = status >= 500 ? "refused" : "put off";
	switch (smtp->decided_at) {
	case SMTP_SENDER:
		buf_printf(out, "the mail server %s the sender (%d)", verb, status);
		return;
	case SMTP_RECIPIENT: put_lost_recipients(smtp, out); return;
	case SMTP_DATA:
	case SMTP_MESSAGE:
		if (is_good(status) && smtp->decided_at == SMTP_MESSAGE)
			put_lost_recipients(smtp, out);
		else
			buf_printf(out, "the mail server %s the message (%d)", verb, status);
		return;
	case SMTP_QUIT:
	case SMTP_OVER: buf_puts(out, "what answers is no mail server"); return;
	}
}
