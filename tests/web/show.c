/* Serves the pages over a board of made-up states until its standard input ends, to look at them:
 * show [fine|demo|empty|wait] [ADDRESS]. Prints the address. */
#include "base/clock.h"
#include "base/memory.h"
#include "serve/board.h"
#include "serve/server.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MINUTE (60 * US_PER_S)

/* history: the latest results, oldest first: p w f s; a blank: none yet. */
static const struct story {
	const char *id, *title;
	size_t service;
	enum health_state state;
	int64_t minutes; /* in that state */
	int64_t duration_us, ttft_us;
	const char *history, *message, *known;
} stories[] = {
	{"gateway-health", "Gateway answers /health", 0, HEALTH_UP, 4000, 12300, -1,
		"pppppppppppppppppppppppppppppp", "", NULL},
	{"gateway-models-baselines", "Gateway lists both baselines", 0, HEALTH_UP, 4000, 18200, -1,
		"ppppppppppppppppppppppsspppppp", "", NULL},
	{"gateway-docs", "Gateway serves its documentation", 0, HEALTH_DOWN, 9000, 9100, -1,
		"ffffffffffffffffffffffffffffff", "status: expected 2xx, got 404",
		"The path moved to /api/docs, ticket 31"},
	{"gateway-chat", "Gateway answers a chat", 0, HEALTH_UP, 2700, 1240000, -1,
		"pppppppppppppppppppppppppppppp", "", NULL},
	{"gateway-stream", "Gateway streams a chat, token by token", 0, HEALTH_DOWN, 13, 6312000,
		6012000, "pppppppppppppppppppppppwwpffff",
		"stream.ttft: expected at most 5s, got 6.012s", NULL},
	{"gateway-stream-integrity", "A stream is whole: finish reason, [DONE], no error inside", 0,
		HEALTH_DEGRADED, 42, 2210000, 1830000, "pppppppppppppppppppppppppwwwww",
		"stream.token_gap: expected at most 10s, got 11.4s <script>alert(1)</script>",
		NULL},
	{"gateway-unknown-model", "An unknown model is refused", 0, HEALTH_UP, 4000, 14000, -1,
		"pppppppppppppppppppppppppppppp", "", NULL},
	{"code-generation[baseline-cli-agent]", "Code generation (baseline-cli-agent)", 1,
		HEALTH_UP, 300, 48700000, 12400000, "                pppppppppwpppp", "", NULL},
	{"baseline-cli-health", "Baseline CLI answers /health", 1, HEALTH_UP, 4000, 8000, -1,
		"pppppppppppppppppppppppppppppp", "", NULL},
	{"baseline-cli-debug-stream", "The debug stream opens", 1, HEALTH_UP, 4000, 6000, -1,
		"pppppppfpppppppppppppppppppppp", "", NULL},
	{"baseline-langchain-health", "Baseline LangChain answers /health", 2, HEALTH_UNKNOWN, 0,
		3000, -1, "sssssssssssssssssssssssssss",
		"connect: connection refused by 127.0.0.1:8002", NULL},
	{"code-generation[baseline-langchain]", "Code generation (baseline-langchain)", 2,
		HEALTH_UNKNOWN, 0, -1, -1, "", "", NULL},
	{"memory-health", "Memory answers /health", 3, HEALTH_UP, 4000, 92000, -1,
		"pppppppppppppppppppppppppppppp", "", NULL},
	{"memory-extract", "Memory extracts facts from a conversation", 3, HEALTH_DOWN, 1530,
		412000, -1, "ffffffffffffffffffffffffffffff",
		"status: expected 200, got 500: {\"detail\":\"Internal Server Error\",\"trace\":"
		"\"Traceback (most recent call last): File app/routers/memory.py, line 211, in "
		"extract\"}",
		NULL},
	{"memory-recall", "Memory recalls what was stored", 3, HEALTH_MAINTENANCE, 20, 210000, -1,
		"pppppppppppppppppppppppppppppp", "", NULL},
	{"ui-home", "The web UI loads", 4, HEALTH_UP, 4000, 61000, -1,
		"pppppppppppppppppppppppppppppp", "", NULL},
	{"ui-chat-page", "The chat page loads", 4, HEALTH_UP, 4000, 64000, -1,
		"pppppppppppppppppppppppppppppp", "", NULL},
};

enum { STORIES = sizeof(stories) / sizeof(stories[0]), SERVICES = 5 };

static struct service services[SERVICES] = {
	{.id = "gateway", .title = "Gateway"},
	{.id = "baseline-cli", .title = "Baseline: CLI agent"},
	{.id = "baseline-langchain", .title = "Baseline: LangChain"},
	{.id = "memory", .title = "Memory service"},
	{.id = "ui", .title = "Web UI"},
};
static struct known_issue known[STORIES];
static struct check checks[STORIES];
static struct watch_policy policies[STORIES];

static enum outcome outcome_of(char letter)
{
	switch (letter) {
	case 'w': return OUTCOME_WARN;
	case 'f': return OUTCOME_FAIL;
	case 's': return OUTCOME_SKIP;
	default: return OUTCOME_PASS;
	}
}

