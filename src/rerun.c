#include "rerun.h"

#include "base/json.h"
#include "base/text.h"
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	RERUN_BYTES_MAX = 256 << 20,
	GONE_NAMED_MAX = 5,
	READ_BYTES = 65536,
};

const char *rerun_source(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static bool read_stream(FILE *in, struct buf *text, struct error *error)
{
	static char bytes[READ_BYTES];
	size_t n;
	errno = 0;
	while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		buf_put(text, bytes, n);
	if (ferror(in))
		return error_set(error, "%s", strerror(errno));
	return !text->cut || error_set(error, "larger than %d MiB", RERUN_BYTES_MAX >> 20);
}

static bool read_path(const char *path, struct buf *text, struct error *error)
{
	if (strcmp(path, "-") == 0)
		return read_stream(stdin, text, error);
	FILE *in = fopen(path, "re");
	if (!in)
		return error_set(error, "%s", strerror(errno));
	bool ok = read_stream(in, text, error);
	fclose(in);
	return ok;
}

static struct str member(const struct json *object, const char *name)
{
	return json_string(json_member(object, name));
}

static bool is(const struct json *object, const char *name, const char *value)
{
	return str_eq(member(object, name), str_of(value));
}

static bool is_ours(const struct json *root, struct error *error)
{
	const struct json *version = json_member(root, "version");
	if (!str_starts(member(root, "tool"), STR("outrider "), false) || !version ||
		json_type(version) != JSON_NUMBER)
		return error_set(error, "it is no report that --json wrote");
	if (json_number(version) != REPORT_JSON_VERSION)
		return error_set(error, "its version is %g; this program reads version %d",
			json_number(version), REPORT_JSON_VERSION);
	const struct json *checks = json_member(root, "checks");
	return (checks && json_type(checks) == JSON_ARRAY) ||
	       error_set(error, "it has no list of checks");
}

struct wish {
	enum fail_on fail_on; /* what counts as failed */
	bool known; /* known issues too */
};

static bool is_wanted(const struct json *check, struct wish wish)
{
	const struct json *issue = json_member(check, "known_issue");
	if (is(check, "outcome", "skip"))
		return wish.fail_on >= FAIL_ON_SKIP || is(check, "reason", "cancelled");
	if (is(check, "outcome", "warn"))
		return wish.fail_on >= FAIL_ON_WARN;
	if (!is(check, "outcome", "fail"))
		return false;
	return wish.known || !issue || json_type(issue) != JSON_BOOL || !json_bool(issue);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool take(
	struct rerun *rerun, const struct json *root, struct wish wish, struct error *error)
{
	const struct json *checks = json_member(root, "checks");
	const char **ids = ARENA_ARRAY(&rerun->arena, json_count(checks), const char *);
	size_t number = 0;
	for (const struct json *check = json_first(checks); check; check = json_next(check)) {
		struct str id = member(check, "id");
		number++;
		if (id.n == 0 || member(check, "outcome").n == 0)
			return error_set(error, "check %zu has no id or no outcome", number);
		if (is_wanted(check, wish))
			ids[rerun->checks.n++] = arena_strndup(&rerun->arena, id);
	}
	if (rerun->checks.n)
		qsort(ids, rerun->checks.n, sizeof(*ids), compare);
	rerun->checks.ids = ids;
	if (member(root, "mode").n)
		rerun->mode = arena_strndup(&rerun->arena, member(root, "mode"));
	return true;
}

static bool read_report(
	struct rerun *rerun, const char *path, struct wish wish, struct error *error)
{
	struct buf text = BUF_INIT(RERUN_BYTES_MAX);
	struct json *root = NULL;
	bool ok = read_path(path, &text, error);
	if (ok && !(root = json_parse(buf_str(&text), error)))
		ok = error_wrap(error, "it is no JSON");
	ok = ok && is_ours(root, error) && take(rerun, root, wish, error);
	json_free(root);
	buf_fini(&text);
	return ok || error_wrap(error, "--rerun-failed %s", rerun_source(path));
}

static void warn_of_gone(const char *id)
{
	struct buf inert = BUF_INIT(2 * CHECK_ID_MAX);
	text_inert(&inert, str_of(id), CHECK_ID_MAX);
	fprintf(stderr, "outrider: %s failed in the report; there is no such check any more\n",
		buf_text(&inert));
	buf_fini(&inert);
}

static bool match(const struct rerun *rerun, const struct plan *plan, struct error *error)
{
	size_t gone = 0;
	for (size_t i = 0; i < rerun->checks.n; i++)
		if (!plan_find(plan, rerun->checks.ids[i]) && ++gone <= GONE_NAMED_MAX)
			warn_of_gone(rerun->checks.ids[i]);
	if (gone > GONE_NAMED_MAX)
		fprintf(stderr, "outrider: and %zu more\n", gone - GONE_NAMED_MAX);
	if (gone && gone == rerun->checks.n)
		return error_set(error, "no check is left of those that failed in the report");
	if (rerun->mode && plan->mode && strcmp(rerun->mode, plan->mode) != 0)
		fprintf(stderr, "outrider: the report is of another mode, \"%s\"; this is \"%s\"\n",
			rerun->mode, plan->mode);
	return true;
}

bool rerun_narrow(struct rerun *rerun, const struct cli *cli, struct selection *selection,
	const struct plan *plan, struct error *error)
{
	struct wish wish = {cli->fail_on, selection->n_ids > 0};
	*rerun = (struct rerun){.mode = NULL};
	arena_init(&rerun->arena);
	if (!read_report(rerun, cli->rerun_failed, wish, error) || !match(rerun, plan, error))
		return false;
	selection->among = &rerun->checks;
	return true;
}

void rerun_fini(struct rerun *rerun)
{
	arena_fini(&rerun->arena);
}
