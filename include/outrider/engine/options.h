/* engine/options.h - limits of the engine, as a plan or the command line sets them. */
#ifndef OUTRIDER_ENGINE_OPTIONS_H
#define OUTRIDER_ENGINE_OPTIONS_H

#include <stddef.h>

struct engine_options {
	unsigned jobs; /* runs at a time; 0: ENGINE_JOBS_DEFAULT, and the first of each service */
};

enum {
	ENGINE_JOBS_DEFAULT = 64,
	ENGINE_JOBS_MAX = 512, /* with those; each may hold a descriptor */
};

enum { MAIL_RECIPIENTS_MAX = 50 }; /* a set of them is bits of an uint64_t */

/* smtp://: whether TLS begins with STARTTLS (RFC 3207). OPPORTUNISTIC: where the server can, whatever its
 * certificate (RFC 7435); what would go in the clear otherwise loses nothing by that. */
enum mail_starttls { MAIL_STARTTLS_REQUIRED, MAIL_STARTTLS_OPPORTUNISTIC, MAIL_STARTTLS_NEVER };

#endif
