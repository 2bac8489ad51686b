#include "proof/fingerprint.h"

enum { ID_KEY_CHARS = 13 };

/* FNV-1a */
static void mix(struct fingerprint *print, struct str bytes)
{
	if (print->hash == 0)
		print->hash = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < bytes.n; i++)
		print->hash = (print->hash ^ (unsigned char)bytes.p[i]) * UINT64_C(1099511628211);
}

static bool in_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '_';
}

/* A number, or an id: any word with a digit, and the key of the request. */
static void end_word(struct fingerprint *print)
{
	size_t n = print->n;
	struct str word = {print->word, n < FINGERPRINT_WORD_MAX ? n : FINGERPRINT_WORD_MAX};
	bool own = print->id.n && str_find(word, print->id, false) >= 0;
	if (print->digit || own)
		mix(print, STR("#"));
	else
		mix(print, word);
	print->n = 0;
	print->digit = false;
}

static void feed(struct fingerprint *print, struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		char c = bytes.p[i];
		if (!in_word(c)) {
			end_word(print);
			mix(print, (struct str){&c, 1});
			continue;
		}
		print->digit |= c >= '0' && c <= '9';
		if (print->n < FINGERPRINT_WORD_MAX)
			print->word[print->n++] = c;
	}
}

void fingerprint_begin(struct fingerprint *print, const char *request_id)
{
	struct str id = str_of(request_id);
	for (size_t i = id.n; i > 0; i--)
		if (id.p[i - 1] == '-') {
			id = str_from(id, i);
			break;
		}
	print->id = (struct str){id.p, id.n < ID_KEY_CHARS ? id.n : ID_KEY_CHARS};
	mix(print, STR("request"));
}

void fingerprint_head(struct fingerprint *print, int status, const struct headers *headers)
{
	char digits[] = {(char)('a' + status / 100), (char)('a' + status / 10 % 10),
		(char)('a' + status % 10)};
	mix(print, (struct str){digits, sizeof(digits)});
	for (size_t i = 0; i < headers->n; i++) {
		if (strcmp(headers->items[i].name, "date") == 0) /* has a weekday */
			continue;
		feed(print, str_of(headers->items[i].name));
		feed(print, STR(":"));
		feed(print, str_of(headers->items[i].value));
		feed(print, STR("\n"));
	}
}

void fingerprint_body(struct fingerprint *print, struct str bytes)
{
	feed(print, bytes);
}

void fingerprint_end(struct fingerprint *print, enum reason reason, bool broken_off)
{
	end_word(print);
	mix(print, str_of(broken_off ? "broken off" : reason_name(reason)));
	print->id = STR("");
}
