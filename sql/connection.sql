-- How connections are set up and files are looked at. See src/store/db.c and database.c.

-- name: fresh
-- Before anything is written to a new file. Its first page is written at once, with nothing to lose: no
-- journal is waited for, until there is the log.
PRAGMA journal_mode = MEMORY;
PRAGMA auto_vacuum = INCREMENTAL;

-- name: writer
PRAGMA synchronous = FULL;
PRAGMA cache_size = -2000;
PRAGMA wal_autocheckpoint = 1000;
PRAGMA journal_size_limit = 16777216;
PRAGMA mmap_size = 0;
PRAGMA cell_size_check = ON;
PRAGMA secure_delete = FAST;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;

-- name: reader
PRAGMA query_only = ON;
PRAGMA cache_size = -512;
PRAGMA wal_autocheckpoint = 0;
PRAGMA mmap_size = 0;
PRAGMA cell_size_check = ON;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;

-- name: wal
PRAGMA journal_mode = WAL;

-- name: identity
SELECT a.application_id, v.user_version FROM pragma_application_id AS a, pragma_user_version AS v;

-- name: tables
SELECT count(*), count(*) FILTER (WHERE name IN ('check_state', 'incident_event', 'outbox'))
FROM sqlite_schema LIMIT 1;

-- name: past
-- When a made-up history ends, 0: there is none; and whether any check ever ran here.
SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'demo_until'), 0),
	EXISTS (SELECT 1 FROM checks)
LIMIT 1;

-- name: copier
-- It writes nothing to the file it reads; to the copy it must.
PRAGMA query_only = OFF;

-- name: copy
VACUUM INTO :file;

-- name: quick_check
SELECT quick_check FROM pragma_quick_check(1) LIMIT 1;

-- name: quick_check_table
SELECT quick_check FROM pragma_quick_check(:table) LIMIT 1;
