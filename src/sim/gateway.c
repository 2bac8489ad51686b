#include "base/json_writer.h"
#include "base/text.h"
#include "sim/exchange.h"

#include "base/clock.h"

enum { GATEWAY_JSON_MAX = 64 << 10 };

#define PING_US (1500 * US_PER_MS)
#define TIMEOUT_US (4200 * US_PER_MS) /* of the gateway for a baseline, much shortened */
#define LANGCHAIN_MODEL "zai-org/GLM-4.7-TEE"

static const char no_connection[] = "Connection error: All connection attempts failed";
static const char cut_connection[] = "Connection error: peer closed connection without sending "
				     "complete message body (incomplete chunked read)";

static void health(struct exchange *exchange)
{
	char time[TEXT_TIME_MAX];
	text_time(exchange->wall_us, time);
	/* Python writes microseconds, and no zone */
	exchange_json(exchange, 200,
		arena_printf(exchange->arena,
			"{\"status\":\"ok\",\"version\":\"0.1.0\",\"timestamp\":\"%.19s.%06d\"}",
			time, (int)(exchange->wall_us % US_PER_S)));
}

static void docs(struct exchange *exchange)
{
	if (exchange->quirks & QUIRK_DOCS_404)
		exchange_json(exchange, 404, "{\"detail\":\"Not Found\"}");
	else
		exchange_page(exchange, 200, "web/stand_in_docs.html");
}

static void api_docs(struct exchange *exchange)
{
	exchange_page(exchange, 200, "web/stand_in_docs.html");
}

static void models(struct exchange *exchange)
{
	static const char *const ids[] = {"baseline-cli-agent", "baseline-langchain"};
	static const char *const others[] = {"miner-alpha", "miner-beta"};
	bool none = exchange->quirks & QUIRK_NO_BASELINES;
	struct buf text = BUF_INIT(GATEWAY_JSON_MAX);
	struct json_writer w = json_writer_to(&text);
	jw_object(&w, NULL);
	jw_text(&w, "object", "list");
	jw_array(&w, "data");
	for (size_t i = 0; i < 2; i++) {
		jw_object(&w, NULL);
		jw_text(&w, "id", none ? others[i] : ids[i]);
		jw_text(&w, "object", "model");
		jw_int(&w, "created", exchange->wall_us / US_PER_S);
		jw_text(&w, "owned_by", "janus");
		jw_object_end(&w);
	}
	jw_array_end(&w);
	jw_object_end(&w);
	reply_body(&exchange->reply, 200, "application/json",
		arena_str(exchange->arena, buf_str(&text)));
	buf_fini(&text);
}

static void transcribe_health(struct exchange *exchange)
{
	bool off = exchange->quirks & QUIRK_TRANSCRIBE_OFF;
	exchange_json(exchange, 200,
		arena_printf(exchange->arena,
			"{\"available\":%s,\"endpoint\":\"http://127.0.0.1:9100/whisper/"
			"transcribe\",\"api_key_configured\":%s,\"error\":%s}",
			off ? "false" : "true", off ? "false" : "true",
			off ? "\"CHUTES_API_KEY not configured\"" : "null"));
}

static void transcribe_failed(struct exchange *exchange, int status, const char *error,
	const char *code, const char *suggestion)
{
	exchange_json(exchange, status,
		arena_printf(exchange->arena,
			"{\"detail\":{\"error\":\"%s\",\"code\":\"%s\",\"recoverable\":%s,"
			"\"suggestion\":\"%s\"}}",
			error, code, status == 503 ? "false" : "true", suggestion));
}

static void transcribe(struct exchange *exchange)
{
	struct str audio;
	const struct json *root = exchange_body(exchange);
	if (!root || !exchange_field(exchange, root, "audio_b64", &audio))
		return;
	struct str language = json_string(json_member(root, "language"));
	if (language.n == 0)
		language = STR("en");
	if (exchange->quirks & QUIRK_TRANSCRIBE_OFF)
		transcribe_failed(exchange, 503, "Voice transcription is temporarily unavailable",
			"TRANSCRIPTION_NOT_CONFIGURED", "Please type your message instead");
	else if (audio.n == 0)
		transcribe_failed(exchange, 400, "No audio data provided", "MISSING_AUDIO",
			"Please record audio before submitting");
	else
		exchange_json(exchange, 200,
			arena_printf(exchange->arena,
				"{\"text\":\"A short "
				"tone.\",\"language\":\"%.*s\",\"duration\":1.0}",
				STR_ARG(language)));
}

