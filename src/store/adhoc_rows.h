/* store/adhoc_rows.h - reads what was decided when the file is opened, and writes it inside the open
 * transaction. */
#ifndef OUTRIDER_STORE_ADHOC_ROWS_H
#define OUTRIDER_STORE_ADHOC_ROWS_H

#include "store/session.h"
#include "store/store.h"

/* In the arena. */
bool adhoc_rows_load(
	sqlite3 *db, struct arena *arena, struct adhoc_kept *kept, struct error *error) MUST_CHECK;

/* check_number: of the item; matters for a pause. */
bool adhoc_rows_write(
	struct session *session, uint32_t check_number, const struct adhoc_news *news);

#endif
