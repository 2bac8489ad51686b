/* serve/password.h - crypt(3). Any thread. */
#ifndef OUTRIDER_SRC_SERVE_PASSWORD_H
#define OUTRIDER_SRC_SERVE_PASSWORD_H

#include <stdbool.h>

/* Takes as long as the hash was made to take: tens of milliseconds, or more. False as well when it is no
 * hash that crypt(3) knows here. */
bool password_matches(const char *password, const char *hash);

#endif
