#include "alert/mailing.h"

#include "alert/mail.h"

struct mailing {
	struct mailing_means means;
	const struct outbox_row *row;
	struct mail_request request;
	size_t n_to; /* of the channel: request.to are those who lack it */
	struct mail *mail;
};

static const char *copy(struct arena *arena, const char *text)
{
	return text ? arena_strdup(arena, text) : NULL;
}

static uint64_t everybody(const struct mailing *mailing)
{
	return UINT64_MAX >> (64 - mailing->request.n_to);
}

/* Nobody who has it, or never will, is asked for again. */
static void note(struct mailing *mailing, uint64_t who)
{
	for (size_t i = 0; i < mailing->request.n_to; i++)
		if (who >> i & 1)
			taken_note(mailing->means.taken, mailing->row, mailing->request.url,
				mailing->request.to[i]);
}

static void on_done(void *ctx, const struct mail_result *result)
{
	struct mailing *mailing = ctx;
	bool earlier = mailing->request.n_to < mailing->n_to;
	uint64_t settled = result->taken | result->refused;
	struct mailing_end end = {.why = result->why};
	end.ok = (result->taken || earlier) && settled == everybody(mailing);
	if (!end.ok && (result->taken || earlier))
		note(mailing, settled);
	if (!end.ok && result->status >= 500)
		end.retry_after_us = MAILING_REFUSED_PAUSE_US;
	mailing->mail = NULL;
	mailing->means.ended(mailing->means.ctx, &end);
}

static bool lacks_it(const struct mailing *mailing, const struct mailbox *who)
{
	return !taken_has(mailing->means.taken, mailing->row, mailing->request.url, who->address);
}

/* Those who lack it; all, should there be none. */
static void set_recipients(
	struct arena *arena, struct mailing *mailing, const struct mail_options *options)
{
	const char **to = ARENA_ARRAY(arena, options->n_to, const char *);
	size_t n = 0, lacking = 0;
	for (size_t i = 0; i < options->n_to; i++)
		lacking += lacks_it(mailing, &options->to[i]);
	for (size_t i = 0; i < options->n_to; i++)
		if (!lacking || lacks_it(mailing, &options->to[i]))
			to[n++] = arena_strdup(arena, options->to[i].address);
	mailing->n_to = options->n_to;
	mailing->request.to = to;
	mailing->request.n_to = n;
}

struct mailing *mailing_start(struct arena *arena, const struct mailing_means *means,
	const struct channel *channel, const struct outbox_row *row, int64_t now_wall_us)
{
	const struct mail_options *options = channel->mail;
	struct mailing *mailing = ARENA_NEW(arena, struct mailing);
	*mailing = (struct mailing){.means = *means, .row = row};
	mailing->request = (struct mail_request){
		.url = copy(arena, channel->url),
		.username = copy(arena, options->username),
		.password = copy(arena, options->password),
		.starttls = options->starttls,
		.tls_ca = copy(arena, channel->tls_ca),
		.tls_cert = copy(arena, channel->tls_cert),
		.tls_key = copy(arena, channel->tls_key),
		.from = copy(arena, options->from.address),
		.message = mail_write(arena, options, row, now_wall_us),
	};
	set_recipients(arena, mailing, options);
	mailing->mail = mail_send(means->mailer, &mailing->request, on_done, mailing);
	return mailing;
}

void mailing_stop(struct mailing *mailing)
{
	if (mailing->mail)
		mail_cancel(mailing->mail);
	mailing->mail = NULL;
}
