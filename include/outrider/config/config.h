/* config/config.h - a check file becomes a plan and the options of every room. Frozen once loaded. */
#ifndef OUTRIDER_CONFIG_CONFIG_H
#define OUTRIDER_CONFIG_CONFIG_H

#include "alert/options.h"
#include "base/log.h"
#include "check/plan.h"
#include "serve/options.h"
#include "store/options.h"
#include "watch/policy.h"

struct config {
	struct plan plan; /* its arena owns everything here */
	struct watch_plan watch;
	struct serve_options serve;
	struct store_options store;
	struct alert_options alert;
	struct log_options log;
	const char *place; /* where this monitor stands; or NULL */
	const char *path; /* the file or folder, or "built-in suite" */
};

struct service_override {
	const char *service, *url;
	bool optional; /* no error when the file has no such service */
};

struct config_source {
	const char *path; /* a file, a folder (read in name order), or NULL: the built-in suite */
	const char *mode, *listen, *database; /* from the command line; NULL: as the file says */
	const struct service_override *overrides; /* --service NAME=URL; a URL for every mode */
	size_t n_overrides;
};

/* All errors of all files, in order: lines "FILE:LINE:COLUMN: what is wrong". */
struct diagnostics {
	struct buf text;
	size_t errors;
	bool missing; /* the file itself could not be read */
};

void diagnostics_init(struct diagnostics *diagnostics);
void diagnostics_fini(struct diagnostics *diagnostics);

/* NULL when there was an error. */
struct config *config_load(
	const struct config_source *source, struct diagnostics *diagnostics) MUST_CHECK;
void config_free(struct config *config);

#endif
