#include "config/problems.h"

#include "base/text.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

#define BOLD "\033[1m"
#define RED "\033[1;31m"
#define PLAIN "\033[0m"

#define ELLIPSIS "\xe2\x80\xa6"

enum { KNOWN_BYTES_MAX = 60, BEFORE_MAX = 48, CHARACTER_BYTES_MAX = 4 };

void diagnostics_init(struct diagnostics *diagnostics)
{
	*diagnostics = (struct diagnostics){.text = BUF_INIT(DIAGNOSTICS_BYTES_MAX)};
}

void diagnostics_fini(struct diagnostics *diagnostics)
{
	buf_fini(&diagnostics->text);
}

void problems_init(struct problems *problems, struct arena *arena)
{
	*problems = (struct problems){.arena = arena,
		.items = ARENA_ARRAY(arena, PROBLEMS_MAX, struct problem),
		.wait_us = FILES_WAIT_US};
}

static bool same_place(struct place a, struct place b)
{
	return a.file == b.file && a.line == b.line && a.column == b.column;
}

__attribute__((format(printf, 3, 0))) static void add(
	struct problems *problems, struct place place, const char *format, va_list args)
{
	char text[2 * ERROR_TEXT_MAX];
	if (problems->n == PROBLEMS_MAX) {
		problems->unprinted++;
		return;
	}
	vsnprintf(text, sizeof(text), format, args);
	for (size_t i = 0; i < problems->n; i++)
		if (same_place(problems->items[i].place, place) &&
			strcmp(problems->items[i].text, text) == 0)
			return;
	problems->items[problems->n] =
		(struct problem){place, problems->n, arena_strdup(problems->arena, text)};
	problems->n++;
}

bool problem(struct problems *problems, struct place place, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(problems, place, format, args);
	va_end(args);
	return false;
}

bool problem_at(struct problems *problems, struct node *node, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(problems, node->place, format, args);
	va_end(args);
	node->bad = true;
	return false;
}

bool problem_in(struct problems *problems, const struct node *node, const char *needle,
	const char *format, ...)
{
	bool full = problems->n == PROBLEMS_MAX; /* then nobody reads the place */
	va_list args;
	va_start(args, format);
	add(problems, full ? node->place : node_place_of(node, needle), format, args);
	va_end(args);
	return false;
}

bool problems_any(const struct problems *problems)
{
	return problems->n > 0;
}

/* " (known: a, b)", where that is short. */
static const char *known(struct problems *problems, const char *const *names)
{
	struct buf text = BUF_INIT(KNOWN_BYTES_MAX);
	for (size_t i = 0; names[i]; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", names[i]);
	const char *words = "";
	if (text.n && !text.cut)
		words = arena_printf(problems->arena, " (known: %s)", buf_text(&text));
	buf_fini(&text);
	return words;
}

const char *problems_hint(struct problems *problems, struct str word, const char *const *names)
{
	if (problems->n == PROBLEMS_MAX) /* nobody will read it */
		return "";
	const char *near = text_nearest(arena_strndup(problems->arena, word), names);
	if (near)
		return arena_printf(problems->arena, ", did you mean '%s'?", near);
	return known(problems, names);
}

static int by_place(const void *a, const void *b)
{
	const struct problem *x = a, *y = b;
	unsigned file_x = x->place.file ? x->place.file->order : 0;
	unsigned file_y = y->place.file ? y->place.file->order : 0;
	if (file_x != file_y)
		return file_x < file_y ? -1 : 1;
	if (x->place.line != y->place.line)
		return x->place.line < y->place.line ? -1 : 1;
	if (x->place.column != y->place.column)
		return x->place.column < y->place.column ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static size_t width(const struct buf *text)
{
	size_t columns = 0;
	for (size_t at = 0; at < text->n; columns++)
		at += utf8_next(str_from(buf_str(text), at)).n;
	return columns;
}

/* Inert; a tab is an arrow. */
static void put_line(struct buf *out, struct str line, size_t max)
{
	while (line.n) {
		bool longer = line.n > max && line.n - max > CHARACTER_BYTES_MAX;
		size_t end = longer ? max + CHARACTER_BYTES_MAX : line.n; /* no need to look on */
		size_t n = 0;
		while (n < end && line.p[n] != '\t')
			n++;
		text_inert(out, (struct str){line.p, n}, max);
		if (n > max)
			return;
		if (n < line.n)
			buf_puts(out, "\xe2\x86\x92");
		if (n >= max)
			return;
		max -= n;
		line = str_from(line, n + 1);
	}
}

/* The line, and a caret below the place; of a long line only what stands around it. */
static void print_excerpt(struct buf *out, struct place place, bool color)
{
	struct str line = file_line(place.file, place.line);
	struct buf before = BUF_INIT(FILE_BYTES_MAX), after = BUF_INIT(FILE_BYTES_MAX);
	unsigned skip = place.column > BEFORE_MAX ? place.column - BEFORE_MAX / 2 : 0;
	size_t from = 0, at = 0;
	for (unsigned column = 1; column < place.column && at < line.n; column++) {
		at += utf8_next(str_from(line, at)).n;
		if (column == skip)
			from = at;
	}
	struct str shown = str_from(line, from);
	if (from)
		buf_puts(&before, ELLIPSIS);
	shown.n = at - from;
	put_line(&before, shown, SIZE_MAX);
	put_line(&after, str_from(line, at), EXCERPT_WIDTH - width(&before));
	buf_printf(out, "    %5u | %s%s\n          | %*s%s^%s\n", place.line, buf_text(&before),
		buf_text(&after), (int)width(&before), "", color ? RED : "", color ? PLAIN : "");
	buf_fini(&before);
	buf_fini(&after);
}

static void print_one(struct buf *out, const struct problem *item, bool color)
{
	const struct file *file = item->place.file;
	if (color)
		buf_puts(out, BOLD);
	if (file)
		buf_puts(out, file->name);
	if (file && item->place.line)
		buf_printf(out, ":%u:%u", item->place.line, item->place.column);
	buf_puts(out, file ? ": " : "");
	text_inert(out, str_of(item->text), SIZE_MAX);
	buf_puts(out, color ? PLAIN "\n" : "\n");
	if (file && item->place.line && file->text.n)
		print_excerpt(out, item->place, color);
}

void problems_print(const struct problems *problems, const struct secrets *secrets, bool color,
	struct diagnostics *diagnostics)
{
	struct buf text = BUF_INIT(DIAGNOSTICS_BYTES_MAX);
	diagnostics->errors += problems->n + problems->unprinted;
	diagnostics->missing = diagnostics->missing || problems->missing;
	if (problems->n)
		qsort(problems->items, problems->n, sizeof(*problems->items), by_place);
	for (size_t i = 0; i < problems->n; i++)
		print_one(&text, &problems->items[i], color);
	if (problems->unprinted)
		buf_printf(&text, "... and %zu more errors\n", problems->unprinted);
	secrets_redact(secrets, buf_str(&text), &diagnostics->text);
	buf_fini(&text);
}
