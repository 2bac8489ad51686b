/* config/setting.h - a value of a configuration and where it comes from, for --explain. Owned by
 * the plan's arena. Not redacted: whoever prints it does that. */
#ifndef OUTRIDER_CONFIG_SETTING_H
#define OUTRIDER_CONFIG_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SETTING_WHOLE = 255 }; /* no step */

struct setting {
	const char *name; /* "every", "health.up_after", "mode", "services.gateway.url"; of a step:
			     "request", "until", "header.NAME", "expect.stream.ttft", "capture.reply" */
	const char *value; /* as the file would say it; NULL where the plan says it better */
	const char
		*origin; /* "checks.yaml:12", "defaults (checks.yaml:5)", "$NAME (checks.yaml:3)",
			       "matrix (checks.yaml:40)", "--mode", "built in" */
	uint8_t step; /* of the check's steps in the plan, from 0; or SETTING_WHOLE */
};

struct settings {
	const struct setting *items;
	size_t n;
};

/* A variable of the environment that the configuration asks for. */
struct config_variable {
	const char *name;
	bool set; /* else its default holds, or a check's requires_env excuses it */
	bool has_default;
};

/* NULL: it has no such setting. */
const struct setting *setting_find(
	const struct settings *settings, unsigned step, const char *name);

#endif
