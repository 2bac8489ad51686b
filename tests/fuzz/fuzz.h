/* What the fuzz targets share. A target reads one input and holds what must be true of it whatever it
 * is: HOLDS ends the program, as a crash does. libFuzzer drives it (clang), replay.c does anywhere. */
#ifndef OUTRIDER_TESTS_FUZZ_H
#define OUTRIDER_TESTS_FUZZ_H

#include "base/buf.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
	do {                                                                                       \
		if (condition)                                                                     \
			break;                                                                     \
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);     \
		abort();                                                                           \
	} while (0)

static inline struct str input_of(const uint8_t *data, size_t size)
{
	return (struct str){(const char *)data, size};
}

/* The input's next byte; 0 at its end. */
static inline unsigned char input_byte(struct str *input)
{
	unsigned char c = input->n ? (unsigned char)input->p[0] : 0;
	*input = str_from(*input, 1);
	return c;
}

/* The input's next n bytes, or what is left of it. */
static inline struct str input_take(struct str *input, size_t n)
{
	struct str part = {input->p, n < input->n ? n : input->n};
	*input = str_from(*input, n);
	return part;
}

/* The input's next line, without its end. */
static inline struct str input_line(struct str *input)
{
	const char *end = input->n ? memchr(input->p, '\n', input->n) : NULL;
	struct str line = input_take(input, end ? (size_t)(end - input->p) : input->n);
	*input = str_from(*input, 1);
	return line;
}

/* The text as our JSON has it: what is no character, and NUL, is U+FFFD. */
static inline void put_readable(struct buf *out, struct str text)
{
	while (text.n) {
		struct utf8_char c = utf8_next(text);
		if (c.ok && c.code)
			buf_put(out, text.p, c.n);
		else
			buf_puts(out, "\xef\xbf\xbd");
		text = str_from(text, c.n);
	}
}

#endif
