/* store/evidence.h - what a person needs to understand one result, as one JSON object. Pure. */
#ifndef OUTRIDER_STORE_EVIDENCE_H
#define OUTRIDER_STORE_EVIDENCE_H

#include "base/buf.h"
#include "check/record.h"

enum { EVIDENCE_BYTES_MAX = 64 * 1024 };

/* Replaces what out holds. Never more than EVIDENCE_BYTES_MAX, always whole JSON: long texts are
 * clipped, and list items that do not fit are counted ("frames_dropped"). Times in seconds. */
void evidence_write(struct buf *out, const struct record *record);

#endif
