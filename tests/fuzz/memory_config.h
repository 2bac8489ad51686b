/* Loads a configuration that stands in memory: config_load reads it as a file that no folder has. */
#ifndef OUTRIDER_TESTS_FUZZ_MEMORY_CONFIG_H
#define OUTRIDER_TESTS_FUZZ_MEMORY_CONFIG_H

#include "fuzz.h"

#include "config/config.h"

#include <sys/mman.h>
#include <unistd.h>

static char memory_path[64];

static inline struct config *memory_config(struct str text, struct diagnostics *diagnostics)
{
	static int fd = -1;
	if (fd < 0) {
		fd = memfd_create("checks.yaml", MFD_CLOEXEC);
		snprintf(memory_path, sizeof(memory_path), "/proc/self/fd/%d", fd);
	}
	HOLDS(fd >= 0 && ftruncate(fd, 0) == 0);
	HOLDS(text.n == 0 || pwrite(fd, text.p, text.n, 0) == (ssize_t)text.n);
	return config_load(&(struct config_source){.path = memory_path}, diagnostics);
}

#endif
