#include "doctor/doctor.h"

#include "loader.h"

void doctor_title(struct doctor *doctor, const char *title)
{
	if (doctor->paper.out.n)
		buf_putc(&doctor->paper.out, '\n');
	paper_put(&doctor->paper, INK_BOLD, title);
	buf_putc(&doctor->paper.out, '\n');
}

void doctor_say(
	struct doctor *doctor, enum health_word word, const char *finding, const char *advice)
{
	enum { WORD_WIDTH = 11 };
	static const struct {
		const char *text;
		enum ink ink;
	} words[] = {[WELL] = {"  ok       ", INK_GREEN},
		[WARNING] = {"  warning  ", INK_YELLOW},
		[PROBLEM] = {"  problem  ", INK_RED}};
	doctor->warnings += word == WARNING;
	doctor->problems += word == PROBLEM;
	paper_put(&doctor->paper, words[word].ink, words[word].text);
	paper_wrap(&doctor->paper, WORD_WIDTH, WORD_WIDTH, str_of(finding));
	if (!advice)
		return;
	buf_printf(&doctor->paper.out, "%*s", WORD_WIDTH, "");
	paper_wrap(&doctor->paper, WORD_WIDTH, WORD_WIDTH, str_of(advice));
}

static const char *counted(struct doctor *doctor, size_t n, const char *what)
{
	return arena_printf(&doctor->arena, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static void sum_up(struct doctor *doctor)
{
	const char *problems = counted(doctor, doctor->problems, "problem");
	const char *warnings = counted(doctor, doctor->warnings, "warning");
	buf_putc(&doctor->paper.out, '\n');
	paper_put(&doctor->paper,
		doctor->problems   ? INK_RED
		: doctor->warnings ? INK_YELLOW
				   : INK_GREEN,
		arena_printf(&doctor->arena, "%s, %s", problems, warnings));
	buf_putc(&doctor->paper.out, '\n');
}

static void examine(struct doctor *doctor)
{
	doctor_config(doctor);
	doctor_host(doctor);
	doctor_place(doctor);
	paper_write(&doctor->paper);
	fflush(stdout); /* the network may take a moment */
	fputc('\n', stdout);
	doctor_services(doctor);
	sum_up(doctor);
	paper_write(&doctor->paper);
}

int doctor_run(const struct cli *cli)
{
	struct config_source source = cli_source(cli);
	source.settings = true;
	struct config *config = loader_load(&source, false, NULL);
	if (!config)
		return EXIT_USAGE;
	struct doctor doctor = {
		.paper = paper_new(cli->color, config->plan.secrets), .config = config};
	arena_init(&doctor.arena);
	examine(&doctor);
	arena_fini(&doctor.arena);
	config_free(config);
	return doctor.problems ? EXIT_FAILED : EXIT_OK;
}
