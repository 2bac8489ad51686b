#include "unit.h"

#include "base/secret.h"

#include <stdlib.h>

static void assert_redacts(const struct secrets *secrets, struct str text, const char *want)
{
	struct buf out = BUF_INIT(1 << 16);
	secrets_redact(secrets, text, &out);
	if (strcmp(buf_text(&out), want) != 0)
		fail_msg("%.*s\n gives %s\n  not  %s", STR_ARG(text), buf_text(&out), want);
	buf_fini(&out);
}

static struct secrets *holding(const char *value)
{
	struct secrets *secrets = secrets_new();
	assert_true(secrets_add(secrets, str_of(value)));
	return secrets;
}

static void every_form_is_found(void **state)
{
	(void)state;
	struct secrets *s = holding("p@ss w/\"rd\\\xc3\xa9&=");
	static const char *const forms[] = {
		"p@ss w/\"rd\\\xc3\xa9&=",
		"p%40ss%20w%2F%22rd%5C%C3%A9%26%3D",
		"p%40ss%20w%2f%22rd%5c%c3%a9%26%3d",
		"p%40ss+w%2F%22rd%5C%C3%A9%26%3D",
		"p@ss%20w/%22rd%5c%C3%a9&=",
		"%70%40%73%73%20%77%2F%22%72%64%5C%C3%A9%26%3D",
		"p@ss w/\\\"rd\\\\\xc3\xa9&=",
		"p@ss w\\/\\\"rd\\\\\\u00e9&=",
		"p@ss w\\/\\u0022rd\\u005C\\u00E9\\u0026=",
		"\\u0070@ss w/\\\"rd\\\\\xc3\xa9&=",
		"p@ss w/&quot;rd\\\xc3\xa9&amp;=",
		"p@ss w/&#34;rd\\&#233;&#x26;=",
		"&#112;@ss w&#x2F;&quot;rd&#92;&#xe9;&amp;=",
		"cEBzcyB3LyJyZFzDqSY9",
	};
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct buf text = BUF_INIT(4096);
		buf_printf(&text, "a %s z", forms[i]);
		assert_redacts(s, buf_str(&text), "a [redacted] z");
		buf_fini(&text);
	}
	secrets_free(s);
}

static void the_first_byte_may_be_escaped(void **state)
{
	(void)state;
	struct secrets *s = holding("\xc3\xa9t\xc3\xa9!");
	assert_redacts(s, STR("%c3%a9t%c3%a9!"), "[redacted]");
	assert_redacts(s, STR("%C3%A9t%C3%A9!"), "[redacted]");
	assert_redacts(s, STR("\\u00e9t\\u00E9!"), "[redacted]");
	secrets_free(s);
	s = holding("\xf0\x9f\x98\x80");
	assert_redacts(s, STR("\\ud83d\\ude00 \\ud83d\\u0041 \\ud83d."),
		"[redacted] \\ud83d\\u0041 \\ud83d.");
	secrets_free(s);
	s = holding("\"\t/x");
	assert_redacts(s, STR("\\\"\\t\\/x %22%09%2fx"), "[redacted] [redacted]");
	secrets_free(s);
}

static void ordinary_html_stays(void **state)
{
	(void)state;
	struct secrets *s = holding("<'a&b'>");
	assert_redacts(s, STR("&lt;&apos;a&amp;b&#39;&gt;"), "[redacted]");
	assert_redacts(s, STR("&lt;&#x27;a&b&#039;&GT;"), "&lt;&#x27;a&b&#039;&GT;");
	assert_redacts(s, STR("x&#60&#39&#x61&#38&#98&#x27&#62 y"), "x[redacted] y");
	static const char *const pieces[] = {"&", "&#", "&#x", "&#;", "&#x;", "&#39", "&#0;", "&lt",
		"&#99999999999999999999;", "&#x110000;", "<&#"};
	for (size_t i = 0; i < COUNT(pieces); i++)
		assert_redacts(s, str_of(pieces[i]), pieces[i]);
	secrets_free(s);
}

