/* check/answer_words.h - what an answer says of itself, in a few words, when it is not what was wanted.
 * Redacted and inert; NULL when there is nothing to say. Private to check/. */
#ifndef OUTRIDER_CHECK_ANSWER_WORDS_H
#define OUTRIDER_CHECK_ANSWER_WORDS_H

#include "base/arena.h"
#include "base/secret.h"
#include "check/observation.h"

/* An error's own message: FastAPI's detail ("detail: messages: Field required"), OpenAI's error,
 * a page's title. */
const char *answer_error(
	struct arena *arena, const struct secrets *secrets, struct observation *seen);

/* Why there is no content: "choices is empty", "content is null", "no event came". */
const char *answer_without_content(
	struct arena *arena, const struct secrets *secrets, struct observation *seen);

/* Of an answer that is no stream: what it says, or is: "no event came: the answer is text/html". */
const char *answer_instead(
	struct arena *arena, const struct secrets *secrets, struct observation *seen);

/* Of a stream in which an event was cut at the limit: "an event of more than 8 MiB". */
const char *answer_cut_event(struct arena *arena, const struct observation *seen);

/* The names of the headers that came. */
const char *answer_headers_named(
	struct arena *arena, const struct secrets *secrets, const struct headers *headers);

#endif
