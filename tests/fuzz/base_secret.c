/* A secret is redacted however it is written: as it is, escaped for a URL or for JSON (fully, too, and
 * twice), in base64 at any place; and where the text's end cuts it in its second half. */
#include "fuzz.h"

#include "base/json_writer.h"
#include "base/secret.h"

enum { FORMS_MAX = 16 };

struct forms {
	struct buf items[FORMS_MAX];
	size_t n;
};

static struct buf *form_new(struct forms *forms)
{
	forms->items[forms->n] = BUF_INIT(SIZE_MAX);
	return &forms->items[forms->n++];
}

static void add_url(struct forms *forms, struct str text, const char *digits, bool all)
{
	struct buf *out = form_new(forms);
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z') || (c && strchr("-._~", c));
		if (plain && !all)
			buf_putc(out, (char)c);
		else
			buf_put(out, (char[]){'%', digits[c >> 4], digits[c & 15]}, 3);
	}
}

/* Every character of a valid text as \uXXXX. */
static void add_units(struct forms *forms, struct str text)
{
	struct buf *out = form_new(forms);
	for (; text.n; text = str_from(text, utf8_next(text).n)) {
		uint32_t c = utf8_next(text).code;
		if (c >= 0x10000) {
			buf_printf(out, "\\u%04x", 0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + (c & 0x3ff);
		}
		buf_printf(out, "\\u%04x", c);
	}
}

/* RFC 4648 of `before` bytes and text. */
static void add_base64(struct forms *forms, struct str text, size_t before, const char *last)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	struct buf bytes = BUF_INIT(SIZE_MAX), *out = form_new(forms);
	buf_put(&bytes, "u:", before);
	buf_putstr(&bytes, text);
	for (size_t i = 0; i < bytes.n; i += 3) {
		uint32_t three = 0;
		for (size_t k = 0; k < 3; k++)
			three = three << 8 | (i + k < bytes.n ? (unsigned char)bytes.p[i + k] : 0);
		for (size_t k = 0; k < 4 && i + k <= bytes.n; k++) {
			uint32_t six = three >> (18 - 6 * k) & 63;
			buf_putc(out, six < 62 ? digits[six] : last[six - 62]);
		}
	}
	buf_fini(&bytes);
}

static void make_forms(struct forms *forms, struct str secret)
{
	buf_putstr(form_new(forms), secret);
	add_url(forms, secret, "0123456789ABCDEF", false);
	add_url(forms, secret, "0123456789abcdef", false);
	add_url(forms, secret, "0123456789ABCDEF", true);
	add_url(forms, buf_str(&forms->items[1]), "0123456789ABCDEF", false);
	/* of four bytes inside a longer text too few digits are their own */
	for (size_t before = 0; before < (secret.n > SECRET_BYTES_MIN ? 3 : 1); before++)
		add_base64(forms, secret, before, "+/");
	add_base64(forms, secret, 0, "-_");
	if (!utf8_valid(secret))
		return;
	struct buf *once = form_new(forms);
	json_put_escaped(once, secret);
	json_put_escaped(form_new(forms), buf_str(once));
	add_units(forms, secret);
}

/* Whether needle stands in text, which is cut where something was redacted: what two pieces make
 * together was never in the text. */
static bool shows(struct str text, struct str needle)
{
	for (;;) {
		ptrdiff_t cut = str_find(text, STR("[redacted]"), false);
		struct str piece = {text.p, cut < 0 ? text.n : (size_t)cut};
		if (str_find(piece, needle, false) >= 0)
			return true;
		if (cut < 0)
			return false;
		text = str_from(text, (size_t)cut + strlen("[redacted]"));
	}
}

/* Of what follows the last mark. */
static bool ends_in_half(struct str text, struct str secret)
{
	for (ptrdiff_t cut; (cut = str_find(text, STR("[redacted]"), false)) >= 0;)
		text = str_from(text, (size_t)cut + strlen("[redacted]"));
	for (size_t n = (secret.n + 1) / 2; n <= secret.n; n++)
		if (n >= SECRET_BYTES_MIN && str_ends(text, (struct str){secret.p, n}, false))
			return true;
	return false;
}

static void is_redacted(
	const struct secrets *secrets, struct str secret, struct str form, struct str noise)
{
	struct buf text = BUF_INIT(SIZE_MAX), out = BUF_INIT(SIZE_MAX);
	buf_putstr(&text, noise);
	buf_putstr(&text, form);
	buf_put(&text, noise.p, noise.n / 2);
	secrets_redact(secrets, buf_str(&text), &out);
	HOLDS(str_find(buf_str(&out), STR("[redacted]"), false) >= 0);
	HOLDS(!shows(buf_str(&out), form));
	HOLDS(!shows(buf_str(&out), secret));
	HOLDS(!ends_in_half(buf_str(&out), secret));
	buf_fini(&text);
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str noise = input_of(data, size);
	struct str secret = input_take(&noise, input_byte(&noise));
	struct secrets *secrets = secrets_new();
	bool added = secrets_add(secrets, secret);
	struct forms forms = {.n = 0};
	HOLDS(added == (secret.n >= SECRET_BYTES_MIN));
	/* one that looks like the mark itself can't be told from it */
	if (added && str_find(STR("[redacted][redacted]"), secret, false) < 0 &&
		str_find(secret, STR("[redacted]"), false) < 0) {
		make_forms(&forms, secret);
		for (size_t i = 0; i < forms.n; i++)
			is_redacted(secrets, secret, buf_str(&forms.items[i]), noise);
	}
	for (size_t i = 0; i < forms.n; i++)
		buf_fini(&forms.items[i]);
	secrets_free(secrets);
	return 0;
}
