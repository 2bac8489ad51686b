#include "config/matrix.h"

#include "config/validate.h"

struct binding {
	struct str name;
	const struct node *value;
};

struct substitution {
	struct arena *arena;
	const struct binding *bindings;
	size_t n;
	size_t *room;
};

/* A text being put together, and which of its bytes came from elsewhere. */
struct piece_work {
	struct buf out;
	struct span *spans;
	size_t n;
};

static const struct node *bound(const struct substitution *s, struct str name)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->bindings[i].name, name))
			return s->bindings[i].value;
	return NULL;
}

/* The next {{name}} that is bound, from *at on: its value and where it begins and ends. */
static const struct node *next_use(
	const struct substitution *s, const struct node *node, size_t *at, size_t *end)
{
	for (;;) {
		ptrdiff_t open = str_find(str_from(node->text, *at), STR("{{"), false);
		if (open < 0)
			return NULL;
		*at += (size_t)open;
		struct str rest = str_from(node->text, *at + 2);
		ptrdiff_t close = str_find(rest, STR("}}"), false);
		if (close < 0)
			return NULL;
		bool foreign = false;
		for (size_t i = 0; i < node->n_foreign; i++)
			foreign = foreign ||
				  (*at<node->foreign[i].to && * at + 2> node->foreign[i].from);
		const struct node *value =
			foreign ? NULL : bound(s, str_trim((struct str){rest.p, (size_t)close}));
		*end = *at + 2 + (size_t)close + 2;
		if (value)
			return value;
		*at += 2;
	}
}

static void put_span(struct piece_work *work, size_t from, size_t to)
{
	if (to > from)
		work->spans[work->n++] = (struct span){from, to};
}

/* Bytes of the node's own text, with those of its spans that lie in them. */
static void put_own(struct piece_work *work, const struct node *node, size_t from, size_t to)
{
	size_t base = work->out.n;
	buf_put(&work->out, node->text.p + from, to - from);
	for (size_t i = 0; i < node->n_foreign; i++) {
		struct span span = node->foreign[i];
		if (span.from >= from && span.to <= to)
			put_span(work, base + span.from - from, base + span.to - from);
	}
}

static size_t uses(const struct substitution *s, const struct node *node)
{
	size_t n = 0;
	for (size_t at = 0, end; next_use(s, node, &at, &end); at = end)
		n++;
	return n;
}

static void substitute(const struct substitution *s, struct node *node)
{
	size_t n = uses(s, node);
	size_t at = 0, end = 0;
	if (n == 0)
		return;
	const struct node *value = next_use(s, node, &at, &end);
	node->resolved = true;
	node->from = value->from && value->from[0]
			     ? arena_printf(s->arena, "matrix, %s", value->from)
			     : "matrix";
	if (at == 0 && end == node->text.n) { /* nothing else: takes its type too */
		node->text = value->text;
		node->plain = value->plain;
		node->foreign = value->foreign;
		node->n_foreign = value->n_foreign;
		return;
	}
	struct piece_work work = {.out = BUF_INIT(*s->room),
		.spans = ARENA_ARRAY(s->arena, n + node->n_foreign, struct span)};
	size_t done = 0;
	for (at = 0; (value = next_use(s, node, &at, &end)); done = at = end) {
		put_own(&work, node, done, at);
		size_t from = work.out.n;
		buf_putstr(&work.out, value->text);
		put_span(&work, from, work.out.n);
	}
	put_own(&work, node, done, node->text.n);
	*s->room -= work.out.n;
	node->text = arena_str(s->arena, buf_str(&work.out));
	node->plain = false;
	node->foreign = work.spans;
	node->n_foreign = work.n;
	buf_fini(&work.out);
}

