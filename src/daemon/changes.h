/* daemon/changes.h - what one configuration changes against the one before, in words: for the log of a reload.
 * Pure. Secrets of both come out as [redacted]; of headers, bodies, commands and what a URL's login or a
 * channel's URL hold, only that they changed. */
#ifndef OUTRIDER_CHANGES_H
#define OUTRIDER_CHANGES_H

#include "config/config.h"

enum {
	CHANGES_LINES_MAX = 20, /* checks, services, channels and settings that are described */
	CHANGES_NAMES_MAX = 10, /* of those added or removed, in one line */
	CHANGES_WORDS_MAX = 600, /* bytes of one line's words */
};

struct change {
	const char *
		event; /* "reload.added", "reload.removed", "reload.changed", "reload.not_applied" */
	const char *kind; /* "check", "service", "channel", "setting"; the plural of names */
	const char *name; /* "gateway-health", "log.level"; "models, stream and 3 more" */
	bool stays; /* as it is: it takes a restart */
	const char
		*how; /* "every 30s -> 60s, expect.status changed"; NULL: there is no more to say */
};

struct changes {
	struct arena arena;
	struct change lines[CHANGES_LINES_MAX];
	size_t n;
	size_t more; /* changes without a line */
	size_t added, removed, changed; /* checks */
};

/* changes_fini is due. Borrows from neither configuration. */
void changes_find(struct changes *changes, const struct config *before, const struct config *after);
void changes_fini(struct changes *changes);

#endif
