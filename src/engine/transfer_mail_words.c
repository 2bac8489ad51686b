#include "engine/transfer_mail.h"

static void put_status(struct buf *out, int status)
{
	if (status >= 400)
		buf_printf(out, " (%d)", status);
}

static void put_tls(
	CURLcode code, const struct tls_watch *tls, bool certificate_given, struct buf *out)
{
	buf_puts(out, "TLS with the mail server failed");
	size_t before = out->n;
	buf_puts(out, ": ");
	if (tls && tls_watch_explain(tls, certificate_given, out))
		return;
	out->n = before;
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		buf_puts(out, ": its certificate is for another name");
}

/* libcurl has one code for a server without STARTTLS and for one that refuses it. */
static void put_no_starttls(int status, struct buf *out)
{
	buf_puts(out, status >= 400 ? "the mail server refused STARTTLS"
				    : "the mail server offers no STARTTLS");
	put_status(out, status);
}

/* It has one code, too, for no way to sign in that both know. */
static void put_no_login(int status, struct buf *out)
{
	buf_puts(out, status >= 400 ? "signing in at the mail server failed"
				    : "the mail server offers no way to sign in that we know");
	put_status(out, status);
}

static void put_greeting(int status, struct buf *out)
{
	buf_puts(out, status >= 400 ? "the mail server turned us away"
				    : "what answers is no mail server");
	put_status(out, status);
}

static bool during_handshake(const struct tls_watch *tls)
{
	return tls && !tls_watch_seen(tls).version;
}

void mail_words(CURLcode code, int status, const struct tls_watch *tls, bool certificate_given,
	struct buf *out)
{
	switch ((int)code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		buf_puts(out, "the mail server's name has no address");
		return;
	case CURLE_URL_MALFORMAT: buf_puts(out, "the mail server's URL can't be used"); return;
	case CURLE_COULDNT_CONNECT: buf_puts(out, "no connection to the mail server"); return;
	case CURLE_OPERATION_TIMEDOUT: buf_puts(out, "no answer in time"); return;
	case CURLE_WEIRD_SERVER_REPLY: put_greeting(status, out); return;
	case CURLE_REMOTE_ACCESS_DENIED:
		buf_puts(out, "the mail server refused our EHLO");
		put_status(out, status);
		return;
	case CURLE_USE_SSL_FAILED: put_no_starttls(status, out); return;
	case CURLE_LOGIN_DENIED: put_no_login(status, out); return;
	case CURLE_FAILED_INIT: buf_puts(out, "libcurl could not start"); return;
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE: buf_puts(out, "the certificate files can't be used"); return;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CIPHER: put_tls(code, tls, certificate_given, out); return;
	}
	if (during_handshake(tls))
		put_tls(code, tls, certificate_given, out);
	else
		buf_puts(out, "the mail server closed the connection");
}
