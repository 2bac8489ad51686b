#include "sim/talk.h"

#include "base/json_writer.h"

enum { TALK_EVENT_MAX = 1 << 20, TALK_COMPLETION_MAX = 4 << 20 };

#define CLI_MODEL "janus-router"

/* A document being written: an object that begins as all of them do. */
struct page {
	struct buf buf;
	struct json_writer w;
};

static void page_begin(struct page *page, const struct talk *talk, const char *id,
	const char *object, struct str model)
{
	page->buf = BUF_INIT(TALK_COMPLETION_MAX);
	page->w = json_writer_to(&page->buf);
	jw_object(&page->w, NULL);
	jw_text(&page->w, "id", id);
	jw_text(&page->w, "object", object);
	jw_int(&page->w, "created", talk->created_s);
	jw_str(&page->w, "model", model);
}

static struct str page_end(struct page *page, struct arena *arena)
{
	jw_object_end(&page->w);
	struct str text = arena_str(arena, buf_str(&page->buf));
	buf_fini(&page->buf);
	return text;
}

static void put_usage(struct json_writer *w, struct talk_usage usage, bool costs)
{
	if (!usage.known) {
		jw_null(w, "usage");
		return;
	}
	jw_object(w, "usage");
	jw_int(w, "prompt_tokens", usage.prompt);
	jw_int(w, "completion_tokens", usage.completion);
	jw_int(w, "total_tokens", usage.prompt + usage.completion);
	if (costs) {
		jw_null(w, "cost_usd");
		jw_null(w, "sandbox_seconds");
	}
	jw_object_end(w);
}

static void put_message(struct json_writer *w, enum talk_voice voice, struct chat_answer answer)
{
	jw_object(w, "message");
	jw_text(w, "role", "assistant");
	if (answer.null)
		jw_null(w, "content");
	else
		jw_str(w, "content", answer.text);
	jw_null(w, "name");
	switch (voice) {
	case TALK_CLI: break;
	case TALK_GATEWAY:
		jw_null(w, "tool_calls");
		jw_null(w, "tool_call_id");
		jw_null(w, "artifacts");
		break;
	case TALK_LANGCHAIN:
		jw_null(w, "artifacts");
		jw_null(w, "tool_calls");
		jw_null(w, "tool_call_id");
		break;
	}
	jw_object_end(w);
}

void talk_completion(struct reply *reply, const struct talk *talk, enum talk_voice voice,
	struct str model, struct chat_answer answer, struct talk_usage usage)
{
	struct page page;
	const char *id = voice == TALK_CLI ? talk->backend_id : talk->id;
	page_begin(&page, talk, id, "chat.completion", model);
	jw_array(&page.w, "choices");
	jw_object(&page.w, NULL);
	jw_int(&page.w, "index", 0);
	put_message(&page.w, voice, answer);
	jw_text(&page.w, "finish_reason", "stop");
	if (voice != TALK_CLI)
		jw_null(&page.w, "logprobs");
	jw_object_end(&page.w);
	jw_array_end(&page.w);
	put_usage(&page.w, usage, true);
	if (voice != TALK_CLI)
		jw_null(&page.w, "system_fingerprint");
	reply_body(reply, 200, "application/json", page_end(&page, talk->arena));
}

/* One event of a baseline: null members are left out. */
struct delta {
	const char *key; /* NULL: an empty delta */
	struct str value;
	const char *finish;
	const char *metadata; /* raw JSON, or NULL */
};

static struct str baseline_event(
	const struct talk *talk, const char *id, struct str model, struct delta delta)
{
	struct page page;
	page_begin(&page, talk, id, "chat.completion.chunk", model);
	if (delta.metadata)
		jw_raw(&page.w, "metadata", str_of(delta.metadata));
	jw_array(&page.w, "choices");
	jw_object(&page.w, NULL);
	jw_int(&page.w, "index", 0);
	jw_object(&page.w, "delta");
	if (delta.key)
		jw_str(&page.w, delta.key, delta.value);
	if (talk->nulls && (!delta.key || strcmp(delta.key, "content") != 0))
		jw_null(&page.w, "content");
	jw_object_end(&page.w);
	if (delta.finish)
		jw_text(&page.w, "finish_reason", delta.finish);
	jw_object_end(&page.w);
	jw_array_end(&page.w);
	return page_end(&page, talk->arena);
}

