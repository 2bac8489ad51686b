#include "serve/csv.h"

#include "base/json_writer.h"

#include <inttypes.h>

static void separate(struct csv *csv)
{
	if (csv->comma)
		buf_putc(csv->out, ',');
	csv->comma = true;
}

/* White space before it does not keep a spreadsheet from it. */
static bool is_formula(const char *text)
{
	text += strspn(text, " \t\r\n");
	return *text && strchr("=+-@", *text);
}

static bool is_kept(char c)
{
	return (unsigned char)c >= 0x20 || c == '\n' || c == '\r';
}

void csv_text(struct csv *csv, const char *text)
{
	separate(csv);
	if (!text)
		return;
	bool formula = is_formula(text) || *text == '\t' || *text == '\r';
	bool quoted = formula || strpbrk(text, ",\"\r\n") || *text == ' ';
	if (quoted)
		buf_putc(csv->out, '"');
	if (formula)
		buf_putc(csv->out, '\'');
	for (; *text; text++) {
		if (*text == '"')
			buf_putc(csv->out, '"');
		if (is_kept(*text))
			buf_putc(csv->out, *text);
	}
	if (quoted)
		buf_putc(csv->out, '"');
}

void csv_int(struct csv *csv, int64_t number)
{
	separate(csv);
	buf_printf(csv->out, "%" PRId64, number);
}

void csv_seconds(struct csv *csv, int64_t us)
{
	separate(csv);
	if (us < 0)
		return;
	struct json_writer w = json_writer_to(csv->out);
	jw_seconds(&w, NULL, us);
}

void csv_end(struct csv *csv)
{
	buf_puts(csv->out, "\r\n");
	csv->comma = false;
}