static void base64_both_alphabets_any_alignment(void **state)
{
	(void)state;
	struct secrets *s = holding("\xfb\xef\xbe\xff\xff\xffkey>>>???");
	assert_redacts(s, STR("x ++++////a2V5Pj4+Pz8/ y"), "x [redacted] y");
	assert_redacts(s, STR("x ----____a2V5Pj4-Pz8_ y"), "x [redacted] y");
	secrets_free(s);
	s = holding("hunter22");
	assert_redacts(s, STR("aHVudGVyMjI="), "[redacted]");
	assert_redacts(s, STR("aHVudGVyMjI"), "[redacted]");
	/* "user:hunter22", "me:hunter22", "x:hunter22": only what holds the user is left */
	assert_redacts(s, STR("Basic dXNlcjpodW50ZXIyMg=="), "Basic dXNlcjp[redacted]g==");
	assert_redacts(s, STR("Basic bWU6aHVudGVyMjI="), "Basic bWU6[redacted]");
	assert_redacts(s, STR("Basic eDpodW50ZXIyMg=="), "Basic eDp[redacted]g==");
	secrets_free(s);
}

/* {"key":"…"} and key=… in base64 */
static void base64_of_what_was_escaped(void **state)
{
	(void)state;
	struct secrets *s = holding("pa\"ss/wo rd\\9");
	assert_redacts(
		s, STR("eyJrZXkiOiJwYVwic3Mvd28gcmRcXDkifQ=="), "eyJrZXkiOiJ[redacted]kifQ==");
	assert_redacts(s, STR("a2V5PXBhJTIyc3MlMkZ3byUyMHJkJTVDOQ=="), "a2V5PX[redacted]Q==");
	secrets_free(s);
}

/* JSON's writers differ: some escape what is no ASCII, some the slash. */
static void base64_of_what_others_escaped(void **state)
{
	(void)state;
	static const char *const texts[] = {"eyJrZXkiOiAicGFcInNzL3dvIHJkXFw5XHUwMGU5In0=",
		"eyJrZXkiOiAicGFcInNzXC93byByZFxcOVx1MDBlOSJ9",
		"eyJrZXkiOiAicGFcInNzXC93byByZFxcOcOpIn0="};
	struct secrets *s = holding("pa\"ss/wo rd\\9\xc3\xa9");
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct secret_place place;
		if (!secrets_find(s, str_of(texts[i]), 0, &place))
			fail_msg("%s", texts[i]);
		assert_true(place.to - place.from >= 22);
	}
	assert_redacts(
		s, STR("a2V5PXBhJTIyc3MlMmZ3byUyMHJkJTVjOSVjMyVhOQ=="), "a2V5PX[redacted]Q==");
	secrets_free(s);
}

static void hexadecimal_digits(void **state)
{
	(void)state;
	struct secrets *s = holding("key-zZ/9");
	assert_redacts(s, STR("x 6b65792d7a5a2f39 y"), "x [redacted] y");
	assert_redacts(s, STR("x 6B65792D7A5A2F39 y"), "x [redacted] y");
	secrets_free(s);
	s = holding("key-zZ/"); /* the digits of short ones stand in ordinary text */
	assert_redacts(s, STR("x 6b65792d7a5a2f y"), "x 6b65792d7a5a2f y");
	secrets_free(s);
}

static void a_password_of_a_url_is_sent_decoded(void **state)
{
	(void)state;
	struct secrets *s = secrets_new();
	secrets_add_encoded(s, STR("p%40ss%2fword%zz%4"));
	assert_redacts(s, STR("u:p%40ss%2fword%zz%4@h"), "u:[redacted]@h");
	assert_redacts(s, STR("u:p@ss/word%zz%4 end"), "u:[redacted] end");
	/* "user:p@ss/word%zz%4" */
	assert_redacts(s, STR("Basic dXNlcjpwQHNzL3dvcmQlenolNA=="), "Basic dXNlcjp[redacted]A==");
	secrets_free(s);
	s = secrets_new();
	secrets_add_encoded(s, STR("plain-word"));
	assert_int_equal(secrets_count(s), 1);
	secrets_free(s);
}

