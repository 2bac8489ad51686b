/* SQLite's own file layer with a switch: from the n-th write, sync or truncation on, all of them
 * fail, until it is switched off. */
#ifndef OUTRIDER_TESTS_STORE_FAILING_VFS_H
#define OUTRIDER_TESTS_STORE_FAILING_VFS_H

#include <limits.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

static atomic_int failing_in = INT_MAX; /* operations that still succeed */
static atomic_int failing_code = SQLITE_FULL;

struct failing_file {
	sqlite3_file base;
	sqlite3_file *real;
};

static sqlite3_vfs *real_vfs;
static sqlite3_io_methods failing_methods;

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct failing_file *)file)->real;
}

static int maybe_fail(void)
{
	if (atomic_load(&failing_in) == INT_MAX || atomic_fetch_sub(&failing_in, 1) > 0)
		return SQLITE_OK;
	atomic_fetch_add(&failing_in, 1);
	return atomic_load(&failing_code);
}

static int f_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}

static int f_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	return real_of(f)->pMethods->xRead(real_of(f), to, n, at);
}

static int f_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	int code = maybe_fail();
	return code ? code : real_of(f)->pMethods->xWrite(real_of(f), from, n, at);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int code = maybe_fail();
	return code ? code : real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int f_sync(sqlite3_file *f, int flags)
{
	int code = maybe_fail();
	return code ? code : real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int f_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int f_lock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int f_unlock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int f_reserved(sqlite3_file *f, int *out)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int f_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int f_traits(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int f_shm_unmap(sqlite3_file *f, int remove)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}

static int failing_open(
	sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	struct failing_file *f = (struct failing_file *)file;
	(void)vfs;
	f->real = (sqlite3_file *)(f + 1);
	f->base.pMethods = NULL;
	int rc = real_vfs->xOpen(real_vfs, name, f->real, flags, out_flags);
	if (f->real->pMethods)
		f->base.pMethods = &failing_methods;
	return rc;
}

/* Becomes the default for every connection opened afterwards. */
static void failing_vfs_install(void)
{
	static sqlite3_vfs vfs;
	real_vfs = sqlite3_vfs_find(NULL);
	failing_methods = (sqlite3_io_methods){2, f_close, f_read, f_write, f_truncate, f_sync,
		f_size, f_lock, f_unlock, f_reserved, f_control, f_sector, f_traits, f_shm_map,
		f_shm_lock, f_shm_barrier, f_shm_unmap, NULL, NULL};
	vfs = *real_vfs;
	vfs.zName = "failing";
	vfs.szOsFile += (int)sizeof(struct failing_file);
	vfs.xOpen = failing_open;
	sqlite3_vfs_register(&vfs, 1);
}

#endif
