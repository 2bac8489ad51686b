/* store/incidents.h - writes an incident's change and the alerts that tell of it, inside the open
 * transaction. The store's thread. */
#ifndef OUTRIDER_STORE_INCIDENTS_H
#define OUTRIDER_STORE_INCIDENTS_H

#include "store/session.h"
#include "store/store.h"

bool incidents_write(struct session *session, const struct store_item *item);
bool incidents_report(struct session *session, const struct outbox_delivery *delivery);

#endif
