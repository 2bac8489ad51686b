/* store/recall.h - the incidents that are open in the file, read when it is opened. */
#ifndef OUTRIDER_STORE_RECALL_H
#define OUTRIDER_STORE_RECALL_H

#include "store/db.h"
#include "watch/incident.h"

struct recall {
	struct arena arena;
	struct incident_kept *kept; /* oldest first */
	size_t n;
};

bool recall_init(struct recall *recall, sqlite3 *db, struct error *error) MUST_CHECK;
void recall_fini(struct recall *recall);

#endif
