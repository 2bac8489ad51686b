/* serve/auth.h - who somebody is, by what the configuration says of users and tokens. crypt(3) takes tens
 * of milliseconds on purpose, so it has a thread of its own, and what it found out is remembered by a keyed
 * hash: nobody's credentials are verified twice. Questions are the server's thread's; auth_configure may
 * be any thread's. */
#ifndef OUTRIDER_SRC_SERVE_AUTH_H
#define OUTRIDER_SRC_SERVE_AUTH_H

#include "base/arena.h"
#include "serve/options.h"
#include "serve/visitors.h"

enum { AUTH_WAITING_MAX = 32 /* requests that wait to be verified; fewer than are remembered */ };

struct auth;

struct auth *auth_new(void);
void auth_free(struct auth *auth); /* NULL is fine; nobody waits any more */

/* Copied. What was found out before is forgotten, unless users and tokens are the same. */
void auth_configure(struct auth *auth, const struct serve_auth *options);
/* Another number whenever users or tokens change. */
uint64_t auth_generation(struct auth *auth);

struct auth_ways {
	bool users, tokens; /* there are some */
	bool is_public;
};
struct auth_ways auth_ways(struct auth *auth);

enum auth_verdict {
	AUTH_NOBODY, /* says nothing of who it is */
	AUTH_SOMEBODY,
	AUTH_REFUSED, /* malformed, or wrong */
	AUTH_TOO_MANY, /* were wrong before it: nobody looked */
	AUTH_WAIT, /* until auth_next gives back the asker; then ask again */
};

struct auth_answer {
	enum auth_verdict verdict;
	const char *name; /* SOMEBODY: the user's, or "token 1"; in the arena */
	unsigned retry_after_s; /* TOO_MANY */
	uint64_t generation; /* by whose users and tokens that is so */
};

/* header: Authorization as received, or NULL; asker: whatever is to be found again; now_us: monotonic. */
struct auth_answer auth_ask(struct auth *auth, const char *header, struct visitor_address from,
	void *asker, struct arena *arena, int64_t now_us);
/* When an asker's wait is over, this descriptor's count is raised (eventfd). -1: not any more. */
void auth_wake(struct auth *auth, int fd);
/* Whether anybody waits, for the thread that asks. */
bool auth_waits(const struct auth *auth);
/* An asker whose wait is over; NULL: none. */
void *auth_next(struct auth *auth);
/* From now on nobody waits: all askers come out of auth_next. Returns when no thread is left. */
void auth_close(struct auth *auth);

#endif
