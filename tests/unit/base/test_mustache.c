#include "base/mustache.h"

#include "base/json_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture {
	struct arena arena;
	struct value *root;
};

static int setup(void **state)
{
	static struct fixture fixture;
	arena_init(&fixture.arena);
	fixture.root = value_object(&fixture.arena);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	arena_fini(&f->arena);
	return 0;
}

static const struct mustache *partial; /* the only one: "part" */

static const struct mustache *find(void *ctx, struct str name)
{
	(void)ctx;
	return str_eq(name, STR("part")) ? partial : NULL;
}

static void expect_str(const struct fixture *f, struct str source, const char *expected)
{
	struct error error = {0};
	struct mustache *mustache = mustache_new(source, &error);
	assert_string_equal(error.text, "");
	assert_non_null(mustache);
	struct buf out = BUF_INIT(1 << 20);
	mustache_render(
		mustache, f->root, &(struct mustache_manner){html_escape, find, NULL}, &out);
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
	mustache_free(mustache);
}

#define EXPECT(source, expected) expect_str(f, str_of(source), (expected))

static void refuse(const char *source, const char *why)
{
	struct error error = {0};
	assert_null(mustache_new(str_of(source), &error));
	assert_string_equal(error.text, why);
}

static void test_text(void **state)
{
	const struct fixture *f = *state;
	EXPECT("", "");
	EXPECT("no tags { here } }}", "no tags { here } }}");
}

static void test_variables(void **state)
{
	struct fixture *f = *state;
	value_text(&f->arena, f->root, "name", "Ann & <Bob> \"'");
	value_int(&f->arena, f->root, "n", -42);
	EXPECT("a {{name}} b", "a Ann &amp; &lt;Bob&gt; &quot;&#39; b");
	EXPECT("{{ name }}{{	n	}}", "Ann &amp; &lt;Bob&gt; &quot;&#39;-42");
	EXPECT("{{{name}}}|{{& name }}", "Ann & <Bob> \"'|Ann & <Bob> \"'");
	EXPECT("[{{missing}}][{{{missing}}}]", "[][]");
}

static void test_comments(void **state)
{
	const struct fixture *f = *state;
	EXPECT("a{{! not shown }}b", "ab");
	EXPECT("a\n  {{! alone\n over two lines }}\nb\n", "a\nb\n");
}

static void test_sections(void **state)
{
	struct fixture *f = *state;
	value_bool(&f->arena, f->root, "yes", true);
	value_bool(&f->arena, f->root, "no", false);
	value_text(&f->arena, f->root, "empty", "");
	value_text(&f->arena, f->root, "text", "x");
	EXPECT("{{#yes}}shown{{/yes}}{{#no}}hidden{{/no}}", "shown");
	EXPECT("{{#missing}}hidden{{/missing}}{{#empty}}hidden{{/empty}}", "");
	EXPECT("{{#text}}<{{.}}>{{/text}}", "<x>");
	EXPECT("{{^yes}}a{{/yes}}{{^no}}b{{/no}}{{^missing}}c{{/missing}}{{^empty}}d{{/empty}}",
		"bcd");
	EXPECT("{{#yes}}1{{#yes}}2{{^no}}3{{/no}}{{/yes}}4{{/yes}}", "1234");
}

static void test_lists(void **state)
{
	struct fixture *f = *state;
	struct value *list = value_list(&f->arena, f->root, "list");
	value_list(&f->arena, f->root, "none");
	for (int i = 1; i <= 3; i++)
		value_int(&f->arena, value_item(&f->arena, list), "n", i);
	struct value *words = value_list(&f->arena, f->root, "words");
	value_item_text(&f->arena, words, "<a>");
	value_item_text(&f->arena, words, "b");
	value_text(&f->arena, f->root, "outer", "o");
	EXPECT("{{#list}}{{n}}{{outer}},{{/list}}", "1o,2o,3o,");
	EXPECT("{{#words}}{{.}};{{/words}}", "&lt;a&gt;;b;");
	EXPECT("{{#none}}hidden{{/none}}{{^none}}nothing{{/none}}{{^list}}hidden{{/list}}",
		"nothing");
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	struct value *a = value_member(&f->arena, f->root, "a");
	struct value *b = value_member(&f->arena, a, "b");
	value_text(&f->arena, b, "c", "deep");
	value_text(&f->arena, f->root, "c", "outer");
	value_text(&f->arena, a, "x", "inner");
	value_text(&f->arena, f->root, "x", "outer");
	EXPECT("{{a.b.c}}{{#a.b}} {{c}}{{/a.b}}", "deep deep");
	EXPECT("{{#a}}{{x}} {{c}}{{/a}} {{x}}", "inner outer outer");
	/* What follows the first part is looked for there alone. */
	EXPECT("{{#a}}[{{b.x}}{{b.c.d}}{{nothing.c}}]{{/a}}", "[]");
}

