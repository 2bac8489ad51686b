/* standin.h - stand-ins of the services, in a child process that dies with us: one for --demo, one
 * for each row of a self-test. */
#ifndef OUTRIDER_STANDIN_H
#define OUTRIDER_STANDIN_H

#include "config/config.h"
#include "sim/sim.h"

struct standin;

/* Forks: before any thread is started. Serves n sims as their options say. NULL with an error. */
struct standin *standin_start(
	const struct sim_options *sims, size_t n, struct error *error) MUST_CHECK;
void standin_stop(struct standin *standin); /* NULL does nothing */

/* Where the sim at that index serves; NULL: it has no such service. Lives as long as standin. */
const char *standin_url(const struct standin *standin, size_t sim, const char *service);
/* The certificate to trust, PEM; "" without TLS. */
const char *standin_ca(const struct standin *standin, size_t sim);

/* The URL of each service of the first sim; lives as long as standin. */
const struct service_override *standin_services(const struct standin *standin, size_t *n);

#endif
