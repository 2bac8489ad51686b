/* config/keys.h - the table of all keys of the check language. The parser reads by it; the schema,
 * the manual and --print-config derive from it. Constant. */
#ifndef OUTRIDER_SRC_CONFIG_KEYS_H
#define OUTRIDER_SRC_CONFIG_KEYS_H

#include "base/str.h"

#include <stdint.h>

/* Mappings with keys of their own: bit, name, what messages call it. */
#define SECTIONS(X)                                                                                \
	X(0, TOP, "at the top level")                                                              \
	X(1, SERVICE, "in a service")                                                              \
	X(2, SERVICE_TLS, "in tls of a service or a channel")                                      \
	X(3, DEFAULTS, "in defaults")                                                              \
	X(4, CHECK, "in a check")                                                                  \
	X(5, STEP, "in a step")                                                                    \
	X(6, REQUEST, "in a request")                                                              \
	X(7, CHAT, "in chat")                                                                      \
	X(8, EXPECT, "in expect")                                                                  \
	X(9, MATCHER, "as a matcher")                                                              \
	X(10, STREAM, "in stream")                                                                 \
	X(11, INTEGRITY, "in integrity")                                                           \
	X(12, TIMING, "in timing")                                                                 \
	X(13, CERTIFICATE, "in tls")                                                               \
	X(14, USAGE, "in usage")                                                                   \
	X(15, TIME_LIMIT, "in a threshold of time")                                                \
	X(16, COUNT_LIMIT, "in a threshold of numbers")                                            \
	X(17, RETRIES, "in retries")                                                               \
	X(18, HEALTH, "in health")                                                                 \
	X(19, BUDGET, "in budget")                                                                 \
	X(20, SLO, "in slo")                                                                       \
	X(21, KNOWN_ISSUE, "in known_issue")                                                       \
	X(22, AUTH, "in auth")                                                                     \
	X(23, USER, "in a user")                                                                   \
	X(24, ALERTS, "in alerts")                                                                 \
	X(25, CHANNEL, "in a channel")                                                             \
	X(26, WINDOW, "in a maintenance window")                                                   \
	X(27, RETENTION, "in retention")                                                           \
	X(28, LOG, "in log")                                                                       \
	X(29, LIFE, "in expires_in")                                                               \
	X(30, QUIET, "in quiet hours")

enum section {
	IN_NOTHING = 0,
#define X(bit, id, words) IN_##id = 1 << (bit),
	SECTIONS(X)
#undef X
};

const char *section_words(enum section section);

enum key_shape {
	ONE,
	LIST,
	MAP, /* names of the user's choice, each with an item */
	LISTS, /* names of the user's choice, each with a list of items */
};

/* What one item is. All but the last three are scalars. */
enum key_type {
	NOTHING,
	TEXT,
	NAME, /* [A-Za-z0-9][A-Za-z0-9_.-]* */
	TAG, /* [A-Za-z0-9_.-]+ */
	VARIABLE, /* [A-Za-z_][A-Za-z0-9_]* */
	WORD, /* one of choices */
	REASON, /* one of CHECKS.md's reasons, network, or one of choices */
	URL, /* http or https */
	ADDRESS, /* HOST:PORT */
	TARGET, /* path and query of a request: begins with a slash */
	SCALAR, /* anything but a list or a map */
	BOOL,
	COUNT, /* a whole number */
	NUMBER,
	STATUS, /* 200 or 2xx */
	DURATION,
	KEEP, /* a duration or `forever` */
	DATE, /* 2027-01-31 */
	TIME, /* 2027-01-31T10:00:00Z */
	CLOCK, /* 02:30 */
	PERCENT, /* 99.9% */
	RULE, /* 3, or 2 of 3 */
	CAPTURE, /* content, header.NAME or a JSONPath */
	ANY, /* a JSON value */
	MATCHER, /* a scalar or a map of matchers */
	SECTION, /* a map with the keys of `of` */
};

/* How the names of a MAP or LISTS must look. */
enum key_names { FREE_NAMES, NAMES, HEADER_NAMES, VARIABLE_NAMES };

struct key {
	uint32_t where; /* sections it stands in */
	const char *name;
	enum key_shape shape;
	enum key_type type;
	enum section of; /* of a SECTION; with another type: a map of these may stand instead */
	enum key_type brief; /* a scalar of this type may stand instead of the whole */
	double min, max; /* of a number, microseconds of a duration, or how many items; 0 0: any */
	const char *choices; /* of WORD and REASON: separated by blanks */
	const char *fallback; /* what holds where it is not written; NULL: nothing */
	const char *help;
	enum key_names names;
	bool required;
	bool secret; /* what ${...} gives below it is never written */
	bool hidden; /* nor is its own value */
};

extern const struct key keys[]; /* ends with a NULL name */

/* What a channel of a type can't do without. */
struct channel_need {
	const char *type, *member;
};

extern const struct channel_need channel_needs[]; /* by type; ends with a NULL type */

/* NULL when the section has no such key. */
const struct key *key_find(enum section section, struct str name);
/* A section's names, NULL-terminated, in `names`. */
enum { SECTION_KEYS_MAX = 48 };
void key_names(enum section section, const char *names[SECTION_KEYS_MAX]);

#endif
