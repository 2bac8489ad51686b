#include "sim/memories.h"

#include "base/clock.h"
#include "base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORD_COUNTS = 4 /* letters */ };

struct user {
	char id[MEMORIES_UUID + 1]; /* "": free */
	int64_t seen_us;
	int64_t requests_us[MEMORIES_RATE_PER_MINUTE]; /* a ring */
	size_t n_requests;
	struct memory memories[MEMORIES_PER_USER_MAX];
	size_t n;
};

struct memories {
	struct user *users[MEMORIES_USERS_MAX];
	size_t n;
};

struct memories *memories_new(void)
{
	return MEM_NEW(struct memories);
}

void memories_reset(struct memories *memories)
{
	for (size_t i = 0; i < memories->n; i++)
		free(memories->users[i]);
	memories->n = 0;
}

void memories_free(struct memories *memories)
{
	if (!memories)
		return;
	memories_reset(memories);
	free(memories);
}

static struct user *find(struct memories *memories, const char *id)
{
	for (size_t i = 0; i < memories->n; i++)
		if (strcmp(memories->users[i]->id, id) == 0)
			return memories->users[i];
	return NULL;
}

static struct user *find_or_add(struct memories *memories, const char *id)
{
	struct user *user = find(memories, id);
	if (user)
		return user;
	if (memories->n < MEMORIES_USERS_MAX) {
		user = MEM_NEW(struct user);
		memories->users[memories->n++] = user;
	} else {
		user = memories->users[0];
		for (size_t i = 1; i < memories->n; i++)
			if (memories->users[i]->seen_us < user->seen_us)
				user = memories->users[i];
		memset(user, 0, sizeof(*user));
	}
	snprintf(user->id, sizeof(user->id), "%s", id);
	return user;
}

bool memories_admit(struct memories *memories, const char *id, int64_t now_us)
{
	struct user *user = find_or_add(memories, id);
	size_t oldest = user->n_requests % MEMORIES_RATE_PER_MINUTE;
	user->seen_us = now_us;
	if (user->n_requests >= MEMORIES_RATE_PER_MINUTE &&
		now_us - user->requests_us[oldest] <= 60 * US_PER_S)
		return false;
	user->requests_us[oldest] = now_us;
	user->n_requests++;
	return true;
}

/* "My favorite color is blue." says "favorite color is blue"; "I like tea" says "like tea". */
static struct str what_it_says(struct str sentence)
{
	static const char *const tells[] = {"i like ", "i love ", "i live ", "i work ", "i am "};
	ptrdiff_t my = str_find(sentence, STR("my "), true);
	struct str rest = str_from(sentence, (size_t)(my + 3));
	size_t stop = 0;
	if (my < 0 || str_find(rest, STR(" is "), true) < 0) {
		rest = (struct str){NULL, 0};
		for (size_t i = 0; i < sizeof(tells) / sizeof(tells[0]) && rest.n == 0; i++) {
			ptrdiff_t at = str_find(sentence, str_of(tells[i]), true);
			if (at >= 0)
				rest = str_from(sentence, (size_t)at + 2);
		}
	}
	while (stop < rest.n && !strchr(".!?\n", rest.p[stop]))
		stop++;
	return str_trim((struct str){rest.p, stop});
}

const struct memory *memories_learn(
	struct memories *memories, const char *id, struct str sentence, const char *memory_id)
{
	struct user *user = find_or_add(memories, id);
	struct str says = what_it_says(sentence);
	if (says.n == 0)
		return NULL;
	if (says.n > MEMORIES_CAPTION_MAX)
		says.n = MEMORIES_CAPTION_MAX;
	if (user->n == MEMORIES_PER_USER_MAX) {
		user->n--;
		memmove(user->memories, user->memories + 1, user->n * sizeof(struct memory));
	}
	struct memory *memory = &user->memories[user->n++];
	snprintf(memory->id, sizeof(memory->id), "mem_%.6s", memory_id);
	snprintf(memory->caption, sizeof(memory->caption), "%.*s", STR_ARG(says));
	memory->caption[0] = (char)toupper((unsigned char)memory->caption[0]);
	return memory;
}

size_t memories_count(struct memories *memories, const char *id)
{
	const struct user *user = find(memories, id);
	return user ? user->n : 0;
}

const struct memory *memories_at(struct memories *memories, const char *id, size_t index)
{
	const struct user *user = find(memories, id);
	return user && index < user->n ? &user->memories[index] : NULL;
}

void memories_forget(struct memories *memories, const char *id)
{
	struct user *user = find(memories, id);
	if (user)
		user->n = 0;
}

bool memory_fits(const struct memory *memory, struct str prompt)
{
	struct str rest = str_of(memory->caption);
	while (rest.n > 0) {
		size_t n = 0;
		while (n < rest.n && isalnum((unsigned char)rest.p[n]))
			n++;
		if (n >= WORD_COUNTS && str_find(prompt, (struct str){rest.p, n}, true) >= 0)
			return true;
		rest = str_from(rest, n ? n : 1);
	}
	return false;
}
