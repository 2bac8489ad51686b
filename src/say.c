#include "say.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

enum { LINE_BYTES_MAX = 4096 };

void say_error(const char *text)
{
	if (log_format() == LOG_JSON)
		log_write(LOG_ERROR, "outrider", LOG_STR("message", text));
	else
		fprintf(stderr, "outrider: %s\n", text);
}

static void log_lines(const char *lines)
{
	char text[LINE_BYTES_MAX];

	for (size_t n; *lines; lines += n + (lines[n] == '\n')) {
		n = strcspn(lines, "\n");
		if (lines[0] == ' ') /* of an excerpt */
			continue;
		snprintf(text, sizeof(text), "%.*s", (int)(n < sizeof(text) ? n : sizeof(text) - 1),
			lines);
		log_write(LOG_ERROR, "config.error", LOG_STR("message", text));
	}
}

void say_problems(const char *lines)
{
	if (log_format() == LOG_JSON)
		log_lines(lines);
	else
		fputs(lines, stderr);
}
