#include "serve/check_findings.h"

#include "base/text.h"
#include "serve/page_parts.h"
#include "serve/words.h"

#define WORTH_A_WORD 1.05 /* so many times the limit */

static const char *named(struct arena *arena, const struct finding *finding)
{
	const char *subject = finding->subject ? finding->subject : "";
	return finding->step ? arena_printf(arena, "%s: %s", finding->step, subject) : subject;
}

static bool duration_of(const char *text, int64_t *us)
{
	return text && text_parse_duration((struct str){text, strcspn(text, ", ")}, us);
}

/* "at most 5s" and "6.012s": 1.2 times the limit. */
static void add_times(struct arena *arena, struct value *item, const struct finding *finding)
{
	static const char most[] = "at most ";
	int64_t limit_us = 0, came_us = 0;
	const char *at = finding->expected ? strstr(finding->expected, most) : NULL;
	if (!at || !duration_of(at + strlen(most), &limit_us) || limit_us <= 0 ||
		!duration_of(finding->actual, &came_us))
		return;
	double times = (double)came_us / (double)limit_us;
	if (times > WORTH_A_WORD)
		value_text(arena, item, "times",
			arena_printf(arena, "%.*f times the limit", times < 10 ? 1 : 0, times));
}

/* Three pieces: before the place, the place, behind it. */
static void add_excerpt(struct arena *arena, struct value *item, const struct finding *finding)
{
	if (!finding->excerpt)
		return;
	struct value *excerpt = value_member(arena, item, "excerpt");
	struct str text = str_of(finding->excerpt);
	if (!finding->marked) {
		value_str(arena, excerpt, "before", text);
		return;
	}
	value_str(arena, excerpt, "before", (struct str){text.p, finding->mark_at});
	if (finding->mark_n)
		value_str(arena, excerpt, "place",
			(struct str){text.p + finding->mark_at, finding->mark_n});
	else
		value_bool(arena, excerpt, "between", true);
	value_str(arena, excerpt, "behind", str_from(text, finding->mark_at + finding->mark_n));
}

static void add_finding(struct arena *arena, struct value *list, const struct finding *finding)
{
	struct value *item = value_item(arena, list);
	face_add(arena, item, face_of_outcome(finding->outcome));
	value_text(arena, item, "outcome", outcome_name(finding->outcome));
	value_text(arena, item, "subject", named(arena, finding));
	value_text(arena, item, "expected", finding->expected ? finding->expected : "nothing");
	value_text(arena, item, "actual", finding->actual ? finding->actual : "nothing");
	value_text(arena, item, "detail", finding->detail);
	add_times(arena, item, finding);
	add_excerpt(arena, item, finding);
}

static void add_held(struct arena *arena, struct value *list, const struct finding *finding)
{
	struct value *item = value_item(arena, list);
	value_text(arena, item, "subject", named(arena, finding));
	value_text(arena, item, "expected", finding->expected);
	value_text(arena, item, "actual", finding->actual);
}

void check_findings_add(struct arena *arena, struct value *object, const struct exhibit *exhibit)
{
	struct value *findings = value_list(arena, object, "findings");
	size_t n_held = 0;
	for (size_t i = 0; i < exhibit->n_findings; i++)
		if (exhibit->findings[i].outcome != OUTCOME_PASS)
			add_finding(arena, findings, &exhibit->findings[i]);
		else
			n_held++;
	value_bool(arena, object, "has_findings", value_truth(findings));
	if (n_held) {
		struct value *held = value_member(arena, object, "held");
		value_text(arena, held, "n",
			arena_printf(
				arena, "%zu expectation%s held", n_held, n_held == 1 ? "" : "s"));
		struct value *list = value_list(arena, held, "list");
		for (size_t i = 0; i < exhibit->n_findings; i++)
			if (exhibit->findings[i].outcome == OUTCOME_PASS)
				add_held(arena, list, &exhibit->findings[i]);
	}
	if (exhibit->findings_dropped)
		value_int(arena, object, "findings_dropped", (int64_t)exhibit->findings_dropped);
}
