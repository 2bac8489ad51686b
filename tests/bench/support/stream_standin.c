#include "stream_standin.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/memory.h"
#include "measure.h"
#include "sim/sim.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHAT_MAX = 1024, JOURNAL_MAX = 64 << 20 };

static const char *const services[STREAM_SERVICES] = {
	"gateway", "baseline-cli", "baseline-langchain"};

static _Noreturn void serve(int core, int64_t interval_us, int out)
{
	struct stream_standin say = {0};
	struct error error;
	bench_pin(core);
	struct event_base *base = bench_base();
	struct sim *sim = sim_new(base, &(struct sim_options){.pace_us = interval_us}, &error);
	if (!sim) {
		fprintf(stderr, "the stand-in can't be started: %s\n", error.text);
		_exit(1);
	}
	snprintf(say.control, STREAM_URL_MAX, "%s", sim_url(sim, "control"));
	for (size_t i = 0; i < STREAM_SERVICES; i++)
		snprintf(say.urls[i], STREAM_URL_MAX, "%s", sim_url(sim, services[i]));
	if (write(out, &say, sizeof(say)) == sizeof(say))
		event_base_dispatch(base);
	_exit(1);
}

pid_t stream_standin_start(int core, int64_t interval_us, struct stream_standin *standin)
{
	int ends[2];
	if (pipe(ends) != 0)
		abort();
	pid_t pid = bench_fork();
	if (pid == 0)
		serve(core, interval_us, ends[1]);
	close(ends[1]);
	if (read(ends[0], standin, sizeof(*standin)) != sizeof(*standin))
		exit(1);
	close(ends[0]);
	return pid;
}

void stream_standin_url(const struct stream_standin *standin, size_t id, char *url, size_t size)
{
	snprintf(url, size, "%s/v1/chat/completions", standin->urls[id % STREAM_SERVICES]);
}

char *stream_standin_chat(size_t tokens)
{
	struct buf chat = BUF_INIT(CHAT_MAX);
	buf_printf(&chat,
		"{\"model\":\"baseline-cli-agent\",\"stream\":true,\"messages\":"
		"[{\"role\":\"user\",\"content\":\"Count from 1 to %zu\"}]}",
		tokens);
	return buf_take(&chat);
}

static size_t keep(char *bytes, size_t size, size_t n, void *ctx)
{
	return buf_put(ctx, bytes, size * n) ? size * n : 0;
}

/* GET, or POST of a body. */
static bool ask(const char *url, const char *path, const char *body, struct buf *answer)
{
	char whole[2 * STREAM_URL_MAX];
	snprintf(whole, sizeof(whole), "%s%s", url, path);
	CURL *easy = curl_easy_init();
	curl_easy_setopt(easy, CURLOPT_URL, whole);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
	if (body)
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	CURLcode code = curl_easy_perform(easy);
	curl_easy_cleanup(easy);
	if (code != CURLE_OK)
		fprintf(stderr, "%s: %s\n", whole, curl_easy_strerror(code));
	return code == CURLE_OK;
}

static void note_sent(const struct json *entry, struct stream_log *log)
{
	struct str check = json_string(json_member(entry, "check"));
	size_t id = 0, n = 0;
	if (!str_starts(check, STR(STREAM_CHECK), false))
		return;
	for (size_t i = strlen(STREAM_CHECK); i < check.n; i++)
		id = id * 10 + (size_t)(check.p[i] - '0');
	const struct json *send = json_first(json_member(entry, "sent"));
	for (; id < STREAM_IDS_MAX && n < STREAM_EVENTS_MAX && send; send = json_next(send))
		if (str_eq(json_string(json_item(send, 0)), STR("token")))
			log->sent_us[id][n++] = (int64_t)json_number(json_item(send, 1));
}

static bool read_journal(struct str journal, struct stream_log *log)
{
	while (journal.n) {
		ptrdiff_t end = str_find(journal, STR("\n"), false);
		struct str line = {journal.p, end < 0 ? journal.n : (size_t)end};
		struct error error;
		struct json *entry = json_parse(line, &error);
		if (!entry) {
			fprintf(stderr, "the journal can't be read: %s\n", error.text);
			return false;
		}
		note_sent(entry, log);
		json_free(entry);
		journal = str_from(journal, line.n + (end >= 0));
	}
	return true;
}

static bool is_whole(const struct stream_log *log, size_t streams, size_t tokens)
{
	for (size_t id = 0; id < streams; id++)
		for (size_t i = 0; i < tokens; i++)
			if (!log->sent_us[id][i]) {
				fprintf(stderr, "the journal lacks token %zu of stream %zu\n", i,
					id);
				return false;
			}
	return true;
}

bool stream_standin_log(
	const struct stream_standin *standin, struct stream_log *log, size_t streams, size_t tokens)
{
	struct buf journal = BUF_INIT(JOURNAL_MAX), answer = BUF_INIT(JOURNAL_MAX);
	bool ok = ask(standin->control, "/_sim/journal", NULL, &journal) &&
		  read_journal(buf_str(&journal), log) &&
		  ask(standin->control, "/_sim/reset", "", &answer) &&
		  is_whole(log, streams, tokens);
	buf_fini(&journal);
	buf_fini(&answer);
	return ok;
}
