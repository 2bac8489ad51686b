/* sim/talk.h - the shapes in which the services put an answer on the wire, as recorded: members,
 * their order, their nulls. Pure; fills a reply in its arena. */
#ifndef OUTRIDER_SIM_TALK_H
#define OUTRIDER_SIM_TALK_H

#include "sim/chat.h"
#include "sim/reply.h"

#define TALK_TOKEN_US (15 * INT64_C(1000)) /* between two tokens */
#define TALK_THINK_US (40 * INT64_C(1000)) /* before the first */
#define TALK_AGENT_US (100 * INT64_C(1000)) /* for each of the agent's steps */

struct talk {
	struct arena *arena;
	const char *id; /* of the request: the completion's where a service keeps it */
	const char *backend_id; /* of the baseline's own making */
	struct str model; /* the one asked for */
	int64_t created_s;
	bool usage; /* a usage chunk */
	bool nulls; /* null content where a delta has none */
};

/* A gateway's usage, or null. */
struct talk_usage {
	bool known;
	int64_t prompt, completion;
};

enum talk_voice { TALK_GATEWAY, TALK_CLI, TALK_LANGCHAIN };

/* A whole completion. model: what it says it used. */
void talk_completion(struct reply *reply, const struct talk *talk, enum talk_voice voice,
	struct str model, struct chat_answer answer, struct talk_usage usage);

/* Starts a stream and puts the answer's events into it, up to [DONE]. */
void talk_cli_stream(struct reply *reply, const struct talk *talk, struct chat_answer answer);
void talk_langchain_stream(struct reply *reply, const struct talk *talk, struct chat_answer answer);
/* The gateway's own mock: it answers when no competitor is configured. */
void talk_mock_stream(struct reply *reply, const struct talk *talk);

/* One event of the gateway's own, and [DONE]: how it hides a baseline's failure. */
void talk_gateway_note(struct reply *reply, const struct talk *talk, const char *text);
/* One of baseline-cli's, with finish_reason. */
void talk_cli_note(struct reply *reply, const struct talk *talk, const char *text);
void talk_done(struct reply *reply);

#endif
