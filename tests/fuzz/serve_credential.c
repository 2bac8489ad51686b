/* What is read from an Authorization header keeps its promises: names and passwords are UTF-8 without control
 * characters, and a pair that was read is the one that RFC 4648 writes as what was given. */
#include "fuzz.h"

#include "serve/credential.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode(struct buf *out, struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i += 3) {
		uint32_t three = 0;
		for (size_t k = 0; k < 3; k++)
			three = three << 8 | (i + k < bytes.n ? (unsigned char)bytes.p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_putc(out, i + k > bytes.n ? '=' : digits[three >> (18 - 6 * k) & 63]);
	}
}

static void base64_writes_back(struct str text)
{
	unsigned char *bytes = malloc(text.n + 1);
	struct buf again = BUF_INIT(SIZE_MAX);
	size_t n;
	bool is = base64_decode(text, bytes, &n);
	HOLDS(n <= text.n / 4 * 3);
	if (is) {
		encode(&again, (struct str){(char *)bytes, n});
		HOLDS(str_eq(buf_str(&again), text));
	}
	buf_fini(&again);
	free(bytes);
}

static void is_plain(const char *text)
{
	for (const char *at = text; *at; at++)
		HOLDS((unsigned char)*at >= ' ' && *at != 0x7f);
	HOLDS(utf8_valid(str_of(text)));
}

static void header_is_read(const char *header, struct arena *arena)
{
	struct credential c = credential_parse(header, arena);
	struct buf pair = BUF_INIT(SIZE_MAX), encoded = BUF_INIT(SIZE_MAX);
	HOLDS(c.kind != CREDENTIAL_NONE);
	if (c.kind == CREDENTIAL_BASIC) {
		is_plain(c.name);
		is_plain(c.secret);
		HOLDS(*c.name && !strchr(c.name, ':') && strlen(c.name) <= CREDENTIAL_NAME_MAX);
		HOLDS(strlen(c.secret) <= CREDENTIAL_SECRET_MAX);
		buf_printf(&pair, "%s:%s", c.name, c.secret);
		encode(&encoded, buf_str(&pair));
		HOLDS(str_ends(str_trim(str_of(header)), buf_str(&encoded), false));
	}
	if (c.kind == CREDENTIAL_BEARER)
		HOLDS(*c.secret && !strchr(c.secret, ' ') &&
			str_ends(str_trim(str_of(header)), str_of(c.secret), false));
	buf_fini(&encoded);
	buf_fini(&pair);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	char *header = malloc(size + 1);
	memcpy(header, data, size);
	header[size] = '\0';
	arena_init(&arena);
	header_is_read(header, &arena);
	base64_writes_back(input_of(data, size));
	arena_fini(&arena);
	free(header);
	return 0;
}
