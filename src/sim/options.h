/* sim/options.h - the one table of janus-sim's options: its parser, --help and its manual page read
 * it. Constant. */
#ifndef OUTRIDER_SRC_SIM_OPTIONS_H
#define OUTRIDER_SRC_SIM_OPTIONS_H

struct sim_option {
	const char *name;
	int value; /* what getopt gives for it */
	const char *argument; /* as the help names it; NULL: takes none */
	const char *help; /* lines of at most 60 columns */
};

extern const struct sim_option sim_option_rows[]; /* ends with a NULL name */
enum { SIM_OPTIONS_MAX = 24 };

#endif
