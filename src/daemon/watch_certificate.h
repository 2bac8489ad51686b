/* daemon/watch_certificate.h - tells of certificates that expire soon. */
#ifndef OUTRIDER_SRC_DAEMON_WATCH_CERTIFICATE_H
#define OUTRIDER_SRC_DAEMON_WATCH_CERTIFICATE_H

#include "daemon/watch_set.h"

/* Adds a message to the item whose result showed a certificate with so little left, once for each threshold:
 * the key is "SERVICE/certificate/EXPIRES/THRESHOLD" (seconds since 1970; seconds), so that the outbox drops what
 * other checks of the service, or an earlier life of the daemon, told of already. Three days before its end it
 * is urgent, before that a ticket. */
void watch_certificate_tell(struct watch_set *set, size_t index, struct store_item *item);

#endif
