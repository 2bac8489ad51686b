/* serve/process.h - what the system says of this process, for /metrics. Any thread. */
#ifndef OUTRIDER_SERVE_PROCESS_H
#define OUTRIDER_SERVE_PROCESS_H

#include <stdint.h>

enum { PROCESS_COUNTS_S = 1 /* descriptors and threads are counted once in so long */ };

struct process_facts {
	int64_t cpu_us;
	uint64_t resident_bytes, virtual_bytes;
	uint64_t open_fds;
	uint64_t max_fds; /* 0: no limit */
	uint64_t threads;
};

/* What can't be read is 0. Counts are up to PROCESS_COUNTS_S old. */
struct process_facts process_facts(void);

#endif
