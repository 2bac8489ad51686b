#include "alert/foreign.h"

/* Slack: three characters are its markup (docs.slack.dev, "Escaping text"). */
static void slack(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		switch (text.p[i]) {
		case '&': buf_puts(out, "&amp;"); break;
		case '<': buf_puts(out, "&lt;"); break;
		case '>': buf_puts(out, "&gt;"); break;
		default: buf_putc(out, text.p[i]); break;
		}
}

/* Discord: a backslash before punctuation takes its meaning from it: Markdown, mentions, addresses. */
static void discord(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool letter =
			(c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
		if (c > ' ' && c < 0x7f && !letter)
			buf_putc(out, '\\');
		buf_putc(out, c);
	}
}

/* The longest a text becomes stays below the receiver's limit: Slack five times of 3000 (a section) and 2000 (a
 * field), Discord twice of 256 (a title) and 1024 (a field), 6000 in all; Telegram 4096 in all, PagerDuty 1024
 * (a summary), ntfy 4096 bytes in all. */
static const struct foreign table[CHANNEL_KIND_COUNT] = {
	[CHANNEL_SLACK] = {slack, slack, 300, 300},
	[CHANNEL_DISCORD] = {discord, NULL, 300, 110},
	[CHANNEL_TELEGRAM] = {html_escape, html_escape, 300, 300},
	[CHANNEL_PAGERDUTY] = {NULL, NULL, 1000, 1000},
	[CHANNEL_NTFY] = {NULL, NULL, 300, 200},
};

const struct foreign *foreign_at(enum channel_kind kind)
{
	return &table[kind];
}

void foreign_put(struct buf *out, struct str text, size_t max, mustache_escape *escape)
{
	struct str part = text;
	if (max && text.n > max)
		part.n = max;
	while (part.n < text.n && part.n && ((unsigned char)part.p[part.n] & 0xc0) == 0x80)
		part.n--;
	if (escape)
		escape(out, part);
	else
		buf_putstr(out, part);
	if (part.n < text.n)
		buf_puts(out, "…");
}
