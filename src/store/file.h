/* store/file.h - the database as a file: its real path, the lock against a second daemon, what its
 * first bytes say, and the way a damaged one is set aside. No SQLite here: closing a file that
 * SQLite has open in the same process would drop its locks, so all of this comes before it. */
#ifndef OUTRIDER_STORE_FILE_H
#define OUTRIDER_STORE_FILE_H

#include "base/error.h"

#include <stdint.h>

enum { FILE_MODE = 0640, FILE_LOCK_TRIES = 10, FILE_SET_ASIDE_TRIES = 60 };

/* The absolute path with links resolved, so that one file has one lock; heap. NULL when its
 * directory does not exist or the path is no place for a file. */
char *file_resolve(const char *path, struct error *error) MUST_CHECK;

/* What tells a file from another one that was put in its place; 0: there is none, or it is not known. */
struct file_id {
	uint64_t inode;
	int64_t born_us; /* an inode's number is given again */
};

struct file_id file_id(const char *path);

/* PATH.lock, held as long as the descriptor is open (close-on-exec). */
struct file_lock {
	int fd; /* -1: none */
	bool owned; /* a database of ours was opened here before: */
	struct file_id known;
	bool fresh; /* the file was made just now */
};

struct file_lock file_lock(const char *path, struct error *error) MUST_CHECK;
/* The database is ours: the lock file says so from now on, and names this process. */
bool file_lock_own(struct file_lock *lock, const char *path, struct error *error) MUST_CHECK;
/* What stands at the path is the database that was ours, whatever is in it now. */
bool file_lock_knows(const struct file_lock *lock, const char *path);
/* Lets go; a lock file that was made in vain is removed. */
void file_unlock(struct file_lock *lock, const char *path);

enum file_kind {
	FILE_NEW, /* missing or empty; it was created */
	FILE_HOLLOW, /* missing or empty, but with a log beside it */
	FILE_DATABASE, /* SQLite's */
	FILE_OURS, /* SQLite's, with our application id in its first page */
	FILE_STRANGE, /* the same, but of a format that SQLite doesn't know */
	FILE_OTHER, /* something else, or a database that lost its first bytes */
};

/* Creates the file when it is missing. False when it can't be used at all. */
bool file_look(const char *path, enum file_kind *kind, struct error *error) MUST_CHECK;
int64_t file_size(const char *path, const char *suffix); /* 0: there is none */

/* Renames it and its -wal and -shm to PATH.corrupt-YYYYmmddTHHMMSSZ[-wal|-shm]. Returns the new
 * path, heap; NULL when it could not be done. */
char *file_set_aside(const char *path, int64_t now_wall_us, struct error *error) MUST_CHECK;
/* Copies PATH-wal to PATH.corrupt-YYYYmmddTHHMMSSZ-wal; else as above. */
char *file_copy_log(const char *path, int64_t now_wall_us, struct error *error) MUST_CHECK;

#endif
