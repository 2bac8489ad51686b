/* config/scalar.h - what a scalar means: its type by the YAML 1.2 core schema, and the words of the
 * check language. Pure. */
#ifndef OUTRIDER_SRC_CONFIG_SCALAR_H
#define OUTRIDER_SRC_CONFIG_SCALAR_H

#include "base/buf.h"
#include "check/outcome.h"
#include "watch/health.h"

enum scalar_type { SCALAR_NULL, SCALAR_BOOL, SCALAR_INT, SCALAR_FLOAT, SCALAR_TEXT };

/* Of an unquoted scalar (YAML 1.2.2, 10.3.2): `no`, `on` and `08:30` are text. */
enum scalar_type scalar_type(struct str text);

bool scalar_bool(struct str text, bool *value);
/* Whole numbers, decimal, 0o17 or 0x1f. */
bool scalar_int(struct str text, int64_t *value);
/* Finite numbers. */
bool scalar_number(struct str text, double *value);
/* The number as JSON has it: as it is written where JSON knows that form. False: .inf or .nan. */
bool scalar_json_number(struct str text, struct buf *out);

bool scalar_keep(struct str text, int64_t *us); /* a duration; `forever`: 0 */
bool scalar_percent(struct str text, double *part); /* 99.9%: 0.999 */
bool scalar_rule(struct str text, struct health_rule *rule);
/* Wall microseconds of the day's beginning, UTC. */
bool scalar_date(struct str text, int64_t *us);
/* RFC 3339: 2027-01-31T10:00:00Z, with an offset too. */
bool scalar_time(struct str text, int64_t *us);
bool scalar_clock(struct str text, int64_t *us); /* 02:30, as time since midnight */

struct status_class {
	uint16_t low, high;
};
bool scalar_status(struct str text, struct status_class *status);

/* The place of word among blank-separated choices, or -1. */
int scalar_choice(struct str word, const char *choices);

/* Names and addresses. */
bool scalar_is_name(struct str text); /* [A-Za-z0-9][A-Za-z0-9_.-]* */
bool scalar_is_tag(struct str text); /* [A-Za-z0-9_.-]+ */
bool scalar_is_variable(struct str text); /* [A-Za-z_][A-Za-z0-9_]* */
bool scalar_is_header(struct str text); /* RFC 9110 token */
bool scalar_is_address(struct str text); /* HOST:PORT, [IPV6]:PORT, :PORT */

/* What is wrong with a service's URL, or NULL. *secret gets its password, if it has one. */
const char *scalar_url_fault(struct str text, struct str *secret);
/* What is wrong with the path and query of a request, *at a byte of it, or NULL. */
const char *scalar_target_fault(struct str text, size_t *at);

#endif
