#include "script.h"

#include <stdio.h>
#include <stdlib.h>

/* What every block's check stands in. The token is secret: no record may show it. */
static const char prelude[] =
	"mode: test\n"
	"services:\n"
	"  gateway: {url: 'http://localhost:8000', headers: {X-Token: '${SCENARIO_TOKEN}'}}\n"
	"  secure: {url: 'https://localhost:8443'}\n"
	"signatures:\n"
	"  lies:\n"
	"    - {contains: 'This is a mock response'}\n"
	"    - {contains: 'Error from competitor'}\n"
	"    - {ends_with: 'Request timed out'}\n"
	"    - {starts_with: 'Agent sandbox is'}\n"
	"checks:\n";

void script_die(const char *path, unsigned line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%u: ", path, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

bool word_is(const struct line *line, size_t at, const char *text)
{
	return at < line->n && !line->words[at].quoted &&
	       str_eq(line->words[at].text, str_of(text));
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One C-like escape after its backslash; returns the bytes read. */
static size_t unescape(struct buf *out, const char *at)
{
	static const char from[] = "ntr0\"\\", to[] = "\n\t\r\0\"\\";
	const char *found = *at ? strchr(from, *at) : NULL;

	if (*at == 'x' && hex(at[1]) >= 0 && hex(at[2]) >= 0) {
		buf_putc(out, (char)(hex(at[1]) * 16 + hex(at[2])));
		return 3;
	}
	buf_putc(out, found ? to[found - from] : *at);
	return 1;
}

/* From behind the opening quote to behind the closing one. */
static const char *read_quoted(struct buf *out, const char *c)
{
	while (*c && *c != '"') {
		if (*c == '\\')
			c += 1 + unescape(out, c + 1);
		else
			buf_putc(out, *c++);
	}
	return c + (*c == '"');
}

/* Reads the word at *at and moves past it; name="..." is one word. */
static struct word read_word(struct arena *arena, const char **at)
{
	struct buf out = BUF_INIT(1 << 20);
	struct word word = {.quoted = **at == '"'};
	const char *c = *at;

	while (*c && *c != ' ') {
		if (*c == '"')
			c = read_quoted(&out, c + 1);
		else
			buf_putc(&out, *c++);
	}
	word.text = (struct str){arena_strndup(arena, buf_str(&out)), out.n};
	buf_fini(&out);
	*at = c;
	return word;
}

static struct line read_line(
	struct arena *arena, const char *path, const char *text, unsigned number)
{
	struct line line = {.number = number};

	while (*text) {
		while (*text == ' ')
			text++;
		if (*text == '\0' || *text == '#')
			break;
		if (line.n == WORDS_MAX)
			script_die(path, number, "too many words");
		if (line.n == 3)
			line.raw = text;
		line.words[line.n++] = read_word(arena, &text);
	}
	return line;
}

static char *read_file(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "r");
	struct buf text = BUF_INIT(1 << 20);
	char piece[4096], *copy;
	size_t n;

	if (!file)
		script_die(path, 0, "cannot be read");
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_put(&text, piece, n);
	fclose(file);
	copy = arena_strndup(arena, buf_str(&text));
	buf_fini(&text);
	return copy;
}

struct reading {
	struct arena *arena;
	const char *path;
	struct block *block;
	struct buf yaml;
	bool in_script;
};

/* Whether a line of the check's own level begins so. */
static bool has_key(const char *yaml, const char *key)
{
	const char *at = yaml;

	while ((at = strstr(at, key)) && at != yaml && at[-1] != '\n')
		at++;
	return at != NULL;
}

static void close_yaml(struct reading *r)
{
	struct buf whole = BUF_INIT(1 << 20);
	const char *own = buf_text(&r->yaml);

	buf_puts(&whole, prelude);
	buf_puts(&whole, "  - id: check\n");
	if (!has_key(own, "    service:"))
		buf_puts(&whole, "    service: gateway\n");
	buf_puts(&whole, own);
	r->block->yaml = arena_strndup(r->arena, buf_str(&whole));
	buf_fini(&whole);
	buf_reset(&r->yaml);
}

static void take_line(struct reading *r, const char *text, unsigned number)
{
	struct line line;

	if (!r->in_script && strcmp(text, "---") == 0) {
		close_yaml(r);
		r->in_script = true;
	} else if (!r->in_script) {
		if (*text)
			buf_printf(&r->yaml, "    %s\n", text);
	} else {
		line = read_line(r->arena, r->path, text, number);
		if (line.n)
			r->block->lines[r->block->n_lines++] = line;
	}
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

struct script script_read(struct arena *arena, const char *path)
{
	char *text = read_file(arena, path), *next;
	size_t most = count_lines(text);
	struct script script = {path, ARENA_ARRAY(arena, most, struct block), 0};
	struct reading r = {.arena = arena, .path = path, .yaml = BUF_INIT(1 << 16)};
	unsigned number = 1;

	for (; text; text = next, number++) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		if (strncmp(text, "=== ", 4) == 0) {
			r.block = &script.blocks[script.n_blocks++];
			*r.block = (struct block){.name = text + 4, .number = number};
			r.block->lines = ARENA_ARRAY(arena, most, struct line);
			r.in_script = false;
		} else if (r.block) {
			take_line(&r, text, number);
		} else if (*text && *text != '#') {
			script_die(path, number, "a block begins with === and its name");
		}
	}
	buf_fini(&r.yaml);
	return script;
}
