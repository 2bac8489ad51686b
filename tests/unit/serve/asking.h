/* Asks a site without a network: the answer's status, body and JSON. */
#ifndef TESTS_SERVE_ASKING_H
#define TESTS_SERVE_ASKING_H

#include "base/json.h"
#include "sample.h"
#include "serve/history.h"
#include "serve/router.h"

#include <stdio.h>
#include <stdlib.h>

struct asking {
	struct sample sample;
	struct board *board;
	struct site *site;
	int64_t now_wall_us;
	const char *accept, *if_none_match, *host; /* of the next question */
	const char *user, *content_type, *body; /* of what is posted */
	enum http_verb verb;
	struct http_response response; /* the newest */
	char location[256]; /* of it; "": none */
	struct json *json;
};

static inline void asking_open(struct asking *a, const char *database)
{
	struct error error = {0};
	a->now_wall_us = SAMPLE_NOW;
	a->board = board_new();
	board_load(a->board, &a->sample.plan, &a->sample.watch, false);
	a->site = site_new(a->board, database, (struct wish_granter){0}, &error);
	assert_string_equal(error.text, "");
}

static inline void asking_close(struct asking *a)
{
	json_free(a->json);
	payload_drop(a->response.payload);
	site_free(a->site);
	board_free(a->board);
}

static inline const char *body_of(const struct asking *a)
{
	return buf_text(&a->response.payload->body);
}

static inline unsigned ask_once(struct asking *a, const char *target)
{
	struct arena arena;
	arena_init(&arena);
	struct http_request request = {.verb = a->verb,
		.accept = a->accept,
		.if_none_match = a->if_none_match,
		.host = a->host,
		.user = a->user,
		.content_type = a->content_type,
		.body = str_of(a->body),
		.now_wall_us = a->now_wall_us,
		.arena = &arena};
	payload_drop(a->response.payload);
	router_answer(a->site, &request, target, &a->response);
	snprintf(a->location, sizeof(a->location), "%s",
		a->response.location ? a->response.location : "");
	arena_fini(&arena);
	assert_non_null(a->response.payload);
	assert_false(a->response.payload->body.cut);
	return a->response.status;
}

/* Returns the status. A slow machine does not look up all history in one refresh: then it is asked again. */
static inline unsigned ask(struct asking *a, const char *target)
{
	unsigned status = ask_once(a, target);
	for (int i = 0; i < 1000 && a->verb == VERB_GET && history_behind(a->site->history); i++)
		status = ask_once(a, target);
	return status;
}

/* The answer as a tree, valid until the next one. */
static inline const struct json *ask_json(struct asking *a, const char *target)
{
	struct error error = {0};
	ask(a, target);
	assert_string_equal(a->response.payload->content_type,
		a->response.status < 400 || a->response.status == 503 ? "application/json"
								      : "application/problem+json");
	json_free(a->json);
	a->json = json_parse(buf_str(&a->response.payload->body), &error);
	assert_string_equal(error.text, "");
	return a->json;
}

/* "services.0.state": the value at that place. */
static inline const struct json *at(const struct json *json, const char *path)
{
	while (*path && json) {
		size_t n = strcspn(path, ".");
		json = json_type(json) == JSON_ARRAY
			       ? json_item(json, (size_t)strtoul(path, NULL, 10))
			       : json_member_str(json, (struct str){path, n});
		path += n + (path[n] == '.');
	}
	return json;
}

static inline const struct json *typed(
	const struct json *json, const char *path, enum json_type type)
{
	const struct json *value = at(json, path);
	if (!value || json_type(value) != type)
		fail_msg("%s is %s, not %s", path,
			value ? json_type_name(json_type(value)) : "missing", json_type_name(type));
	return value;
}

static inline void expect_text(const struct json *json, const char *path, const char *expected)
{
	struct str text = json_string(typed(json, path, JSON_STRING));
	if (!str_eq(text, str_of(expected)))
		fail_msg("%s is \"%.*s\", not \"%s\"", path, STR_ARG(text), expected);
}

static inline void expect_number(const struct json *json, const char *path, double expected)
{
	double number = json_number(typed(json, path, JSON_NUMBER));
	if (number < expected || number > expected)
		fail_msg("%s is %g, not %g", path, number, expected);
}

static inline void expect_null(const struct json *json, const char *path)
{
	(void)typed(json, path, JSON_NULL);
}

#endif
