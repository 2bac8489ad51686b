#include "engine/tls.h"

#include "base/memory.h"
#include "engine/tls_words.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	ALERT_CLOSE_NOTIFY = 0, /* RFC 8446, 6 */
	ALERT_USER_CANCELED = 90,
	RECORD_HEADER = 5,
};

struct tls_watch {
	unsigned users; /* the context and who reads it */
	struct tls_seen seen;
	struct tls_trouble trouble;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int slot;

static void watch_leave(struct tls_watch *watch)
{
	if (!watch || --watch->users)
		return;
	X509_free(watch->trouble.leaf);
	X509_free(watch->trouble.culprit);
	free(watch);
}

static void on_context_free(
	void *context, void *watch, CRYPTO_EX_DATA *data, int index, long unused, void *unused2)
{
	(void)context, (void)data, (void)index, (void)unused, (void)unused2;
	watch_leave(watch);
}

static void find_slot(void)
{
	slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, on_context_free);
}

static struct tls_watch *watch_of(const SSL *ssl)
{
	return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot);
}

static int64_t earliest_us(const STACK_OF(X509) * chain)
{
	int64_t earliest = 0;
	for (int i = 0; i < sk_X509_num(chain); i++) {
		int64_t us = tls_time_us(X509_get0_notAfter(sk_X509_value(chain, i)));
		if (us && (!earliest || us < earliest))
			earliest = us;
	}
	return earliest;
}

static void keep(X509 **place, X509 *certificate)
{
	if (certificate)
		X509_up_ref(certificate);
	X509_free(*place);
	*place = certificate;
}

/* Called for each certificate of the chain, the peer's own last, and for each fault. */
static int on_verify(int ok, X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_watch *watch = watch_of(ssl);
	if (ok && X509_STORE_CTX_get_error_depth(store) > 0)
		return ok;
	keep(&watch->trouble.leaf, X509_STORE_CTX_get0_cert(store));
	watch->seen.expires_us = earliest_us(
		ok ? X509_STORE_CTX_get0_chain(store) : X509_STORE_CTX_get0_untrusted(store));
	if (!ok && watch->trouble.error == X509_V_OK) {
		watch->trouble.error = X509_STORE_CTX_get_error(store);
		watch->trouble.depth = X509_STORE_CTX_get_error_depth(store);
		watch->trouble.sent = sk_X509_num(X509_STORE_CTX_get0_untrusted(store));
		keep(&watch->trouble.culprit, X509_STORE_CTX_get_current_cert(store));
	}
	return ok;
}

static void on_state(const SSL *ssl, int where, int value)
{
	struct tls_watch *watch = watch_of(ssl);
	if (where & SSL_CB_HANDSHAKE_DONE) {
		watch->seen.version = SSL_get_version(ssl);
		watch->seen.cipher = SSL_get_cipher_name(ssl);
	} else if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT) {
		int alert = value & 0xff;
		if (alert == ALERT_CLOSE_NOTIFY)
			watch->seen.goodbye = true;
		else if (alert != ALERT_USER_CANCELED)
			watch->trouble.alert = value;
	} else if (where & SSL_CB_LOOP && SSL_get_state(ssl) == TLS_ST_CR_CERT_REQ) {
		watch->seen.asked = true;
	}
}

/* Of what came, the header of the first record only: where it is none, its bytes say who speaks. */
static void on_message(
	int sent, int version, int type, const void *bytes, size_t n, SSL *ssl, void *watching)
{
	struct tls_watch *watch = watching;
	(void)version;
	if (sent || type != SSL3_RT_HEADER || n != RECORD_HEADER)
		return;
	memcpy(watch->trouble.first, bytes, RECORD_HEADER);
	watch->trouble.n_first = RECORD_HEADER;
	SSL_set_msg_callback(ssl, NULL);
}

struct tls_watch *tls_watch_new(void *context)
{
	struct tls_watch *watch = MEM_NEW(struct tls_watch);
	pthread_once(&once, find_slot);
	watch->users = 1;
	if (!SSL_CTX_set_ex_data(context, slot, watch))
		mem_exhausted();
	watch->users++;
	SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(context), on_verify);
	SSL_CTX_set_info_callback(context, on_state);
	SSL_CTX_set_msg_callback(context, on_message);
	SSL_CTX_set_msg_callback_arg(context, watch);
	return watch;
}

void tls_watch_free(struct tls_watch *watch)
{
	watch_leave(watch);
}

struct tls_seen tls_watch_seen(const struct tls_watch *watch)
{
	return watch->seen;
}

bool tls_watch_explain(const struct tls_watch *watch, bool certificate_given, struct buf *out)
{
	const struct tls_trouble *trouble = &watch->trouble;
	size_t before = out->n;
	if (trouble->error != X509_V_OK)
		tls_words_certificate(trouble, out);
	else if (trouble->alert)
		tls_words_alert(trouble->alert, watch->seen.asked, certificate_given, out);
	else
		tls_words_first(trouble, out);
	return out->n > before;
}

void tls_watch_names(const struct tls_watch *watch, const char *host, struct buf *out)
{
	tls_words_names(watch->trouble.leaf, host, out);
}
