/* config/compile.h - a validated tree becomes a plan and options. What the tree borrowed is copied
 * into the plan's arena. One load, one thread. */
#ifndef OUTRIDER_SRC_CONFIG_COMPILE_H
#define OUTRIDER_SRC_CONFIG_COMPILE_H

#include "config/config.h"
#include "config/matrix.h"
#include "config/problems.h"
#include "config/shared.h"
#include "config/view.h"

enum { CHECKS_MAX = 10000, SERVICES_MAX = 1000, DEPENDS_MAX = 256 };

/* One check of the plan: what it was made from, and what must wait until all are known. */
struct made {
	struct node *check;
	const char *base; /* its id without the matrix's suffix */
	struct check *to;
	struct watch_policy *policy;
};

struct compile {
	struct config *config;
	const struct config_source *source;
	struct arena *arena; /* the plan's */
	struct arena *scratch; /* the tree's */
	struct problems *problems;
	struct node *root; /* of all files together */
	struct node *defaults;
	struct signatures *signatures;
	size_t n_signatures;
	struct made *made;
	size_t n_made;
	const char *wav; /* once it was asked for */
	size_t wavs; /* times */
	struct shared_table shared;
	const struct file *file; /* of the latest check; */
	const char *file_name; /* the plan's copy, for all checks of the file */
};

/* The names that a template may use at its place: captures of earlier steps. */
struct known {
	const char *name;
	const struct known *next;
};

/* A template being put together. */
struct draft {
	struct compile *c;
	const struct known *known;
	struct template *tmpl;
	struct buf literal; /* not yet in it */
};

struct draft draft_begin(struct compile *c, const struct known *known, struct template *tmpl);
void draft_put(struct draft *draft, struct str ready);
void draft_puts(struct draft *draft, const char *ready);
/* A scalar's text. What is wrong with its {{names}} is reported. */
void draft_text(
	struct draft *draft, const struct node *node, enum template_escape escape, bool ready);
/* A value as JSON: strings with their {{names}}, numbers as they are written. */
void draft_json(struct draft *draft, struct node *node);
void draft_end(struct draft *draft);
/* The same for a value that can't hold {{names}}. */
void compile_json(struct compile *c, struct node *node, bool text, struct buf *out);
/* {{name}} where it means nothing: an error. */
bool compile_plain(struct compile *c, struct node *node);

/* text: the subject is text, so that 5 means "5". Never NULL. */
const struct matcher *compile_matcher(struct compile *c, struct node *node, bool text);
/* A header of an answer is looked for in lower case. */
const char *compile_header_name(struct compile *c, struct str name);
/* The subject is the list that a path with [*] selects: a demand on one value is an error. */
const struct matcher *compile_list_matcher(struct compile *c, struct node *node);
void compile_signatures(struct compile *c);
void compile_services(struct compile *c);
enum { HEADERS_SPARE = 1 }; /* a place more than the map needs, for a Content-Type of ours */
struct header_list {
	struct header_template *items;
	size_t n;
};
struct header_list compile_headers(
	struct compile *c, const struct known *known, const struct node *map);
/* The request of a step, or of a check without steps. service may be NULL. */
void compile_request(struct compile *c, const struct known *known, const struct service *service,
	struct view view, struct request_template *request);
/* NULL, reported, when the path is none. */
const struct jsonpath *compile_path(struct compile *c, struct node *path);
/* expect may be NULL: then any 2xx will do. */
void compile_expectations(struct compile *c, struct node *expect, struct step *step);
void compile_steps(struct compile *c, struct view view, struct check *check);
void compile_checks(struct compile *c);
void compile_depends(struct compile *c);
/* Which checks ask the same service, or the same host. */
void compile_groups(struct compile *c);
void compile_policy(struct compile *c, struct view view, struct watch_policy *policy);
void compile_windows(struct compile *c);
/* A file that can be read, relative to the one that names it; NULL: not written. */
const char *compile_file(struct compile *c, struct view view, const char *name);
/* What only a channel of type email has. */
void compile_mail(struct compile *c, struct view view, struct channel *channel);
/* When a window begins again and again: at, for, days, zone. False: `at` makes no sense, which was said. */
bool compile_clock(struct view view, struct maintenance *when);
/* Of what posts: where to, the body's template, the values that the receiver wants. */
void compile_post(struct compile *c, struct view view, struct channel *channel);
/* A channel's own; NULL: it has none. */
const char *compile_template(struct compile *c, struct view view);
/* When a channel is told: remind, quiet, max_per_hour. */
void compile_hours(struct compile *c, struct view view, struct channel *channel);
/* One bit for each choice that the list names; all where there is none. */
uint32_t compile_choices(struct view view, const char *key);
/* After all checks: which of them a channel hears of. */
void compile_channels(struct compile *c);
/* The canaries and the heartbeat. */
void compile_watchers(struct compile *c);
void compile_options(struct compile *c);

/* Where an error of a whole check stands. */
struct place compile_place(const struct node *check);
/* 0.25 s of 440 Hz as a WAV file in base64: what {{$wav}} stands for. */
const char *wav_base64(struct arena *arena);

#endif
