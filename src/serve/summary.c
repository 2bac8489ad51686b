#include "serve/summary.h"

enum { SENTENCE_NAMES_MAX = 3 };

bool check_is_known_issue(const struct board_check *check, int64_t now_wall_us)
{
	const struct board_definition *definition = check->definition;
	if (!definition->known_issue)
		return false;
	if (definition->known_until_wall_us && now_wall_us >= definition->known_until_wall_us)
		return false;
	return check->health.state == HEALTH_DOWN ||
	       (check->has_last && check->last.outcome == OUTCOME_FAIL);
}

bool check_is_skipped(const struct board_check *check)
{
	return check->health.state == HEALTH_UNKNOWN && check->has_last &&
	       check->last.outcome == OUTCOME_SKIP;
}

unsigned state_urgency(enum health_state state)
{
	switch (state) {
	case HEALTH_DOWN: return 0;
	case HEALTH_DEGRADED: return 1;
	case HEALTH_UNKNOWN: return 3;
	case HEALTH_MAINTENANCE: return 4;
	case HEALTH_UP: return 6;
	case HEALTH_COUNT: break;
	}
	return 7;
}

unsigned check_urgency(const struct board_check *check, int64_t now_wall_us)
{
	if (!check->definition->enabled)
		return 8;
	if (check_is_known_issue(check, now_wall_us))
		return 2;
	if (check_is_skipped(check))
		return 5;
	return state_urgency(check->health.state);
}

/* Nothing known yet only counts when there is nothing else. */
static enum health_state overall(const struct summary *summary)
{
	if (summary->counts[HEALTH_DOWN])
		return HEALTH_DOWN;
	if (summary->counts[HEALTH_DEGRADED])
		return HEALTH_DEGRADED;
	if (summary->counts[HEALTH_UP] || summary->known)
		return HEALTH_UP;
	return summary->counts[HEALTH_MAINTENANCE] ? HEALTH_MAINTENANCE : HEALTH_UNKNOWN;
}

static bool store_fails(const struct board_view *view)
{
	return view->self_known && !view->self.store_ok;
}

static bool is_offline(const struct board_view *view)
{
	return view->self_known && view->self.offline_wall_us;
}

struct summary summary_of(const struct board_view *view, size_t service, int64_t now_wall_us)
{
	struct summary summary = {0};
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		const struct board_check *check = &view->checks[i];
		if (service != SUMMARY_ALL && check->definition->service != service)
			continue;
		if (!check->definition->enabled) {
			summary.off++;
			continue;
		}
		summary.total++;
		summary.skipped += check_is_skipped(check);
		if (check_is_known_issue(check, now_wall_us))
			summary.known++;
		else
			summary.counts[check->health.state]++;
	}
	summary.state = overall(&summary);
	if (service == SUMMARY_ALL && (store_fails(view) || is_offline(view)) &&
		summary.state != HEALTH_DOWN)
		summary.state = HEALTH_DEGRADED;
	return summary;
}

static bool is_meant(const struct board_check *check, enum health_state state, int64_t now_wall_us)
{
	return check->definition->enabled && check->health.state == state &&
	       !check_is_known_issue(check, now_wall_us);
}

/* Those of one incident have one name. */
static bool is_named(const uint64_t *incidents, size_t n, uint64_t incident)
{
	for (size_t i = 0; i < n; i++)
		if (incident && incidents[i] == incident)
			return true;
	return false;
}

/* That of the check its incident is about; its own when that one isn't down any more. */
static void put_name(struct buf *out, const struct board_view *view,
	const struct board_check *check, int64_t now_wall_us)
{
	const struct board_check *root =
		check->incident && check->root >= 0 && (size_t)check->root < view->plan->n_checks
			? &view->checks[check->root]
			: check;
	if (root == check || (root->incident == check->incident &&
				     is_meant(root, check->health.state, now_wall_us))) {
		buf_puts(out, root->definition->title);
		return;
	}
	buf_printf(out, "%s (since %s failed)", check->definition->title, root->definition->title);
}

/* Causes first: who is down because of another is one of "and so many more". */
static void put_names(struct buf *out, const struct board_view *view, enum health_state state,
	size_t n, int64_t now_wall_us)
{
	uint64_t incidents[SENTENCE_NAMES_MAX];
	size_t named = 0;
	for (size_t i = 0; i < view->plan->n_checks && named < SENTENCE_NAMES_MAX; i++) {
		const struct board_check *check = &view->checks[i];
		if (!is_meant(check, state, now_wall_us) ||
			is_named(incidents, named, check->incident))
			continue;
		buf_puts(out, named ? ", " : ": ");
		put_name(out, view, check, now_wall_us);
		incidents[named++] = check->incident;
	}
	if (n > named)
		buf_printf(out, " and %zu more", n - named);
}

static void put_bad(struct buf *out, const struct board_view *view, const struct summary *summary,
	enum health_state state, int64_t now_wall_us)
{
	size_t n = summary->counts[state];
	buf_printf(out, "%zu of %zu check%s %s %s", n, summary->total,
		summary->total == 1 ? "" : "s", n == 1 ? "is" : "are", health_name(state));
	put_names(out, view, state, n, now_wall_us);
	buf_puts(out, ".");
}

static void put_rest(struct buf *out, const struct summary *summary)
{
	size_t known = summary->known;
	size_t paused = summary->counts[HEALTH_MAINTENANCE];
	size_t skipped = summary->skipped;
	size_t unknown = summary->counts[HEALTH_UNKNOWN] - skipped;
	if (unknown)
		buf_printf(out, ", %zu %s no verdict yet", unknown, unknown == 1 ? "has" : "have");
	if (skipped)
		buf_printf(out, ", %zu %s skipped", skipped, skipped == 1 ? "is" : "are");
	if (paused)
		buf_printf(out, ", %zu %s in maintenance", paused, paused == 1 ? "is" : "are");
	if (known)
		buf_printf(out, ", %zu fail%s as a known issue", known, known == 1 ? "s" : "");
}

static void put_good(struct buf *out, const struct summary *summary)
{
	size_t up = summary->counts[HEALTH_UP];
	const char *plural = summary->total == 1 ? "" : "s";
	if (summary->total == 0) {
		buf_puts(out, "No checks are configured.");
	} else if (up == summary->total) {
		buf_printf(out, up == 1 ? "The only check passes." : "All %zu checks pass.", up);
	} else if (summary->skipped == summary->total) {
		buf_puts(out, "Every check is skipped.");
	} else if (summary->counts[HEALTH_UNKNOWN] == summary->total) {
		buf_printf(out, "Waiting for the first verdict on %zu check%s.", summary->total,
			plural);
	} else {
		buf_printf(out, "%zu of %zu check%s pass%s", up, summary->total, plural,
			up == 1 ? "es" : "");
		put_rest(out, summary);
		buf_putc(out, '.');
	}
}

void summary_sentence(struct buf *out, const struct board_view *view, const struct summary *summary,
	int64_t now_wall_us)
{
	if (summary->counts[HEALTH_DOWN])
		put_bad(out, view, summary, HEALTH_DOWN, now_wall_us);
	else if (summary->counts[HEALTH_DEGRADED])
		put_bad(out, view, summary, HEALTH_DEGRADED, now_wall_us);
	else
		put_good(out, summary);
	if (store_fails(view))
		buf_puts(out, " Results can't be stored at the moment.");
	if (is_offline(view))
		buf_puts(out, " The monitor itself is offline: no canary can be reached.");
}
