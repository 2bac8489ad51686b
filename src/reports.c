#include "reports.h"

#include "report/file.h"

#include <stdlib.h>

enum { REPORT_BYTES_MAX = 256 << 20 };

struct kind {
	const char *option;
	size_t path; /* offset of its const char * in struct cli */
	size_t max; /* bytes */
	void (*render)(const struct report *report, struct buf *out);
};

#define PATH(name) .option = "--" #name, .path = offsetof(struct cli, name)

static const struct kind kinds[] = {
	{PATH(json), REPORT_BYTES_MAX, report_json},
	{PATH(junit), REPORT_BYTES_MAX, report_junit},
	{PATH(tap), REPORT_BYTES_MAX, report_tap},
	{PATH(markdown), REPORT_MARKDOWN_MAX, report_markdown},
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* NULL: not asked for. */
static const char *path_of(const struct cli *cli, const struct kind *kind)
{
	const char *path;
	memcpy(&path, (const char *)cli + kind->path, sizeof(path));
	return path;
}

static bool is_stdout(const char *path)
{
	return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
}

static bool same_place(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || (is_stdout(a) && is_stdout(b));
}

/* Where a job of GitHub's collects its summary; NULL: nowhere. */
static const char *summary_path(const struct cli *cli)
{
	const char *path = cli->github ? getenv("GITHUB_STEP_SUMMARY") : NULL;
	return path && *path ? path : NULL;
}

bool reports_validate(const struct cli *cli, struct error *error)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		const char *path = path_of(cli, &kinds[i]);
		for (size_t j = 0; path && j < i; j++) {
			const char *other = path_of(cli, &kinds[j]);
			if (other && same_place(path, other))
				return error_set(error, "%s and %s both go to %s", kinds[j].option,
					kinds[i].option,
					is_stdout(path) ? "standard output" : path);
		}
	}
	return true;
}

bool reports_check(const struct cli *cli, struct error *error)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		const char *path = path_of(cli, &kinds[i]);
		if (path && !is_stdout(path) && !report_file_check(path, error))
			return false;
	}
	const char *summary = summary_path(cli);
	return !summary || report_file_check(summary, error);
}

bool reports_any(const struct cli *cli)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (path_of(cli, &kinds[i]))
			return true;
	return summary_path(cli) != NULL;
}

bool reports_on_stdout(const struct cli *cli)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		const char *path = path_of(cli, &kinds[i]);
		if (path && is_stdout(path))
			return true;
	}
	return false;
}

static bool write_one(
	const struct kind *kind, const char *path, const struct report *report, struct error *error)
{
	struct buf text = BUF_INIT(kind->max);
	bool ok = true;
	kind->render(report, &text);
	if (text.cut)
		ok = error_set(error, "the report of %s is larger than %zu MiB", kind->option,
			kind->max >> 20);
	else if (is_stdout(path))
		fwrite(buf_text(&text), 1, text.n, stdout);
	else
		ok = report_file_write(path, buf_str(&text), error);
	buf_fini(&text);
	return ok;
}

/* What an earlier command of the same step wrote counts against its limit, too. */
static bool append_summary(const char *path, const struct report *report, struct error *error)
{
	size_t used = report_file_size(path);
	struct buf text = BUF_INIT(used < REPORT_MARKDOWN_MAX ? REPORT_MARKDOWN_MAX - used : 0);
	report_markdown(report, &text);
	bool ok = text.cut ? error_set(error, "there is no room left in %s", path)
			   : report_file_append(path, buf_str(&text), error);
	buf_fini(&text);
	return ok;
}

bool reports_write(const struct cli *cli, const struct report *report)
{
	struct error error = {""};
	bool ok = true;
	for (size_t i = 0; i < N_KINDS; i++) {
		const char *path = path_of(cli, &kinds[i]);
		if (!path || write_one(&kinds[i], path, report, &error))
			continue;
		fprintf(stderr, "outrider: %s\n", error.text);
		ok = false;
	}
	const char *summary = summary_path(cli);
	if (summary && !append_summary(summary, report, &error)) {
		fprintf(stderr, "outrider: %s\n", error.text);
		ok = false;
	}
	return ok;
}
