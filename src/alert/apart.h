/* alert/apart.h - what is told of no incident: that a known issue is fixed, that an error budget is spent too
 * fast, that a certificate expires, that the monitor was offline. Pure. */
#ifndef OUTRIDER_ALERT_APART_H
#define OUTRIDER_ALERT_APART_H

#include "alert/message.h"
#include "base/buf.h"
#include "base/json_writer.h"

bool is_apart(const struct alert_news *news);
/* In a sentence. */
void apart_sentence(struct buf *out, const struct alert_news *news);
/* The members of the payload that only such news has. */
void apart_members(struct json_writer *w, const struct alert_news *news);

#endif
