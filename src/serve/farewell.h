/* serve/farewell.h - ends the connections of visitors who are slow, too many or gone. The library sees the
 * end and lets them go. The server's thread. */
#ifndef OUTRIDER_SERVE_FAREWELL_H
#define OUTRIDER_SERVE_FAREWELL_H

#include "serve/visitors.h"

/* A problem document as an answer to a request that never came in full: nothing else is being sent. */
void farewell_early(int fd, unsigned status, const char *detail);

void farewell_surplus(struct visitors *visitors); /* of too many, or of too much that is held */
void farewell_overdue(struct visitors *visitors);
/* Those who left while something of theirs was still unread, which the library does not see. */
void farewell_left(struct visitors *visitors);

#endif
