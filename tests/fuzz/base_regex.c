/* A pattern is refused with a place, or ends within its budget whatever the subject; a literal one is
 * found just where str_find finds it. */
#include "fuzz.h"

#include "base/clock.h"
#include "base/regex.h"

enum { SEARCH_CPU_MAX_US = 500 * 1000 };

static void ends_in_time(const struct regex *regex, struct str subject)
{
	int64_t start = clock_cpu_us();
	enum regex_result result = regex_search(regex, subject, &REGEX_BUDGET);
	HOLDS(clock_cpu_us() - start < SEARCH_CPU_MAX_US);
	HOLDS(result == REGEX_NO || result == REGEX_YES || result == REGEX_LIMIT);
}

static void literals_are_found(struct str needle, struct str subject)
{
	struct buf pattern = BUF_INIT(SIZE_MAX);
	struct error error = {0};
	for (size_t i = 0; i < needle.n; i++) {
		bool plain = (needle.p[i] & 0x80) || needle.p[i] == ' ' ||
			     (needle.p[i] >= '0' && needle.p[i] <= '9') ||
			     (needle.p[i] >= 'a' && needle.p[i] <= 'z') ||
			     (needle.p[i] >= 'A' && needle.p[i] <= 'Z');
		if (!plain && (unsigned char)needle.p[i] < 0x21)
			buf_printf(&pattern, "\\x%02x", (unsigned)needle.p[i]);
		else if (!plain)
			buf_putc(&pattern, '\\');
		if (plain || (unsigned char)needle.p[i] >= 0x21)
			buf_putc(&pattern, needle.p[i]);
	}
	struct regex *regex = regex_new(buf_str(&pattern), false, &error);
	enum regex_result result =
		regex ? regex_search(regex, subject, &REGEX_BUDGET) : REGEX_LIMIT;
	HOLDS(regex || pattern.n > 4096 || !utf8_valid(needle));
	if (result != REGEX_LIMIT && utf8_valid(subject))
		HOLDS((result == REGEX_YES) == (str_find(subject, needle, false) >= 0));
	regex_free(regex);
	buf_fini(&pattern);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str subject = input_of(data, size);
	bool ignore_case = input_byte(&subject) & 1;
	struct str pattern = input_line(&subject);
	struct error error = {0};
	struct regex *regex = regex_new(pattern, ignore_case, &error);
	HOLDS((regex == NULL) == (error.text[0] != '\0'));
	if (regex)
		ends_in_time(regex, subject);
	regex_free(regex);
	literals_are_found(pattern, subject);
	return 0;
}
