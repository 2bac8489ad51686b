/* scenario_runner FILE: plays every block of the file; ends with 1 and FILE:LINE at the first
 * demand that is not met. */
#include "facts.h"
#include "play.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char canary[] = "t0ken-c4nary";

static struct config *load(const struct script *script, const struct block *block)
{
	char path[] = "/tmp/outrider-scenario-XXXXXX.yaml";
	int fd = mkstemps(path, 5);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	struct config_source source = {.path = path};
	struct diagnostics diagnostics;
	struct config *config;

	if (!file)
		script_die(script->path, block->number, "no temporary file");
	fputs(block->yaml, file);
	fclose(file);
	diagnostics_init(&diagnostics);
	config = config_load(&source, &diagnostics);
	if (!config)
		script_die(script->path, block->number, "%s\n%s%s", block->name, block->yaml,
			buf_text(&diagnostics.text));
	diagnostics_fini(&diagnostics);
	unlink(path);
	return config;
}

/* What must not change when bodies are torn. */
static void put_summary(const struct record *record, struct buf *out)
{
	static const char *const names[] = {"outcome", "reason", "message", "integrity", "status",
		"attempts", "duration", "ttfe", "ttfr", "ttft", "line_gap", "event_gap",
		"token_gap", "itl", "tpot", "end", "chunks", "keepalives", "malformed", "tokens",
		"done", "burst", "prompt_tokens", "completion_tokens", "notes", "content",
		"answer"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		buf_printf(out, "%s ", names[i]);
		record_fact(record, str_of(names[i]), 0, out);
		buf_puts(out, "\n");
	}
	record_texts(record, out);
}

static size_t play_once(const struct script *script, const struct block *block,
	const struct config *config, struct tear tear, struct buf *summary)
{
	struct player player;
	size_t longest;
	struct record *record = play(&player, config, script->path, block, tear, &longest);

	buf_reset(summary);
	put_summary(record, summary);
	if (str_find(buf_str(summary), STR(canary), false) >= 0)
		play_die(&player, "the secret is shown:\n%s", buf_text(summary));
	record_free(record);
	return longest;
}

static bool wants_tearing(const struct block *block)
{
	for (size_t i = 0; i < block->n_lines; i++)
		if (word_is(&block->lines[i], 0, "torn"))
			return true;
	return false;
}

static void play_block(const struct script *script, const struct block *block)
{
	struct config *config = load(script, block);
	struct buf whole = BUF_INIT(1 << 22), torn = BUF_INIT(1 << 22);
	size_t longest = play_once(script, block, config, (struct tear){0}, &whole);

	for (size_t cut = 0; wants_tearing(block) && cut < longest; cut++) {
		struct tear tear = {.each = cut == 0, .cut = cut};
		play_once(script, block, config, tear, &torn);
		if (!str_eq(buf_str(&whole), buf_str(&torn)))
			script_die(script->path, block->number, "%s, torn at %zu:\n%s\nnot\n%s",
				block->name, cut, buf_text(&torn), buf_text(&whole));
	}
	buf_fini(&whole);
	buf_fini(&torn);
	config_free(config);
}

int main(int argc, char **argv)
{
	struct arena arena;
	struct script script;

	if (argc != 2) {
		fprintf(stderr, "usage: scenario_runner FILE\n");
		return 2;
	}
	setenv("SCENARIO_TOKEN", canary, 1);
	arena_init(&arena);
	script = script_read(&arena, argv[1]);
	for (size_t i = 0; i < script.n_blocks; i++)
		play_block(&script, &script.blocks[i]);
	printf("%zu scenarios\n", script.n_blocks);
	arena_fini(&arena);
	return script.n_blocks ? 0 : 1;
}