static void test_standing_alone(void **state)
{
	struct fixture *f = *state;
	value_bool(&f->arena, f->root, "yes", true);
	EXPECT("a\n{{#yes}}\nb\n{{/yes}}\nc\n", "a\nb\nc\n");
	EXPECT("a\r\n  {{#yes}}\t\r\nb\r\n{{/yes}}\r\nc", "a\r\nb\r\nc");
	EXPECT("{{#yes}}\nb{{/yes}}", "b");
	EXPECT("a\n {{#yes}} b\n {{/yes}} \nc", "a\n  b\nc");
	EXPECT("a\n{{#yes}}\n{{/yes}}", "a\n");
	/* Variables leave their line, and so do two tags on one. */
	EXPECT("a\n {{missing}}\nb", "a\n \nb");
	EXPECT("{{#yes}}{{/yes}}\nb", "\nb");
}

/* The rules of the Mustache specification, one by one, in cases of our own. */

static void test_rule_interpolation(void **state)
{
	struct fixture *f = *state;
	value_text(&f->arena, f->root, "s", "5 < 6 & \"7\"");
	value_int(&f->arena, f->root, "n", 85);
	value_bool(&f->arena, f->root, "t", true);
	struct value *o = value_member(&f->arena, f->root, "o");
	value_text(&f->arena, value_member(&f->arena, o, "p"), "q", "deep");
	EXPECT("{{s}}", "5 &lt; 6 &amp; &quot;7&quot;");
	EXPECT("{{{s}}}={{&s}}", "5 < 6 & \"7\"=5 < 6 & \"7\"");
	EXPECT("{{n}} {{{n}}} {{&n}}", "85 85 85");
	EXPECT("{{o.p.q}} {{{o.p.q}}} {{&o.p.q}}", "deep deep deep");
	EXPECT("[{{o.x.q}}{{{x.p}}}{{&o.p.q.r}}]", "[]");
	EXPECT("{{#o}}{{p.q}}{{#p}}{{q}}{{/p}}{{/o}}", "deepdeep");
	EXPECT("{{#n}}{{.}}|{{{.}}}|{{&.}}{{/n}}", "85|85|85");
	/* White space: outside it stays, inside it says nothing, and there is no standing alone. */
	EXPECT("<  {{n}}  >", "<  85  >");
	EXPECT("\t{{{n}}}\n{{& n}}\n", "\t85\n85\n");
	EXPECT("{{  n  }}{{{  n }}}{{&\tn\n}}", "858585");
}

