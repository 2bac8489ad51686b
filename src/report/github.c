#include "report/github.h"

#include "report/words.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
	MESSAGE_BYTES_MAX = 4096,
	PATH_BYTES_MAX = 4096,
	ANNOTATIONS_MAX = 10, /* of each kind: GitHub shows no more of a step */
};

enum kind { KIND_NONE, KIND_NOTICE, KIND_WARNING, KIND_ERROR, KIND_COUNT };

static const char *const commands[] = {
	[KIND_NOTICE] = "notice",
	[KIND_WARNING] = "warning",
	[KIND_ERROR] = "error",
};

static void put_escaped(struct buf *out, struct str text, const char *special)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c && strchr(special, c))
			buf_printf(out, "%%%02X", (unsigned char)c);
		else
			buf_putc(out, c);
	}
}

static void put_data(struct buf *out, struct str text)
{
	put_escaped(out, text, "%\r\n");
}

static void put_property(struct buf *out, const char *name, struct str value)
{
	buf_printf(out, "%s=", name);
	put_escaped(out, value, "%\r\n:,");
}

/* The file as GitHub finds it in the repository; empty: there is none, as of the built-in suite. */
static void put_path(struct buf *out, struct str path)
{
	char absolute[PATH_BYTES_MAX], name[PATH_BYTES_MAX];
	const char *workspace = getenv("GITHUB_WORKSPACE");
	struct str root = str_of(workspace);
	if (path.n == 0 || path.n >= sizeof(name))
		return;
	snprintf(name, sizeof(name), "%.*s", STR_ARG(path));
	if (!realpath(name, absolute))
		return;
	while (root.n && root.p[root.n - 1] == '/')
		root.n--;
	struct str full = str_of(absolute);
	bool below = root.n && str_starts(full, root, false) && full.p[root.n] == '/';
	buf_putstr(out, below ? str_from(full, root.n + 1) : path);
}

static void put_place(struct buf *out, const struct check *check)
{
	struct buf path = BUF_INIT(PATH_BYTES_MAX);
	char line[16];
	if (check->file)
		put_path(&path, str_of(check->file));
	if (path.n) {
		snprintf(line, sizeof(line), "%u", check->line);
		put_property(out, "file", buf_str(&path));
		buf_putc(out, ',');
		put_property(out, "line", str_of(line));
		buf_putc(out, ',');
	}
	buf_fini(&path);
}

static void put_message(struct buf *out, const struct record *record)
{
	const struct known_issue *issue = record->check->known_issue;
	words_why(out, record);
	if (out->n == 0)
		words_attempts(out, record);
	if (words_standing(record) == STANDING_KNOWN && issue && issue->reason)
		buf_printf(out, "\nknown issue: %s", issue->reason);
	for (size_t i = 0; i < record->n_notes; i++)
		buf_printf(out, "%s%s", out->n ? "\n" : "", record->notes[i]);
	if (record->request_id)
		buf_printf(out, "\nrequest %s", record->request_id);
}

static enum kind kind_of(const struct record *record)
{
	switch (words_standing(record)) {
	case STANDING_PASSED:
	case STANDING_SKIPPED:
	case STANDING_CANCELLED: break;
	case STANDING_RETRIED:
	case STANDING_KNOWN: return KIND_NOTICE;
	case STANDING_SURPRISE:
	case STANDING_WARNED: return KIND_WARNING;
	case STANDING_FAILED: return KIND_ERROR;
	}
	return KIND_NONE;
}

static void put_annotation(struct buf *out, enum kind kind, const struct record *record)
{
	struct buf message = BUF_INIT(MESSAGE_BYTES_MAX);
	put_message(&message, record);
	buf_printf(out, "::%s ", commands[kind]);
	put_place(out, record->check);
	put_property(out, "title", str_of(record->check_id));
	buf_puts(out, "::");
	put_data(out, buf_str(&message));
	buf_putc(out, '\n');
	buf_fini(&message);
}

struct github github_new(void)
{
	struct github github = {""};
	unsigned char bytes[GITHUB_TOKEN_BYTES];
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		abort();
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(github.token + 2 * i, 3, "%02x", bytes[i]);
	return github;
}

void github_fold(const struct github *github, size_t n_checks, FILE *out)
{
	fprintf(out, "::group::%zu check%s\n::stop-commands::%s\n", n_checks,
		n_checks == 1 ? "" : "s", github->token);
}

void github_unfold(const struct github *github, FILE *out)
{
	fprintf(out, "::%s::\n::endgroup::\n::stop-commands::%s\n", github->token, github->token);
}

void github_annotate(const struct github *github, const struct report *report, FILE *out)
{
	struct buf text = BUF_INIT(SIZE_MAX);
	size_t n[KIND_COUNT] = {0};
	buf_printf(&text, "::%s::\n", github->token);
	for (size_t i = 0; i < report->n_records; i++) {
		enum kind kind = kind_of(report->records[i]);
		if (kind != KIND_NONE && n[kind]++ < ANNOTATIONS_MAX)
			put_annotation(&text, kind, report->records[i]);
	}
	fwrite(buf_text(&text), 1, text.n, out);
	fflush(out);
	buf_fini(&text);
}
