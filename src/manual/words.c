#include "manual/words.h"

#include "base/clock.h"
#include "base/text.h"

#define AGES_US (400 * 86400 * US_PER_S) /* as long as a duration may be */

static const char *type_words(const struct key *key, enum key_type type, bool many)
{
	switch (type) {
	case TEXT: return many ? "texts" : "text";
	case NAME: return many ? "names" : "a name";
	case TAG: return many ? "tags: letters, digits, _ . -" : "a tag";
	case VARIABLE: return many ? "names of variables" : "a variable's name";
	case WORD: return many ? "words" : "one of";
	case REASON: return key->choices ? "reasons, network or 429" : "reasons, or network";
	case URL: return many ? "http or https URLs" : "an http or https URL";
	case ADDRESS: return "an address: HOST:PORT, [IPV6]:PORT or :PORT";
	case TARGET: return "a path, which begins with a slash";
	case SCALAR: return many ? "scalars" : "a scalar";
	case BOOL: return "true or false";
	case COUNT: return "a whole number";
	case NUMBER: return "a number";
	case STATUS:
		return many ? "codes or classes" : "a code such as 200, or a class such as 2xx";
	case DURATION: return "a duration";
	case KEEP: return "a duration, or forever";
	case DATE: return "a date such as 2027-01-31";
	case TIME: return "a time such as 2027-01-31T10:00:00Z";
	case CLOCK: return "an hour such as 02:30";
	case PERCENT: return "a share such as 99.9%";
	case RULE: return "a number, or K of N";
	case CAPTURE: return many ? "places: content, header.NAME or a JSONPath" : "a place";
	case ANY: return many ? "values" : "any value";
	case MATCHER: return many ? "matchers" : "a matcher";
	case SECTION: return many ? "mappings" : "a mapping";
	case NOTHING: break;
	}
	return "";
}

static void put_choices(struct buf *out, const char *choices)
{
	while (*choices) {
		size_t n = strcspn(choices, " ");
		buf_printf(out, " %.*s", (int)n, choices);
		choices += n + (choices[n] == ' ');
		buf_puts(out, *choices ? "," : "");
	}
}

static void put_range(struct buf *out, const struct key *key)
{
	char low[TEXT_DURATION_MAX], high[TEXT_DURATION_MAX];
	bool time = key->type == DURATION || key->type == KEEP || key->brief == DURATION;
	bool items = key->shape != ONE;
	bool any = time ? key->min <= 0 && key->max >= AGES_US : key->min <= 0 && key->max >= 1e9;
	if (!(key->max > key->min) || key->max >= 1e300 || any)
		return;
	if (key->min <= 0 && items)
		buf_printf(out, ", at most %.12g of them", key->max);
	else if (time && key->min <= 0)
		buf_printf(out, ", at most %s", text_duration((int64_t)key->max, high));
	else if (time && !items)
		buf_printf(out, ", from %s to %s", text_duration((int64_t)key->min, low),
			text_duration((int64_t)key->max, high));
	else if (items)
		buf_printf(out, ", from %.12g to %.12g of them", key->min, key->max);
	else
		buf_printf(out, ", from %.12g to %.12g", key->min, key->max);
}

static void put_section(struct buf *out, enum section section)
{
	buf_printf(out, " (see %s)", words_section(section));
}

void words_type(const struct key *key, struct buf *out)
{
	bool many = key->shape != ONE;
	if (key->brief && !(key->shape == LIST && key->brief == key->type))
		buf_printf(out, "%s, or ", type_words(key, key->brief, false));
	switch (key->shape) {
	case ONE: break;
	case LIST: buf_puts(out, "a list of "); break;
	case MAP: buf_puts(out, "a mapping of names to "); break;
	case LISTS: buf_puts(out, "a mapping of names to lists of "); break;
	}
	buf_puts(out, type_words(key, key->type, many));
	if (key->type == WORD && key->choices)
		put_choices(out, key->choices);
	if (key->type == SECTION)
		put_section(out, key->of);
	if (key->type == MATCHER)
		put_section(out, IN_MATCHER);
	put_range(out, key);
	if (key->of && key->type != SECTION) {
		buf_puts(out, ", or a mapping");
		put_section(out, key->of);
	}
}

const char *words_section(enum section section)
{
	switch (section) {
	case IN_NOTHING: break;
	case IN_TOP: return "THE FILE";
	case IN_SERVICE: return "A SERVICE";
	case IN_SERVICE_TLS: return "TLS OF A SERVICE OR A CHANNEL";
	case IN_DEFAULTS: return "DEFAULTS";
	case IN_CHECK: return "A CHECK";
	case IN_STEP: return "A STEP";
	case IN_REQUEST: return "A REQUEST";
	case IN_CHAT: return "A CHAT";
	case IN_EXPECT: return "EXPECTATIONS";
	case IN_MATCHER: return "MATCHERS";
	case IN_STREAM: return "OF A STREAM";
	case IN_INTEGRITY: return "INTEGRITY";
	case IN_TIMING: return "TIMING";
	case IN_LIFE:
	case IN_CERTIFICATE: return "CERTIFICATE";
	case IN_USAGE: return "USAGE";
	case IN_TIME_LIMIT:
	case IN_COUNT_LIMIT: return "THRESHOLDS";
	case IN_RETRIES: return "RETRIES";
	case IN_HEALTH: return "HEALTH";
	case IN_BUDGET: return "BUDGET";
	case IN_SLO: return "SLO";
	case IN_KNOWN_ISSUE: return "KNOWN ISSUE";
	case IN_AUTH: return "AUTH";
	case IN_USER: return "A USER";
	case IN_ALERTS: return "ALERTS";
	case IN_CHANNEL: return "A CHANNEL";
	case IN_QUIET: return "QUIET HOURS";
	case IN_WINDOW: return "MAINTENANCE";
	case IN_RETENTION: return "RETENTION";
	case IN_LOG: return "LOG";
	}
	return "";
}

const char *words_reason(enum reason reason)
{
	switch (reason) {
	case REASON_NONE: return "It passed, or only warned.";
	case REASON_EXPECTATION: return "The answer is not what was expected.";
	case REASON_TIMEOUT: return "The timeout was over, also while connecting.";
	case REASON_IDLE_TIMEOUT: return "No byte came for the idle_timeout.";
	case REASON_DNS: return "The host's name could not be looked up.";
	case REASON_CONNECT: return "No connection: refused, unreachable.";
	case REASON_TLS: return "The handshake failed, or the certificate is not to be trusted.";
	case REASON_RESET: return "The connection was reset.";
	case REASON_PROTOCOL: return "What came is not HTTP, or a redirect was refused.";
	case REASON_TRUNCATED: return "The answer ended before it was whole.";
	case REASON_TOO_LARGE: return "The answer is larger than the limit.";
	case REASON_MALFORMED: return "The body or an event is not JSON.";
	case REASON_ERROR_EVENT: return "The stream carried an error event.";
	case REASON_MASKED: return "A failure that looks like success: a signature matched.";
	case REASON_COLD: return "The service sleeps: a fast small 429, 502 or 503 of its host.";
	case REASON_ENV: return "A variable of requires_env is not set: skipped.";
	case REASON_BUDGET: return "The budget is used up: skipped.";
	case REASON_CANCELLED: return "It was stopped from outside.";
	case REASON_INTERNAL: return "Outrider itself could not do it.";
	case REASON_COUNT: break;
	}
	return "";
}