static void test_rule_sections(void **state)
{
	struct fixture *f = *state;
	struct value *o = value_member(&f->arena, f->root, "o");
	struct value *list = value_list(&f->arena, o, "l");
	value_bool(&f->arena, f->root, "t", true);
	value_bool(&f->arena, f->root, "f", false);
	value_text(&f->arena, f->root, "outer", "O");
	value_text(&f->arena, o, "x", "X");
	for (int i = 0; i < 2; i++)
		value_int(&f->arena, value_item(&f->arena, list), "i", i);
	EXPECT("{{#t}}{{outer}}{{/t}}{{#f}}no{{/f}}", "O");
	EXPECT("{{#o}}{{x}}{{outer}}{{/o}}{{#o.x}}{{.}}{{/o.x}}", "XOX");
	EXPECT("{{#o.l}}({{i}}{{outer}}){{/o.l}}", "(0O)(1O)");
	EXPECT("{{#o.nothing}}no{{/o.nothing}}{{#a.b.c}}no{{/a.b.c}}", "");
	EXPECT("{{#t}}a{{#f}}b{{/f}}c{{/t}}{{#t}}d{{/t}}", "acd");
	EXPECT("{{#t}}{{#t}}e{{/t}}{{#o}}{{#l}}{{x}}{{i}}{{/l}}{{/o}}{{/t}}", "eX0X1");
	/* White space. */
	EXPECT(" | {{#t}}\t|\t{{/t}} | \n", " | \t|\t | \n");
	EXPECT(" | {{#t}} {{! said }}\n {{/t}} | \n", " |  \n  | \n");
	EXPECT(" {{#t}}Y{{/t}}\n {{#t}}G{{/t}}\n", " Y\n G\n");
	EXPECT("| One\n{{#t}}\n| Two\n{{/t}}\n| Three\n", "| One\n| Two\n| Three\n");
	EXPECT("\t  {{#t}}  \n#\n  {{/t}}", "#\n");
	EXPECT("|{{# t }}={{/  t  }}|", "|=|");
}

static void test_rule_inverted(void **state)
{
	struct fixture *f = *state;
	struct value *o = value_member(&f->arena, f->root, "o");
	struct value *list = value_list(&f->arena, f->root, "l");
	value_list(&f->arena, f->root, "none");
	value_item(&f->arena, list);
	value_bool(&f->arena, f->root, "t", true);
	value_bool(&f->arena, o, "f", false);
	EXPECT("{{^t}}no{{/t}}{{^o.f}}yes{{/o.f}}{{^o}}no{{/o}}", "yes");
	EXPECT("{{^l}}no{{/l}}{{^none}}yes{{/none}}{{^missing}}yes{{/missing}}", "yesyes");
	EXPECT("{{^o.x.y}}yes{{/o.x.y}}", "yes");
	EXPECT("{{^t}}A{{^o.f}}B{{/o.f}}C{{/t}}{{^o.f}}D{{^o.f}}E{{/o.f}}{{/o.f}}", "DE");
	EXPECT("| One\n  {{^o.f}}\t\n| Two\n{{/o.f}}\n| Three", "| One\n| Two\n| Three");
	EXPECT("|\r\n{{^o.f}}\r\n|\r\n{{/o.f}}\r\n|", "|\r\n|\r\n|");
	EXPECT("  {{^o.f}}\n^\n{{/o.f}}", "^\n");
	EXPECT("|{{^ o.f }}={{/ o.f }}|", "|=|");
}

static void test_rule_comments(void **state)
{
	const struct fixture *f = *state;
	EXPECT("12{{! {not} a # tag }}34", "1234");
	EXPECT("12{{!\n  over\n  lines\n}}34\n", "1234\n");
	EXPECT("A\n{{! alone }}\nB\n  {{! indented }}\t\nC\n", "A\nB\nC\n");
	EXPECT("|\r\n{{! alone }}\r\n|", "|\r\n|");
	EXPECT("{{! first }}\nA", "A");
	EXPECT("A\n  {{! last }}", "A\n");
	EXPECT("  12 {{! not alone }}\n", "  12 \n");
	EXPECT("a {{! kept }} b", "a  b");
}

static void test_rule_delimiters(void **state)
{
	struct fixture *f = *state;
	struct error error = {0};
	value_text(&f->arena, f->root, "s", "<x>");
	value_bool(&f->arena, f->root, "t", true);
	EXPECT("{{=<% %>=}}(<%s%>)(<%&s%>)(<%{s}%>){{s}}", "(&lt;x&gt;)(<x>)(<x>){{s}}");
	EXPECT("{{=| |=}}|s|", "&lt;x&gt;");
	EXPECT("{{=[ ]=}}[#t]a{{b}}[/t][^t]c[/t][! none ]", "a{{b}}");
	EXPECT("{{#t}}{{=@@ %%=}}@@s%%@@/t%%@@s%%", "&lt;x&gt;&lt;x&gt;");
	EXPECT("{{=<% %>=}}<%={{ }}=%>{{s}}", "&lt;x&gt;");
	/* White space, and standing alone. */
	EXPECT("| {{=@ @=}} |", "|  |");
	EXPECT("{{=   @\n  @   =}}@s@", "&lt;x&gt;");
	EXPECT("A\n  {{=@ @=}}\t\nB\n", "A\nB\n");
	EXPECT("|\r\n{{= @ @ =}}\r\n|", "|\r\n|");
	EXPECT("=\n  {{=@ @=}}", "=\n");
	/* A partial has those it began with, and leaves the others as they are. */
	struct mustache *part = mustache_new(STR("{{s}}{{=! !=}}!s!"), &error);
	partial = part;
	EXPECT("{{=| |=}}|>part||s|{{s}}", "&lt;x&gt;&lt;x&gt;&lt;x&gt;{{s}}");
	partial = NULL;
	mustache_free(part);
}

