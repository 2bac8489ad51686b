#include "store/library.h"

#include "base/log.h"

#include <pthread.h>
#include <sqlite3.h>

/* What the store says itself, and once for each reason, is for whoever looks closely. */
static enum log_level level_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_NOTICE: return LOG_INFO;
	case SQLITE_BUSY:
	case SQLITE_FULL:
	case SQLITE_READONLY:
	case SQLITE_SCHEMA:
	case SQLITE_CONSTRAINT: return LOG_DEBUG;
	default: return LOG_WARN;
	}
}

static void on_message(void *ctx, int code, const char *message)
{
	(void)ctx;
	log_write(level_of(code), "store.library", LOG_STR("message", message),
		LOG_INT("code", code));
}

static void install(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_LOG, on_message, NULL);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

void library_set_up(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install);
}