static void ordinary_text_stays(void **state)
{
	(void)state;
	struct secrets *s = holding("sk-12345678");
	assert_redacts(s, STR("sk-1234 and sk-87654321, 100%, a\\nb \\u00 %zz %4"),
		"sk-1234 and sk-87654321, 100%, a\\nb \\u00 %zz %4");
	assert_redacts(s, STR("SK-12345678"), "SK-12345678");
	assert_redacts(s, STR(""), "");
	assert_redacts(NULL, STR("sk-12345678"), "sk-12345678");
	assert_redacts(s, STR("a\0sk-12345678"), "a");
	secrets_free(s);
	s = secrets_new();
	assert_redacts(s, STR("nothing is secret"), "nothing is secret");
	secrets_free(s);
}

static void escapes_in_the_secret_itself(void **state)
{
	(void)state;
	struct secrets *s = holding("%41bc\\n+x");
	assert_redacts(s, STR("[%41bc\\n+x]"), "[[redacted]]");
	assert_redacts(s, STR("[%2541bc%5Cn%2Bx]"), "[[redacted]]");
	assert_redacts(s, STR("[%41bc\\\\n+x]"), "[[redacted]]");
	secrets_free(s);
	s = holding(" lead");
	assert_redacts(s, STR("q=+lead&r=%20lead"), "q=[redacted]&r=[redacted]");
	secrets_free(s);
	s = holding("a  b");
	assert_redacts(s, STR("a++b a+%20b a  b"), "[redacted] [redacted] [redacted]");
	secrets_free(s);
}

/* An answer that quotes another, a URL inside a URL: escaped again on the way. */
static void escaped_more_than_once(void **state)
{
	(void)state;
	struct secrets *s = holding("p@ss w/\"rd\\\xc3\xa9&=");
	static const char *const forms[] = {
		"p@ss w/\\\\\\\"rd\\\\\\\\\xc3\xa9&=",
		"p@ss w\\\\\\/\\\\\\\"rd\\\\\\\\\\\\u00e9&=",
		"p@ss w/\\\\\\\\\\\\\\\"rd\\\\\\\\\\\\\\\\\xc3\xa9&=",
		"p%40ss%20w%2F%5C%22rd%5C%5C%C3%A9%26%3D",
		"p%2540ss%2520w%252F%2522rd%255C%25C3%25A9%2526%253D",
		"p%2540ss%2520w%252f%2522rd%255c%25c3%25a9%2526%253d",
	};
	for (size_t i = 0; i < COUNT(forms); i++)
		assert_redacts(s, str_of(forms[i]), "[redacted]");
	secrets_free(s);
	s = holding("a\"b\"c");
	assert_true(secrets_add(s, STR("a\\\"b\\\"c"))); /* the other, escaped, is one of its own */
	assert_int_equal(secrets_count(s), 2);
	assert_redacts(s, STR("YVwiYlwiYw=="), "[redacted]");
	secrets_free(s);
}

static void base64_may_be_escaped_too(void **state)
{
	(void)state;
	struct secrets *s = holding("\xfb\xef\xbe\xff\xff\xffkey>>>???");
	assert_redacts(s, STR("x %2B%2b+%2B%2F//%2fa2V5Pj4%2BPz8%2F y"), "x [redacted] y");
	assert_redacts(s, STR("x ++++\\/\\/\\/\\/a2V5Pj4+Pz8\\/ y"), "x [redacted] y");
	secrets_free(s);
}

static void overlaps_and_prefixes(void **state)
{
	(void)state;
	struct secrets *s = holding("abcdef");
	secrets_add(s, STR("abcdefghij"));
	secrets_add(s, STR("efghXYZ"));
	assert_redacts(s, STR("-abcdef-"), "-[redacted]-");
	assert_redacts(s, STR("-abcdefghij-"), "-[redacted]-");
	assert_redacts(s, STR("-abcdefghXYZ-"), "-[redacted]-");
	assert_redacts(s, STR("abcdefabcdef"), "[redacted][redacted]");
	assert_redacts(s, STR("aabcdef"), "a[redacted]");
	secrets_free(s);
	s = holding("abcdefghij");
	secrets_add(s, STR("abcdef"));
	assert_redacts(s, STR("-abcdefghij-"), "-[redacted]-");
	secrets_free(s);
}

