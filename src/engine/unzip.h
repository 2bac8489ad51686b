/* unzip.h - undoes a body's Content-Encoding, piece by piece, and notices when its end is missing.
 * The engine's door to zlib. Loop thread. */
#ifndef OUTRIDER_ENGINE_UNZIP_H
#define OUTRIDER_ENGINE_UNZIP_H

#include "base/str.h"

struct unzip;

enum unzip_kind { UNZIP_NONE, UNZIP_GZIP, UNZIP_DEFLATE, UNZIP_UNKNOWN };

/* Of the field's value, NULL if there is none. */
enum unzip_kind unzip_kind_of(const char *encoding);

struct unzip *unzip_open(enum unzip_kind kind); /* gzip or deflate */
void unzip_close(struct unzip *unzip); /* NULL is fine */

/* put is called with what was decoded, at most 16 KiB at a time, and says whether to go on; packed
 * becomes what was not yet looked at. More may follow of what was: feed the rest even when it is
 * empty. Returns NULL, or in words what is wrong with the data. */
const char *unzip_feed(struct unzip *unzip, struct str *packed,
	bool (*put)(void *ctx, struct str piece), void *ctx);

/* Whether the data ended where it may: after its last trailer (RFC 1952, 2.3.1), or before it began. */
bool unzip_whole(const struct unzip *unzip);

#endif