static void expect_with(
	const struct fixture *f, const char *part, const char *source, const char *expected)
{
	struct error error = {0};
	struct mustache *made = mustache_new(str_of(part), &error);
	assert_string_equal(error.text, "");
	partial = made;
	EXPECT(source, expected);
	partial = NULL;
	mustache_free(made);
}

static void test_rule_partials(void **state)
{
	struct fixture *f = *state;
	value_text(&f->arena, f->root, "s", "<\n->");
	value_bool(&f->arena, f->root, "t", true);
	struct value *list = value_list(&f->arena, f->root, "l");
	value_item_text(&f->arena, list, "1");
	value_item_text(&f->arena, list, "2");
	expect_with(f, "*{{t}}{{{s}}}*", "\"{{>part}}\"", "\"*<\n->*\"");
	expect_with(f, "\t|\t", "| {{>part}} |", "| \t|\t |");
	expect_with(f, ">\n>", "  {{s}}  {{> part }}\n", "  &lt;\n-&gt;  >\n>\n");
	expect_with(f, ">", "|\r\n{{>part}}\r\n|", "|\r\n>|");
	/* Alone, it is indented like its tag: the lines of the template, not those of a value. */
	expect_with(f, ">\n>", "  {{>part}}\n>", "  >\n  >>");
	expect_with(f, ">\n>", ">\n  {{>part}}", ">\n  >\n  >");
	expect_with(f, "|\n{{{s}}}\n|\n", "\\\n {{>part}}\n/\n", "\\\n |\n <\n->\n |\n/\n");
	expect_with(f, "{{#l}}\n-{{.}}\n{{/l}}\nend\n", "\t{{>part}}\n.", "\t-1\n\t-2\n\tend\n.");
	expect_with(f, "a\n", "{{#l}}\n  {{>part}}\n{{/l}}\n", "  a\n  a\n");
	expect_with(f, "a\n", "{{#l}}\n{{.}}\n {{>part}}\n{{/l}}\n", "1\n a\n2\n a\n");
}

/* Partials in partials: indentations add up, and what goes on in a line has none of its own. */
static void test_rule_partials_nested(void **state)
{
	struct fixture *f = *state;
	value_text(&f->arena, f->root, "x", "1");
	struct value *a = value_member(&f->arena, f->root, "a");
	value_text(&f->arena, a, "x", "2");
	value_bool(&f->arena, a, "a", false);
	expect_with(
		f, "{{x}}\n{{#a}}\n  {{>part}}\n{{/a}}\n", ".\n {{>part}}\n.", ".\n 1\n   2\n.");
	expect_with(f, "{{x}}\n-{{#a}}{{>part}}{{/a}}\n", " {{>part}}\n", " 1\n -2\n-\n\n");
}

static void test_partials(void **state)
{
	struct fixture *f = *state;
	struct error error = {0};
	struct mustache *part = mustache_new(STR("({{x}}{{#again}}{{>part}}{{/again}})"), &error);
	partial = part;
	value_text(&f->arena, f->root, "x", "1");
	EXPECT("a{{>part}}b{{> part }}", "a(1)b(1)");
	EXPECT("a\n{{>part}}\nb", "a\n(1)b");
	EXPECT("[{{>unknown}}]", "[]");
	partial = NULL;
	mustache_free(part);
}

