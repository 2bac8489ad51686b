/* A check file becomes a plan or a list of errors, each with file:line:column inside the file; what
 * the plan sends is well formed whatever was captured. */
#include "memory_config.h"

#include "base/clock.h"
#include "base/json.h"
#include "check/request.h"

enum { LOAD_CPU_MAX_US = 2 * 1000 * 1000, VARIABLES_MAX = 64 };

static size_t lines_of(struct str text)
{
	size_t n = 1;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n' || text.p[i] == '\r';
	return n;
}

static size_t read_number(struct str *text)
{
	size_t n = 0;
	HOLDS(text->n && text->p[0] >= '0' && text->p[0] <= '9');
	for (; text->n && text->p[0] >= '0' && text->p[0] <= '9'; *text = str_from(*text, 1))
		n = n * 10 + (size_t)(text->p[0] - '0');
	return n;
}

static void errors_have_places(const struct diagnostics *diagnostics, struct str file)
{
	struct str rest = buf_str(&diagnostics->text);
	size_t errors = 0;
	HOLDS(utf8_valid(rest));
	while (rest.n) {
		struct str line = input_line(&rest);
		for (size_t i = 0; i < line.n; i++)
			HOLDS((unsigned char)line.p[i] >= 0x20 && line.p[i] != 0x7f);
		if (!str_starts(line, str_of(memory_path), false)) {
			HOLDS(line.n && (line.p[0] == ' ' || line.p[0] == '.'));
			continue;
		}
		errors++;
		line = str_from(line, strlen(memory_path));
		if (file.n > 256 * 1024)
			continue;
		HOLDS(input_byte(&line) == ':');
		size_t at = read_number(&line);
		HOLDS(at >= 1 && at <= lines_of(file));
		HOLDS(input_byte(&line) == ':');
		size_t column = read_number(&line);
		HOLDS(column >= 1 && column <= file.n + 1);
		HOLDS(str_starts(line, STR(": "), false));
	}
	HOLDS(errors > 0 && errors <= diagnostics->errors);
}

static void requests_are_well_formed(const struct check *check, const struct step *step)
{
	static const char hostile[] = "\"\\\n\r{{x}}\x80\x1f</script>%00";
	struct variable variables[VARIABLES_MAX];
	struct scope scope = {variables, 0};
	struct error error = {0};
	struct arena arena;
	arena_init(&arena);
	variables[scope.n_variables++] = (struct variable){"$uuid", STR(hostile)};
	variables[scope.n_variables++] = (struct variable){"$now", STR(hostile)};
	for (const struct step *s = check->steps; s < check->steps + check->n_steps; s++)
		for (size_t i = 0; i < s->n_captures && scope.n_variables < VARIABLES_MAX; i++)
			variables[scope.n_variables++] =
				(struct variable){s->captures[i].name, STR(hostile)};
	const struct request *request = request_build(&arena, check, step, &scope, 1, 1, &error);
	if (request && step->request.chat)
		HOLDS(json_valid(request->body, &error));
	for (size_t i = 0; request && i < request->n_headers; i++)
		HOLDS(!strpbrk(request->headers[i].value, "\r\n"));
	for (const char *c = request ? request->url : ""; *c; c++)
		HOLDS(*c > ' ' && *c < 0x7f);
	arena_fini(&arena);
}

static void holds_plan(const struct config *config)
{
	HOLDS(config->plan.n_checks > 0);
	for (size_t i = 0; i < config->plan.n_checks && i < 64; i++) {
		const struct check *check = &config->plan.checks[i];
		HOLDS(check->id[0] && check->n_steps > 0 && check->n_steps <= STEPS_MAX);
		for (size_t s = 0; s < check->n_steps && check->service && check->service->url; s++)
			requests_are_well_formed(check, &check->steps[s]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = input_of(data, size);
	struct diagnostics diagnostics;
	diagnostics_init(&diagnostics);
	int64_t start = clock_cpu_us();
	struct config *config = memory_config(text, &diagnostics);
	HOLDS(clock_cpu_us() - start < LOAD_CPU_MAX_US);
	HOLDS((config != NULL) == (diagnostics.errors == 0));
	if (config)
		holds_plan(config);
	else
		errors_have_places(&diagnostics, text);
	config_free(config);
	diagnostics_fini(&diagnostics);
	return 0;
}
