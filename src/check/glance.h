/* check/glance.h - the commonest expectation of a JSON answer, a member that is a certain text, looked up
 * in passing, without a tree. Pure. */
#ifndef OUTRIDER_CHECK_GLANCE_H
#define OUTRIDER_CHECK_GLANCE_H

#include "check/jsonpath.h"
#include "check/matcher.h"

enum { GLANCE_BYTES_MAX = 65536 }; /* a longer text is read once, not once for each expectation */

/* True: the matcher holds for what the path selects. False: who wants to know reads the tree.
 * text: json_plain. */
bool glance_holds(const struct jsonpath *path, const struct matcher *matcher, struct str text);

#endif
