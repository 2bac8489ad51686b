/* daemon/daemon.h - the long-running monitor: wires the rooms together, owns the loop. */
#ifndef OUTRIDER_DAEMON_H
#define OUTRIDER_DAEMON_H

#include "config/config.h"
#include "engine/options.h"

struct daemon_options {
	struct config_source source; /* loaded now, and again at each SIGHUP */
	struct engine_options engine;
	struct log_options log;
	bool log_given; /* the command line's log options beat the file's */
	bool demo; /* on the stand-in: quick intervals, a database that is not kept */
};

/* Returns the exit status. Runs until SIGTERM or SIGINT. */
int daemon_run(const struct daemon_options *options);

#endif
