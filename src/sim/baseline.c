#include "base/clock.h"
#include "sim/exchange.h"

/* The real one is silent for a minute; a client with the spec's ten seconds of patience must see
 * this one end. */
#define DEBUG_SILENCE_US (8 * US_PER_S)
#define DEBUG_REAL_SILENCE_US (60 * US_PER_S)

const char *const exchange_apology =
	"I'm sorry, I encountered an error processing your request. Please try again.";
const char *const exchange_apology_partial =
	"\n\nI'm sorry, I encountered an error. Please try again.";
const char *const exchange_no_sandbox =
	"Agent sandbox is currently unavailable. This request requires agent capabilities (code "
	"execution, web search, etc.) which are not available at this time. Please try again "
	"later.";
const char *const exchange_no_key = "Hello! The Janus Baseline is running in mock mode. Set "
				    "BASELINE_AGENT_CLI_OPENAI_API_KEY to enable live responses.";
const char *const exchange_langchain_error = "Error: failed to generate response.";

static void cli_health(struct exchange *exchange)
{
	bool sandbox = fault_backend(&exchange->hits, SERVICE_CLI) != BACKEND_NO_SANDBOX;
	exchange_json(exchange, 200,
		arena_printf(exchange->arena,
			"{\"status\":\"ok\",\"version\":\"0.1.0\",\"sandbox_available\":%s,"
			"\"features\":{\"agent_sandbox\":%s,\"memory\":true,\"vision\":true},"
			"\"warm_pool\":{\"enabled\":false,\"size\":0,\"target\":0}}",
			sandbox ? "true" : "false", sandbox ? "true" : "false"));
}

static void langchain_health(struct exchange *exchange)
{
	exchange_json(exchange, 200, "{\"status\":\"ok\",\"version\":\"0.1.0\"}");
}

/* 200 at once, then nothing, then the end. */
static void debug_stream(struct exchange *exchange)
{
	struct reply *reply = &exchange->reply;
	reply_stream(reply);
	reply->n_headers = 0;
	reply_header(reply, "content-type", "text/event-stream; charset=utf-8");
	reply_frame(reply, FRAME_WIRE, STR(""),
		exchange->quirks & QUIRK_DEBUG_SILENT ? DEBUG_REAL_SILENCE_US : DEBUG_SILENCE_US);
}

static void say_whole(struct exchange *exchange, const struct chat *chat, struct chat_answer answer,
	bool known_usage)
{
	struct talk talk = exchange_talk(exchange, chat);
	bool cli = exchange->service == SERVICE_CLI;
	struct talk_usage usage = {
		.known = known_usage && cli && !answer.agent,
		.prompt = chat->prompt_tokens,
		.completion = chat_words(answer.text),
	};
	struct str model = !cli           ? (known_usage ? STR("zai-org/GLM-4.7-TEE") : talk.model)
			   : answer.agent ? talk.model
					  : STR("janus-router");
	talk_completion(
		&exchange->reply, &talk, cli ? TALK_CLI : TALK_LANGCHAIN, model, answer, usage);
	exchange->reply.wait_us =
		TALK_THINK_US +
		(answer.agent && cli ? 5 * TALK_AGENT_US : usage.completion * TALK_TOKEN_US);
}

static void say_stream(
	struct exchange *exchange, const struct chat *chat, struct chat_answer answer)
{
	struct talk talk = exchange_talk(exchange, chat);
	if (exchange->service == SERVICE_CLI)
		talk_cli_stream(&exchange->reply, &talk, answer);
	else
		talk_langchain_stream(&exchange->reply, &talk, answer);
}

static void say(struct exchange *exchange, const struct chat *chat, struct chat_answer answer)
{
	if (chat->stream)
		say_stream(exchange, chat, answer);
	else
		say_whole(exchange, chat, answer, true);
}

static void say_text(struct exchange *exchange, const struct chat *chat, const char *text)
{
	struct chat_answer answer = {.text = str_of(text)};
	if (chat->stream)
		say_stream(exchange, chat, answer);
	else
		say_whole(exchange, chat, answer, false);
}

