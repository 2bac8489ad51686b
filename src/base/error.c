#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cut text must not end inside a character. */
static void trim_torn(char *text, size_t n)
{
	size_t at = n;
	while (at > 0 && n - at < 3 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
		at--;
	if (at == 0)
		return;
	unsigned char lead = (unsigned char)text[at - 1];
	size_t wants = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
	if (n - at < wants)
		text[at - 1] = '\0';
}

/* The arguments may be the error's own text, so it is written last. */
static void fill(struct error *error, const char *text, size_t n)
{
	if (n >= ERROR_TEXT_MAX)
		n = ERROR_TEXT_MAX - 1;
	memcpy(error->text, text, n);
	error->text[n] = '\0';
	if (n == ERROR_TEXT_MAX - 1)
		trim_torn(error->text, n);
}

bool error_set(struct error *error, const char *format, ...)
{
	if (!error)
		return false;
	char text[ERROR_TEXT_MAX];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		n = 0;
	fill(error, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	return false;
}

bool error_wrap(struct error *error, const char *format, ...)
{
	if (!error)
		return false;
	char text[2 * ERROR_TEXT_MAX + 2];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, ERROR_TEXT_MAX, format, args);
	va_end(args);
	size_t at = n < 0 ? 0 : (size_t)n;
	if (at >= ERROR_TEXT_MAX)
		at = ERROR_TEXT_MAX - 1;
	if (error->text[0]) {
		size_t old = strlen(error->text);
		text[at] = ':';
		text[at + 1] = ' ';
		memcpy(text + at + 2, error->text, old);
		at += 2 + old;
	}
	fill(error, text, at);
	return false;
}
