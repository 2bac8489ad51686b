#include "engine/tls_files.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* Nobody is there to be asked; without this OpenSSL would ask the terminal. */
static int no_passphrase(char *out, int size, int writing, void *asked)
{
	(void)out, (void)size, (void)writing;
	*(bool *)asked = true;
	return -1;
}

static bool key_usable(SSL_CTX *context, const char *path, struct error *error)
{
	bool asked = false;
	SSL_CTX_set_default_passwd_cb(context, no_passphrase);
	SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
	bool read = SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) == 1;
	if (read && SSL_CTX_check_private_key(context) == 1)
		return true;
	if (asked)
		return error_set(
			error, "%s: the key has a passphrase, which nobody can enter", path);
	if (read || ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH)
		return error_set(error, "%s: the key does not fit the certificate", path);
	return error_set(error, "%s: there is no private key in it (PEM)", path);
}

static bool usable(SSL_CTX *context, const char *ca, const char *certificate, const char *key,
	struct error *error)
{
	if (ca && SSL_CTX_load_verify_locations(context, ca, NULL) != 1)
		return error_set(error, "%s: there is no certificate in it (PEM)", ca);
	if (key && !certificate)
		return error_set(error, "%s: a key without a certificate", key);
	if (!certificate)
		return true;
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
		return error_set(error, "%s: there is no certificate in it (PEM)", certificate);
	return key_usable(context, key ? key : certificate, error);
}

bool tls_files_usable(const char *ca, const char *certificate, const char *key, struct error *error)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	if (!context)
		return error_set(error, "OpenSSL could not start");
	ERR_clear_error();
	bool ok = usable(context, ca, certificate, key, error);
	ERR_clear_error();
	SSL_CTX_free(context);
	return ok;
}
