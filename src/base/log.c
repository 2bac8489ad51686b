#include "base/log.h"

#include "base/clock.h"
#include "base/flood.h"
#include "base/json_writer.h"
#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
	LOG_INPUT_MAX = 16 * 1024, /* of a value, before the redactor */
	LOG_CLEAN_MAX = 64 * 1024, /* and after it */
	LOG_VALUE_MAX = 2 * 1024, /* of a value, in the line */
	LOG_LINE_MAX = 16 * 1024, /* once longer, a line takes no more fields */
	LOG_BUFFER_MAX = 64 * 1024,
	LOG_WAIT_MS = 100, /* for a reader that is slow */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* holds these three */
static const struct secrets *redactor;
static struct flood flood;
static uint64_t unread; /* lines that standard error did not take, not yet said */
static atomic_int level_now = LOG_INFO;
static atomic_int format_now = LOG_TEXT;

void log_configure(struct log_options options)
{
	atomic_store(&level_now, (int)options.level);
	atomic_store(&format_now, (int)options.format);
}

enum log_format log_format(void)
{
	return (enum log_format)atomic_load(&format_now);
}

void log_redact_with(const struct secrets *secrets)
{
	pthread_mutex_lock(&lock);
	redactor = secrets;
	pthread_mutex_unlock(&lock);
}

static const char *level_name(enum log_level level)
{
	switch (level) {
	case LOG_ERROR: return "error";
	case LOG_WARN: return "warn";
	case LOG_INFO: return "info";
	case LOG_DEBUG: return "debug";
	}
	assert(false && "a level without a name");
	return "";
}

/* The beginning of text, at most max bytes, never ending inside a character. */
static struct str clip(struct str text, size_t max)
{
	if (text.n <= max)
		return text;
	while (max && ((unsigned char)text.p[max] & 0xc0) == 0x80)
		max--;
	return (struct str){text.p, max};
}

static struct buf redacted(const char *value)
{
	struct buf clean = BUF_INIT(LOG_CLEAN_MAX);
	secrets_redact(redactor, clip(str_of(value), LOG_INPUT_MAX), &clean);
	return clean;
}

static bool is_bare(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return value.n > 0;
}

static void put_quoted(struct buf *line, struct str value)
{
	buf_putc(line, '"');
	for (size_t at = 0; at < value.n;) {
		size_t run = 0;
		while (at + run < value.n && value.p[at + run] != '"' && value.p[at + run] != '\\')
			run++;
		text_inert(line, (struct str){value.p + at, run}, run);
		at += run;
		if (at < value.n)
			buf_put(line, (const char[]){'\\', value.p[at++]}, 2);
	}
	buf_putc(line, '"');
}

static void put_text_field(struct buf *line, const struct log_field *field)
{
	buf_printf(line, " %s=", field->key);
	struct json_writer w = json_writer_to(line);
	switch (field->kind) {
	case LOG_FIELD_INT: jw_int(&w, NULL, field->number); return;
	case LOG_FIELD_REAL: jw_real(&w, NULL, field->real); return;
	case LOG_FIELD_STR: break;
	}
	struct buf clean = redacted(field->text);
	struct str value = clip(buf_str(&clean), LOG_VALUE_MAX);
	if (is_bare(value))
		buf_putstr(line, value);
	else
		put_quoted(line, value);
	buf_fini(&clean);
}

static void put_json_field(struct json_writer *w, const struct log_field *field)
{
	switch (field->kind) {
	case LOG_FIELD_INT: jw_int(w, field->key, field->number); return;
	case LOG_FIELD_REAL: jw_real(w, field->key, field->real); return;
	case LOG_FIELD_STR: break;
	}
	struct buf clean = redacted(field->text);
	jw_str(w, field->key, clip(buf_str(&clean), LOG_VALUE_MAX));
	buf_fini(&clean);
}

static bool is_written(const struct log_field *field)
{
	return field->kind != LOG_FIELD_STR || field->text;
}

static void compose_text(struct buf *line, const char *head[3], const struct log_field *fields)
{
	buf_printf(line, "%s %s %s", head[0], head[1], head[2]);
	for (; fields->key && line->n < LOG_LINE_MAX; fields++)
		if (is_written(fields))
			put_text_field(line, fields);
}

