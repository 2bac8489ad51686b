#include "config/shared.h"

/* FNV-1a */
static uint64_t hash_text(uint64_t hash, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * UINT64_C(0x100000001b3);
	return (hash ^ text.n) * UINT64_C(0x100000001b3);
}

static uint64_t hash_node(uint64_t hash, const struct node *node)
{
	if (!node)
		return hash;
	if (node->key)
		hash = hash_text(hash, node->key->text);
	hash = hash_text(hash ^ (uint64_t)node->kind, node->text);
	for (const struct node *child = node->first; child; child = child->next)
		hash = hash_node(hash, child);
	return hash;
}

static uint64_t hash_of(const struct node *expect)
{
	return hash_node(UINT64_C(0xcbf29ce484222325), expect);
}

/* Not where an error would still be said, or what a text means hangs on where it came from. */
static bool alike(const struct node *a, const struct node *b)
{
	const struct node *x, *y;

	if (!a || !b)
		return a == b;
	if (a->kind != b->kind || a->n != b->n || a->plain != b->plain ||
		a->resolved != b->resolved || a->bad || b->bad || a->n_foreign || b->n_foreign ||
		!str_eq(a->text, b->text))
		return false;
	for (x = a->first, y = b->first; x && y; x = x->next, y = y->next)
		if ((x->key && !str_eq(x->key->text, y->key->text)) || !alike(x, y))
			return false;
	return true;
}

const struct shared *shared_find(const struct shared_table *table, const struct node *expect)
{
	uint64_t hash = hash_of(expect);

	for (const struct shared *s = table->buckets[hash % SHARED_BUCKETS]; s; s = s->next)
		if (s->hash == hash && alike(s->expect, expect))
			return s;
	return NULL;
}

void shared_add(struct shared_table *table, struct arena *arena, const struct node *expect,
	const struct expectation *items, size_t n)
{
	uint64_t hash = hash_of(expect);
	struct shared **bucket = &table->buckets[hash % SHARED_BUCKETS];
	struct shared *shared = ARENA_NEW(arena, struct shared);

	*shared = (struct shared){*bucket, hash, expect, items, n};
	*bucket = shared;
}
