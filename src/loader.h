/* loader.h - a check file, loaded and fit to run: for the daemon and the single run. */
#ifndef OUTRIDER_LOADER_H
#define OUTRIDER_LOADER_H

#include "check/selection.h"
#include "config/config.h"

/* NULL when there was an error; all of them are then on standard error. demo: intervals are short,
 * so that the page shows something in its first minute. why: the first of the errors; or NULL. */
struct config *loader_load(const struct config_source *source, bool demo, struct error *why);

/* Whether the check at index is to run: enabled or asked for by its id or a report, and selected. selection may
 * be NULL. */
bool loader_wants(const struct config *config, const struct selection *selection, size_t index);

/* A check that is to run needs a URL: says which lack one, on standard error. selection and why may be NULL. */
bool loader_urls_given(
	const struct config *config, const struct selection *selection, struct error *why);

/* A demo asks only whom the command line names, the stand-in's services among them: says which other a check
 * that is to run would ask, on standard error. selection and why may be NULL. */
bool loader_stood_in(const struct config *config, const struct selection *selection,
	const struct config_source *source, struct error *why);

#endif
