#include "alert/taken.h"

#include "base/buf.h"

static struct siphash hash_of(const struct outbox_row *row, const char *url, const char *address)
{
	static const unsigned char key[SIPHASH_KEY] = {0};
	struct buf text = BUF_INIT(SIZE_MAX);
	/* none but the last has a blank */
	buf_printf(&text, "%s %s %s %s", row->channel, url, address, row->dedup_key);
	struct siphash hash = siphash(key, buf_str(&text));
	buf_fini(&text);
	return hash;
}

bool taken_has(const struct taken *taken, const struct outbox_row *row, const char *url,
	const char *address)
{
	struct siphash hash = hash_of(row, url, address);
	for (size_t i = 0; i < taken->n; i++)
		if (siphash_same(&taken->items[i], &hash))
			return true;
	return false;
}

void taken_note(
	struct taken *taken, const struct outbox_row *row, const char *url, const char *address)
{
	taken->items[taken->next] = hash_of(row, url, address);
	taken->next = (taken->next + 1) % TAKEN_MAX;
	if (taken->n < TAKEN_MAX)
		taken->n++;
}