static void short_values_are_no_secrets(void **state)
{
	(void)state;
	struct secrets *s = secrets_new();
	assert_false(secrets_add(s, STR("")));
	assert_false(secrets_add(s, STR("abc")));
	assert_int_equal(secrets_count(s), 0);
	assert_true(secrets_add(s, STR("abcd")));
	assert_true(secrets_add(s, STR("abcd")));
	assert_int_equal(secrets_count(s), 1);
	assert_redacts(s, STR("abc abcd"), "abc [redacted]");
	assert_int_equal(secrets_count(NULL), 0);
	secrets_free(s);
	secrets_free(NULL);
}

static void a_secret_cut_off_at_the_end(void **state)
{
	(void)state;
	struct secrets *s = holding("sk-0123456789abcdef");
	assert_redacts(s, STR("key sk-0123456"), "key [redacted]");
	assert_redacts(s, STR("key sk-01234%35%36"), "key [redacted]");
	assert_redacts(s, STR("key sk-01234"), "key sk-01234");
	assert_redacts(s, STR("key sk-0123456 "), "key sk-0123456 ");
	secrets_free(s);
}

/* Wherever it stands, torn text or not, the value never comes through. */
static void never_comes_through(void **state)
{
	(void)state;
	struct secrets *s = secrets_new();
	static const char *const values[] = {"aab", "aabaab", "abaabaa", "bbbb", "%61aab"};
	for (size_t i = 0; i < COUNT(values); i++)
		secrets_add(s, str_of(values[i]));
	uint32_t seed = 3;
	for (size_t round = 0; round < 20000; round++) {
		char text[80];
		size_t n = 0;
		while (n < 60) {
			if (dice(&seed) % 4 == 0) {
				const char *value = values[dice(&seed) % COUNT(values)];
				memcpy(text + n, value, strlen(value));
				n += strlen(value);
			} else {
				text[n++] = "ab%61\\"[dice(&seed) % 6];
			}
		}
		char *exact = malloc(n);
		assert_non_null(exact);
		memcpy(exact, text, n);
		struct buf out = BUF_INIT(4096);
		secrets_redact(s, (struct str){exact, n}, &out);
		for (size_t i = 1; i < COUNT(values); i++)
			assert_int_equal(str_find(buf_str(&out), str_of(values[i]), false), -1);
		buf_fini(&out);
		free(exact);
	}
	secrets_free(s);
}

static void a_place_names_the_variable_it_came_from(void **state)
{
	(void)state;
	struct secrets *s = holding("p@ss/word");
	struct secret_place place;
	struct str text = STR("a p@ss/word p%40ss%2Fword");
	assert_true(secrets_find(s, text, 0, &place));
	assert_null(place.variable);
	secrets_name(s, STR("p@ss/word"), "KEY");
	secrets_name(s, STR("p@ss/word"), "OTHER");
	secrets_name(s, STR("p%40ss%2Fword"), "ESCAPED");
	secrets_name(s, STR("unknown"), "UNKNOWN");
	assert_true(secrets_find(s, text, 0, &place));
	assert_int_equal(place.from, 2);
	assert_int_equal(place.to, 11);
	assert_string_equal(place.variable, "KEY");
	assert_true(secrets_find(s, text, place.to, &place));
	assert_int_equal(place.from, 12);
	assert_null(place.variable);
	assert_false(secrets_find(s, text, place.to, &place));
	assert_false(secrets_find(NULL, text, 0, &place));
	secrets_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_found),
		cmocka_unit_test(the_first_byte_may_be_escaped),
		cmocka_unit_test(ordinary_html_stays),
		cmocka_unit_test(base64_both_alphabets_any_alignment),
		cmocka_unit_test(base64_of_what_was_escaped),
		cmocka_unit_test(base64_of_what_others_escaped),
		cmocka_unit_test(hexadecimal_digits),
		cmocka_unit_test(a_password_of_a_url_is_sent_decoded),
		cmocka_unit_test(ordinary_text_stays),
		cmocka_unit_test(escapes_in_the_secret_itself),
		cmocka_unit_test(escaped_more_than_once),
		cmocka_unit_test(base64_may_be_escaped_too),
		cmocka_unit_test(overlaps_and_prefixes),
		cmocka_unit_test(short_values_are_no_secrets),
		cmocka_unit_test(a_secret_cut_off_at_the_end),
		cmocka_unit_test(never_comes_through),
		cmocka_unit_test(a_place_names_the_variable_it_came_from),
	};
	return RUN(tests);
}
