/* serve/roster.h - the users and tokens of the configuration, and which credentials were found to be right
 * or wrong: the newest of each, by a keyed hash whose key is this process's own. One thread at a time. */
#ifndef OUTRIDER_SRC_SERVE_ROSTER_H
#define OUTRIDER_SRC_SERVE_ROSTER_H

#include "base/siphash.h"
#include "serve/options.h"

enum { ROSTER_REMEMBERED = 64 /* credentials, of the right and of the wrong ones */ };

struct roster_user {
	char *name, *hash;
};

struct roster {
	unsigned char key[SIPHASH_KEY];
	struct roster_user users[SERVE_USERS_MAX];
	size_t n_users;
	struct siphash tokens[SERVE_TOKENS_MAX];
	size_t n_tokens;
	struct siphash right[ROSTER_REMEMBERED], wrong[ROSTER_REMEMBERED];
	size_t n_right, n_wrong; /* ever; a new one takes the oldest's place */
};

void roster_init(struct roster *roster);
void roster_fini(struct roster *roster);

/* Whether these are its users and tokens, in this order. */
bool roster_is(const struct roster *roster, const struct serve_auth *options);

/* Copied; all that was remembered is forgotten. */
void roster_set(struct roster *roster, const struct serve_auth *options);

/* The number of the token, from 1; 0: there is no such token. In the same time for all of one length. */
size_t roster_token(const struct roster *roster, const char *token);

struct siphash roster_digest(const struct roster *roster, const char *name, const char *password);

/* What such a user's password is held against; of a name that nobody has somebody's, always the same
 * one's, so that it takes as long. NULL: there are no users. */
const char *roster_hash(const struct roster *roster, const char *name, bool *known);

enum roster_memory { ROSTER_UNKNOWN, ROSTER_RIGHT, ROSTER_WRONG };
enum roster_memory roster_recall(const struct roster *roster, struct siphash digest);
void roster_remember(struct roster *roster, struct siphash digest, bool right);

#endif
