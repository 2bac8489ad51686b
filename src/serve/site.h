/* serve/site.h - everything the pages draw from: the board, history, templates, scripts and styles, and
 * renderings kept until something changes. Made and used on the server's thread alone. */
#ifndef OUTRIDER_SERVE_SITE_H
#define OUTRIDER_SERVE_SITE_H

#include "base/mustache.h"
#include "serve/files.h"
#include "serve/history.h"
#include "serve/http.h"
#include "serve/objectives.h"
#include "serve/view.h"
#include "serve/wish.h"

enum {
	SITE_PAGE_MAX = 64 << 20, /* bytes of one answer */
	SITE_TEMPLATES_MAX = 32,
};

struct auth;
struct streams;

struct site_template {
	const char *name; /* "status": web/status.html */
	struct mustache *compiled;
};

/* What was rendered last, and of what. */
struct rendering {
	struct payload *payload; /* NULL: nothing yet */
	uint64_t generation; /* of the board */
	uint64_t history; /* of the history */
	uint64_t objectives; /* of those */
	int64_t moment; /* what is told relative to now is as old as this */
};

struct site {
	struct board *board;
	struct auth *auth;
	struct wish_granter wishes; /* grant: NULL: nothing can be asked for */
	struct streams *streams; /* the server's; of this thread too */
	struct history *history;
	struct objectives *objectives;
	struct site_template templates[SITE_TEMPLATES_MAX];
	size_t n_templates;
	struct files files;
	uint64_t answered; /* requests */
	struct arena scratch; /* of the request that is being answered; empty between two */
	struct rendering status_page[2], status_json[2]; /* without internals, and with them */
};

/* The error names the template that can't be read: a bug of the build. */
struct site *site_new(struct board *board, const char *database, struct wish_granter wishes,
	struct error *error) MUST_CHECK;
void site_free(struct site *site);

/* The board as it stands, with what only history knows filled in, and without what is not for the one who
 * asks. */
struct board_view *site_view(struct site *site, const struct http_request *request);
/* With counters and histograms; of history only how checks stand against their objectives. */
struct board_view *site_view_metrics(struct site *site, struct arena *arena, int64_t now_wall_us);

/* Once a second, whether somebody asks or not. */
void site_tick(struct site *site, int64_t now_wall_us);

/* A page: the template `name` inside the layout. Adds to `root` what every page has. */
void site_page(struct site *site, const char *name, struct value *root, struct buf *out,
	struct arena *arena);
/* A template by itself. */
void site_render(struct site *site, const char *name, const struct value *root, struct buf *out);

/* Answers with the kept rendering when nothing changed since; false: render anew, then keep. */
bool site_answer_kept(struct site *site, struct rendering *rendering, int64_t moment,
	struct http_response *response);
/* Nothing is answered with what was kept before. */
void site_forget(struct site *site);
void site_keep(struct site *site, struct rendering *rendering, int64_t moment, uint64_t generation,
	const struct http_response *response);

#endif
