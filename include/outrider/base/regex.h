/* base/regex.h - the one door to PCRE2: no JIT (a hardened unit lets nobody write code), bounded in
 * matching steps, depth, heap and processor time, so that no pattern can hold the loop. A compiled
 * pattern is constant; any thread may search with it. */
#ifndef OUTRIDER_BASE_REGEX_H
#define OUTRIDER_BASE_REGEX_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

struct regex;

enum {
	REGEX_CPU_US = 30 * 1000,
	REGEX_CPU_PER_MIB_US = 120 * 1000, /* that is searched; 1 to 60 ms are needed */
	REGEX_CPU_MAX_US = 400 * 1000,
};

/* Processor time that all searches of one judgement may take together. */
struct regex_budget {
	int64_t left_us;
	int64_t more_us; /* that long subjects may still add */
};

#define REGEX_BUDGET ((struct regex_budget){REGEX_CPU_US, REGEX_CPU_MAX_US - REGEX_CPU_US})

enum regex_result { REGEX_NO, REGEX_YES, REGEX_LIMIT };

/* UTF-8 where the subject is valid UTF-8, bytes otherwise. The error names the place. */
struct regex *regex_new(struct str pattern, bool ignore_case, struct error *error) MUST_CHECK;
void regex_free(struct regex *regex);
/* Adds to the budget what the subject's length allows and takes from it what it takes; REGEX_LIMIT, at
 * once when nothing is left, says nothing about the subject. */
enum regex_result regex_search(
	const struct regex *regex, struct str subject, struct regex_budget *budget);
/* On REGEX_YES *place is what matched first, possibly empty. */
enum regex_result regex_find(const struct regex *regex, struct str subject,
	struct regex_budget *budget, struct str *place);

#endif
