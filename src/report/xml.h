/* report/xml.h - any bytes as text of an XML 1.0 document in UTF-8 (Fifth Edition, 2.2 and 2.4).
 * What XML has no character for becomes U+FFFD. Pure. */
#ifndef OUTRIDER_REPORT_XML_H
#define OUTRIDER_REPORT_XML_H

#include "base/buf.h"

#include <stdint.h>

/* Between tags. */
void xml_text(struct buf *out, struct str text);

/* ` name="value"`, line breaks and tabs kept from being made blanks. name is ours. */
void xml_attribute(struct buf *out, const char *name, const char *value);
void xml_count(struct buf *out, const char *name, size_t value);
/* Seconds with three decimals, as JUnit's readers want them. */
void xml_seconds(struct buf *out, const char *name, int64_t us);

#endif
