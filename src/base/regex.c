#define PCRE2_CODE_UNIT_WIDTH 8

#include "base/regex.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <pcre2.h>
#include <stdlib.h>

/* PCRE2 counts its limits anew at every place where a match may begin, and a single item may read
 * the whole subject; so the sum is bounded in processor time, looked at in a callout that stands
 * before every item of the pattern. A look costs as much as ten items, so it is taken after many of
 * them, and sooner when they read much: how far shows in where the next one begins. Of an item that
 * fails it does not: that read 64 KB at most (a counted repeat), but for a back reference. */
enum {
	REGEX_PATTERN_MAX = 4096,
	REGEX_MATCH_LIMIT = 100 * 1000, /* steps, and */
	REGEX_MATCH_LIMIT_PER_BYTE = 2, /* of the subject: (?s).*x goes back through all of it */
	REGEX_DEPTH_LIMIT = 20 * 1000,
	REGEX_HEAP_LIMIT_KB = 8 * 1024,
	REGEX_ITEMS_PER_LOOK = 128,
	REGEX_BYTES_PER_LOOK = 256 << 10,
	REGEX_BYTES_TO_BEGIN = 256, /* a search of nothing takes as long as that of so much */
	REGEX_BYTES_COUNTED = 1 << 30,
	REGEX_REFERRED_PER_LOOK = 32 << 20, /* bytes that back references may read */
};

struct regex {
	pcre2_code *utf8;
	pcre2_code *bytes; /* for subjects that are not UTF-8 */
	pcre2_match_context *limits;
	bool refers; /* back to what it captured */
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
	pcre2_set_depth_limit(regex->limits, REGEX_DEPTH_LIMIT);
	pcre2_set_heap_limit(regex->limits, REGEX_HEAP_LIMIT_KB);
	uint32_t referred = 0;
	pcre2_pattern_info(utf8, PCRE2_INFO_BACKREFMAX, &referred);
	regex->refers = referred > 0;
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
	size_t items, bytes; /* since the last look */
	size_t items_per_look;
	size_t at; /* where the last item began */
};

static int spend(pcre2_callout_block *block, void *data)
{
	struct spending *spending = data;
	size_t at = block->current_position;
	spending->bytes += at > spending->at ? at - spending->at : 0;
	spending->at = at;
	if (++spending->items < spending->items_per_look && spending->bytes < REGEX_BYTES_PER_LOOK)
		return 0;
	spending->items = spending->bytes = 0;
	return clock_cpu_us() > spending->until_us ? PCRE2_ERROR_CALLOUT : 0;
}

static uint32_t steps_for(size_t bytes)
{
	size_t most = (UINT32_MAX - REGEX_MATCH_LIMIT) / REGEX_MATCH_LIMIT_PER_BYTE;
	return REGEX_MATCH_LIMIT +
	       REGEX_MATCH_LIMIT_PER_BYTE * (uint32_t)(bytes < most ? bytes : most);
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
	pcre2_set_match_limit(limits, steps_for(subject.n));
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

static void grant(struct regex_budget *budget, size_t bytes)
{
	int64_t counted = (int64_t)(bytes < REGEX_BYTES_COUNTED ? bytes : REGEX_BYTES_COUNTED) +
			  REGEX_BYTES_TO_BEGIN;
	int64_t us = counted * REGEX_CPU_PER_MIB_US / (1 << 20);
	if (us > budget->more_us)
		us = budget->more_us;
	budget->left_us += us;
	budget->more_us -= us;
}

static size_t items_per_look(const struct regex *regex, size_t bytes)
{
	bool fewer = regex->refers && bytes > REGEX_REFERRED_PER_LOOK / REGEX_ITEMS_PER_LOOK;
	return fewer ? REGEX_REFERRED_PER_LOOK / bytes + 1 : REGEX_ITEMS_PER_LOOK;
}

enum regex_result regex_find(const struct regex *regex, struct str subject,
	struct regex_budget *budget, struct str *place)
{
	grant(budget, subject.n);
	if (budget->left_us <= 0)
		return REGEX_LIMIT;
	int64_t start = clock_cpu_us();
	struct spending spending = {.until_us = start + budget->left_us,
		.items_per_look = items_per_look(regex, subject.n)};
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
