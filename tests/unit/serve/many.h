/* A board with many checks, and the descriptors of this process: for the tests of what is long, and of crowds. */
#ifndef TESTS_SERVE_MANY_H
#define TESTS_SERVE_MANY_H

#include "sample.h"

#include "base/memory.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MANY_ID_MAX = 64 };

struct many {
	struct sample sample;
	struct check *checks; /* all like the sample's first, "one-of-many-checks-0000" and so on */
	struct watch_policy *policies;
	char (*ids)[MANY_ID_MAX];
	struct board *board;
};

static inline void many_init(struct many *m, size_t n)
{
	sample_init(&m->sample);
	m->checks = mem_alloc(n * sizeof(*m->checks));
	m->policies = mem_alloc(n * sizeof(*m->policies));
	m->ids = mem_alloc(n * sizeof(*m->ids));
	for (size_t i = 0; i < n; i++) {
		snprintf(m->ids[i], MANY_ID_MAX, "one-of-many-checks-%04zu", i);
		m->checks[i] = m->sample.checks[0];
		m->checks[i].id = m->ids[i];
		m->policies[i] = (struct watch_policy){.every_us = US_PER_S, .enabled = true};
	}
	struct plan plan = m->sample.plan;
	plan.checks = m->checks;
	plan.n_checks = n;
	m->board = board_new();
	board_load(
		m->board, &plan, &(struct watch_plan){.checks = m->policies, .n_checks = n}, false);
}

/* A record of one of them. */
static inline struct record many_record(const struct many *m, size_t i)
{
	struct record record = sample_record(&m->sample, 0, SAMPLE_NOW);
	record.check = &m->checks[i];
	record.check_id = m->ids[i];
	return record;
}

static inline void many_fini(struct many *m)
{
	board_free(m->board);
	free(m->checks);
	free(m->policies);
	free(m->ids);
}

static inline int count_descriptors(void)
{
	int n = 0;
	DIR *folder = opendir("/proc/self/fd");
	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

#endif
