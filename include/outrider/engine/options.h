/* engine/options.h - limits of the engine, as a plan or the command line sets them. */
#ifndef OUTRIDER_ENGINE_OPTIONS_H
#define OUTRIDER_ENGINE_OPTIONS_H

struct engine_options {
	unsigned jobs; /* runs at a time; 0: ENGINE_JOBS_DEFAULT, and the first of each service */
};

enum {
	ENGINE_JOBS_DEFAULT = 64,
	ENGINE_JOBS_MAX = 512, /* with those; each may hold a descriptor */
};

#endif
