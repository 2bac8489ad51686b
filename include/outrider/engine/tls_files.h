/* engine/tls_files.h - certificate and key files, looked at before they are needed. Any thread. */
#ifndef OUTRIDER_ENGINE_TLS_FILES_H
#define OUTRIDER_ENGINE_TLS_FILES_H

#include "base/error.h"

/* Whether the files, each of which may be NULL, can be used: PEM, the key without a passphrase and
 * fitting the certificate (in whose file it is looked for when it has none of its own). */
bool tls_files_usable(
	const char *ca, const char *certificate, const char *key, struct error *error) MUST_CHECK;

#endif
