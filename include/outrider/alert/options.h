/* alert/options.h - the channels as configured. Constant, in the configuration's arena. */
#ifndef OUTRIDER_ALERT_OPTIONS_H
#define OUTRIDER_ALERT_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

enum channel_kind { CHANNEL_WEBHOOK, CHANNEL_EXEC };

struct channel_header {
	const char *name, *value;
};

struct channel {
	const char *name;
	enum channel_kind kind;
	int64_t timeout_us;
	const char *url; /* WEBHOOK */
	const struct channel_header *headers;
	size_t n_headers;
	const char *const *argv; /* EXEC; NULL-terminated */
};

struct alert_options {
	const struct channel *channels;
	size_t n_channels;
};

#endif
