#include "store/migrate.h"

#include "store/sql.h"

#include <inttypes.h>

/* N of "sql/NNNN_what.sql"; 0: it is no migration. */
static int version_of(const char *path)
{
	struct str name = str_of(path);
	if (!str_starts(name, STR("sql/"), false) || name.n < 9 || name.p[8] != '_')
		return 0;
	int version = 0;
	for (size_t i = 4; i < 8; i++) {
		if (name.p[i] < '0' || name.p[i] > '9')
			return 0;
		version = version * 10 + (name.p[i] - '0');
	}
	return version;
}

static const struct asset *find(const struct asset *files, int64_t version)
{
	for (; files->path; files++)
		if (version_of(files->path) == version)
			return files;
	return NULL;
}

int migrate_latest(void)
{
	int version = 0;
	while (find(assets, version + 1))
		version++;
	return version;
}

/* The file sets its version itself, and is held to it. */
static bool is_version(sqlite3 *db, int64_t wanted, struct error *error)
{
	int64_t application = 0;
	int64_t version = 0;
	if (!db_pair(db, "identity", &application, &version, error))
		return false;
	if (application == DB_APPLICATION_ID && version == wanted)
		return true;
	return error_set(error, "it leads to version %" PRId64, version);
}

static bool run_one(sqlite3 *db, const struct asset *file, int64_t version, struct error *error)
{
	struct str script = {(const char *)file->bytes, file->n};
	if (!db_run(db, sql_named("sql/store.sql", "begin"), error))
		return error_wrap(error, "%s", file->path);
	if (db_run(db, script, error) && is_version(db, version, error) &&
		db_run(db, sql_named("sql/store.sql", "commit"), error))
		return true;
	struct error ignored;
	if (!sqlite3_get_autocommit(db) &&
		!db_run(db, sql_named("sql/store.sql", "rollback"), &ignored))
		return error_wrap(error, "%s could not be rolled back", file->path);
	return error_wrap(error, "%s", file->path);
}

bool migrate_run(sqlite3 *db, const struct asset *files, struct error *error)
{
	int64_t application = 0;
	int64_t version = 0;
	if (!db_pair(db, "identity", &application, &version, error))
		return false;
	const struct asset *next;
	while ((next = find(files, version + 1))) {
		if (!run_one(db, next, version + 1, error))
			return false;
		version++;
	}
	return true;
}
