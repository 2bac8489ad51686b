/* config/node.h - a check file as a tree: scalars, lists and maps, each with its place. Owned by
 * the load's scratch arena; one thread. */
#ifndef OUTRIDER_SRC_CONFIG_NODE_H
#define OUTRIDER_SRC_CONFIG_NODE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

enum {
	FILE_BYTES_MAX = 256 * 1024,
	NODE_DEPTH_MAX = 16,
};

struct file {
	const char *name; /* as messages call it */
	const char *folder; /* what relative paths in it start from; "" for the current one */
	struct str text; /* without a byte order mark */
	unsigned order; /* in which it is read */
	const size_t *lines; /* where each line begins in text */
	size_t n_lines;
};

struct place {
	const struct file *file;
	unsigned line, column; /* from 1, columns in characters; line 0: no place in it */
};

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct span {
	size_t from, to;
};

struct node {
	enum node_kind kind;
	bool plain; /* SCALAR: not quoted, so that its text decides its type */
	bool resolved; /* SCALAR: ${...} or a matrix value stood in it */
	bool bad; /* an error was reported; not to be read */
	struct place place;
	struct node *key; /* of a map's child: a scalar */
	struct node *next; /* in its list or map */
	struct node *first; /* LIST, MAP */
	size_t n; /* LIST, MAP: children */
	struct str text; /* SCALAR; NUL-terminated */
	struct str written; /* SCALAR, resolved: as the file has it, with its ${...} */
	const char *from; /* SCALAR, resolved: what gave it its text, for people: "$TEST_MODE" */
	const struct span *foreign; /* SCALAR: bytes that came from outside: no {{ counts in them */
	size_t n_foreign;
};

/* Of a map: the child of that name, or NULL. NULL and other kinds give NULL. */
struct node *node_child(const struct node *map, const char *name);
void node_append(struct node *parent, struct node ***tail, struct node *child);
bool node_is(const struct node *node, const char *text); /* a scalar with just this text */
/* Where a map's child stands: its key; else the node itself. */
struct place node_key_place(const struct node *node);
/* Where needle stands in the file, searched from the node's place on; else the node's place. */
struct place node_place_of(const struct node *node, const char *needle);

/* Fills lines. */
void file_index(struct file *file, struct arena *arena);
/* The line of that number, without its end. */
struct str file_line(const struct file *file, unsigned line);

/* Reads at most max bytes of a file into the arena, NUL-terminated. The error says why not. A pipe, or what
 * else blocks, is waited for while there is something left of wait_us, which becomes less by it. */
bool file_read(struct arena *arena, const char *path, size_t max, int64_t *wait_us,
	struct str *text, struct error *error) MUST_CHECK;
/* path, from the file's folder when it is relative. */
const char *file_path(struct arena *arena, const struct file *file, const char *path);

#endif
