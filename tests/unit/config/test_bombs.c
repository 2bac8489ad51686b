/* Hostile files end quickly, with a place. Measured in time of the processor, which the machine's
 * other work does not change. */
#include "load.h"

#include <time.h>

enum { BOMB_MS_MAX = 100, TRIES_MAX = 3, FILE_MAX = 256 * 1024 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
enum { SLOWER = 20 }; /* still far from what the square of a file's size takes */
#else
enum { SLOWER = 1 };
#endif

static struct buf bomb;

static void repeat(const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_puts(&bomb, text);
}

static void put_lines(const char *format, size_t times)
{
	for (size_t i = 0; i < times; i++) {
		char line[128];
		snprintf(line, sizeof(line), "%s%zu", format, i);
		buf_puts(&bomb, line);
	}
}

static void explode(const char *words)
{
	struct loaded l;
	loaded_init(&l);
	const char *path = loaded_write(&l, "bomb.yaml", buf_str(&bomb));
	double ms = BOMB_MS_MAX * SLOWER;
	for (int tries = 0; tries < TRIES_MAX && ms >= BOMB_MS_MAX * SLOWER; tries++) {
		clock_t start = clock();
		refuse(&l, (struct config_source){.path = path}, words);
		ms = 1000.0 * (double)(clock() - start) / CLOCKS_PER_SEC;
	}
	print_message("%7.1f ms: %.*s...\n", ms, 40, words);
	assert_true(ms < BOMB_MS_MAX * SLOWER);
	assert_non_null(strstr(buf_text(&l.diagnostics.text), "bomb.yaml:"));
	loaded_fini(&l);
	buf_fini(&bomb);
	bomb = BUF_INIT(FILE_MAX);
}

static void bombs_end_quickly(void **state)
{
	(void)state;
	bomb = BUF_INIT(FILE_MAX);
	repeat("[", FILE_MAX);
	explode("nested deeper than 16 levels");
	repeat("{a: ", FILE_MAX / 4);
	explode("nested deeper than 16 levels");
	repeat("- ", FILE_MAX / 2);
	explode("nested deeper than 16 levels");
	repeat("? ", FILE_MAX / 2);
	explode("a key must be a word");
	buf_puts(&bomb, "a: &a [x]\n");
	repeat("b: [*a,*a,*a,*a,*a,*a,*a,*a]\n", 8000);
	explode("aliases are refused");
	put_lines("\n%TAG !a", 20000);
	explode("lines that begin with %");
	buf_puts(&bomb, "k");
	put_lines(": 1\nk", 25000);
	buf_puts(&bomb, ": 1\n");
	explode("more errors");
	repeat("k: 1\n", 50000);
	explode("more errors");
	buf_puts(&bomb, "checks:\n");
	repeat("- {tiemout: 1, id: x}\n", 11000);
	explode("more errors");
	buf_puts(&bomb, SERVICES "checks:\n- {id: x, service: a, post: {path: /, json: [\n");
	repeat("\"{{x}}\",", 25000);
	buf_puts(&bomb, "1]}}\n");
	explode("more errors");
	buf_puts(&bomb, SERVICES "checks:\n- {id: x, service: a, post: {path: /, json: [\n");
	repeat("\"${OUTRIDER_UNSET}\",", 12000);
	buf_puts(&bomb, "1]}}\n");
	explode("more errors");
	buf_puts(&bomb, SERVICES "checks:\n- {id: x, service: a, post: {path: /, json: [\n");
	repeat("1,", 120000);
	buf_puts(&bomb, "\"{{\"]}}\n");
	explode("{{ without its }}");
	buf_puts(&bomb, SERVICES "checks:\n- {id: x, service: a, get: /, title: \"");
	repeat("{{x}}${", 30000);
	buf_puts(&bomb, "\"}\n");
	explode("write ${NAME}");
	buf_puts(&bomb, SERVICES "checks:\n");
	put_lines(", get: /, depends_on: [x]}\n- {service: a, id: y", 4500);
	explode("bomb.yaml:");
	buf_puts(&bomb, SERVICES "checks:\n- id: x\n  service: a\n  matrix: {a: [1");
	repeat(",1", 255);
	buf_puts(&bomb, "]}\n  post:\n    path: /\n    json: [");
	repeat("\"-{{a}}\",", 20000);
	buf_puts(&bomb, "1]\n");
	explode("all matrices together make more than");
	buf_puts(&bomb, SERVICES "checks:\n- {service: a, id: x, post: {path: /, json: [");
	repeat("\"{{$wav}}\",", 20000);
	buf_puts(&bomb, "1]}}\n");
	explode("more than 1000 times {{$wav}}");
	buf_puts(&bomb, SERVICES "checks:\n- {service: a, id: x, get: /, matrix: {a: [0");
	put_lines(",", 150);
	buf_puts(&bomb, "]}}\n- {service: a, id: y, get: /, matrix: {a: [0");
	put_lines(",", 150);
	buf_puts(&bomb, "]}}\n- {service: a, id: z, get: /, depends_on: [x, y]}\n");
	explode("depends on more than 256 checks");
	buf_puts(&bomb, "a: \"");
	repeat("\\u00e4", 40000);
	explode("bomb.yaml:");
	repeat("\n", FILE_MAX);
	explode("no checks");
	repeat("a", FILE_MAX);
	explode("bomb.yaml:");
}

static void a_file_too_large_is_not_read(void **state)
{
	(void)state;
	struct loaded l;
	char *text = mem_alloc(FILE_MAX + 2);
	memset(text, '#', FILE_MAX + 1);
	loaded_init(&l);
	const char *path = loaded_write(&l, "large.yaml", (struct str){text, FILE_MAX + 1});
	refuse(&l, (struct config_source){.path = path}, "large.yaml: longer than 262144 bytes");
	loaded_fini(&l);
	free(text);
}

static void thousands_of_checks_load(void **state)
{
	(void)state;
	struct loaded l;
	loaded_init(&l);
	bomb = BUF_INIT(FILE_MAX);
	buf_puts(&bomb, SERVICES "checks:\n- {service: a, id: x");
	put_lines(", get: /}\n- {service: a, depends_on: [x], id: y", 5000);
	buf_puts(&bomb, ", get: /}\n");
	const char *path = loaded_write(&l, "many.yaml", buf_str(&bomb));
	clock_t start = clock();
	loaded_with(&l, (struct config_source){.path = path});
	print_message("%zu checks: %.1f ms\n", l.config ? l.config->plan.n_checks : 0,
		1000.0 * (double)(clock() - start) / CLOCKS_PER_SEC);
	if (!l.config)
		print_error("%.2000s", buf_text(&l.diagnostics.text));
	assert_non_null(l.config);
	assert_int_equal(l.config->plan.n_checks, 5001);
	loaded_fini(&l);
	buf_fini(&bomb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bombs_end_quickly),
		cmocka_unit_test(a_file_too_large_is_not_read),
		cmocka_unit_test(thousands_of_checks_load),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
