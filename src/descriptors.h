/* descriptors.h - the file descriptors of the process: as many as it may have, of which some are kept for
 * what must go on when checks need all others: results, alerts, the page. */
#ifndef OUTRIDER_DESCRIPTORS_H
#define OUTRIDER_DESCRIPTORS_H

#include <stdbool.h>

enum {
	DESCRIPTORS_WANTED = 16384,
	DESCRIPTORS_KEPT = 32, /* of few, an eighth */
};

/* Raises the limit to DESCRIPTORS_WANTED, as far as that is allowed (setrlimit(2): soft and hard). Programs
 * that hooks run get what was before. Before there are threads. */
void descriptors_raise(void);
/* Whether more of them are free than those kept. A few system calls; any thread. */
bool descriptors_left(void);

#endif