static void tell(struct board *board, size_t index, int64_t now, bool fine)
{
	const struct story *story = &stories[index];
	size_t n = strlen(story->history);
	for (size_t i = 0; i < n; i++) {
		char letter = story->history[i];
		if (letter == ' ')
			continue;
		int64_t at = now - (int64_t)(n - i) * MINUTE;
		enum outcome outcome = fine ? OUTCOME_PASS : outcome_of(letter);
		struct record record = {
			.check = &checks[index],
			.check_id = story->id,
			.key = (uint64_t)(index + 1) << RESULT_KEY_TIME_BITS |
			       (uint64_t)(at / 1000),
			.started_wall_us = at,
			.duration_us = story->duration_us,
			.outcome = outcome,
			.reason = outcome == OUTCOME_FAIL ? REASON_EXPECTATION : REASON_NONE,
			.attempts = 1,
			.message = outcome == OUTCOME_PASS ? "" : story->message,
			.http_status = 200,
			.timing = {120, 420, 420, story->duration_us / 2, story->duration_us},
			.is_stream = story->ttft_us >= 0,
			.integrity = INTEGRITY_COMPLETE,
			.stream = {.ttft_us = story->ttft_us, .token_gap_us = 40000},
			.prompt_tokens = 12,
			.completion_tokens = 40,
		};
		board_result(board, index, &record);
	}
	struct health health = {.state = HEALTH_UP};
	if (!fine || !n)
		health.state = story->state;
	board_set_state(board, index, health, story->minutes ? now - story->minutes * MINUTE : 0,
		(struct board_incident){
			health.state == HEALTH_DOWN ? index + 1 : 0, (ptrdiff_t)index, false});
	if (n)
		board_next(board, index, now + MINUTE);
}

/* A day of results, so that there is an uptime to show. */

static char folder[] = "/tmp/outrider-show-XXXXXX";
static char database[sizeof(folder) + 16];

static void remember(struct store *store, size_t index, int64_t now)
{
	struct error error = {0};
	uint32_t number = store_check_number(store, stories[index].id, &error);
	size_t rare = 11 + 23 * (index % 5);
	for (size_t i = 30; i < 288 && stories[index].history[0]; i++) {
		int64_t at = now - (int64_t)i * 5 * MINUTE;
		struct store_item *item = MEM_NEW(struct store_item);
		item->record = MEM_NEW(struct record);
		*item->record = (struct record){
			.check_id = stories[index].id,
			.key = (uint64_t)number << RESULT_KEY_TIME_BITS | (uint64_t)(at / 1000),
			.started_wall_us = at,
			.duration_us = stories[index].duration_us,
			.outcome = i % rare == 0 && index % 3 ? OUTCOME_FAIL : OUTCOME_PASS,
			.message = "",
			.timing = TIMING_NONE,
		};
		item->check_number = number;
		if (!store_give(store, item))
			store_item_free(item);
	}
}

static void remember_all(int64_t now)
{
	struct error error = {0};
	if (!mkdtemp(folder))
		return;
	snprintf(database, sizeof(database), "%s/show.db", folder);
	const struct store_options options = {.path = database};
	struct store *store = store_open(&options, &error);
	if (!store || !store_start(store, (struct store_events){0}, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return;
	}
	for (size_t i = 0; i < STORIES; i++)
		remember(store, i, now);
	store_close(store);
}

static void forget(void)
{
	static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		char path[sizeof(database) + 8];
		snprintf(path, sizeof(path), "%s%s", database, endings[i]);
		unlink(path);
	}
	rmdir(folder);
}

static void define(void)
{
	for (size_t i = 0; i < STORIES; i++) {
		checks[i] = (struct check){.id = stories[i].id,
			.title = stories[i].title,
			.service = &services[stories[i].service],
			.timeout_us = MINUTE};
		policies[i] = (struct watch_policy){.every_us = MINUTE, .enabled = true};
		known[i].reason = stories[i].known;
		if (stories[i].known)
			checks[i].known_issue = &known[i];
	}
}

int main(int argc, char **argv)
{
	const char *mood = argc > 1 ? argv[1] : "";
	struct serve_options options = {.listen = argc > 2 ? argv[2] : "127.0.0.1:0"};
	bool demo = strcmp(mood, "demo") == 0;
	struct plan plan = {.mode = "local",
		.services = services,
		.n_services = SERVICES,
		.checks = checks,
		.n_checks = strcmp(mood, "empty") == 0 ? 0 : STORIES};
	struct watch_plan watch = {.checks = policies, .n_checks = STORIES};
	struct board *board = board_new();
	int64_t now = clock_wall_us();
	define();
	board_load(board, &plan, &watch, demo);
	for (size_t i = 0; i < plan.n_checks && strcmp(mood, "wait") != 0; i++)
		tell(board, i, now, strcmp(mood, "fine") == 0);
	struct board_self self = {.started_wall_us = now - 3600 * US_PER_S,
		.reloaded_wall_us = now - 3600 * US_PER_S,
		.reload_ok = true,
		.store_ok = strcmp(mood, "full") != 0,
		.lateness = {.bounds = &histogram_gap_bounds}};
	board_set_self(board, &self);
	struct error error = {0};
	remember_all(now);
	struct server *server = server_start(
		&options, (struct server_sources){.board = board, .database = database}, &error);
	if (!server) {
		fprintf(stderr, "%s\n", error.text);
		board_free(board);
		return 1;
	}
	printf("%s\n", server_address(server));
	fflush(stdout);
	char byte = 0;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
	server_stop(server);
	board_free(board);
	forget();
	return 0;
}
