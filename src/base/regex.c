#define PCRE2_CODE_UNIT_WIDTH 8

#include "base/regex.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <pcre2.h>
#include <stdlib.h>

/* PCRE2 counts its limits anew at every place where a match may begin, and a single step may read
 * the whole subject; so the sum is bounded in processor time, looked at in a callout that stands
 * before every item of the pattern. (.*)(.*)(.*)x on 20 KB gives up after 5 ms. */
enum {
	REGEX_PATTERN_MAX = 4096,
	REGEX_MATCH_LIMIT = 100 * 1000,
	REGEX_DEPTH_LIMIT = 20 * 1000,
	REGEX_HEAP_LIMIT_KB = 8 * 1024,
	REGEX_CPU_MAX_US = 20 * 1000, /* and for large subjects: */
	REGEX_BYTES_PER_US = 16,
	REGEX_ITEMS_PER_LOOK = 64,
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
	return pcre2_compile(text, pattern.n,
		options | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT, &failure->code,
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

struct budget {
	int64_t most_us;
	int64_t until_us; /* of this thread's processor time; 0: not looked at yet */
	unsigned items;
};

static int spend(pcre2_callout_block *block, void *data)
{
	(void)block;
	struct budget *budget = data;
	if (++budget->items % REGEX_ITEMS_PER_LOOK)
		return 0;
	int64_t now = clock_cpu_us();
	if (budget->until_us == 0)
		budget->until_us = now + budget->most_us;
	return now > budget->until_us ? PCRE2_ERROR_CALLOUT : 0;
}

enum regex_result regex_find(const struct regex *regex, struct str subject, struct str *place)
{
	struct budget budget = {
		.most_us = REGEX_CPU_MAX_US + (int64_t)(subject.n / REGEX_BYTES_PER_US)};
	bool utf8 = utf8_valid(subject);
	pcre2_match_context *limits = pcre2_match_context_copy(regex->limits);
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	if (!limits || !data)
		mem_exhausted();
	pcre2_set_callout(limits, spend, &budget);
	int found = pcre2_match(utf8 ? regex->utf8 : regex->bytes,
		(PCRE2_SPTR)(subject.n ? subject.p : ""), subject.n, 0,
		utf8 ? PCRE2_NO_UTF_CHECK : 0, data, limits);
	const PCRE2_SIZE *range = pcre2_get_ovector_pointer(data);
	if (found >= 0 && range[0] <= range[1]) /* \K in a look-ahead may turn it round */
		*place = (struct str){subject.p + range[0], range[1] - range[0]};
	else if (found >= 0)
		*place = (struct str){subject.p + range[0], 0};
	pcre2_match_data_free(data);
	pcre2_match_context_free(limits);
	if (found >= 0)
		return REGEX_YES;
	return found == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_LIMIT;
}

enum regex_result regex_search(const struct regex *regex, struct str subject)
{
	struct str place;
	return regex_find(regex, subject, &place);
}
