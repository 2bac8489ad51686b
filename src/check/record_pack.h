/* check/record_pack.h - a finished record in as little memory as it needs: one piece, which owns all
 * that the record points to. Private to check/. */
#ifndef OUTRIDER_CHECK_RECORD_PACK_H
#define OUTRIDER_CHECK_RECORD_PACK_H

#include "check/record.h"

/* A copy of the draft, which stays its owner's. For record_free. */
struct record *record_pack(const struct record *draft);

#endif
