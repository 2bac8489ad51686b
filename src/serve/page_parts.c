#include "serve/page_parts.h"

#include "base/clock.h"
#include "base/text.h"
#include "check/template.h"
#include "serve/summary.h"
#include "serve/words.h"

#include <inttypes.h>
#include <stdlib.h>

struct face face_of_state(enum health_state state)
{
	switch (state) {
	case HEALTH_UNKNOWN: return (struct face){"unknown", "No verdict"};
	case HEALTH_UP: return (struct face){"up", "Up"};
	case HEALTH_DEGRADED: return (struct face){"degraded", "Degraded"};
	case HEALTH_DOWN: return (struct face){"down", "Down"};
	case HEALTH_MAINTENANCE: return (struct face){"maintenance", "Maintenance"};
	case HEALTH_COUNT: break;
	}
	return (struct face){"unknown", ""};
}

struct face face_of_check(const struct board_check *check, int64_t now_wall_us)
{
	if (!check->definition->enabled)
		return (struct face){"off", "Off"};
	if (check->paused)
		return (struct face){"off", "Paused"};
	if (check_is_known_issue(check, now_wall_us))
		return (struct face){"known", "Known issue"};
	if (check_is_skipped(check))
		return (struct face){"off", "Skipped"};
	return face_of_state(check->health.state);
}

struct face face_of_outcome(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_PASS: return (struct face){"up", "Passed"};
	case OUTCOME_WARN: return (struct face){"degraded", "Warned"};
	case OUTCOME_FAIL: return (struct face){"down", "Failed"};
	case OUTCOME_SKIP: return (struct face){"off", "Skipped"};
	case OUTCOME_COUNT: break;
	}
	return (struct face){"unknown", ""};
}

void face_add(struct arena *arena, struct value *object, struct face face)
{
	value_text(arena, object, "kind", face.kind);
	value_text(arena, object, "word", face.word);
}

const char *part_check_path(struct arena *arena, const char *before, const char *id)
{
	struct buf path = BUF_INIT(HTTP_TARGET_MAX);
	buf_puts(&path, before);
	url_escape(&path, str_of(id));
	const char *copy = arena_strndup(arena, buf_str(&path));
	buf_fini(&path);
	return copy;
}

void part_time(struct arena *arena, struct value *object, const char *key, int64_t wall_us)
{
	char text[TEXT_TIME_MAX];
	struct value *time = value_member(arena, object, key);
	const char *iso = arena_strdup(arena, text_time(wall_us, text));
	value_text(arena, time, "iso", iso);
	value_str(arena, time, "day", (struct str){iso, 10});
	value_str(arena, time, "clock", (struct str){iso + 11, 8});
}

const char *part_way_back(const struct http_request *request)
{
	bool about = request->n_segments > 4;
	const char *kind = request->n_segments > 2 ? request->segments[2] : "";
	const char *check = http_param(request, "check");
	if (about && strcmp(kind, "incidents") == 0)
		return part_check_path(request->arena, "/incidents/", request->segments[3]);
	if (about && strcmp(kind, "checks") == 0)
		check = request->segments[3];
	return check ? part_check_path(request->arena, "/checks/", check) : "/";
}

/* ?result=KEY or &result=KEY, if it is one. */
static const char *with_result(
	struct arena *arena, const char *path, char before, const char *result)
{
	uint64_t key;
	if (!result || !words_parse_key(result, &key))
		return path;
	return arena_printf(arena, "%s%cresult=%s", path, before, words_key(arena, key));
}

const char *part_login_path(struct arena *arena, const char *check, const char *result)
{
	return with_result(arena, part_check_path(arena, "/login?check=", check), '&', result);
}

const char *part_login_back(const struct http_request *request)
{
	const char *incident = http_param(request, "incident");
	const char *check = http_param(request, "check");
	if (incident)
		return part_check_path(request->arena, "/incidents/", incident);
	if (!check)
		return "/";
	return with_result(request->arena, part_check_path(request->arena, "/checks/", check), '?',
		http_param(request, "result"));
}

/* What somebody did, as the API calls it. */
static const struct {
	const char *name, *words;
} deeds[] = {
	{"run", "A run was asked for: it comes as soon as its service has a place for it."},
	{"pause", "The check is paused: it does not run until somebody resumes it."},
	{"resume", "The check goes on."},
	{"acknowledge", "The incident is acknowledged: you take care of it."},
	{"note", "The note stands in the timeline."},
	{"window", "The maintenance window is set."},
	{"end", "The maintenance window is over, or withdrawn."},
	{"retry", "The alert is tried once more."},
	{"dismiss", "The alert is dismissed: nobody gets it."},
};

bool part_done(struct value *root, const struct http_request *request)
{
	const char *done = http_param(request, "done");
	for (size_t i = 0; done && request->user && i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		if (strcmp(done, deeds[i].name) != 0)
			continue;
		value_text(request->arena, root, "done", deeds[i].words);
		return true;
	}
	return false;
}

static int key_order(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;
	return left < right ? -1 : left > right;
}

size_t part_open_incidents(struct arena *arena, const struct board_view *view, uint64_t **ids)
{
	uint64_t *all = ARENA_ARRAY(arena, view->plan->n_checks, uint64_t);
	size_t n = 0;
	for (size_t i = 0; i < view->plan->n_checks; i++)
		if (view->checks[i].incident)
			all[n++] = view->checks[i].incident;
	qsort(all, n, sizeof(*all), key_order);
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (i == 0 || all[i] != all[i - 1])
			all[kept++] = all[i];
	*ids = all;
	return kept;
}

void part_layout(struct arena *arena, struct value *root, const struct board_view *view)
{
	uint64_t *incidents;
	size_t open = part_open_incidents(arena, view, &incidents);
	if (open)
		value_int(arena, root, "incidents_open", (int64_t)open);
	value_bool(arena, root, "live", true);
	value_bool(arena, root, "guest", view->concealed);
	if (!view->concealed)
		value_text(arena, root, "events",
			arena_printf(arena, "/api/v1/events?since=%" PRIu64, view->newest_event));
	value_text(arena, root, "mode", view->plan->mode);
	value_bool(arena, root, "demo", view->plan->demo);
	if (view->plan->demo && view->self.generated_wall_us)
		part_time(arena, root, "generated", view->self.generated_wall_us);
	if (view->updated_wall_us)
		part_time(arena, root, "updated", view->updated_wall_us);
}

/* How long it takes at most until some result comes; 0: none is due. */
static int64_t expected_within_us(const struct board_view *view)
{
	int64_t least_us = 0;
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		const struct board_check *check = &view->checks[i];
		int64_t within_us = check->definition->every_us + check->definition->timeout_us;
		if (!check->definition->enabled || check->paused || !check->definition->every_us)
			continue;
		least_us = !least_us || within_us < least_us ? within_us : least_us;
	}
	return least_us;
}

void part_stale(
	struct arena *arena, struct value *root, const struct board_view *view, int64_t now_wall_us)
{
	int64_t within_us = expected_within_us(view);
	int64_t last_us = view->updated_wall_us;
	if (view->self.started_wall_us > last_us)
		last_us = view->self.started_wall_us;
	if (!within_us || !last_us ||
		now_wall_us - last_us <= 2 * within_us + STALE_SLACK_S * US_PER_S)
		return;
	struct value *stale = value_member(arena, root, "stale");
	value_text(arena, stale, "for", words_elapsed(arena, now_wall_us - last_us));
	value_text(arena, stale, "within", words_elapsed(arena, within_us));
}
