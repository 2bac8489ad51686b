#include "engine/tls_words.h"

#include "base/clock.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <time.h>

enum {
	NAME_SHOWN_MAX = 100,
	NAMES_SHOWN_MAX = 5,
	DATE_CHARS = 10, /* of 2026-11-22T10:00:00.123Z */
	RECORD_TYPE_FIRST = 20, /* RFC 8446, 5.1 */
	RECORD_TYPE_LAST = 23,
};

int64_t tls_time_us(const ASN1_TIME *time)
{
	struct tm tm;
	if (!ASN1_TIME_to_tm(time, &tm))
		return 0;
	return (int64_t)timegm(&tm) * US_PER_S;
}

static void put_date(struct buf *out, const ASN1_TIME *time)
{
	char text[TEXT_TIME_MAX];
	buf_put(out, text_time(tls_time_us(time), text), DATE_CHARS);
}

/* The common name, else the organisation, else all of it, in quotes. */
static void put_name(struct buf *out, const X509_NAME *name)
{
	char text[256] = "";
	if (X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof(text)) <= 0 &&
		X509_NAME_get_text_by_NID(name, NID_organizationName, text, sizeof(text)) <= 0)
		X509_NAME_oneline(name, text, sizeof(text));
	buf_putc(out, '"');
	text_inert(out, str_of(text), NAME_SHOWN_MAX);
	buf_putc(out, '"');
}

/* Whose it is: the service's own, or one above it. */
static void put_whose(struct buf *out, const struct tls_trouble *trouble)
{
	if (trouble->depth == 0) {
		buf_puts(out, "the certificate");
		return;
	}
	buf_puts(out, "the issuing certificate ");
	put_name(out, X509_get_subject_name(trouble->culprit));
}

static bool says_where_its_issuer_is(const X509 *certificate)
{
	AUTHORITY_INFO_ACCESS *ways = X509_get_ext_d2i(certificate, NID_info_access, NULL, NULL);
	bool found = false;
	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(ways); i++)
		if (OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(ways, i)->method) == NID_ad_ca_issuers)
			found = true;
	AUTHORITY_INFO_ACCESS_free(ways);
	return found;
}

/* The chain ends below a root. Who issues from a root itself hardly says where to fetch the issuer;
 * a certificate that does, and came alone, lacks its intermediate. */
static void put_issuer(struct buf *out, const struct tls_trouble *trouble)
{
	const X509_NAME *issuer = X509_get_issuer_name(trouble->culprit);
	if (says_where_its_issuer_is(trouble->culprit)) {
		buf_puts(out, "the intermediate certificate ");
		put_name(out, issuer);
		buf_puts(out, " is missing: the server must send it along");
		return;
	}
	put_whose(out, trouble);
	buf_puts(out, " is issued by ");
	put_name(out, issuer);
	buf_puts(out,
		trouble->sent > 1
			? ", which is no trusted root"
			: ", which is no trusted root and was not sent along: an unknown root, "
			  "or an intermediate is missing");
}

static void put_key(struct buf *out, const X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	if (key)
		buf_printf(out, " (%s, %d bits)", EVP_PKEY_get0_type_name(key),
			EVP_PKEY_get_bits(key));
}

static void put_signature(struct buf *out, const X509 *certificate)
{
	const char *name = OBJ_nid2ln(X509_get_signature_nid(certificate));
	if (name)
		buf_printf(out, " (%s)", name);
}

void tls_words_certificate(const struct tls_trouble *trouble, struct buf *out)
{
	const X509 *culprit = trouble->culprit;
	if (!culprit) {
		buf_puts(out, X509_verify_cert_error_string(trouble->error));
		return;
	}
	switch (trouble->error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		put_whose(out, trouble);
		buf_puts(out, " expired on ");
		put_date(out, X509_get0_notAfter(culprit));
		return;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		put_whose(out, trouble);
		buf_puts(out, " is not valid before ");
		put_date(out, X509_get0_notBefore(culprit));
		return;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		buf_puts(out, "the certificate is self-signed, by ");
		put_name(out, X509_get_issuer_name(culprit));
		return;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		buf_puts(out, "the root ");
		put_name(out, X509_get_subject_name(culprit));
		buf_puts(out, " is not trusted");
		return;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: put_issuer(out, trouble); return;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
		put_whose(out, trouble);
		buf_puts(out, " has a key that is too weak");
		put_key(out, culprit);
		return;
	case X509_V_ERR_CA_MD_TOO_WEAK:
		put_whose(out, trouble);
		buf_puts(out, " has a signature that is too weak");
		put_signature(out, culprit);
		return;
	}
	put_whose(out, trouble);
	buf_printf(out, " is refused: %s", X509_verify_cert_error_string(trouble->error));
}

