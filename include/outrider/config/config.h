/* config/config.h - a check file becomes a plan and the options of every room. Frozen once loaded. */
#ifndef OUTRIDER_CONFIG_CONFIG_H
#define OUTRIDER_CONFIG_CONFIG_H

#include "alert/options.h"
#include "base/log.h"
#include "check/plan.h"
#include "config/setting.h"
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
	struct settings settings; /* of the whole; none of these unless the source wants them, */
	const struct config_variable *variables; /* in the order of their first use */
	size_t n_variables;
	const struct settings *check_settings; /* NULL, or one for each of plan.checks */
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
	bool color; /* what is wrong is said with colours */
	bool settings; /* keep where every value comes from */
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

/* Appends it as YAML that loads to the same: defaults stand in every check, ${...} is resolved
 * except where it gives a secret. False when there was an error. */
bool config_print(const struct config_source *source, struct buf *out,
	struct diagnostics *diagnostics) MUST_CHECK;

#endif
