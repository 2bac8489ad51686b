#include "sim/tls_cert.h"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>

enum { CERT_SERIAL_BITS = 120 };

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	bool added = extension && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return added;
}

static bool add_extensions(X509 *cert, X509 *issuer, const char *hosts)
{
	const struct {
		int nid;
		const char *authority, *leaf;
	} wanted[] = {
		{NID_basic_constraints, "critical,CA:TRUE", "critical,CA:FALSE"},
		{NID_key_usage, "critical,keyCertSign,cRLSign",
			"critical,digitalSignature,keyEncipherment"},
		{NID_ext_key_usage, NULL, "serverAuth"},
		{NID_subject_alt_name, NULL, hosts},
		{NID_subject_key_identifier, "hash", "hash"},
		{NID_authority_key_identifier, "keyid", "keyid"},
	};
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const char *value = hosts ? wanted[i].leaf : wanted[i].authority;
		if (value && !add_extension(cert, issuer, wanted[i].nid, value))
			return false;
	}
	return true;
}

static bool set_serial(X509 *cert)
{
	BIGNUM *number = BN_new();
	bool set = number &&
		   BN_rand(number, CERT_SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
		   BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	return set;
}

static bool set_name(X509 *cert, const char *name)
{
	return X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
		       (const unsigned char *)name, -1, -1, 0) == 1;
}

static bool fill(X509 *cert, EVP_PKEY *key, const struct cert_wish *wish)
{
	X509 *issuer = wish->issuer ? wish->issuer->cert : cert;
	return X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
	       set_name(cert, wish->name) &&
	       X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), wish->from_s) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), wish->to_s) &&
	       X509_set_pubkey(cert, key) == 1 && add_extensions(cert, issuer, wish->hosts);
}

bool cert_make(const struct cert_wish *wish, struct identity *made)
{
	EVP_PKEY *key = wish->rsa_bits ? EVP_RSA_gen(wish->rsa_bits) : EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	EVP_PKEY *signer = wish->issuer ? wish->issuer->key : key;
	bool good = key && cert && fill(cert, key, wish) &&
		    X509_sign(cert, signer, wish->sha1 ? EVP_sha1() : EVP_sha256()) > 0;
	*made = (struct identity){cert, key};
	if (good)
		return true;
	X509_free(cert);
	EVP_PKEY_free(key);
	*made = (struct identity){NULL, NULL};
	return false;
}
