/* standin.h - the stand-in of the services as a child process, for --demo. It dies with us. */
#ifndef OUTRIDER_STANDIN_H
#define OUTRIDER_STANDIN_H

#include "config/config.h"

struct standin;

/* Forks: before any thread is started. story: faults come and go by themselves. NULL with an
 * error. */
struct standin *standin_start(bool story, struct error *error) MUST_CHECK;
void standin_stop(struct standin *standin); /* NULL does nothing */

/* The URL of each of its services; lives as long as standin. */
const struct service_override *standin_services(const struct standin *standin, size_t *n);

#endif