static void unknown_model(struct exchange *exchange, struct str model)
{
	struct buf text = BUF_INIT(GATEWAY_JSON_MAX);
	struct json_writer w = json_writer_to(&text);
	const char *message = arena_printf(exchange->arena, "The model '%.*s' does not exist",
		(int)(model.n < 200 ? model.n : 200), model.p);
	jw_object(&w, NULL);
	jw_object(&w, "error");
	jw_text(&w, "message", message);
	jw_text(&w, "type", "invalid_request_error");
	jw_text(&w, "param", "model");
	jw_text(&w, "code", "model_not_found");
	jw_object_end(&w);
	jw_object_end(&w);
	reply_body(&exchange->reply, 404, "application/json",
		arena_str(exchange->arena, buf_str(&text)));
	buf_fini(&text);
}

/* What the gateway invents when it can't reach a baseline. */
static void mock_completion(struct exchange *exchange, const struct talk *talk)
{
	struct chat_answer answer = {
		.text = STR("Hello! I'm the Janus Gateway. This is a mock response.")};
	talk_completion(&exchange->reply, talk, TALK_GATEWAY, talk->model, answer,
		(struct talk_usage){true, 50, 20});
}

struct relay {
	struct exchange *exchange;
	const struct chat *chat;
	struct talk talk;
	enum service_id baseline;
	struct chat_answer answer;
};

static void relay_text(const struct relay *relay, struct str model, const char *text)
{
	talk_completion(&relay->exchange->reply, &relay->talk, TALK_GATEWAY, model,
		(struct chat_answer){.text = str_of(text)}, (struct talk_usage){.known = false});
}

static void relay_answer(const struct relay *relay)
{
	struct reply *reply = &relay->exchange->reply;
	struct chat_answer answer = relay->answer;
	int64_t words = chat_words(answer.text);
	struct talk_usage usage = {
		.known = relay->baseline == SERVICE_CLI && !answer.agent,
		.prompt = relay->chat->prompt_tokens,
		.completion = words,
	};
	struct str model = relay->baseline == SERVICE_LANGCHAIN ? STR(LANGCHAIN_MODEL)
			   : answer.agent                       ? relay->talk.model
								: STR("janus-router");
	talk_completion(reply, &relay->talk, TALK_GATEWAY, model, answer, usage);
	reply->wait_us = TALK_THINK_US + (answer.agent ? 5 * TALK_AGENT_US : words * TALK_TOKEN_US);
}

static void model_failed(const struct relay *relay)
{
	if (relay->baseline == SERVICE_LANGCHAIN)
		relay_text(relay, relay->talk.model, exchange_langchain_error);
	else
		relay_text(relay, STR("janus-router"), exchange_apology);
}

static void relay_whole(const struct relay *relay, enum backend_state state)
{
	switch (state) {
	case BACKEND_UP: relay_answer(relay); break;
	case BACKEND_DOWN:
	case BACKEND_KILLED: mock_completion(relay->exchange, &relay->talk); break;
	case BACKEND_SILENT:
		mock_completion(relay->exchange, &relay->talk);
		relay->exchange->reply.wait_us = TIMEOUT_US;
		break;
	case BACKEND_500:
	case BACKEND_ASLEEP:
	case BACKEND_WAKING:
	case BACKEND_UNDONE: exchange_500(relay->exchange); break;
	case BACKEND_MODEL_FAILS:
	case BACKEND_MODEL_CUT: model_failed(relay); break;
	case BACKEND_NO_SANDBOX:
		if (relay->answer.agent)
			relay_text(relay, relay->talk.model, exchange_no_sandbox);
		else
			relay_answer(relay);
		break;
	case BACKEND_NO_KEY: relay_text(relay, STR("janus-router"), exchange_no_key); break;
	}
}

static void comments(struct reply *reply, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		reply_frame(reply, FRAME_COMMENT, str_of(text), PING_US);
}

static void good_stream(const struct relay *relay, struct chat_answer answer)
{
	if (relay->baseline == SERVICE_LANGCHAIN)
		talk_langchain_stream(&relay->exchange->reply, &relay->talk, answer);
	else
		talk_cli_stream(&relay->exchange->reply, &relay->talk, answer);
}

/* Half of an answer, then nothing more from the baseline. */
static void half_stream(const struct relay *relay)
{
	good_stream(relay, relay->answer);
	reply_cut(&relay->exchange->reply, reply_middle(&relay->exchange->reply));
}

static void stream_text(const struct relay *relay, const char *text)
{
	good_stream(relay, (struct chat_answer){.text = str_of(text)});
}

static void stream_failed(const struct relay *relay, bool halfway)
{
	struct reply *reply = &relay->exchange->reply;
	reply_stream(reply);
	if (relay->baseline == SERVICE_LANGCHAIN) {
		talk_done(reply);
		return;
	}
	good_stream(relay, relay->answer);
	reply_cut(reply, halfway ? reply_middle(reply) : 1);
	talk_cli_note(reply, &relay->talk, exchange_apology_partial);
}

