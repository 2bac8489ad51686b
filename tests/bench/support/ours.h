/* ours.h - checks through the real executor and transfer: template, request, transfer, verdict,
 * record. */
#ifndef BENCH_OURS_H
#define BENCH_OURS_H

#include "engine/executor.h"
#include "engine/transfer.h"

struct event_base;
struct ours;

struct ours_options {
	struct event_base *base;
	unsigned at_a_time;
	/* May stand between executor and libcurl; NULL: nobody does. */
	struct transport (*between)(void *ctx, struct transport inner);
	/* The next check, and a cookie. The record stays ours. */
	const struct check *(*next)(void *ctx, void **cookie);
	void (*started)(void *ctx, const struct check *check); /* may be NULL */
	void (*finished)(void *ctx, const struct record *record, void *cookie); /* may be NULL */
	/* Takes the records over, of which none is left out; NULL: they are freed. */
	void (*take)(void *ctx, struct record *record);
	uint32_t numbers; /* of checks, which go round: 1 ... so many; 0: 1 alone */
	void *ctx;
};

struct ours *ours_new(const struct ours_options *options);
void ours_free(struct ours *ours);

/* Runs so many; returns when all are over. Those that did not pass are counted, the first is said. */
uint64_t ours_run(struct ours *ours, size_t runs);

#endif
