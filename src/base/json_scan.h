/* base/json_scan.h - holds text against RFC 8259 in one pass, without memory or recursion. */
#ifndef OUTRIDER_BASE_JSON_SCAN_H
#define OUTRIDER_BASE_JSON_SCAN_H

#include "base/buf.h"
#include "base/error.h"

/* cJSON keeps a number in 64 bytes and cuts what is longer. */
enum { JSON_LITERAL_MAX = 60 };

struct json_marks {
	bool odd; /* something cJSON would spoil: an escaped NUL or lone surrogate, an endless number */
	bool large; /* a whole number that a double may not hold */
};

/* False with an error that names the byte, counted from 0. */
bool json_scan(struct str text, struct json_marks *marks, struct error *error) MUST_CHECK;

/* Writes scanned text anew, without anything odd. Never longer than text. */
void json_mend(struct buf *out, struct str text);

/* Takes the next number, as it is written, off the front of scanned text. */
struct str json_take_number(struct str *text);
/* A whole number of more digits than every double of that length is exact in. */
bool json_is_large(struct str number);

#endif
