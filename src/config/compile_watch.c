#include "config/compile.h"

#include "base/clock.h"
#include "config/scalar.h"

#include <stdlib.h>

enum { CIRCLE_SHOWN_MAX = 8, RECHECK_MIN_US = 1000000 };

static int64_t recheck(struct compile *c, struct view health)
{
	const struct node *node = view_get(health, "recheck");
	int64_t us = view_us(health, "recheck");
	if (node && us > 0 && us < RECHECK_MIN_US)
		problem(c->problems, node->place, "'recheck' must be 0s or at least 1s");
	return us;
}

void compile_policy(struct compile *c, struct view view, struct watch_policy *policy)
{
	struct view health = view_section(view, "health", IN_HEALTH);
	struct view budget = view_section(view, "budget", IN_BUDGET);
	struct view slo = view_section(view, "slo", IN_SLO);
	const struct node *objective = view_get(slo, "objective");
	policy->every_us = view_us(view, "every");
	policy->enabled = view_bool(view, "enabled");
	policy->health.down_after = view_rule(health, "down_after");
	policy->health.up_after = view_rule(health, "up_after");
	policy->health.cold_for_s = (uint32_t)(view_us(health, "cold_for") / US_PER_S);
	policy->recheck_us = recheck(c, health);
	policy->budget.runs_per_day = (uint32_t)view_int(budget, "runs_per_day");
	policy->budget.tokens_per_day = (uint64_t)view_int(budget, "tokens_per_day");
	if (objective && scalar_percent(objective->text, &policy->slo.objective))
		policy->slo.window_us = view_us(slo, "window");
	policy->slo_alert = view_bool(view, "slo_alert");
	policy->severity = (enum severity)view_choice(view, "severity");
}

/* Checks by their ids, and those of a matrix also by the id they share. */
struct entry {
	const char *id;
	size_t check;
};

static int by_id(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->id, y->id);
	if (order)
		return order;
	return x->check < y->check ? -1 : x->check > y->check;
}

static struct entry *entries_of(struct compile *c, size_t *n)
{
	struct entry *entries = ARENA_ARRAY(c->scratch, 2 * c->n_made, struct entry);
	*n = 0;
	for (size_t i = 0; i < c->n_made; i++) {
		const struct made *made = &c->made[i];
		entries[(*n)++] = (struct entry){made->to->id, i};
		if (strcmp(made->to->id, made->base) != 0)
			entries[(*n)++] = (struct entry){made->base, i};
	}
	if (*n)
		qsort(entries, *n, sizeof(*entries), by_id);
	return entries;
}

/* The first entry of that id, or n. */
static size_t first_of(const struct entry *entries, size_t n, const char *id)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(entries[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && strcmp(entries[low].id, id) == 0 ? low : n;
}

/* Two checks of one id, unless they are instances of one matrix and the id is the shared one. */
static void refuse_duplicates(struct compile *c, const struct entry *entries, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct made *a = &c->made[entries[i - 1].check];
		const struct made *b = &c->made[entries[i].check];
		struct place first = compile_place(a->check), place = compile_place(b->check);
		bool same_source = first.file == place.file && first.line == place.line &&
				   first.column == place.column;
		bool shared = strcmp(entries[i].id, b->base) == 0 && same_source;
		if (!entries[i].id[0] || strcmp(entries[i - 1].id, entries[i].id) != 0 || shared)
			continue;
		problem(c->problems, place, "duplicate id '%.*s', it stands at %s:%u already",
			SHOWN(str_of(entries[i].id)), first.file->name, first.line);
	}
}

/* It stands in the file, and became none: its matrix is wrong, which was said. */
static bool is_unmade(const struct compile *c, struct str name)
{
	const struct node *list = view_get((struct view){c->root, NULL, IN_TOP}, "checks");
	for (const struct node *check = list->first; check; check = check->next) {
		const struct node *id = node_child(check, "id");
		if (id && id->kind == NODE_SCALAR && str_eq(id->text, name) &&
			node_child(check, "matrix"))
			return true;
	}
	return false;
}

static void unknown_check(struct compile *c, const struct node *item)
{
	if (c->problems->n == PROBLEMS_MAX) /* nobody will read the hint */
		return;
	if (is_unmade(c, item->text))
		return;
	const char **ids = ARENA_ARRAY(c->scratch, c->n_made + 1, const char *);
	for (size_t i = 0, n = 0; i < c->n_made; i++) {
		const char *base = c->made[i].base; /* instances of a matrix share it */
		if (base[0] && (n == 0 || strcmp(ids[n - 1], base) != 0))
			ids[n++] = base;
	}
	problem(c->problems, item->place, "unknown check '%.*s'%s", SHOWN(item->text),
		problems_hint(c->problems, item->text, ids));
}

