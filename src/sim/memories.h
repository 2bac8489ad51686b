/* sim/memories.h - what the memory service remembers of each user: a bounded store; the user
 * longest unseen makes room. On the thread of its sim. */
#ifndef OUTRIDER_SIM_MEMORIES_H
#define OUTRIDER_SIM_MEMORIES_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MEMORIES_USERS_MAX = 256,
	MEMORIES_PER_USER_MAX = 50, /* the oldest makes room */
	MEMORIES_CAPTION_MAX = 100,
	MEMORIES_RATE_PER_MINUTE = 60,
	MEMORIES_UUID = 36,
};

struct memory {
	char id[16]; /* mem_abc123 */
	char caption[MEMORIES_CAPTION_MAX + 1];
};

struct memories;

struct memories *memories_new(void);
void memories_free(struct memories *memories);
void memories_reset(struct memories *memories);

/* user: a UUID in lower case with hyphens. Counts a request; false when it is one too many. */
bool memories_admit(struct memories *memories, const char *user, int64_t now_us);

/* Remembers what a sentence says of its speaker ("My favorite color is blue"), or NULL when it says
 * nothing. Borrowed until the next call. */
const struct memory *memories_learn(
	struct memories *memories, const char *user, struct str sentence, const char *id);
size_t memories_count(struct memories *memories, const char *user);
const struct memory *memories_at(struct memories *memories, const char *user, size_t index);
void memories_forget(struct memories *memories, const char *user);

/* Whether the caption and the prompt share a word that counts. */
bool memory_fits(const struct memory *memory, struct str prompt);

#endif
