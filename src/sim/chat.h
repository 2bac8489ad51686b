/* sim/chat.h - what is asked and what a model would answer: checkable words, no more. Pure; lives
 * in the request's arena. */
#ifndef OUTRIDER_SIM_CHAT_H
#define OUTRIDER_SIM_CHAT_H

#include "base/arena.h"
#include "base/json.h"

#include <stdbool.h>
#include <stdint.h>

enum { CHAT_COUNT_MAX = 200 };

struct chat {
	struct str model; /* empty when none was given */
	bool stream;
	bool wants_usage; /* stream_options.include_usage */
	bool has_image;
	struct str asked; /* the last user message's text */
	struct str system; /* the last system message's text */
	struct str name; /* from "My name is ..." in any user message */
	int64_t prompt_tokens; /* words of all messages */
};

/* A request that passed validation: messages is a list of objects. */
struct chat chat_read(const struct json *root, struct arena *arena, bool last_message_only);

struct chat_answer {
	struct str text;
	bool null; /* content is null, not empty */
	bool agent; /* takes the agent path */
	bool simple; /* a greeting: plain without asking a model whether it is */
};

struct chat_answer chat_answer(const struct chat *chat, struct arena *arena, int64_t wall_us);

/* Words of text with the white space behind them, one at a time: the tokens of a stream. */
struct str chat_token(struct str *rest);
int64_t chat_words(struct str text);

#endif
