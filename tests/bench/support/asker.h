/* asker.h - who asks an HTTP server on loopback: a process of its own, so that its processor time is not
 * counted, one connection kept for all requests of a turn. */
#ifndef BENCH_ASKER_H
#define BENCH_ASKER_H

#include <stddef.h>
#include <stdint.h>

struct asker;

struct asker *asker_new(int core); /* forks: before there are threads */
void asker_free(struct asker *asker);

/* So many GETs, one after the other; bytes of bodies. Ends the program when one is not a 200. */
uint64_t asker_ask(struct asker *asker, unsigned port, const char *path, size_t requests);

struct answer_bytes {
	char *p; /* malloc */
	size_t n;
};

/* Once, in this process: the body. */
struct answer_bytes asker_read(unsigned port, const char *path);

#endif
