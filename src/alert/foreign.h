/* alert/foreign.h - what a kind of receiver does with words, undone: so that somebody else's words are only
 * words there. Pure. */
#ifndef OUTRIDER_ALERT_FOREIGN_H
#define OUTRIDER_ALERT_FOREIGN_H

#include "alert/options.h"
#include "base/mustache.h"

struct foreign {
	mustache_escape *words, *links; /* NULL: as they are */
	size_t words_max, headline_max; /* bytes of one text, before that; 0: any */
};

const struct foreign *foreign_at(enum channel_kind kind);

/* text, or as much of it as max bytes hold and an ellipsis, as it stands there. */
void foreign_put(struct buf *out, struct str text, size_t max, mustache_escape *escape);

#endif
