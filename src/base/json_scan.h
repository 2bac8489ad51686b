/* base/json_scan.h - holds text against RFC 8259 in one pass, without memory or recursion. */
#ifndef OUTRIDER_BASE_JSON_SCAN_H
#define OUTRIDER_BASE_JSON_SCAN_H

#include "base/buf.h"
#include "base/error.h"

/* cJSON keeps a number in 64 bytes and cuts what is longer. */
enum { JSON_LITERAL_MAX = 60 };

/* False with an error that names the byte, counted from 0. *odd (may be NULL) tells whether the
 * text holds something cJSON would spoil: an escaped NUL or lone surrogate, an endless number. */
bool json_scan(struct str text, bool *odd, struct error *error) MUST_CHECK;

/* Writes scanned text anew, without anything odd. Never longer than text. */
void json_mend(struct buf *out, struct str text);

#endif
