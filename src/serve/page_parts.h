/* serve/page_parts.h - what several pages say alike: how a state looks and is called, moments, what the
 * layout wants to know. Fills templates' values; all of it lives in the request's arena. */
#ifndef OUTRIDER_SERVE_PAGE_PARTS_H
#define OUTRIDER_SERVE_PAGE_PARTS_H

#include "base/value.h"
#include "serve/http.h"
#include "serve/view.h"

/* How a state looks and is called. */
struct face {
	const char *kind; /* class and shape */
	const char *word;
};

struct face face_of_state(enum health_state state);
struct face face_of_check(const struct board_check *check, int64_t now_wall_us);
/* By the shape that a state would have. */
struct face face_of_outcome(enum outcome outcome);
/* Adds kind and word. */
void face_add(struct arena *arena, struct value *object, struct face face);

/* A path that names a check, as in a link: "/checks/", "code[a]" become "/checks/code%5Ba%5D". */
const char *part_check_path(struct arena *arena, const char *before, const char *id);

/* Adds KEY: {iso, day, clock}. */
void part_time(struct arena *arena, struct value *object, const char *key, int64_t wall_us);

/* The ids of the incidents that checks of the view are in, each once, rising. Returns how many. */
size_t part_open_incidents(struct arena *arena, const struct board_view *view, uint64_t **ids);

/* The page with the form that a request to change something comes from: by the path, and of a maintenance window
 * by the parameter `check`; never by headers or a body. */
const char *part_way_back(const struct http_request *request);
/* Where a browser is asked for a password on its way to a page; and where it goes on from there: by the parameters
 * `incident`, or `check` and `result`. */
const char *part_login_path(struct arena *arena, const char *check, const char *result);
const char *part_login_back(const struct http_request *request);
/* Says what was done, by the parameter `done`, when somebody known has come back from there: "done". Whether it
 * does. */
bool part_done(struct value *root, const struct http_request *request);

/* What the layout shows on every page: mode, how many incidents are open, whether it is a demo, when the
 * newest result came. */
void part_layout(struct arena *arena, struct value *root, const struct board_view *view);

/* Says so when no result came for longer than the most frequent check takes, twice over: "stale". */
enum { STALE_SLACK_S = 30 };
void part_stale(struct arena *arena, struct value *root, const struct board_view *view,
	int64_t now_wall_us);

#endif
