#define PCRE2_CODE_UNIT_WIDTH 8

#include "base/regex.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <pcre2.h>
#include <stdlib.h>

/* Chosen so that (.*)(.*)(.*)x on 20 KB gives up within 20 ms. */
enum {
	REGEX_PATTERN_MAX = 4096,
	REGEX_MATCH_LIMIT = 100 * 1000,
	REGEX_DEPTH_LIMIT = 20 * 1000,
	REGEX_HEAP_LIMIT_KB = 8 * 1024,
};

struct regex {
	pcre2_code *utf8;
	pcre2_code *bytes; /* for subjects that are not UTF-8 */
	pcre2_match_context *limits;
};

struct failure {
	int code;
	PCRE2_SIZE at;
};

static pcre2_code *compile(struct str pattern, uint32_t options, struct failure *failure)
{
	PCRE2_SPTR text = (PCRE2_SPTR)(pattern.n ? pattern.p : "");
	return pcre2_compile(text, pattern.n, options | PCRE2_NEVER_BACKSLASH_C, &failure->code,
		&failure->at, NULL);
}

static void explain(struct failure failure, struct error *error)
{
	PCRE2_UCHAR why[256] = "";
	if (failure.code == PCRE2_ERROR_NOMEMORY)
		mem_exhausted();
	pcre2_get_error_message(failure.code, why, sizeof(why));
	error_set(error, "at byte %zu of the pattern: %s", (size_t)failure.at, (const char *)why);
}

struct regex *regex_new(struct str pattern, bool ignore_case, struct error *error)
{
	if (pattern.n > REGEX_PATTERN_MAX) {
		error_set(error, "a pattern has at most %d bytes", REGEX_PATTERN_MAX);
		return NULL;
	}
	uint32_t options = ignore_case ? PCRE2_CASELESS : 0;
	struct failure failure = {0};
	pcre2_code *utf8 = compile(pattern, options | PCRE2_UTF, &failure);
	if (!utf8) {
		explain(failure, error);
		return NULL;
	}
	struct regex *regex = MEM_NEW(struct regex);
	regex->utf8 = utf8;
	regex->bytes = compile(pattern, options | PCRE2_NEVER_UTF, &failure);
	if (!regex->bytes) /* it names characters that no byte can be */
		regex->bytes =
			compile(pattern, options | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &failure);
	regex->limits = pcre2_match_context_create(NULL);
	if (!regex->bytes || !regex->limits)
		mem_exhausted();
	pcre2_set_match_limit(regex->limits, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit(regex->limits, REGEX_DEPTH_LIMIT);
	pcre2_set_heap_limit(regex->limits, REGEX_HEAP_LIMIT_KB);
	return regex;
}

void regex_free(struct regex *regex)
{
	if (!regex)
		return;
	pcre2_code_free(regex->utf8);
	pcre2_code_free(regex->bytes);
	pcre2_match_context_free(regex->limits);
	free(regex);
}

enum regex_result regex_search(const struct regex *regex, struct str subject)
{
	bool utf8 = utf8_valid(subject);
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	if (!data)
		mem_exhausted();
	int found = pcre2_match(utf8 ? regex->utf8 : regex->bytes,
		(PCRE2_SPTR)(subject.n ? subject.p : ""), subject.n, 0,
		utf8 ? PCRE2_NO_UTF_CHECK : 0, data, regex->limits);
	pcre2_match_data_free(data);
	if (found >= 0)
		return REGEX_YES;
	return found == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_LIMIT;
}
