/* cli_options.h - the one table of options: the parser and --help read it. Constant. */
#ifndef OUTRIDER_CLI_OPTIONS_H
#define OUTRIDER_CLI_OPTIONS_H

#include "cli.h"

enum { CLI_OPTIONS_MAX = 40 };

#define CLI_WITH(action) (1U << (action))

enum cli_group {
	GROUP_ACTION,
	GROUP_CONFIG,
	GROUP_SELECTION,
	GROUP_RUN,
	GROUP_OUTPUT,
	GROUP_COUNT,
};

struct cli_option {
	const char *name;
	char letter; /* 0: none */
	enum cli_group group;
	bool once;
	unsigned with; /* actions it means something for: CLI_WITH(...) */
	const char *argument; /* as the help names it; NULL: takes none */
	const char *help; /* lines of at most 60 columns */
	const char *twice; /* once: what to do instead; or NULL */
	/* Where the value goes: take, or else the member (const char *, or bool) at this offset. */
	bool (*take)(struct cli *cli, const char *value, struct error *error);
	size_t member;
};

extern const struct cli_option cli_options[];
extern const size_t cli_n_options;
extern const char *const cli_group_titles[]; /* GROUP_COUNT of them */

#endif
