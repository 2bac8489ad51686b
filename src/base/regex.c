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
	REGEX_ITEMS_PER_LOOK = 64, /* of a large subject fewer: one may read all of it */
	REGEX_BYTES_PER_LOOK = 32 << 20,
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

struct spending {
	int64_t until_us; /* of this thread's processor time */
	size_t items, per_look;
};

static int spend(pcre2_callout_block *block, void *data)
{
	(void)block;
	struct spending *spending = data;
	if (++spending->items % spending->per_look)
		return 0;
	return clock_cpu_us() > spending->until_us ? PCRE2_ERROR_CALLOUT : 0;
}

static int match(
	const struct regex *regex, struct str subject, struct spending *spending, struct str *place)
{
	bool utf8 = utf8_valid(subject);
	const char *text = subject.n ? subject.p : "";
	pcre2_match_context *limits = pcre2_match_context_copy(regex->limits);
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	if (!limits || !data)
		mem_exhausted();
	pcre2_set_callout(limits, spend, spending);
	int found = pcre2_match(utf8 ? regex->utf8 : regex->bytes, (PCRE2_SPTR)text, subject.n, 0,
		utf8 ? PCRE2_NO_UTF_CHECK : 0, data, limits);
	const PCRE2_SIZE *range = pcre2_get_ovector_pointer(data);
	if (found >= 0 && range[0] <= range[1]) /* \K in a look-ahead may turn it round */
		*place = (struct str){text + range[0], range[1] - range[0]};
	else if (found >= 0)
		*place = (struct str){text + range[0], 0};
	pcre2_match_data_free(data);
	pcre2_match_context_free(limits);
	return found;
}

enum regex_result regex_find(const struct regex *regex, struct str subject,
	struct regex_budget *budget, struct str *place)
{
	if (budget->left_us <= 0)
		return REGEX_LIMIT;
	int64_t start = clock_cpu_us();
	struct spending spending = {
		.until_us = start + budget->left_us, .per_look = REGEX_ITEMS_PER_LOOK};
	if (subject.n > REGEX_BYTES_PER_LOOK / REGEX_ITEMS_PER_LOOK)
		spending.per_look = REGEX_BYTES_PER_LOOK / subject.n + 1;
	int found = match(regex, subject, &spending, place);
	budget->left_us -= clock_cpu_us() - start;
	if (found >= 0)
		return REGEX_YES;
	return found == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_LIMIT;
}

enum regex_result regex_search(
	const struct regex *regex, struct str subject, struct regex_budget *budget)
{
	struct str place;
	return regex_find(regex, subject, budget, &place);
}
