/* daemon/delta.h - what differs between two checks, services or channels, key by key, in words. Pure. */
#ifndef OUTRIDER_DELTA_H
#define OUTRIDER_DELTA_H

#include "daemon/changes.h"

enum { DELTA_PREFIX_MAX = 32 };

struct delta {
	struct buf out, end;
	char prefix[DELTA_PREFIX_MAX]; /* of each key: "step 2 expect." */
};

#define DELTA_INIT                                                                                 \
	{                                                                                          \
		BUF_INIT(CHANGES_WORDS_MAX), BUF_INIT(16), ""                                      \
	}

/* NULL is like nothing else. */
bool delta_same(const char *before, const char *after);

void delta_fini(struct delta *delta);
void delta_prefix(struct delta *delta, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Each appends "KEY BEFORE -> AFTER" when they differ. A text that is long or has several lines is only
 * "KEY changed"; NULL and 0 are "none". */
void delta_text(struct delta *delta, const char *key, const char *before, const char *after);
void delta_time(struct delta *delta, const char *key, int64_t before_us, int64_t after_us);
void delta_count(struct delta *delta, const char *key, uint64_t before, uint64_t after);
/* "KEY changed" */
void delta_changed(struct delta *delta, const char *key, bool changed);

void delta_of_check(struct delta *delta, const struct config *before, size_t old,
	const struct config *after, size_t new);
void delta_of_steps(struct delta *delta, const struct check *old, const struct check *new);
void delta_of_headers(struct delta *delta, const struct header_template *a, size_t n_a,
	const struct header_template *b, size_t n_b);
void delta_of_service(struct delta *delta, const struct service *old, const struct service *new);
void delta_of_mail(
	struct delta *delta, const struct mail_options *old, const struct mail_options *new);
void delta_of_channel(struct delta *delta, const struct channel *old, const struct channel *new);

#endif
