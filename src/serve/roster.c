#include "serve/roster.h"

#include "base/memory.h"

#include <stdlib.h>
#include <sys/random.h>

void roster_init(struct roster *roster)
{
	*roster = (struct roster){0};
	if (getrandom(roster->key, sizeof(roster->key), 0) != sizeof(roster->key))
		abort(); /* getrandom(2): so few bytes always come */
}

static void forget(struct roster *roster)
{
	for (size_t i = 0; i < roster->n_users; i++) {
		free(roster->users[i].name);
		free(roster->users[i].hash);
	}
	roster->n_users = roster->n_tokens = roster->n_right = roster->n_wrong = 0;
}

void roster_fini(struct roster *roster)
{
	forget(roster);
	explicit_bzero(roster, sizeof(*roster));
}

bool roster_is(const struct roster *roster, const struct serve_auth *options)
{
	bool same = roster->n_users == options->n_users && roster->n_tokens == options->n_tokens;
	for (size_t i = 0; same && i < roster->n_users; i++)
		same = strcmp(roster->users[i].name, options->users[i].name) == 0 &&
		       strcmp(roster->users[i].hash, options->users[i].password_hash) == 0;
	for (size_t i = 0; same && i < roster->n_tokens; i++) {
		struct siphash digest = siphash(roster->key, str_of(options->tokens[i]));
		same = siphash_same(&roster->tokens[i], &digest);
	}
	return same;
}

void roster_set(struct roster *roster, const struct serve_auth *options)
{
	forget(roster);
	for (size_t i = 0; i < options->n_users && i < SERVE_USERS_MAX; i++)
		roster->users[roster->n_users++] =
			(struct roster_user){mem_strdup(options->users[i].name),
				mem_strdup(options->users[i].password_hash)};
	for (size_t i = 0; i < options->n_tokens && i < SERVE_TOKENS_MAX; i++)
		roster->tokens[roster->n_tokens++] =
			siphash(roster->key, str_of(options->tokens[i]));
}

size_t roster_token(const struct roster *roster, const char *token)
{
	struct siphash digest = siphash(roster->key, str_of(token));
	size_t found = 0;
	for (size_t i = 0; i < roster->n_tokens; i++)
		if (siphash_same(&roster->tokens[i], &digest))
			found = i + 1;
	return found;
}

struct siphash roster_digest(const struct roster *roster, const char *name, const char *password)
{
	size_t named = strlen(name) + 1, n = named + strlen(password);
	char *pair = mem_alloc(n + 1);
	memcpy(pair, name, named - 1);
	pair[named - 1] = ':'; /* no name has one */
	memcpy(pair + named, password, n - named);
	struct siphash digest = siphash(roster->key, (struct str){pair, n});
	explicit_bzero(pair, n);
	free(pair);
	return digest;
}

const char *roster_hash(const struct roster *roster, const char *name, bool *known)
{
	if (!roster->n_users)
		return NULL;
	size_t at = siphash(roster->key, str_of(name)).half[0] % roster->n_users;
	*known = false;
	for (size_t i = 0; i < roster->n_users; i++) {
		if (strcmp(roster->users[i].name, name) != 0)
			continue;
		*known = true;
		at = i;
	}
	return roster->users[at].hash;
}

static bool has(const struct siphash *digests, size_t n, const struct siphash *digest)
{
	bool found = false;
	for (size_t i = 0; i < n && i < ROSTER_REMEMBERED; i++)
		found |= siphash_same(&digests[i], digest);
	return found;
}

enum roster_memory roster_recall(const struct roster *roster, struct siphash digest)
{
	if (has(roster->right, roster->n_right, &digest))
		return ROSTER_RIGHT;
	return has(roster->wrong, roster->n_wrong, &digest) ? ROSTER_WRONG : ROSTER_UNKNOWN;
}

void roster_remember(struct roster *roster, struct siphash digest, bool right)
{
	if (right)
		roster->right[roster->n_right++ % ROSTER_REMEMBERED] = digest;
	else
		roster->wrong[roster->n_wrong++ % ROSTER_REMEMBERED] = digest;
}
