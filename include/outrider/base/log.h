/* base/log.h - one line for each event on standard error: `time level event key=value ...`, or one
 * JSON object for each line: time, level, event, message (the event again where there is no other), fields. Values are quoted and inert, and pass the redactor. Any thread. */
#ifndef OUTRIDER_BASE_LOG_H
#define OUTRIDER_BASE_LOG_H

#include "base/secret.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_options {
	enum log_level level;
	enum log_format format;
};

struct log_field {
	const char *key; /* NULL ends the list */
	enum { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_REAL } kind;
	const char *text;
	int64_t number;
	double real;
};

#define LOG_STR(k, v)                                                                              \
	{                                                                                          \
		.key = (k), .kind = LOG_FIELD_STR, .text = (v)                                     \
	}
#define LOG_INT(k, v)                                                                              \
	{                                                                                          \
		.key = (k), .kind = LOG_FIELD_INT, .number = (int64_t)(v)                          \
	}
#define LOG_REAL(k, v)                                                                             \
	{                                                                                          \
		.key = (k), .kind = LOG_FIELD_REAL, .real = (v)                                    \
	}

/* log_write(LOG_INFO, "daemon.start", LOG_STR("listen", addr), LOG_INT("checks", n)); */
#define log_write(level, ...) LOG_WRITE_(level, __VA_ARGS__, {.key = NULL})
#define LOG_WRITE_(level, event, ...)                                                              \
	log_fields((level), (event), (const struct log_field[]){__VA_ARGS__})

void log_configure(struct log_options options);
enum log_format log_format(void); /* as configured */
/* Secrets that no line may hold; borrowed until replaced (NULL takes them away). */
void log_redact_with(const struct secrets *secrets);
/* Lines that come too often are held back (base/flood.h; never those of debugging). Says of which how many,
 * once their minute is over; all: now. From time to time, and at the end. */
void log_settle(bool all);
/* Whole lines among those of the log, as they are; lost as those are when nobody reads. */
void log_raw(const char *text);
/* event: lives for ever. */
void log_fields(enum log_level level, const char *event, const struct log_field *fields);

#endif
