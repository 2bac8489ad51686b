#include "store/wal.h"

#include "base/buf.h"
#include "base/memory.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	WAL_PATH_MAX = 2 * PATH_MAX,
	WAL_MAGIC = 0x377f0682, /* and 1 more: checksums of big-endian words */
	WAL_HEADER_BYTES = 32,
	WAL_FRAME_HEADER_BYTES = 24,
	WAL_PAGE_MIN = 512,
	WAL_PAGE_MAX = 65536,
	WAL_SUMMED_OF_HEADER = 24,
	WAL_SUMMED_OF_FRAME = 8,
	WAL_TORN_COMMITS = 1, /* that a crash may leave behind the end */
};

struct wal {
	int fd;
	bool big_endian;
	uint32_t page_bytes;
	uint32_t sums[2];
	unsigned char salts[8];
};

static uint32_t word_at(const unsigned char *p, bool big_endian)
{
	return big_endian
		       ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
		       : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* n: a multiple of 8 */
static void sum(struct wal *wal, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i += 8) {
		wal->sums[0] += word_at(bytes + i, wal->big_endian) + wal->sums[1];
		wal->sums[1] += word_at(bytes + i + 4, wal->big_endian) + wal->sums[0];
	}
}

static bool sums_are(const struct wal *wal, const unsigned char *said)
{
	return wal->sums[0] == word_at(said, true) && wal->sums[1] == word_at(said + 4, true);
}

static bool read_header(struct wal *wal, const unsigned char *header)
{
	uint32_t magic = word_at(header, true);
	wal->big_endian = magic & 1;
	wal->page_bytes = word_at(header + 8, true);
	memcpy(wal->salts, header + 16, sizeof(wal->salts));
	sum(wal, header, WAL_SUMMED_OF_HEADER);
	return (magic & ~1U) == WAL_MAGIC && wal->page_bytes >= WAL_PAGE_MIN &&
	       wal->page_bytes <= WAL_PAGE_MAX && (wal->page_bytes & (wal->page_bytes - 1)) == 0 &&
	       sums_are(wal, header + WAL_SUMMED_OF_HEADER);
}

/* Commits that stand behind the first frame that is not whole. */
static unsigned commits_behind_the_end(struct wal *wal)
{
	size_t frame_bytes = WAL_FRAME_HEADER_BYTES + wal->page_bytes;
	unsigned char *frame = mem_alloc(frame_bytes);
	off_t at = WAL_HEADER_BYTES;
	unsigned commits = 0;
	bool whole = true;
	for (; pread(wal->fd, frame, frame_bytes, at) == (ssize_t)frame_bytes;
		at += (off_t)frame_bytes) {
		bool of_this_log = memcmp(frame + 8, wal->salts, sizeof(wal->salts)) == 0;
		if (whole) {
			sum(wal, frame, WAL_SUMMED_OF_FRAME);
			sum(wal, frame + WAL_FRAME_HEADER_BYTES, wal->page_bytes);
			whole = of_this_log && sums_are(wal, frame + 16);
		}
		if (!whole && of_this_log && word_at(frame + 4, true) > 0)
			commits++;
	}
	free(frame);
	return commits;
}

static bool examine(struct wal *wal, struct error *why)
{
	unsigned char header[WAL_HEADER_BYTES + WAL_FRAME_HEADER_BYTES];
	if (pread(wal->fd, header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return false; /* nothing in it */
	if (!read_header(wal, header)) {
		error_set(why, "its log has lost its beginning");
		return true;
	}
	unsigned commits = commits_behind_the_end(wal);
	if (commits > WAL_TORN_COMMITS)
		error_set(why, "its log is broken, and %u transactions stand behind that place",
			commits);
	return commits > WAL_TORN_COMMITS;
}

bool wal_is_damaged(const char *path, struct error *why)
{
	struct buf name = BUF_INIT(WAL_PATH_MAX);
	buf_printf(&name, "%s-wal", path);
	struct wal wal = {.fd = open(buf_text(&name), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
	bool damaged = wal.fd >= 0 && examine(&wal, why);
	if (wal.fd >= 0)
		close(wal.fd);
	buf_fini(&name);
	return damaged;
}
