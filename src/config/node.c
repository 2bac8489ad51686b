#include "config/node.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

struct node *node_child(const struct node *map, const char *name)
{
	struct str wanted = str_of(name);
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (struct node *child = map->first; child; child = child->next)
		if (child->key && child->key->kind == NODE_SCALAR &&
			str_eq(child->key->text, wanted))
			return child;
	return NULL;
}

void node_append(struct node *parent, struct node ***tail, struct node *child)
{
	if (!parent->first)
		*tail = &parent->first;
	child->next = NULL;
	**tail = child;
	*tail = &child->next;
	parent->n++;
}

bool node_is(const struct node *node, const char *text)
{
	return node && node->kind == NODE_SCALAR && str_eq(node->text, str_of(text));
}

struct place node_key_place(const struct node *node)
{
	return node->key ? node->key->place : node->place;
}

static bool line_ends(struct str text, size_t at)
{
	bool pair = text.p[at] == '\r' && at + 1 < text.n && text.p[at + 1] == '\n';
	return text.p[at] == '\n' || (text.p[at] == '\r' && !pair);
}

void file_index(struct file *file, struct arena *arena)
{
	size_t n = 1;
	for (size_t at = 0; at < file->text.n; at++)
		n += line_ends(file->text, at);
	size_t *lines = ARENA_ARRAY(arena, n, size_t);
	file->lines = lines;
	file->n_lines = n;
	n = 1;
	for (size_t at = 0; at < file->text.n; at++)
		if (line_ends(file->text, at))
			lines[n++] = at + 1;
}

/* The text from a line's beginning on. */
static struct str from_line(const struct file *file, unsigned line)
{
	if (line == 0 || line > file->n_lines)
		return (struct str){NULL, 0};
	return str_from(file->text, file->lines[line - 1]);
}

struct str file_line(const struct file *file, unsigned line)
{
	struct str text = from_line(file, line);
	if (text.n && line < file->n_lines)
		text.n = file->lines[line] - file->lines[line - 1];
	while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	return text;
}

/* The place n bytes behind another one, whose text begins there. */
static struct place advance(struct place place, struct str text, size_t n)
{
	for (size_t at = 0; at < n;) {
		struct utf8_char c = utf8_next(str_from(text, at));
		at += c.n;
		place.column++;
		if (c.code == '\n') {
			place.line++;
			place.column = 1;
		}
	}
	return place;
}

struct place node_place_of(const struct node *node, const char *needle)
{
	if (!node->place.file || node->place.line == 0)
		return node->place;
	struct str text = from_line(node->place.file, node->place.line);
	for (unsigned column = 1; column < node->place.column && text.n; column++)
		text = str_from(text, utf8_next(text).n);
	ptrdiff_t at = str_find(text, str_of(needle), false);
	return at < 0 ? node->place : advance(node->place, text, (size_t)at);
}

/* Until there is something to read, or no time left. */
static bool wait_for_more(int fd, int64_t *wait_us)
{
	struct pollfd in = {.fd = fd, .events = POLLIN};
	int64_t start_us = clock_mono_us();
	int n = poll(&in, 1, (int)((*wait_us + 999) / 1000));
	*wait_us -= clock_mono_us() - start_us;
	if (*wait_us < 0)
		*wait_us = 0;
	return n > 0 || (n < 0 && errno == EINTR && *wait_us > 0);
}

/* A pipe with a name that nobody writes to yet reads as if it had ended. */
static bool not_begun(int fd, size_t n)
{
	struct stat status;
	struct statfs home;
	return n == 0 && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) &&
	       fstatfs(fd, &home) == 0 && home.f_type != PIPEFS_MAGIC;
}

static bool read_all(int fd, char *p, size_t max, size_t *n, int64_t *wait_us)
{
	bool waited = false;
	*n = 0;
	while (*n < max) {
		ssize_t got = read(fd, p + *n, max - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno != EAGAIN)
			return false;
		if (got == 0 && (waited || !not_begun(fd, *n)))
			break;
		if (got <= 0 && !wait_for_more(fd, wait_us)) {
			errno = ETIMEDOUT;
			return false;
		}
		waited = got <= 0;
		*n += got > 0 ? (size_t)got : 0;
	}
	return true;
}

/* Whose permission it is that is missing is not obvious where a service manager chose the user. */
static bool refuse(struct error *error, int why)
{
	if (why == EACCES)
		return error_set(error, "%s, to user %u", strerror(why), (unsigned)geteuid());
	return error_set(error, "%s", strerror(why));
}

bool file_read(struct arena *arena, const char *path, size_t max, int64_t *wait_us,
	struct str *text, struct error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return refuse(error, errno);
	struct arena whole;
	arena_init(&whole);
	char *p = arena_alloc(&whole, max + 1);
	size_t n;
	bool ok = read_all(fd, p, max + 1, &n, wait_us);
	if (!ok && errno == ETIMEDOUT)
		error_set(error, "it is a pipe or the like, and its end did not come in time");
	else if (!ok)
		error_set(error, "%s", strerror(errno));
	else if (n > max)
		ok = error_set(error, "longer than %zu bytes", max);
	if (ok)
		*text = arena_str(arena, (struct str){p, n});
	arena_fini(&whole);
	close(fd);
	return ok;
}

const char *file_path(struct arena *arena, const struct file *file, const char *path)
{
	if (path[0] == '/' || !file || !file->folder[0])
		return arena_strdup(arena, path);
	return arena_printf(arena, "%s/%s", file->folder, path);
}
