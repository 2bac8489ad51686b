#include "say.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES_MAX = 4096 };

static atomic_bool waits = true; /* for whoever reads standard error */

void say_without_waiting(void)
{
	atomic_store(&waits, false);
}

void say_line(const char *line)
{
	if (atomic_load(&waits))
		fputs(line, stderr);
	else
		log_raw(line);
}

void say_error(const char *text)
{
	struct buf line = BUF_INIT(LINE_BYTES_MAX);

	if (log_format() == LOG_JSON) {
		log_write(LOG_ERROR, "outrider", LOG_STR("message", text));
		return;
	}
	buf_puts(&line, "outrider: ");
	text_inert(&line, str_of(text), ERROR_TEXT_MAX);
	buf_putc(&line, '\n');
	say_line(buf_text(&line));
	buf_fini(&line);
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
		say_line(lines);
}