/* langchain: 200 and an empty stream, without [DONE]. */
static void fail_stream(
	struct exchange *exchange, const struct chat *chat, struct chat_answer answer, bool halfway)
{
	struct reply *reply = &exchange->reply;
	struct talk talk = exchange_talk(exchange, chat);
	say_stream(exchange, chat, answer);
	if (exchange->service == SERVICE_LANGCHAIN) {
		reply_cut(reply, 0);
		return;
	}
	reply_cut(reply, halfway ? reply_middle(reply) : 1);
	talk_cli_note(reply, &talk, exchange_apology_partial);
}

static void fail(
	struct exchange *exchange, const struct chat *chat, struct chat_answer answer, bool halfway)
{
	if (chat->stream)
		fail_stream(exchange, chat, answer, halfway);
	else
		say_text(exchange, chat,
			exchange->service == SERVICE_CLI ? exchange_apology
							 : exchange_langchain_error);
}

/* Half of an answer, then the end of the process; or of the stream alone. */
static void break_off(
	struct exchange *exchange, const struct chat *chat, struct chat_answer answer, bool killed)
{
	struct reply *reply = &exchange->reply;
	if (!chat->stream) {
		exchange->instead = script_reset;
		return;
	}
	say_stream(exchange, chat, answer);
	reply_cut(reply, reply_middle(reply));
	if (killed)
		reply_frame(reply, FRAME_FIN, STR(""), 0);
}

void baseline_chat(struct exchange *exchange, const struct chat *chat)
{
	enum backend_state state = fault_backend(&exchange->hits, exchange->service);
	struct chat_answer answer = exchange_answer(exchange, chat);
	switch (state) {
	case BACKEND_UP: say(exchange, chat, answer); break;
	case BACKEND_KILLED: break_off(exchange, chat, answer, true); break;
	case BACKEND_UNDONE: break_off(exchange, chat, answer, false); break;
	case BACKEND_500: exchange_500(exchange); break;
	case BACKEND_MODEL_FAILS: fail(exchange, chat, answer, false); break;
	case BACKEND_MODEL_CUT: fail(exchange, chat, answer, true); break;
	case BACKEND_NO_SANDBOX:
		if (answer.agent)
			say_text(exchange, chat, exchange_no_sandbox);
		else
			say(exchange, chat, answer);
		break;
	case BACKEND_NO_KEY: say_text(exchange, chat, exchange_no_key); break;
	case BACKEND_DOWN:
	case BACKEND_SILENT:
	case BACKEND_ASLEEP:
	case BACKEND_WAKING: break; /* whatever was asked: see baseline_absent */
	}
}

static void chat_completions(struct exchange *exchange)
{
	struct chat chat;
	if (exchange_chat(exchange, &chat))
		baseline_chat(exchange, &chat);
}

bool baseline_absent(struct exchange *exchange)
{
	enum backend_state state = fault_backend(&exchange->hits, exchange->service);
	if (state == BACKEND_DOWN)
		exchange->instead = script_reset;
	else if (state == BACKEND_SILENT)
		exchange->instead = script_hold;
	else if (state == BACKEND_ASLEEP || state == BACKEND_WAKING)
		exchange_canned(exchange, &canned_asleep);
	else
		return false;
	return true;
}

void baseline_serve(struct exchange *exchange)
{
	static const struct route cli[] = {
		{"GET", "/health", cli_health},
		{"POST", "/v1/chat/completions", chat_completions},
		{"GET", "/v1/debug/stream/", debug_stream},
	};
	static const struct route langchain[] = {
		{"GET", "/health", langchain_health},
		{"POST", "/v1/chat/completions", chat_completions},
		{"GET", "/v1/debug/stream/", debug_stream},
	};
	if (baseline_absent(exchange))
		return;
	if (exchange->service == SERVICE_CLI)
		exchange_route(exchange, cli, sizeof(cli) / sizeof(cli[0]));
	else
		exchange_route(exchange, langchain, sizeof(langchain) / sizeof(langchain[0]));
}
