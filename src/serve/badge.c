#include "serve/badge.h"

#include "base/cells.h"
#include "base/utf8.h"
#include "serve/page_parts.h"
#include "serve/problem.h"
#include "serve/words.h"

enum {
	BADGE_LABEL_MAX = 60, /* bytes of a title */
	BADGE_PAD = 6, /* left and right of a text */
	BADGE_ROUND = 3, /* the corner */
};

/* White text on them has a contrast of 4.5 at least. */
#define FILL_UP "#1b7a45"
#define FILL_DEGRADED "#8f5f00"
#define FILL_DOWN "#c0202b"
#define FILL_MAINTENANCE "#2b62c4"
#define FILL_NONE "#5d656d"

struct badge_text {
	const char *value, *fill;
};

static const char *fill_of(struct face face)
{
	static const char *const fills[][2] = {{"up", FILL_UP}, {"degraded", FILL_DEGRADED},
		{"down", FILL_DOWN}, {"maintenance", FILL_MAINTENANCE}};
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++)
		if (strcmp(face.kind, fills[i][0]) == 0)
			return fills[i][1];
	return FILL_NONE;
}

static struct badge_text status_of(const struct http_request *request,
	const struct board_check *check, struct window_sums sums)
{
	(void)sums;
	struct face face = face_of_check(check, request->now_wall_us);
	return (struct badge_text){face.word, fill_of(face)};
}

static struct badge_text uptime_of(const struct http_request *request,
	const struct board_check *check, struct window_sums sums)
{
	(void)check;
	if (sums.uptime < 0)
		return (struct badge_text){"no data", FILL_NONE};
	return (struct badge_text){
		words_percent(request->arena, sums.uptime), sums.uptime >= 0.99   ? FILL_UP
							    : sums.uptime >= 0.95 ? FILL_DEGRADED
										  : FILL_DOWN};
}

static struct badge_text latency_of(const struct http_request *request,
	const struct board_check *check, struct window_sums sums)
{
	(void)check;
	if (sums.duration.p50_us < 0)
		return (struct badge_text){"no data", FILL_NONE};
	return (struct badge_text){
		words_latency(request->arena, sums.duration.p50_us), FILL_MAINTENANCE};
}

static const struct {
	const char *name;
	const char *label; /* NULL: the check's title */
	enum window window; /* unless another is asked for */
	struct badge_text (*text)(const struct http_request *request,
		const struct board_check *check, struct window_sums sums);
} kinds[] = {
	{"status.svg", NULL, WINDOW_24H, status_of},
	{"uptime.svg", "uptime", WINDOW_30D, uptime_of},
	{"latency.svg", "median time", WINDOW_24H, latency_of},
};

/* In Verdana at 11 px, about; the picture stretches the text to it, whatever font it is drawn in. */
static int width_of(const char *text)
{
	static const int cells[] = {0, 70, 125}; /* a mark; a letter; Han, emoji */
	int tenths = 0;
	for (struct str rest = str_of(text); rest.n;) {
		struct str one = {rest.p, utf8_next(rest).n};
		bool narrow = one.n == 1 && strchr("ijlftrI.,:;|!'()[] ", *one.p);
		bool wide = one.n == 1 && strchr("mwMW%@", *one.p);
		tenths += narrow ? 44 : wide ? 103 : cells[cells_width(one)];
		rest = str_from(rest, one.n);
	}
	return (tenths + 9) / 10;
}

static bool find_window(const struct http_request *request, enum window *window)
{
	const char *name = http_param(request, "window");
	for (unsigned i = 0; name && i < WINDOW_COUNT; i++) {
		if (strcmp(name, window_name((enum window)i)) != 0)
			continue;
		*window = (enum window)i;
		return true;
	}
	return !name;
}

static void draw(struct site *site, struct arena *arena, const char *label, struct badge_text text,
	struct buf *out)
{
	int label_length = width_of(label);
	int value_length = width_of(text.value);
	int split = label_length + 2 * BADGE_PAD;
	int width = split + value_length + 2 * BADGE_PAD;
	struct value *root = value_object(arena);
	value_text(arena, root, "label", label);
	value_text(arena, root, "value", text.value);
	value_text(arena, root, "fill", text.fill);
	value_int(arena, root, "width", width);
	value_int(arena, root, "split", split);
	value_int(arena, root, "flat", width - split - BADGE_ROUND);
	value_int(arena, root, "label_length", label_length);
	value_int(arena, root, "value_x", split + BADGE_PAD);
	value_int(arena, root, "value_length", value_length);
	site_render(site, "badge", root, out);
}

void badge(struct site *site, const struct http_request *request, struct http_response *response)
{
	const struct board_view *view = site_view(site, request);
	size_t index = board_find(view->plan, request->segments[1]);
	size_t kind = 0;
	while (kind < sizeof(kinds) / sizeof(kinds[0]) &&
		strcmp(kinds[kind].name, request->segments[2]) != 0)
		kind++;
	if (index == view->plan->n_checks || kind == sizeof(kinds) / sizeof(kinds[0])) {
		problem_answer(site, request, response, 404, "There is no such badge.");
		return;
	}
	enum window window = kinds[kind].window;
	if (!find_window(request, &window)) {
		problem_answer(site, request, response, 400,
			"The parameter window is 24h, 7d, 30d or 90d.");
		return;
	}
	const struct board_check *check = &view->checks[index];
	const char *title = words_inert(request->arena, check->definition->title, BADGE_LABEL_MAX);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	const char *label = kinds[kind].label ? arena_printf(request->arena, "%s, %s",
							kinds[kind].label, window_name(window))
					      : title;
	draw(site, request->arena, label,
		kinds[kind].text(request, check, history_window(site->history, index, window)),
		&body);
	http_answer(response, 200, "image/svg+xml", &body);
	response->embeddable = true;
}
