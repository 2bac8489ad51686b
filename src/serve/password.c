#include "serve/password.h"

#include "base/memory.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

bool password_matches(const char *password, const char *hash)
{
	struct crypt_data *data = MEM_NEW(struct crypt_data);
	const char *made = crypt_r(password, hash, data);
	bool matches = made && made[0] != '*' && strcmp(made, hash) == 0;
	explicit_bzero(data, sizeof(*data));
	free(data);
	return matches;
}
