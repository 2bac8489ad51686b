/* report/html.h - any bytes inside a block of HTML in a Markdown document (CommonMark 0.31, 4.6):
 * no Markdown is read there, and no blank line ends the block early. Pure. */
#ifndef OUTRIDER_REPORT_HTML_H
#define OUTRIDER_REPORT_HTML_H

#include "base/buf.h"

/* Text between tags. */
void html_text(struct buf *out, struct str text);

/* <code>text</code>, where nobody is mentioned and nothing becomes a link; empty text: nothing. */
void html_code(struct buf *out, const char *text);

#endif
