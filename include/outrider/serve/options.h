/* serve/options.h - where pages are served, and to whom. */
#ifndef OUTRIDER_SERVE_OPTIONS_H
#define OUTRIDER_SERVE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	SERVE_USERS_MAX = 100,
	SERVE_TOKENS_MAX = 100,
	SERVE_TOKEN_LONG =
		16, /* bytes; guesses at tokens are not counted, so shorter ones get a warning */
};

struct serve_user {
	const char *name; /* UTF-8, without a colon */
	const char *password_hash; /* as crypt(3) writes it */
};

/* Neither users nor tokens: whoever reaches the server reads everything, and nobody writes. */
struct serve_auth {
	const struct serve_user *users;
	size_t n_users;
	const char *const *tokens;
	size_t n_tokens;
	bool is_public; /* who is nobody sees the status without internals */
};

struct serve_options {
	const char *listen; /* "127.0.0.1:8080", "[::1]:8080", ":8080"; port 0: any free one */
	int socket; /* one that listens already, from the service manager, instead; 0: none */
	struct serve_auth auth;
	bool service_histograms; /* board_self */
};

#endif
