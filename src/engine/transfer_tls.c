#include "base/text.h"
#include "engine/transfer_private.h"

#include <errno.h>
#include <string.h>

enum { REASON_SHOWN_MAX = 100 };

void transfer_tls_forget(struct transfer *t)
{
	tls_watch_free(t->tls);
	t->tls = NULL;
}

static bool shook_hands(const struct transfer *t)
{
	return t->tls && tls_watch_seen(t->tls).version;
}

static bool has_certificate(const struct transfer *t)
{
	return !t->foreign && t->request->service && t->request->service->tls_cert;
}

/* With TLS 1.3 a server refuses a client after the client's handshake is over: its first words are
 * an alert, which a reset may overtake. */
static bool refused_afterwards(const struct transfer *t, CURLcode code)
{
	struct tls_seen seen = tls_watch_seen(t->tls);
	if (t->head.bytes)
		return false;
	if (strstr(t->error, "alert"))
		return true;
	if (!has_certificate(t))
		return seen.asked;
	return seen.asked && code != CURLE_GOT_NOTHING && strcmp(seen.version, "TLSv1.3") == 0;
}

bool transfer_tls_failed(const struct transfer *t, CURLcode code)
{
	switch ((int)code) {
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CLIENTCERT:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_SHUTDOWN_FAILED:
	case CURLE_USE_SSL_FAILED: return true;
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR: return t->tls && (!shook_hands(t) || refused_afterwards(t, code));
	}
	return false;
}

static bool has_words(const struct transfer *t, const char *part)
{
	return strstr(t->error, part) != NULL;
}

static void put_broken(
	const struct transfer *t, const char *how, const char *address, struct buf *out)
{
	buf_printf(out, "%s %s by %s", how,
		shook_hands(t) ? "after the TLS handshake" : "during the TLS handshake",
		address ? address : "the server");
	if (tls_watch_seen(t->tls).asked)
		buf_puts(out, has_certificate(t) ? ", which may have refused our client certificate"
						 : ", which had asked for a client certificate");
}

/* The host of the URL; libcurl's memory. */
static char *host_of(const char *url)
{
	char *host = NULL;
	CURLU *parts = curl_url();
	if (curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK)
		curl_url_get(parts, CURLUPART_HOST, &host, 0);
	curl_url_cleanup(parts);
	return host;
}

static void put_names(const struct transfer *t, struct buf *out)
{
	char *host = host_of(t->url ? t->url : t->request->url);
	tls_watch_names(t->tls, host ? host : "this host", out);
	curl_free(host);
}

/* "error:0A00018A:SSL routines::dh key too small" */
static bool put_reason(const struct transfer *t, struct buf *out)
{
	static const char before[] = "routines::";
	const char *reason = strstr(t->error, before);
	if (!reason)
		return false;
	buf_puts(out, "the TLS handshake failed: ");
	text_inert(out, str_of(reason + strlen(before)), REASON_SHOWN_MAX);
	return true;
}

bool transfer_tls_words(
	const struct transfer *t, CURLcode code, const char *address, struct buf *out)
{
	if (!t->tls)
		return false;
	if (tls_watch_explain(t->tls, has_certificate(t), out))
		return true;
	if (code == CURLE_PEER_FAILED_VERIFICATION && has_words(t, "subject name"))
		put_names(t, out);
	else if (has_words(t, "unsupported protocol"))
		buf_puts(out, "the server speaks no TLS version from 1.2 on");
	else if (has_words(t, strerror(ECONNRESET)) || has_words(t, strerror(ENOTCONN)))
		put_broken(t, "connection reset", address, out);
	else if (code == CURLE_GOT_NOTHING || has_words(t, "unexpected eof") ||
		 has_words(t, "SSL_ERROR_SYSCALL") || has_words(t, "SSL_ERROR_ZERO_RETURN"))
		put_broken(t, "connection closed", address, out);
	else
		return put_reason(t, out);
	return true;
}
