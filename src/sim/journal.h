/* sim/journal.h - what was served, for whoever holds a monitor's results against it: a bounded
 * ring, the oldest entries make room and are counted. On the thread of its sim. */
#ifndef OUTRIDER_SIM_JOURNAL_H
#define OUTRIDER_SIM_JOURNAL_H

#include "base/buf.h"
#include "sim/fault.h"
#include "sim/wire.h"

enum {
	JOURNAL_ENTRIES_MAX = 10000,
	JOURNAL_TEXT_MAX = 256, /* of a path or request id */
	JOURNAL_SENDS_MAX = 1024, /* kept of one answer */
};

struct journal;

struct journal_entry {
	enum service_id service;
	struct str method, path, request_id;
	struct fault_hits hits;
	int status; /* 0: no answer */
	int64_t mono_us, wall_us;
};

struct journal *journal_new(void);
void journal_free(struct journal *journal);
void journal_reset(struct journal *journal);

/* The entry's tag, never 0. */
uint64_t journal_add(struct journal *journal, const struct journal_entry *entry);
/* when_us: just before its last bytes were given to the kernel. */
void journal_sent(struct journal *journal, uint64_t tag, struct marks marks, int64_t when_us);
void journal_over(struct journal *journal, uint64_t tag, enum wire_end end, int64_t now_us);

uint64_t journal_dropped(const struct journal *journal);
/* JSON lines, oldest first, of the entries with a tag above `since`. */
void journal_write(const struct journal *journal, uint64_t since, struct buf *out);

#endif
