/* An error stands where it is in the file, however the file ends its lines, and whatever is wrong. */
#include "load.h"

static void says(struct str text, const char *words)
{
	struct loaded l;
	loaded_init(&l);
	const char *path = loaded_write(&l, "f.yaml", text);
	refuse(&l, (struct config_source){.path = path}, words);
	loaded_fini(&l);
}

/* The file with "\n" written as `end`, and `first` before it. */
static struct buf with_ends(const char *file, const char *first, const char *end)
{
	struct buf out = BUF_INIT(TEXT_MAX);
	buf_puts(&out, first);
	for (const char *c = file; *c; c++)
		if (*c == '\n')
			buf_puts(&out, end);
		else
			buf_putc(&out, *c);
	return out;
}

static const char *const ends[] = {"\n", "\r\n", "\r"};

static void every_line_end_counts_once(void **state)
{
	(void)state;
	static const char *const files[][2] = {
		{SERVICES "checks:\n  - id: x\n    service: a\n    get: /\n    tiemout: 5s\n",
			"f.yaml:6:5: unknown key"},
		{SERVICES "checks:\n  - id: x\n    id: y\n    service: a\n    get: /\n",
			"f.yaml:4:5: duplicate key 'id', it stands at line 3 already"},
		{SERVICES "checks:\n\n# \xc3\xa9\n  - {id: x, service: a, get: \"\xc3\xa9\", "
			  "\xc3\xa9: 1}\n",
			"f.yaml:5:35: unknown key"},
		{SERVICES "checks:\n  - title: |\n      one\n      two\n    id: \xc3\xa9\n",
			"f.yaml:6:9:"},
		{"a: 1\n\nb: *x\n", "f.yaml:3:4: aliases are refused"},
		{"a: &x 1\n", "f.yaml:1:4: anchors are refused"},
		{"a: 1\nb:\n\t- 1\n", "f.yaml:3:1: a tab can't indent"},
		{"a: 1\nb: \x01\n", "f.yaml:2:4: a control character (0x01)"},
		{"a: 1\nb: \"\xff\"\n", "f.yaml:2:5: not UTF-8"},
		{"a: 1\nb: \xc3\xa9\xe2\x82\n", "f.yaml:2:5: not UTF-8"},
		{"a: 1\nb: \"\xed\xa0\x80\"\n", "f.yaml:2:5: not UTF-8"},
		{"a: 1\nb: [1, 2\n", "f.yaml:3:1: not YAML"},
		{"a: 1\nb: \"x\n", "f.yaml:2:4: not YAML"},
		{"a: \"x\xc2\x85\"\n", "f.yaml:1:6: a line break of Unicode (U+0085): write \\N"},
		{"# \n# \xe2\x80\xa8\n", "f.yaml:2:3: a line break of Unicode (U+2028): write \\L"},
		{"# \n\n\xe2\x80\xa9", "f.yaml:3:1: a line break of Unicode (U+2029): write \\P"},
		{"a: 1\n---\nb: 1\n", "f.yaml:2:1: a second document"},
		{"a: !!int 1\n", "f.yaml:1:4: tags are refused"},
		{"- - - - - - - - - - - - - - - - - 1\n",
			"f.yaml:1:33: nested deeper than 16 levels"},
		{"\n\n{[[[[[[[[[[[[[[[[[[: 1}\n", "f.yaml:3:"},
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		for (size_t e = 0; e < 3; e++)
			for (int mark = 0; mark < 2; mark++) {
				struct buf text =
					with_ends(files[i][0], mark ? "\xef\xbb\xbf" : "", ends[e]);
				says(buf_str(&text), files[i][1]);
				buf_fini(&text);
			}
}

static void what_ends_without_a_line_end(void **state)
{
	(void)state;
	says(STR("a: ["), "f.yaml:1:5: not YAML");
	says(STR("a: 1\n\xc3\xa9: {b: [1,"), "f.yaml:2:11: not YAML");
	says(STR("a: \"x"), "f.yaml:1:4: not YAML");
	says(STR("a: \xc3"), "f.yaml:1:4: not UTF-8");
	says(STR(""), "f.yaml:1:1: no checks");
	says(STR("\xef\xbb\xbf"), "f.yaml:1:1: no checks");
	says(STR("a: \0"), "f.yaml:1:4: a control character (0x00)");
}

static void a_long_line_is_cut_between_characters(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		struct buf text = BUF_INIT(TEXT_MAX);
		buf_printf(&text, "lisen: %.*s", (int)shift, "aaa");
		for (int i = 0; i < 100; i++)
			buf_puts(&text, "\xe2\x82\xac");
		buf_puts(&text, "\t# a tab\n");
		says(buf_str(&text), "\xe2\x82\xac\xe2\x80\xa6\n");
		buf_fini(&text);
	}
	says(STR("lisen: a\t# a tab\n"), "lisen: a\xe2\x86\x92# a tab\n");
}

static void good_files_have_any_line_end(void **state)
{
	(void)state;
	for (size_t e = 0; e < 3; e++)
		for (int mark = 0; mark < 2; mark++) {
			struct buf text = with_ends(SERVICES "checks:\n  - id: x\n    service: a\n"
							     "    title: >-\n      one\n      two\n"
							     "    get: /\n",
				mark ? "\xef\xbb\xbf" : "", ends[e]);
			struct loaded l = load_good(buf_text(&text));
			assert_string_equal(check_of(&l, "x")->title, "one two");
			assert_non_null(strstr(check_of(&l, "x")->file, "checks.yaml"));
			assert_int_equal(check_of(&l, "x")->line, 3);
			loaded_fini(&l);
			buf_fini(&text);
		}
	struct loaded l = load_good(
		SERVICES "checks: [{id: x, service: a, get: /, description: \"a\\Lb\\Pc\\Nd\"}]\n");
	assert_string_equal(check_of(&l, "x")->description, "a\xe2\x80\xa8"
							    "b\xe2\x80\xa9"
							    "c\xc2\x85"
							    "d");
	loaded_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_end_counts_once),
		cmocka_unit_test(what_ends_without_a_line_end),
		cmocka_unit_test(a_long_line_is_cut_between_characters),
		cmocka_unit_test(good_files_have_any_line_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
