/* serve/origin.h - whether a request that changes something comes from one of our own pages, or from
 * no browser: no other site may make a browser that is logged in here act (Fetch, 3.2; W3C Fetch Metadata;
 * RFC 6454). Pure. */
#ifndef OUTRIDER_SRC_SERVE_ORIGIN_H
#define OUTRIDER_SRC_SERVE_ORIGIN_H

#include <stdbool.h>

/* The headers Sec-Fetch-Site, Origin, Host as received, or NULL. Every browser sends the first to who is
 * reached over TLS or on the own machine, and the second with every POST; a proxy that replaces Host makes
 * the second match nothing. */
bool origin_is_own(const char *sec_fetch_site, const char *origin, const char *host);

#endif