static void test_partial_that_never_ends(void **state)
{
	struct fixture *f = *state;
	struct error error = {0};
	struct mustache *part = mustache_new(STR("x{{>part}}"), &error);
	partial = part;
	struct mustache *start = mustache_new(STR("{{>part}}"), &error);
	struct buf out = BUF_INIT(1 << 20);
	mustache_render(start, f->root, &(struct mustache_manner){html_escape, find, NULL}, &out);
	assert_int_equal(out.n, MUSTACHE_DEPTH_MAX);
	partial = NULL;
	buf_fini(&out);
	mustache_free(start);
	mustache_free(part);
}

static void test_refused(void **state)
{
	(void)state;
	refuse("a\n{{name", "line 2: a tag is not closed");
	refuse("{{{name}}", "line 1: a tag is not closed");
	refuse("{{}}", "line 1: a tag without a name");
	refuse("{{# }}", "line 1: a tag without a name");
	refuse("\n\n{{#a}}", "line 3: {{#a}} is not closed");
	refuse("{{/a}}", "line 1: {{/a}} closes nothing");
	refuse("{{#a}}\n{{#b}}{{/a}}", "line 2: {{/a}} where {{/b}} was due");
	refuse("\n{{=<%=}}", "line 2: new delimiters are two words without =");
	refuse("{{=<= %>=}}", "line 1: new delimiters are two words without =");
	refuse("{{=a b c=}}", "line 1: new delimiters are two words without =");
	refuse("{{=<% %>}}", "line 1: a tag is not closed");
	refuse("{{=<% %>=}}<%name}}", "line 1: a tag is not closed");
	struct buf deep = BUF_INIT(1024);
	for (int i = 0; i <= MUSTACHE_DEPTH_MAX; i++)
		buf_puts(&deep, "{{#a}}");
	refuse(buf_text(&deep), "line 1: sections nest too deeply");
	buf_fini(&deep);
}

static void test_deep_sections(void **state)
{
	struct fixture *f = *state;
	struct buf source = BUF_INIT(1024);
	value_bool(&f->arena, f->root, "a", true);
	for (int i = 0; i < MUSTACHE_DEPTH_MAX; i++)
		buf_puts(&source, "{{#a}}");
	buf_putc(&source, 'x');
	for (int i = 0; i < MUSTACHE_DEPTH_MAX; i++)
		buf_puts(&source, "{{/a}}");
	EXPECT(buf_text(&source), "x");
	buf_fini(&source);
}

static void rendered(
	const struct fixture *f, const char *source, mustache_escape *escape, const char *expected)
{
	struct error error = {0};
	struct mustache *mustache = mustache_new(str_of(source), &error);
	struct buf out = BUF_INIT(1024);
	assert_non_null(mustache);
	mustache_render(mustache, f->root, &(struct mustache_manner){.escape = escape}, &out);
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
	mustache_free(mustache);
}

/* What a value becomes is up to what is made; three braces leave it alone. */
static void test_manners(void **state)
{
	struct fixture *f = *state;
	value_text(&f->arena, f->root, "v", "<\"\n");
	rendered(f, "{{v}} {{{v}}}{{>part}}", html_escape, "&lt;&quot;\n <\"\n");
	rendered(f, "\"{{v}}\"", json_put_escaped, "\"<\\\"\\n\"");
	rendered(f, "{{v}}{{&v}}", NULL, "<\"\n<\"\n");
}

static void test_escape(void **state)
{
	(void)state;
	struct buf out = BUF_INIT(1024);
	html_escape(&out, STR("caf\xc3\xa9 \xff\xfe<\xe2\x82"));
	assert_string_equal(buf_text(&out), "caf\xc3\xa9 \xef\xbf\xbd\xef\xbf\xbd&lt;\xef\xbf\xbd");
	buf_fini(&out);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_text),
		T(test_variables),
		T(test_comments),
		T(test_sections),
		T(test_lists),
		T(test_names),
		T(test_standing_alone),
		T(test_rule_interpolation),
		T(test_rule_sections),
		T(test_rule_inverted),
		T(test_rule_comments),
		T(test_rule_delimiters),
		T(test_rule_partials),
		T(test_rule_partials_nested),
		T(test_partials),
		T(test_partial_that_never_ends),
		T(test_refused),
		T(test_deep_sections),
		T(test_manners),
		T(test_escape),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