/* Stops where the room ends. */
static struct node *copy(const struct substitution *s, const struct node *node)
{
	struct node *twin = ARENA_NEW(s->arena, struct node);
	struct node **tail = NULL;
	*twin = *node;
	twin->first = NULL;
	twin->n = 0;
	*s->room -= sizeof(*twin) < *s->room ? sizeof(*twin) : *s->room;
	if (node->kind == NODE_SCALAR && !node->bad && *s->room)
		substitute(s, twin);
	for (const struct node *child = node->first; child && *s->room; child = child->next)
		node_append(twin, &tail, copy(s, child));
	return twin;
}

static bool id_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_.-:@+=", c));
}

/* "[a,b]"; other characters than those that are at home in a URL become _. */
static const char *suffix_of(const struct substitution *s)
{
	struct buf out = BUF_INIT(FILE_BYTES_MAX);
	for (size_t i = 0; i < s->n; i++) {
		struct str text = s->bindings[i].value->text;
		buf_putc(&out, i ? ',' : '[');
		for (size_t at = 0; at < text.n; at++)
			buf_putc(&out, id_char(text.p[at]) ? text.p[at] : '_');
	}
	buf_putc(&out, ']');
	const char *suffix = arena_strndup(s->arena, buf_str(&out));
	buf_fini(&out);
	return suffix;
}

static bool sound(const struct node *matrix)
{
	if (matrix->bad)
		return false;
	for (const struct node *list = matrix->first; list; list = list->next) {
		if (list->bad)
			return false;
		for (const struct node *item = list->first; item; item = item->next)
			if (item->bad)
				return false;
	}
	return true;
}

static size_t combinations(struct problems *problems, struct node *matrix)
{
	size_t n = 1;
	if (matrix->n == 0 || matrix->n > MATRIX_NAMES_MAX) {
		problem_at(problems, matrix, "a matrix has from 1 to %d names", MATRIX_NAMES_MAX);
		return 0;
	}
	for (const struct node *list = matrix->first; list; list = list->next)
		n *= list->n; /* 256 to the power of 8 at most: may wrap to 0, is caught before */
	for (const struct node *list = matrix->first; list; list = list->next)
		if (list->n > MATRIX_INSTANCES_MAX)
			n = MATRIX_INSTANCES_MAX + 1;
	if (n == 0 || n > MATRIX_INSTANCES_MAX) {
		problem_at(problems, matrix, "a matrix has at most %d combinations",
			MATRIX_INSTANCES_MAX);
		return 0;
	}
	return n;
}

/* The values of one combination; the last name's values change fastest. */
static void bind(const struct node *matrix, size_t number, struct binding *bindings)
{
	size_t i = matrix->n;
	const struct node *lists[MATRIX_NAMES_MAX];
	size_t at = 0;
	for (const struct node *list = matrix->first; list; list = list->next)
		lists[at++] = list;
	while (i-- > 0) {
		const struct node *item = lists[i]->first;
		for (size_t skip = number % lists[i]->n; skip > 0; skip--)
			item = item->next;
		number /= lists[i]->n;
		bindings[i] = (struct binding){lists[i]->key->text, item};
	}
}

static size_t one(struct node *check, struct arena *arena, struct instance **instances)
{
	*instances = ARENA_NEW(arena, struct instance);
	**instances = (struct instance){check, ""};
	return 1;
}

size_t matrix_expand(struct node *check, struct arena *arena, struct problems *problems,
	size_t *room, struct instance **instances)
{
	struct node *matrix = node_child(check, "matrix");
	if (!matrix)
		return one(check, arena, instances);
	validate_value(problems, matrix, key_find(IN_CHECK, STR("matrix")));
	size_t n = sound(matrix) ? combinations(problems, matrix) : 0;
	*instances = ARENA_ARRAY(arena, n, struct instance);
	for (size_t i = 0; i < n; i++) {
		struct binding bindings[MATRIX_NAMES_MAX];
		struct substitution s = {arena, bindings, matrix->n, room};
		bind(matrix, i, bindings);
		(*instances)[i] = (struct instance){copy(&s, check), suffix_of(&s)};
		if (*room)
			continue;
		problem_at(problems, matrix, "all matrices together make more than %d bytes",
			MATRIX_BYTES_MAX);
		return 0;
	}
	return n;
}
