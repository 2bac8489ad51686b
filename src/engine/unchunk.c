#include "engine/unchunk.h"

#include "engine/head.h"

enum { SIZE_DIGITS_MAX = 15 }; /* fits an int64_t, as libcurl wants it */

void unchunk_init(struct unchunk *unchunk)
{
	*unchunk = (struct unchunk){.at = AT_SIZE};
}

static enum unchunk_result broken(struct unchunk *unchunk, const char *why)
{
	unchunk->wrong = why;
	return UNCHUNK_BROKEN;
}

static enum unchunk_result go(struct unchunk *unchunk, enum unchunk_place to)
{
	unchunk->at = to;
	return UNCHUNK_NONE;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static enum unchunk_result end_size(struct unchunk *unchunk)
{
	unchunk->digits = 0;
	unchunk->line = 0;
	return go(unchunk, unchunk->left ? AT_DATA : AT_TRAILER);
}

static enum unchunk_result behind_size(struct unchunk *unchunk, char c)
{
	switch (c) {
	case ' ':
	case '\t': return go(unchunk, AT_BLANKS);
	case ';': return go(unchunk, AT_EXTENSION);
	case '\r': return go(unchunk, AT_SIZE_LF);
	case '\n': return end_size(unchunk);
	}
	return broken(unchunk, "a chunk's size is no hexadecimal number");
}

static enum unchunk_result in_size(struct unchunk *unchunk, char c)
{
	int digit = hex_digit(c);
	if (digit < 0 && unchunk->digits)
		return behind_size(unchunk, c);
	if (digit < 0)
		return broken(unchunk, "a chunk's size is no hexadecimal number");
	if (++unchunk->digits > SIZE_DIGITS_MAX)
		return broken(unchunk, "a chunk's size is beyond measure");
	unchunk->left = unchunk->left * 16 + (unsigned)digit;
	return UNCHUNK_NONE;
}

static enum unchunk_result begin_trailer(struct unchunk *unchunk)
{
	unchunk->line = 0;
	return go(unchunk, AT_TRAILER);
}

static enum unchunk_result in_trailer(struct unchunk *unchunk, char c)
{
	bool first = unchunk->at == AT_TRAILER;
	if (first && c == '\r')
		return go(unchunk, AT_END_LF);
	if (first && c == '\n')
		return go(unchunk, AT_END);
	if (first && (c == ' ' || c == '\t') && unchunk->trailers > 1)
		return go(unchunk, AT_TRAILER_VALUE); /* folded */
	if (!first && c == ':')
		return go(unchunk, AT_TRAILER_VALUE);
	if (!head_is_token(c))
		return broken(unchunk, "a trailer that is no header");
	return go(unchunk, AT_TRAILER_NAME);
}

static enum unchunk_result in_trailer_value(struct unchunk *unchunk, char c)
{
	switch (c) {
	case '\r': return go(unchunk, AT_TRAILER_LF);
	case '\n': return begin_trailer(unchunk);
	case '\0': return broken(unchunk, "a NUL in a trailer");
	}
	return UNCHUNK_NONE;
}

static enum unchunk_result stray(struct unchunk *unchunk)
{
	return broken(unchunk, "a carriage return that ends no line around the chunks");
}

static enum unchunk_result begin_chunk(struct unchunk *unchunk, char c)
{
	if (c != '\n')
		return broken(unchunk, "a chunk does not end where its size says");
	return go(unchunk, AT_SIZE);
}

static enum unchunk_result take_byte(struct unchunk *unchunk, char c)
{
	switch (unchunk->at) {
	case AT_SIZE: return in_size(unchunk, c);
	case AT_BLANKS: return behind_size(unchunk, c);
	case AT_EXTENSION: return c == '\r' || c == '\n' ? behind_size(unchunk, c) : UNCHUNK_NONE;
	case AT_SIZE_LF: return c == '\n' ? end_size(unchunk) : stray(unchunk);
	case AT_DATA_END: return c == '\r' ? go(unchunk, AT_DATA_LF) : begin_chunk(unchunk, c);
	case AT_DATA_LF: return begin_chunk(unchunk, c);
	case AT_TRAILER:
	case AT_TRAILER_NAME: return in_trailer(unchunk, c);
	case AT_TRAILER_VALUE: return in_trailer_value(unchunk, c);
	case AT_TRAILER_LF: return c == '\n' ? begin_trailer(unchunk) : stray(unchunk);
	case AT_END_LF: return c == '\n' ? go(unchunk, AT_END) : stray(unchunk);
	case AT_DATA:
	case AT_END: break;
	}
	return UNCHUNK_NONE;
}

static enum unchunk_result large(struct unchunk *unchunk, const char *why)
{
	unchunk->wrong = why;
	return UNCHUNK_LARGE;
}

/* Nothing that is no body comes without a limit. */
static enum unchunk_result count(struct unchunk *unchunk)
{
	unchunk->line++;
	if (unchunk->at < AT_TRAILER)
		return unchunk->line > UNCHUNK_LINE_MAX
			       ? large(unchunk, "a chunk's extensions exceed 16 KiB")
			       : UNCHUNK_NONE;
	if (unchunk->line > UNCHUNK_TRAILER_MAX)
		return large(unchunk, "a trailer exceeds 4000 bytes");
	if (++unchunk->trailers > UNCHUNK_TRAILERS_MAX)
		return large(unchunk, "the answer's trailers exceed 32 KiB");
	return UNCHUNK_NONE;
}

static struct str take_data(struct unchunk *unchunk, struct str *raw)
{
	struct str piece = {raw->p, raw->n < unchunk->left ? raw->n : (size_t)unchunk->left};
	raw->p += piece.n;
	raw->n -= piece.n;
	unchunk->left -= piece.n;
	if (unchunk->left == 0)
		unchunk->at = AT_DATA_END;
	return piece;
}

enum unchunk_result unchunk_next(struct unchunk *unchunk, struct str *raw, struct str *piece)
{
	*piece = (struct str){raw->p, 0};
	while (raw->n) {
		if (unchunk->at == AT_DATA) {
			*piece = take_data(unchunk, raw);
			return UNCHUNK_PIECE;
		}
		enum unchunk_result result = UNCHUNK_NONE;
		if (unchunk->at != AT_END)
			result = count(unchunk);
		if (result == UNCHUNK_NONE)
			result = take_byte(unchunk, raw->p[0]);
		if (result != UNCHUNK_NONE)
			return result;
		raw->p++;
		raw->n--;
	}
	return UNCHUNK_NONE;
}

void unchunk_back(struct unchunk *unchunk, struct str *raw, size_t n)
{
	if (n == 0)
		return;
	raw->p -= n;
	raw->n += n;
	unchunk->left += n;
	unchunk->at = AT_DATA;
}
