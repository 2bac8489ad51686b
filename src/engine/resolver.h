/* resolver.h - names to addresses as the system does it (getaddrinfo: /etc/hosts, DNS, whatever
 * nsswitch.conf says), in threads, so that a name server that is silent holds nobody else. A name has
 * at most one thread, however often it is asked for and given up: what hangs cannot pile up. Owned by
 * the loop's thread. */
#ifndef OUTRIDER_ENGINE_RESOLVER_H
#define OUTRIDER_ENGINE_RESOLVER_H

#include "base/error.h"
#include "base/str.h"

struct event_base;
struct resolver;
struct lookup;

enum {
	RESOLVER_THREADS_MAX = 640, /* more than runs at a time; beyond, names wait their turn */
	RESOLVER_ADDRESSES_MAX = 16,
};

enum resolver_family { RESOLVE_ANY, RESOLVE_IPV4, RESOLVE_IPV6 };

struct resolver_answer {
	const char *addresses; /* "127.0.0.1,::1", in the order to try; NULL: none */
	const char *why; /* no address, in words: "there is no host x" */
};

struct resolver *resolver_open(struct event_base *base, struct error *error) MUST_CHECK;
void resolver_close(struct resolver *resolver); /* waits for nobody; NULL is fine */

/* answered is called exactly once, from the loop, unless the lookup is dropped before. */
struct lookup *resolver_ask(struct resolver *resolver, const char *host,
	enum resolver_family family,
	void (*answered)(void *ctx, const struct resolver_answer *answer), void *ctx);
void resolver_drop(struct lookup *lookup);

/* Whether the host is a name to be looked up: no address, and not localhost, which libcurl knows
 * by itself (RFC 6761). */
bool resolver_needed(struct str host);

#endif