static void stream_undone(const struct relay *relay)
{
	struct reply *reply = &relay->exchange->reply;
	good_stream(relay, relay->answer);
	while (reply->n_frames > 0 && reply->frames[reply->n_frames - 1].kind != FRAME_TOKEN)
		reply->n_frames--;
	talk_done(reply);
}

static void stream_waking(const struct relay *relay)
{
	struct frame warming = {FRAME_COMMENT, STR("warming upstream"), PING_US};
	good_stream(relay, relay->answer);
	reply_insert(&relay->exchange->reply, 0, warming);
	reply_insert(&relay->exchange->reply, 0, warming);
}

static void relay_stream(const struct relay *relay, enum backend_state state)
{
	struct reply *reply = &relay->exchange->reply;
	reply_stream(reply);
	switch (state) {
	case BACKEND_UP: good_stream(relay, relay->answer); break;
	case BACKEND_DOWN: talk_gateway_note(reply, &relay->talk, no_connection); break;
	case BACKEND_KILLED:
		half_stream(relay);
		talk_gateway_note(reply, &relay->talk, cut_connection);
		break;
	case BACKEND_500:
		talk_gateway_note(reply, &relay->talk, "Error from competitor: 500");
		break;
	case BACKEND_SILENT:
		comments(reply, "ping", 3);
		talk_gateway_note(reply, &relay->talk, "Request timed out");
		break;
	case BACKEND_ASLEEP:
		comments(reply, "warming upstream", 5);
		talk_gateway_note(reply, &relay->talk, "Error from competitor: 429");
		break;
	case BACKEND_WAKING: stream_waking(relay); break;
	case BACKEND_UNDONE: stream_undone(relay); break;
	case BACKEND_MODEL_FAILS: stream_failed(relay, false); break;
	case BACKEND_MODEL_CUT: stream_failed(relay, true); break;
	case BACKEND_NO_SANDBOX:
		if (relay->answer.agent)
			stream_text(relay, exchange_no_sandbox);
		else
			good_stream(relay, relay->answer);
		break;
	case BACKEND_NO_KEY: stream_text(relay, exchange_no_key); break;
	}
}

static void mock(struct exchange *exchange, const struct chat *chat)
{
	struct talk talk = exchange_talk(exchange, chat);
	if (chat->stream)
		talk_mock_stream(&exchange->reply, &talk);
	else
		mock_completion(exchange, &talk);
}

/* Model names are static; so is what they stand for. */
bool gateway_baseline(struct str model, enum service_id *baseline)
{
	*baseline = str_eq(model, STR("baseline-langchain")) ? SERVICE_LANGCHAIN : SERVICE_CLI;
	return *baseline == SERVICE_LANGCHAIN || model.n == 0 ||
	       str_eq(model, STR("baseline-cli-agent"));
}

void gateway_chat(struct exchange *exchange, const struct chat *chat, enum service_id baseline)
{
	struct relay relay = {
		.exchange = exchange,
		.chat = chat,
		.baseline = baseline,
		.talk = exchange_talk(exchange, chat),
		.answer = exchange_answer(exchange, chat),
	};
	enum backend_state state = fault_backend(&exchange->hits, baseline);
	if (exchange->quirks & QUIRK_GATEWAY_MOCK)
		mock(exchange, chat);
	else if (chat->stream)
		relay_stream(&relay, state);
	else
		relay_whole(&relay, state);
}

static void chat_completions(struct exchange *exchange)
{
	struct chat chat;
	enum service_id baseline;
	if (!exchange_chat(exchange, &chat))
		return;
	unsigned lenient = QUIRK_MODEL_FALLBACK | QUIRK_GATEWAY_MOCK;
	if (gateway_baseline(chat.model, &baseline) || exchange->quirks & lenient)
		gateway_chat(exchange, &chat, baseline);
	else
		unknown_model(exchange, chat.model);
}

void gateway_serve(struct exchange *exchange)
{
	static const struct route routes[] = {
		{"GET", "/health", health},
		{"GET", "/docs", docs},
		{"GET", "/api/docs", api_docs},
		{"GET", "/v1/models", models},
		{"POST", "/v1/chat/completions", chat_completions},
		{"GET", "/api/transcribe/health", transcribe_health},
		{"POST", "/api/transcribe", transcribe},
	};
	if (exchange->quirks & QUIRK_LOCKED &&
		http_find(exchange->request, "x-prereleasepassword").n == 0) {
		exchange_json(exchange, 401, "{\"detail\":\"Pre-release password required\"}");
		exchange->untraced = true;
		return;
	}
	exchange_route(exchange, routes, sizeof(routes) / sizeof(routes[0]));
}
