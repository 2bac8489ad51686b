/* serve/undelivered.h - alerts that were given up, as the status page tells those who see internals; with ways to
 * try one again or dismiss it for those who may. */
#ifndef OUTRIDER_SRC_SERVE_UNDELIVERED_H
#define OUTRIDER_SRC_SERVE_UNDELIVERED_H

#include "base/value.h"
#include "serve/site.h"

enum { UNDELIVERED_SHOWN_MAX = 5 };

/* Adds "undelivered", when there are any: the newest first. */
void undelivered_add(struct value *root, struct site *site, const struct http_request *request);

#endif