/* How many checks an id means; their indexes go to to, where it is given. */
static size_t meant(const struct entry *entries, size_t n, const char *id, size_t *to)
{
	size_t count = 0;
	for (size_t at = first_of(entries, n, id); at < n && strcmp(entries[at].id, id) == 0;
		at++) {
		if (to)
			to[count] = entries[at].check;
		count++;
	}
	return count;
}

static void set_depends(
	struct compile *c, const struct made *made, const struct entry *entries, size_t n)
{
	const struct node *list =
		view_get((struct view){made->check, NULL, IN_CHECK}, "depends_on");
	struct watch_policy *policy = made->policy;
	if (!list || list->kind != NODE_LIST)
		return;
	size_t to[DEPENDS_MAX];
	for (const struct node *item = list->first; item; item = item->next) {
		const char *id = arena_strndup(c->scratch, item->text);
		size_t count = item->bad ? 0 : meant(entries, n, id, NULL);
		if (count == 0 && !item->bad)
			unknown_check(c, item);
		if (policy->n_depends_on + count > DEPENDS_MAX) {
			problem(c->problems, list->place, "depends on more than %d checks",
				DEPENDS_MAX);
			break;
		}
		policy->n_depends_on += (uint32_t)meant(entries, n, id, to + policy->n_depends_on);
	}
	size_t *kept = ARENA_ARRAY(c->arena, policy->n_depends_on + 1, size_t);
	memcpy(kept, to, policy->n_depends_on * sizeof(*kept));
	policy->depends_on = kept;
}

static void set_compare(
	struct compile *c, const struct made *made, const struct entry *entries, size_t n)
{
	struct node *item = view_get((struct view){made->check, NULL, IN_CHECK}, "compare");
	size_t to[DEPENDS_MAX] = {0};
	if (!item || item->bad)
		return;
	const char *id = arena_strndup(c->scratch, item->text);
	size_t count = meant(entries, n, id, NULL);
	if (count == 0)
		unknown_check(c, item);
	else if (count > 1)
		problem_at(c->problems, item, "it means %zu checks of a matrix", count);
	else if (meant(entries, n, id, to) && &c->made[to[0]] == made)
		problem_at(c->problems, item, "it is compared with itself");
	else
		made->policy->compare = (uint32_t)to[0] + 1;
}

/* The walk through depends_on: what lies on the way here, and where each goes on. */
struct walk {
	size_t *path, *next;
	unsigned char *seen; /* 0: not yet, 1: on the path, 2: done */
	size_t n;
};

static void circle(struct compile *c, const struct walk *walk, size_t from)
{
	struct buf text = BUF_INIT(ERROR_TEXT_MAX);
	for (size_t i = from; i < walk->n && i < from + CIRCLE_SHOWN_MAX; i++)
		buf_printf(&text, "%s → ", c->made[walk->path[i]].to->id);
	const struct made *first = &c->made[walk->path[from]];
	problem(c->problems, compile_place(first->check), "depends_on goes in a circle: %s%s%s",
		buf_text(&text), walk->n - from > CIRCLE_SHOWN_MAX ? "... → " : "", first->to->id);
	buf_fini(&text);
}

static void meet(struct compile *c, struct walk *walk, size_t check)
{
	if (walk->seen[check] == 2)
		return;
	if (walk->seen[check] == 0) {
		walk->seen[check] = 1;
		walk->next[walk->n] = 0;
		walk->path[walk->n++] = check;
		return;
	}
	for (size_t i = 0; i < walk->n; i++)
		if (walk->path[i] == check)
			circle(c, walk, i);
}

/* Depth first, without recursion: a chain may be as long as there are checks. */
static void refuse_circles(struct compile *c)
{
	struct walk walk = {ARENA_ARRAY(c->scratch, c->n_made, size_t),
		ARENA_ARRAY(c->scratch, c->n_made, size_t),
		ARENA_ARRAY(c->scratch, c->n_made, unsigned char), 0};
	for (size_t i = 0; i < c->n_made; i++) {
		meet(c, &walk, i);
		while (walk.n) {
			size_t top = walk.path[walk.n - 1];
			const struct watch_policy *policy = c->made[top].policy;
			if (walk.next[walk.n - 1] < policy->n_depends_on) {
				meet(c, &walk, policy->depends_on[walk.next[walk.n - 1]++]);
				continue;
			}
			walk.seen[top] = 2;
			walk.n--;
		}
	}
}

void compile_depends(struct compile *c)
{
	size_t n;
	struct entry *entries = entries_of(c, &n);
	refuse_duplicates(c, entries, n);
	for (size_t i = 0; i < c->n_made; i++) {
		set_depends(c, &c->made[i], entries, n);
		set_compare(c, &c->made[i], entries, n);
	}
	refuse_circles(c);
}