static void put_tokens(struct reply *reply, const struct talk *talk, const char *id,
	struct str model, struct chat_answer answer)
{
	struct str rest = answer.text;
	int64_t wait_us = TALK_THINK_US;
	if (answer.null) {
		struct talk nulls = *talk;
		nulls.nulls = true;
		reply_frame(reply, FRAME_OTHER,
			baseline_event(&nulls, id, model, (struct delta){.key = NULL}), wait_us);
	}
	while (rest.n > 0) {
		struct delta delta = {.key = "content"};
		delta.value = answer.agent ? rest : chat_token(&rest);
		reply_frame(reply, FRAME_TOKEN, baseline_event(talk, id, model, delta), wait_us);
		wait_us = TALK_TOKEN_US;
		if (answer.agent)
			break;
	}
}

void talk_done(struct reply *reply)
{
	reply_frame(reply, FRAME_DONE, STR("[DONE]"), 0);
}

static void put_finish(
	struct reply *reply, const struct talk *talk, const char *id, struct str model)
{
	struct delta delta = {.finish = "stop"};
	reply_frame(reply, FRAME_FINISH, baseline_event(talk, id, model, delta), TALK_TOKEN_US);
}

static void put_usage_event(
	struct reply *reply, const struct talk *talk, struct str model, int64_t completion)
{
	struct page page;
	page_begin(&page, talk, talk->backend_id, "chat.completion.chunk", model);
	jw_array(&page.w, "choices");
	jw_array_end(&page.w);
	put_usage(&page.w, (struct talk_usage){true, 0, completion}, false);
	reply_frame(reply, FRAME_USAGE, page_end(&page, talk->arena), 0);
}

static void put_role(struct reply *reply, const struct talk *talk, const char *id, struct str model,
	const char *metadata, int64_t wait_us)
{
	struct delta delta = {.key = "role", .value = STR("assistant"), .metadata = metadata};
	reply_frame(reply, FRAME_ROLE, baseline_event(talk, id, model, delta), wait_us);
}

static void put_reasoning(struct reply *reply, const struct talk *talk, const char *id,
	const char *text, int64_t wait_us)
{
	struct delta delta = {.key = "reasoning_content", .value = str_of(text)};
	reply_frame(reply, FRAME_REASONING, baseline_event(talk, id, talk->model, delta), wait_us);
}

static void agent_stream(struct reply *reply, const struct talk *talk, struct chat_answer answer)
{
	static const char metadata[] =
		"{\"using_agent\":true,\"complexity_reason\":\"llm_verification: llm_decision\","
		"\"routing_decision\":\"agent_kimi\",\"routing_model\":\"deepseek-ai/"
		"DeepSeek-V3.2-TEE\"}";
	const char *id = arena_printf(
		talk->arena, "chatcmpl-baseline-sandy-%s", strrchr(talk->backend_id, '-') + 1);
	const char *sandbox = arena_printf(
		talk->arena, "Sandbox created: sbx-%.8s\n", strrchr(talk->backend_id, '-') + 1);
	put_role(reply, talk, id, talk->model, metadata, TALK_THINK_US);
	put_reasoning(reply, talk, id,
		"Starting claude-code agent with intelligent model routing among Chutes "
		"models...\n",
		0);
	put_reasoning(reply, talk, id, sandbox, TALK_AGENT_US);
	put_reasoning(reply, talk, id, "Running agent via Sandy API...\n", TALK_AGENT_US);
	put_reasoning(reply, talk, id, "Agent starting\n", TALK_AGENT_US);
	put_tokens(reply, talk, id, talk->model, answer);
	put_reasoning(reply, talk, id, "Agent completed (success) in 0.2s\n", TALK_TOKEN_US);
	put_reasoning(reply, talk, id, "Terminating sandbox...\n", TALK_AGENT_US);
	put_finish(reply, talk, id, talk->model);
}

static void fast_stream(struct reply *reply, const struct talk *talk, struct chat_answer answer)
{
	const char *metadata = arena_printf(talk->arena,
		"{\"using_agent\":false,\"complexity_reason\":\"%s\","
		"\"routing_decision\":\"fast_qwen\",\"routing_model\":\"Qwen/"
		"Qwen3-Next-80B-A3B-Instruct\"}",
		answer.simple ? "simple" : "llm_verification: llm_decision");
	struct str model = STR(CLI_MODEL);
	put_role(reply, talk, talk->backend_id, model, metadata, TALK_THINK_US);
	reply_frame(reply, FRAME_EMPTY,
		baseline_event(talk, talk->backend_id, model, (struct delta){.key = NULL}), 0);
	put_tokens(reply, talk, talk->backend_id, model, answer);
	put_finish(reply, talk, talk->backend_id, model);
}

