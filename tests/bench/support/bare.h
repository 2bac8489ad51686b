/* bare.h - the limit we are held against: what a good C programmer writes on libcurl's multi
 * interface and libevent to ask many servers over fresh connections and to read the times. A new easy
 * handle for each request; nothing judged, nothing kept. */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bare;
struct event_base;

struct bare_options {
	struct event_base *base;
	const char *ca; /* PEM file; NULL: libcurl's own */
	const char *encoding; /* Accept-Encoding */
	size_t at_a_time;
	/* The next URL, and what its bytes are given to (write may be NULL). */
	const char *(*next)(void *ctx, curl_write_callback *write, void **write_ctx);
	/* More options of the handle that is to ask for it; may be NULL. */
	void (*prepare)(void *ctx, CURL *easy);
	void *ctx;
};

struct bare *bare_new(const struct bare_options *options);
void bare_free(struct bare *bare);

/* Asks so many times; returns when all are over. Those that did not end in 200 are counted. */
uint64_t bare_run(struct bare *bare, size_t requests);

/* Asks once; the caller runs the loop. How many have failed since the beginning. */
void bare_start(struct bare *bare);
uint64_t bare_failures(const struct bare *bare);

#endif
