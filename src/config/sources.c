#include "config/sources.h"

#include "config/keys.h"
#include "config/yaml.h"

#include "base/asset.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUILT_IN_NAME "built-in suite"
#define BUILT_IN_PATH "suites/janus.yaml"

struct sources {
	struct arena *arena;
	struct problems *problems;
	struct node *root;
	struct node **tail;
	struct file *first; /* to complain about what none of them has */
	unsigned files;
};

static bool comes_together(const struct node *key)
{
	return node_is(key, "services") || node_is(key, "signatures") || node_is(key, "checks");
}

/* Names that two files give. */
static void refuse_duplicate(struct sources *s, const struct node *into, struct node *child)
{
	const struct node *other = NULL;
	if (child->key)
		other = node_child(into, arena_strndup(s->arena, child->key->text));
	if (!other || child->bad)
		return;
	child->bad = true;
	problem(s->problems, child->key->place, "duplicate key '%.*s', it stands at %s:%u already",
		SHOWN(child->key->text), other->key->place.file->name, other->key->place.line);
}

static void join(struct sources *s, struct node *into, struct node *from)
{
	struct node **tail = &into->first;
	if (into->kind != from->kind) { /* of the wrong ones one is enough */
		into->kind = into->kind == NODE_SCALAR ? into->kind : from->kind;
		return;
	}
	for (struct node *child = from->first; child; child = child->next)
		if (from->kind == NODE_MAP)
			refuse_duplicate(s, into, child);
	while (*tail)
		tail = &(*tail)->next;
	*tail = from->first;
	into->n += from->n;
}

static void merge(struct sources *s, struct node *root)
{
	struct node *next;
	for (struct node *child = root->first; child; child = next) {
		bool known = key_find(IN_TOP, child->key->text) != NULL;
		struct node *same = known ? node_child(s->root, child->key->text.p) : NULL;
		next = child->next;
		if (!same || child->bad)
			node_append(s->root, &s->tail, child);
		else if (comes_together(child->key))
			join(s, same, child);
		else
			problem(s->problems, child->key->place,
				"'%.*s' stands at %s:%u already, and may stand once",
				SHOWN(child->key->text), same->key->place.file->name,
				same->key->place.line);
	}
}

static struct file *file_new(struct sources *s, const char *name, const char *folder)
{
	struct file *file = ARENA_NEW(s->arena, struct file);
	file->name = name;
	file->folder = folder;
	file->order = ++s->files;
	if (!s->first)
		s->first = file;
	return file;
}

static void read_text(struct sources *s, struct file *file, struct str text)
{
	if (str_starts(text, STR("\xef\xbb\xbf"), false))
		text = str_from(text, 3);
	file->text = arena_str(s->arena, text);
	file_index(file, s->arena);
	struct node *root = yaml_read(file, s->arena, s->problems);
	if (!root || root->bad)
		return; /* reported, or empty: no check will be found */
	if (root->kind == NODE_MAP)
		merge(s, root);
	else if (!node_is(root, ""))
		problem(s->problems, root->place,
			"a check file is a mapping: services, checks, ...");
}

static const char *folder_of(struct sources *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return "";
	return slash == path ? "/"
			     : arena_strndup(s->arena, (struct str){path, (size_t)(slash - path)});
}

static int wanted(const struct dirent *entry)
{
	struct str name = str_of(entry->d_name);
	return name.p[0] != '.' &&
	       (str_ends(name, STR(".yaml"), false) || str_ends(name, STR(".yml"), false));
}

/* Not alphasort: the order must not depend on the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Which file was perhaps meant by one that is not there. */
static const char *neighbour(struct sources *s, const struct file *file)
{
	struct dirent **entries = NULL;
	const char *slash = strrchr(file->name, '/');
	struct stat status;
	if (lstat(file->name, &status) == 0 || errno != ENOENT) /* it is there, and can't be read */
		return "";
	int n = scandir(file->folder[0] ? file->folder : ".", &entries, wanted, by_name);
	if (n < 0)
		return "";
	const char **names = ARENA_ARRAY(s->arena, (size_t)n + 1, const char *);
	for (int i = 0; i < n; i++) {
		names[i] = arena_strdup(s->arena, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return problems_hint(s->problems, str_of(slash ? slash + 1 : file->name), names);
}

static void read_file(struct sources *s, const char *path)
{
	struct file *file = file_new(s, path, folder_of(s, path));
	struct error error = {0};
	struct str text;
	if (file_read(s->arena, path, FILE_BYTES_MAX, &s->problems->wait_us, &text, &error)) {
		read_text(s, file, text);
		return;
	}
	s->problems->missing = true;
	problem(s->problems, (struct place){file, 0, 0}, "%s%s", error.text, neighbour(s, file));
}

static void read_folder(struct sources *s, const char *path)
{
	struct dirent **entries = NULL;
	struct str folder = str_of(path);
	int n = scandir(path, &entries, wanted, by_name);
	while (folder.n > 1 && folder.p[folder.n - 1] == '/')
		folder.n--;
	if (n <= 0 || n > SOURCE_FILES_MAX) {
		struct file *file = file_new(s, path, path);
		s->problems->missing = n <= 0;
		problem(s->problems, (struct place){file, 0, 0}, "%s",
			n < 0    ? strerror(errno)
			: n == 0 ? "no *.yaml in this folder"
				 : "too many files in this folder");
	}
	for (int i = 0; i < n; i++) {
		if (n <= SOURCE_FILES_MAX)
			read_file(s, arena_printf(s->arena, "%.*s/%s", STR_ARG(folder),
					     entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
}

static void read_built_in(struct sources *s)
{
	struct file *file = file_new(s, BUILT_IN_NAME, "");
	struct str text = asset_find(BUILT_IN_PATH);
	if (text.p)
		read_text(s, file, text);
	else
		problem(s->problems, (struct place){file, 0, 0}, "is not in this program");
}

static void demand_checks(struct sources *s, size_t problems_before)
{
	struct node *checks = node_child(s->root, "checks");
	struct place place = {s->first, 1, 1};
	if (checks && (checks->n || checks->kind != NODE_LIST) && !node_is(checks, ""))
		return;
	if (!checks && s->problems->n > problems_before && !s->root->first)
		return; /* nothing could be read at all */
	if (checks)
		place = checks->key->place;
	problem(s->problems, place, "no checks: 'checks' lists what is watched%s",
		s->root->first ? "" : "; outrider --help shows a file of three lines");
	if (checks)
		checks->bad = true;
}

struct node *sources_read(const char *path, struct arena *arena, struct problems *problems)
{
	struct sources s = {.arena = arena, .problems = problems};
	struct stat status;
	size_t before = problems->n;
	s.root = ARENA_NEW(arena, struct node);
	s.root->kind = NODE_MAP;
	s.tail = &s.root->first;
	if (!path)
		read_built_in(&s);
	else if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		read_folder(&s, path);
	else
		read_file(&s, path);
	demand_checks(&s, before);
	return s.root;
}