/* Descriptions that can mean: your certificate, or that you have none (RFC 8446, 6.2). */
static bool about_client(int alert)
{
	switch (alert) {
	case SSL_AD_HANDSHAKE_FAILURE:
	case SSL_AD_BAD_CERTIFICATE:
	case SSL_AD_UNSUPPORTED_CERTIFICATE:
	case SSL_AD_CERTIFICATE_REVOKED:
	case SSL_AD_CERTIFICATE_EXPIRED:
	case SSL_AD_CERTIFICATE_UNKNOWN:
	case SSL_AD_UNKNOWN_CA:
	case SSL_AD_ACCESS_DENIED:
	case SSL_AD_CERTIFICATE_REQUIRED: return true;
	}
	return false;
}

void tls_words_alert(int alert, bool asked, bool certificate_given, struct buf *out)
{
	const char *words = SSL_alert_desc_string_long(alert);
	int description = alert & 0xff;
	if (description == SSL_AD_PROTOCOL_VERSION)
		buf_puts(out, "the server speaks no TLS version from 1.2 on");
	else if (asked && about_client(description))
		buf_printf(out,
			certificate_given ? "the server refuses our client certificate (alert: %s)"
					  : "the server wants a client certificate (alert: %s)",
			words);
	else
		buf_printf(out, "the server broke off the handshake (alert: %s)", words);
}

void tls_words_first(const struct tls_trouble *trouble, struct buf *out)
{
	const unsigned char *first = trouble->first;
	if (!trouble->n_first || (first[0] >= RECORD_TYPE_FIRST && first[0] <= RECORD_TYPE_LAST))
		return;
	struct str said = {(const char *)first, trouble->n_first};
	if (str_eq(said, STR("HTTP/"))) {
		buf_puts(out, "the server speaks plain HTTP on this port, not TLS");
		return;
	}
	buf_puts(out, "the server speaks no TLS; it begins with \"");
	text_inert(out, said, trouble->n_first);
	buf_putc(out, '"');
}

static bool put_general_name(struct buf *out, const GENERAL_NAME *name)
{
	char text[INET6_ADDRSTRLEN];
	int kind;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &kind);
	if (kind == GEN_DNS) {
		text_inert(out,
			(struct str){(const char *)ASN1_STRING_get0_data(value),
				(size_t)ASN1_STRING_length(value)},
			NAME_SHOWN_MAX);
		return true;
	}
	if (kind != GEN_IPADD)
		return false;
	int family = ASN1_STRING_length(value) == 4 ? AF_INET : AF_INET6;
	if (family == AF_INET6 && ASN1_STRING_length(value) != 16)
		return false;
	if (!inet_ntop(family, ASN1_STRING_get0_data(value), text, sizeof(text)))
		return false;
	buf_puts(out, text);
	return true;
}

void tls_words_names(const X509 *leaf, const char *host, struct buf *out)
{
	buf_puts(out, "the certificate is not for ");
	text_inert(out, str_of(host), NAME_SHOWN_MAX);
	if (!leaf)
		return;
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	int shown = 0, n = sk_GENERAL_NAME_num(names);
	buf_puts(out, " but for ");
	for (int i = 0; i < n && shown < NAMES_SHOWN_MAX; i++) {
		size_t before = out->n;
		if (shown)
			buf_puts(out, ", ");
		if (put_general_name(out, sk_GENERAL_NAME_value(names, i)))
			shown++;
		else
			out->n = before;
	}
	if (!shown)
		put_name(out, X509_get_subject_name(leaf));
	else if (n > shown)
		buf_printf(out, " and %d more", n - shown);
	GENERAL_NAMES_free(names);
}
