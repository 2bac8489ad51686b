/* base/json_writer.h - writes JSON straight into a buffer; commas and quotes are its business.
 * Strings that are not UTF-8 get U+FFFD; numbers that are not finite become null. */
#ifndef OUTRIDER_BASE_JSON_WRITER_H
#define OUTRIDER_BASE_JSON_WRITER_H

#include "base/buf.h"

#include <stdint.h>

struct json_writer {
	struct buf *out;
	bool comma; /* a value stands before this place */
};

static inline struct json_writer json_writer_to(struct buf *out)
{
	return (struct json_writer){.out = out};
}

/* key: the member's name inside an object, NULL inside an array or at the top. */
void jw_object(struct json_writer *w, const char *key);
void jw_object_end(struct json_writer *w);
void jw_array(struct json_writer *w, const char *key);
void jw_array_end(struct json_writer *w);
void jw_str(struct json_writer *w, const char *key, struct str value);
void jw_text(struct json_writer *w, const char *key, const char *value); /* NULL: null */
void jw_int(struct json_writer *w, const char *key, int64_t value);
void jw_bool(struct json_writer *w, const char *key, bool value);
void jw_null(struct json_writer *w, const char *key);
/* Microseconds as seconds, exact: 6.012. Negative (not measured): null. */
void jw_seconds(struct json_writer *w, const char *key, int64_t us);
void jw_real(struct json_writer *w, const char *key, double value);
void jw_raw(struct json_writer *w, const char *key, struct str json); /* ready JSON */

/* A quoted, escaped string alone; also "inside": without its quotes. */
void json_put_string(struct buf *out, struct str text);
void json_put_escaped(struct buf *out, struct str text);

#endif