static bool has_message(const struct log_field *fields)
{
	for (; fields->key; fields++)
		if (strcmp(fields->key, "message") == 0 && is_written(fields))
			return true;
	return false;
}

static void compose_json(struct buf *line, const char *head[3], const struct log_field *fields)
{
	struct json_writer w = json_writer_to(line);
	jw_object(&w, NULL);
	jw_text(&w, "time", head[0]);
	jw_text(&w, "level", head[1]);
	jw_text(&w, "event", head[2]);
	if (!has_message(fields))
		jw_text(&w, "message", head[2]);
	for (; fields->key && line->n < LOG_LINE_MAX; fields++)
		if (is_written(fields))
			put_json_field(&w, fields);
	jw_object_end(&w);
}

/* Whether standard error takes something now. Who reads a pipe may have stopped: after one line was waited
 * for, the next ones are only if it takes them at once. */
static bool is_taken(void)
{
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	int n;
	do
		n = poll(&out, 1, unread ? 0 : LOG_WAIT_MS);
	while (n < 0 && errno == EINTR);
	return n != 0;
}

/* In pieces that a pipe which takes something takes whole. The rest of a line that began is lost with its
 * end: the next one begins after a line feed. */
static void put_out(struct str line)
{
	static bool torn;
	if (torn && is_taken() && write(STDERR_FILENO, "\n", 1) == 1)
		torn = false;
	for (size_t at = 0; at < line.n;) { /* nobody else's line comes between */
		size_t piece = line.n - at < PIPE_BUF ? line.n - at : PIPE_BUF;
		if (!is_taken()) {
			unread++;
			torn = torn || at > 0;
			return;
		}
		ssize_t n = write(STDERR_FILENO, line.p + at, piece);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		at += (size_t)n;
	}
}

static void put_line(enum log_level level, const char *event, const struct log_field *fields)
{
	char time[TEXT_TIME_MAX];
	const char *head[3] = {text_time(clock_wall_us(), time), level_name(level), event};
	struct buf line = BUF_INIT(LOG_BUFFER_MAX);
	if (atomic_load(&format_now) == LOG_JSON)
		compose_json(&line, head, fields);
	else
		compose_text(&line, head, fields);
	buf_putc(&line, '\n');
	put_out(buf_str(&line));
	buf_fini(&line);
}

static void put_held(const struct flood_kind *kind)
{
	put_line(LOG_WARN, "log.suppressed",
		(const struct log_field[]){LOG_STR("lines_of", kind->event),
			LOG_STR("about", kind->about[0] ? kind->about : NULL),
			LOG_INT("suppressed", kind->held), {.key = NULL}});
}

/* What a line is about: its first text. */
static bool is_admitted(enum log_level level, const char *event, const struct log_field *fields)
{
	const char *about = "";
	if (level == LOG_DEBUG)
		return true;
	if (fields->key && fields->kind == LOG_FIELD_STR && fields->text)
		about = fields->text;
	return flood_admits(&flood, event, about, clock_mono_us());
}

static void settle(bool all)
{
	struct flood_kind kind;
	while (flood_over(&flood, clock_mono_us(), all, &kind))
		put_held(&kind);
}

/* How many lines nobody read, once somebody reads again. */
static void settle_unread(void)
{
	uint64_t n = unread;
	if (n == 0 || !is_taken())
		return;
	unread = 0;
	put_line(LOG_WARN, "log.lost",
		(const struct log_field[]){LOG_INT("lines", n),
			LOG_STR("note", "standard error took nothing"), {.key = NULL}});
	if (unread)
		unread += n;
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields)
{
	if ((int)level > atomic_load(&level_now))
		return;
	pthread_mutex_lock(&lock);
	settle_unread();
	settle(false);
	if (is_admitted(level, event, fields))
		put_line(level, event, fields);
	pthread_mutex_unlock(&lock);
}

void log_raw(const char *text)
{
	pthread_mutex_lock(&lock);
	settle_unread();
	put_out(str_of(text));
	pthread_mutex_unlock(&lock);
}

void log_settle(bool all)
{
	pthread_mutex_lock(&lock);
	settle_unread();
	settle(all);
	pthread_mutex_unlock(&lock);
}
