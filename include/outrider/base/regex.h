/* base/regex.h - the one door to PCRE2: no JIT, bounded in matching steps, depth, heap and
 * processor time (20 ms, and 1 ms more for every 16 KB of subject), so that no pattern can hold
 * the loop. A compiled pattern is constant; any thread may search with it. */
#ifndef OUTRIDER_BASE_REGEX_H
#define OUTRIDER_BASE_REGEX_H

#include "base/error.h"
#include "base/str.h"

struct regex;

enum regex_result { REGEX_NO, REGEX_YES, REGEX_LIMIT };

/* UTF-8 where the subject is valid UTF-8, bytes otherwise. The error names the place. */
struct regex *regex_new(struct str pattern, bool ignore_case, struct error *error) MUST_CHECK;
void regex_free(struct regex *regex);
enum regex_result regex_search(const struct regex *regex, struct str subject);
/* On REGEX_YES *place is what matched first, possibly empty. */
enum regex_result regex_find(const struct regex *regex, struct str subject, struct str *place);

#endif
