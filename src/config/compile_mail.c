#include "config/compile.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"

#include <ctype.h>

/* Servers may greet late on purpose, and look into a message before they take it. */
#define MAIL_TIMEOUT_US (INT64_C(60) * US_PER_S)

enum { LOCAL_PART_MAX = 64, ADDRESS_MAX = 254, DISPLAY_NAME_MAX = 100 }; /* RFC 5321, 4.5.3.1 */

/* atext of RFC 5322, 3.2.3 */
static bool is_atext(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool is_local_part(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool inner = i > 0 && i + 1 < s.n && s.p[i - 1] != '.';
		if (!is_atext(s.p[i]) && !(s.p[i] == '.' && inner))
			return false;
	}
	return s.n && s.n <= LOCAL_PART_MAX;
}

/* A name, or an address in brackets: [192.0.2.1], [IPv6:2001:db8::1]. */
static bool is_mail_host(struct str s)
{
	bool literal = s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']';
	if (literal)
		s = (struct str){s.p + 1, s.n - 2};
	for (size_t i = 0; i < s.n; i++) {
		bool inner = i > 0 && i + 1 < s.n && s.p[i - 1] != '.';
		char c = s.p[i];
		if (!isalnum((unsigned char)c) && !(literal && c == ':') &&
			!((c == '.' || c == '-') && inner))
			return false;
	}
	return s.n > 0;
}

static bool is_address(struct str s)
{
	const char *at = s.n ? memrchr(s.p, '@', s.n) : NULL;
	if (!at || s.n > ADDRESS_MAX)
		return false;
	size_t local = (size_t)(at - s.p);
	return is_local_part((struct str){s.p, local}) && is_mail_host(str_from(s, local + 1));
}

/* One line of printable characters. */
static bool is_display_name(struct str s)
{
	struct buf inert = BUF_INIT(DISPLAY_NAME_MAX * 16);
	text_inert(&inert, s, DISPLAY_NAME_MAX);
	bool same = utf8_valid(s) && str_eq(buf_str(&inert), s);
	buf_fini(&inert);
	return same;
}

static struct str unquoted(struct str s)
{
	bool quoted = s.n > 1 && s.p[0] == '"' && s.p[s.n - 1] == '"';
	return quoted ? (struct str){s.p + 1, s.n - 2} : s;
}

/* "ops@example.org", or "Night shift <ops@example.org>" */
static bool parse_mailbox(struct compile *c, struct str text, struct mailbox *box)
{
	ptrdiff_t open = str_find(text, STR("<"), false);
	struct str name = {NULL, 0}, address = text;
	if (open >= 0 && str_ends(text, STR(">"), false)) {
		name = unquoted(str_trim((struct str){text.p, (size_t)open}));
		address = (struct str){text.p + open + 1, text.n - (size_t)open - 2};
	}
	if (!is_address(address) || (name.n && !is_display_name(name)))
		return false;
	box->address = arena_strndup(c->arena, address);
	box->name = name.n ? arena_strndup(c->arena, name) : NULL;
	return true;
}

static void set_mailbox(struct compile *c, struct node *node, struct mailbox *box)
{
	if (!parse_mailbox(c, node->text, box))
		problem_at(c->problems, node,
			"an address is NAME@HOST or Some Name <NAME@HOST>, of ASCII but for "
			"the name (a host's as xn--...)");
}

static void set_recipients(struct compile *c, struct node *to, struct mail_options *mail)
{
	bool list = to->kind == NODE_LIST;
	struct mailbox *boxes = ARENA_ARRAY(c->arena, list ? to->n : 1, struct mailbox);
	mail->to = boxes;
	for (struct node *item = list ? to->first : to; item; item = list ? item->next : NULL) {
		if (item->bad)
			continue;
		set_mailbox(c, item, &boxes[mail->n_to++]);
	}
}

/* A login has keys of its own, and what stands behind the host would be what we call ourselves. */
static bool is_mail_url(struct str url)
{
	bool tls = str_starts(url, STR("smtps://"), true);
	if (!tls && !str_starts(url, STR("smtp://"), true))
		return false;
	struct str host = str_from(url, tls ? 8 : 7);
	for (size_t i = 0; i < host.n; i++)
		if (!isalnum((unsigned char)host.p[i]) && !strchr(".-:[]", host.p[i]))
			return false;
	return host.n > 0;
}

static void check_sign_in(struct compile *c, struct view view)
{
	if (view_has(view, "username") != view_has(view, "password"))
		problem(c->problems, node_key_place(view.own),
			"who signs in has a username and a password");
}

static enum mail_starttls starttls_of(struct compile *c, struct view view)
{
	struct node *written = view_get(view, "starttls");
	const struct node *url = view_get(view, "url");
	if (written && url && str_starts(url->text, STR("smtps:"), true))
		problem_at(c->problems, written, "smtps:// has TLS from the beginning");
	if (written)
		return (enum mail_starttls)view_choice(view, "starttls");
	return view_has(view, "username") || view_has(view, "tls") ? MAIL_STARTTLS_REQUIRED
								   : MAIL_STARTTLS_OPPORTUNISTIC;
}

void compile_mail(struct compile *c, struct view view, struct channel *channel)
{
	struct mail_options *mail = ARENA_NEW(c->arena, struct mail_options);
	struct node *url = view_get(view, "url"), *from = view_get(view, "from");
	struct node *to = view_get(view, "to");
	channel->mail = mail;
	if (!view_has(view, "timeout"))
		channel->timeout_us = MAIL_TIMEOUT_US;
	if (url && !is_mail_url(url->text))
		problem_at(c->problems, url,
			"an SMTP server's URL is smtp://HOST:PORT or smtps://HOST:PORT");
	if (from)
		set_mailbox(c, from, &mail->from);
	if (to)
		set_recipients(c, to, mail);
	check_sign_in(c, view);
	mail->username = view_text(view, "username", c->arena);
	mail->password = view_text(view, "password", c->arena);
	mail->starttls = starttls_of(c, view);
}