void talk_cli_stream(struct reply *reply, const struct talk *talk, struct chat_answer answer)
{
	reply_stream(reply);
	if (answer.agent)
		agent_stream(reply, talk, answer);
	else
		fast_stream(reply, talk, answer);
	if (talk->usage)
		put_usage_event(reply, talk, answer.agent ? talk->model : STR(CLI_MODEL),
			chat_words(answer.text));
	talk_done(reply);
}

static struct str langchain_usage(const struct talk *talk)
{
	struct page page;
	page_begin(&page, talk, talk->id, "chat.completion.chunk", talk->model);
	jw_raw(&page.w, "choices", STR("[{\"index\":0,\"delta\":{}}]"));
	put_usage(&page.w, (struct talk_usage){.known = true}, false);
	return page_end(&page, talk->arena);
}

void talk_langchain_stream(struct reply *reply, const struct talk *talk, struct chat_answer answer)
{
	static const char metadata[] =
		"{\"generation_flags\":null,\"using_agent\":true,"
		"\"complexity_reason\":\"llm_verification: no_tool_call_conservative\"}";
	reply_stream(reply);
	put_role(reply, talk, talk->id, talk->model, metadata, TALK_THINK_US);
	answer.agent = false;
	put_tokens(reply, talk, talk->id, talk->model, answer);
	reply_frame(reply, FRAME_USAGE, langchain_usage(talk), 0);
	put_finish(reply, talk, talk->id, talk->model);
	talk_done(reply);
}

/* One event as the gateway writes its own: with every null. */
static struct str gateway_event(const struct talk *talk, const char *role, const char *content,
	const char *reasoning, const char *finish)
{
	struct page page;
	page_begin(&page, talk, talk->id, "chat.completion.chunk", talk->model);
	jw_array(&page.w, "choices");
	jw_object(&page.w, NULL);
	jw_int(&page.w, "index", 0);
	jw_object(&page.w, "delta");
	jw_text(&page.w, "role", role);
	jw_text(&page.w, "content", content);
	jw_null(&page.w, "tool_calls");
	jw_text(&page.w, "reasoning_content", reasoning);
	jw_null(&page.w, "janus");
	jw_object_end(&page.w);
	jw_text(&page.w, "finish_reason", finish);
	jw_null(&page.w, "logprobs");
	jw_object_end(&page.w);
	jw_array_end(&page.w);
	jw_null(&page.w, "usage");
	jw_null(&page.w, "system_fingerprint");
	return page_end(&page, talk->arena);
}

void talk_gateway_note(struct reply *reply, const struct talk *talk, const char *text)
{
	reply_frame(reply, FRAME_NOTE, gateway_event(talk, NULL, text, NULL, "stop"), 0);
	talk_done(reply);
}

void talk_cli_note(struct reply *reply, const struct talk *talk, const char *text)
{
	struct delta delta = {.key = "content", .value = str_of(text), .finish = "stop"};
	reply_frame(reply, FRAME_NOTE,
		baseline_event(talk, talk->backend_id, STR(CLI_MODEL), delta), TALK_TOKEN_US);
	talk_done(reply);
}

void talk_mock_stream(struct reply *reply, const struct talk *talk)
{
	static const char *const thoughts[] = {"Analyzing the request... ",
		"Processing your query... ", "Generating response... "};
	struct str rest = STR("Hello! I'm the Janus Gateway responding to your request. This is a "
			      "mock response for development purposes. ");
	reply_stream(reply);
	reply_frame(reply, FRAME_ROLE, gateway_event(talk, "assistant", NULL, NULL, NULL), 0);
	for (size_t i = 0; i < sizeof(thoughts) / sizeof(thoughts[0]); i++)
		reply_frame(reply, FRAME_REASONING,
			gateway_event(talk, NULL, NULL, thoughts[i], NULL), TALK_TOKEN_US);
	while (rest.n > 0) {
		const char *token = arena_strndup(talk->arena, chat_token(&rest));
		reply_frame(reply, FRAME_TOKEN, gateway_event(talk, NULL, token, NULL, NULL),
			TALK_TOKEN_US);
	}
	reply_frame(reply, FRAME_FINISH, gateway_event(talk, NULL, NULL, NULL, "stop"), 0);
	struct page page;
	page_begin(&page, talk, talk->id, "chat.completion.chunk", talk->model);
	jw_array(&page.w, "choices");
	jw_array_end(&page.w);
	put_usage(&page.w, (struct talk_usage){true, 50, 30}, true);
	jw_null(&page.w, "system_fingerprint");
	reply_frame(reply, FRAME_USAGE, page_end(&page, talk->arena), 0);
	talk_done(reply);
}
