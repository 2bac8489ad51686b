/* A report as text, of a few records. */
#ifndef OUTRIDER_TESTS_PRINTED_H
#define OUTRIDER_TESTS_PRINTED_H

#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PRINTED_MAX = 1 << 22 };

typedef void (*render_fn)(const struct report *report, struct buf *out);

static inline struct report report_of(const struct record *const *records, size_t n)
{
	return (struct report){.mode = "local",
		.started_wall_us = 1795341600123000,
		.duration_us = 12300000,
		.records = records,
		.n_records = n};
}

/* The caller frees. */
static inline char *printed_report(render_fn render, const struct report *report, size_t max)
{
	struct buf out = BUF_INIT(max);
	render(report, &out);
	assert_false(out.cut);
	if (!out.p)
		buf_puts(&out, "");
	return buf_take(&out);
}

static inline void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no\n%s\nin\n%s", part, text);
}

static inline void assert_has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("there is\n%s\nin\n%s", part, text);
}

#endif
