/* A matcher in the check language (the first line) judges an answer (the rest) by the rules of logic,
 * and in words that are inert. */
#include "memory_config.h"

#include "check/verdict.h"

static bool words_are_inert(const char *words)
{
	for (const char *c = words; words && *c; c++)
		if (((unsigned char)*c < 0x20) || *c == 0x7f)
			return false;
	return !words || utf8_valid(str_of(words));
}

static void holds_finding(const struct finding *finding)
{
	HOLDS((finding->outcome == OUTCOME_PASS) == (finding->reason == REASON_NONE));
	HOLDS(words_are_inert(finding->expected));
	HOLDS(words_are_inert(finding->actual));
	HOLDS(words_are_inert(finding->excerpt));
}

static enum reason judge(const struct check *check, struct str body)
{
	struct observation seen;
	struct arena arena;
	arena_init(&arena);
	observation_init(&seen, 0, 0);
	seen.http_status = 200;
	buf_putstr(&seen.body, body);
	seen.body_bytes = body.n;
	struct verdict verdict = verdict_judge(&arena, &check->steps[0], &seen, NULL);
	for (size_t i = 0; i < verdict.n_findings; i++)
		holds_finding(&verdict.findings[i]);
	HOLDS((verdict.outcome == OUTCOME_PASS) == (verdict.reason == REASON_NONE));
	HOLDS(words_are_inert(verdict.message));
	enum reason reason = verdict.reason;
	observation_fini(&seen);
	arena_fini(&arena);
	return reason;
}

static void holds_logic(const struct plan *plan, struct str body)
{
	enum reason is = judge(plan_find(plan, "is"), body);
	enum reason isnt = judge(plan_find(plan, "isnt"), body);
	enum reason twice = judge(plan_find(plan, "twice"), body);
	enum reason either = judge(plan_find(plan, "either"), body);
	HOLDS(is != REASON_MALFORMED || isnt == REASON_MALFORMED);
	HOLDS(twice == is);
	if (isnt == REASON_MALFORMED || is == REASON_MASKED || isnt == REASON_MASKED)
		return;
	HOLDS((is == REASON_NONE) != (isnt == REASON_NONE));
	HOLDS(either == REASON_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = input_of(data, size);
	struct str matcher = input_line(&body);
	struct buf file = BUF_INIT(SIZE_MAX);
	struct diagnostics diagnostics;
	diagnostics_init(&diagnostics);
	buf_puts(&file, "services: {s: {url: \"http://h\"}}\n"
			"signatures: {lies: [{contains: Error from}]}\nchecks:\n");
	static const char *const rows[] = {"is: %.*s", "isnt: {not: %.*s}",
		"twice: {all_of: [%.*s]}",
		"either: {any_of: [{not: {contains: x}}, {contains: x}, %.*s]}"};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *colon = strchr(rows[i], ':');
		const char *hole = strstr(rows[i], "%.*s");
		buf_printf(&file,
			"- {service: s, get: /, id: %.*s, expect: {json: {$: %.*s%.*s%s}}}\n",
			(int)(colon - rows[i]), rows[i], (int)(hole - colon - 2), colon + 2,
			STR_ARG(matcher), hole + 4);
	}
	struct config *config = memory_config(buf_str(&file), &diagnostics);
	if (config && config->plan.n_checks == 4 && plan_find(&config->plan, "either"))
		holds_logic(&config->plan, body);
	config_free(config);
	diagnostics_fini(&diagnostics);
	buf_fini(&file);
	return 0;
}
