/* outrider-manual: writes manual pages and completions when the program is built. A template is
 * copied to standard output; a line @WORD@ or @WORD ARGUMENT@ is replaced by a table. */
#include "cli_options.h"
#include "config/keys.h"
#include "manual/roff.h"
#include "manual/words.h"

#include "base/memory.h"
#include "sim/options.h"
#include "sim/sim.h"

#include <stdlib.h>

enum { WORDS_MAX = 4096 };

static const char *const section_ids[] = {
#define X(bit, id, words) [bit] = #id,
	SECTIONS(X)
#undef X
};
enum { N_SECTIONS = sizeof(section_ids) / sizeof(section_ids[0]) };

static bool shown[N_SECTIONS];

static void option_item(const struct cli_option *row)
{
	printf(".It ");
	if (row->letter)
		printf("Fl %c , ", row->letter);
	printf("Fl Fl ");
	roff_argument(row->name);
	if (row->argument) {
		printf(" Ar ");
		roff_argument(row->argument);
	}
	putchar('\n');
	roff_puts(row->help);
	puts(".");
}

static void put_options(void)
{
	for (enum cli_group group = GROUP_ACTION; group < GROUP_COUNT; group++) {
		printf(".Ss ");
		roff_argument(cli_group_titles[group]);
		puts("\n.Bl -tag -width Ds");
		for (size_t i = 0; i < cli_n_options; i++)
			if (cli_options[i].group == group)
				option_item(&cli_options[i]);
		puts(".El");
	}
}

/* One line for each option: its name, and what it takes. */
static void put_option_lines(void)
{
	for (size_t i = 0; i < cli_n_options; i++)
		printf("--%s %s\n", cli_options[i].name,
			cli_options[i].argument ? cli_options[i].argument : "");
	for (size_t i = 0; i < cli_n_options; i++)
		if (cli_options[i].letter)
			printf("-%c \n", cli_options[i].letter);
}

static void put_key(const struct key *key)
{
	struct buf words = BUF_INIT(WORDS_MAX);
	words_type(key, &words);
	printf(".It Cm ");
	roff_argument(key->name);
	putchar('\n');
	roff_puts(key->help);
	putchar('\n');
	roff_puts(key->required ? "Required: " : "Takes ");
	roff_text(buf_str(&words));
	puts(".");
	if (key->fallback) {
		roff_puts("Default: ");
		roff_puts(key->fallback);
		puts(".");
	}
	if (key->secret)
		puts("What ${...} gives here is never written.");
	if (key->hidden)
		puts("It is never written.");
	buf_fini(&words);
}

static bool put_keys(const char *id)
{
	for (size_t bit = 0; bit < N_SECTIONS; bit++) {
		if (strcmp(section_ids[bit], id) != 0)
			continue;
		shown[bit] = true;
		puts(".Bl -tag -width Ds");
		for (const struct key *key = keys; key->name; key++)
			if (key->where & UINT32_C(1) << bit)
				put_key(key);
		puts(".El");
		return true;
	}
	fprintf(stderr, "there is no section %s\n", id);
	return false;
}

static void put_reasons(void)
{
	puts(".Bl -tag -width idle_timeout");
	for (int i = 0; i < REASON_COUNT; i++) {
		printf(".It Li ");
		roff_argument(reason_name((enum reason)i));
		putchar('\n');
		roff_puts(words_reason((enum reason)i));
		putchar('\n');
	}
	puts(".El");
}

static void put_sim_options(void)
{
	puts(".Bl -tag -width Ds");
	for (const struct sim_option *row = sim_option_rows; row->name; row++) {
		printf(".It Fl Fl ");
		roff_argument(row->name);
		if (row->argument) {
			printf(" Ar ");
			roff_argument(row->argument);
		}
		putchar('\n');
		roff_puts(row->help);
		puts(".");
	}
	puts(".El");
}

static void put_fault(const struct sim_fault *fault)
{
	printf(".It Cm ");
	roff_argument(fault->name);
	if (fault->span_us)
		printf(" Ns = Ns Ar DURATION");
	putchar('\n');
	roff_puts(fault->help);
	puts(fault->legal ? ".\nA legal variant: every check stays green." : ".");
	if (strcmp(fault->services, "all") == 0)
		return;
	roff_puts("Services: ");
	roff_puts(fault->services);
	puts(".");
}

static void put_faults(void)
{
	size_t n = sim_faults(NULL, 0);
	struct sim_fault *faults = mem_alloc(n * sizeof(*faults));
	sim_faults(faults, n);
	for (size_t i = 0; i < n; i++) {
		bool first = i == 0 || strcmp(faults[i].group, faults[i - 1].group) != 0;
		if (first) {
			fputs(i ? ".El\n.Ss " : ".Ss ", stdout);
			roff_argument(faults[i].group);
			puts("\n.Bl -tag -width Ds");
		}
		put_fault(&faults[i]);
	}
	puts(".El");
	free(faults);
}

static bool replace(char *word)
{
	char *argument = strchr(word, ' ');
	if (argument)
		*argument++ = '\0';
	if (strcmp(word, "OPTIONS") == 0)
		put_options();
	else if (strcmp(word, "OPTION-LINES") == 0)
		put_option_lines();
	else if (strcmp(word, "REASONS") == 0)
		put_reasons();
	else if (strcmp(word, "FAULTS") == 0)
		put_faults();
	else if (strcmp(word, "SIM-OPTIONS") == 0)
		put_sim_options();
	else if (strcmp(word, "VERSION") == 0)
		puts(".Os \"Outrider " OUTRIDER_VERSION "\"");
	else if (strcmp(word, "KEYS") == 0 && argument)
		return put_keys(argument);
	else
		return false;
	return true;
}

/* A page that shows keys at all shows those of every section. */
static bool all_shown(void)
{
	size_t n = 0;
	for (size_t bit = 0; bit < N_SECTIONS; bit++)
		n += shown[bit];
	for (size_t bit = 0; n && bit < N_SECTIONS; bit++)
		if (!shown[bit])
			fprintf(stderr, "section %s is missing\n", section_ids[bit]);
	return n == 0 || n == N_SECTIONS;
}

static bool copy(FILE *template)
{
	char line[512];
	while (fgets(line, sizeof(line), template)) {
		size_t n = strlen(line);
		if (line[0] != '@' || n < 3 || line[n - 2] != '@') {
			fputs(line, stdout);
			continue;
		}
		line[n - 2] = '\0';
		if (!replace(line + 1)) {
			fprintf(stderr, "what is @%s@?\n", line + 1);
			return false;
		}
	}
	return all_shown() && fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
	FILE *template = argc == 2 ? fopen(argv[1], "r") : NULL;
	if (!template) {
		fputs("usage: outrider-manual TEMPLATE\n", stderr);
		return 2;
	}
	bool ok = copy(template);
	fclose(template);
	return ok ? 0 : 1;
}
