#include "store/roll.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/registry.h"

#include <assert.h>
#include <stdlib.h>

/* Statements of each level: to read a row, to put one. */
static const enum session_statement get_row[] = {DO_GET_MINUTE, DO_GET_HOUR, DO_GET_DAY};
static const enum session_statement put_row[] = {DO_PUT_MINUTE, DO_PUT_HOUR, DO_PUT_DAY};

static struct rolled *check_of(struct roller *r, uint32_t number)
{
	if (number >= r->cap) {
		uint32_t cap = number < 32 ? 64 : number * 2;
		r->checks = mem_grow(r->checks, cap * sizeof(*r->checks));
		r->cap = cap;
	}
	for (; r->n <= number; r->n++)
		r->checks[r->n] = (struct rolled){.key = key_floor(r->n) - (r->n > 0)};
	return &r->checks[number];
}

static bool load(struct roller *r)
{
	sqlite3_stmt *stmt = r->session->statements[DO_WATERMARKS];
	int rc = sqlite3_step(stmt);
	for (; rc == SQLITE_ROW; rc = sqlite3_step(stmt)) {
		int64_t number = sqlite3_column_int64(stmt, 0);
		uint64_t key = (uint64_t)sqlite3_column_int64(stmt, 1);
		if (number < 1 || number > REGISTRY_NUMBER_MAX)
			continue;
		struct rolled *check = check_of(r, (uint32_t)number);
		check->pending = 1;
		if (key_number(key) == number)
			check->key = key;
	}
	return sqlite3_reset(stmt) == SQLITE_OK && rc == SQLITE_DONE;
}

bool roller_init(struct roller *r, struct session *session, unsigned results, struct error *error)
{
	*r = (struct roller){.session = session, .results = results ? results : ROLL_RESULTS};
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		sums_init(&r->spans[i].sums);
	for (size_t i = 0; i < LATENCY_COUNT; i++)
		r->blobs[i] = BUF_INIT(DISTRIBUTION_BYTES_MAX);
	if (load(r))
		return true;
	db_error(session->db, error);
	roller_fini(r);
	return false;
}

void roller_fini(struct roller *r)
{
	free(r->checks);
	r->checks = NULL;
	r->n = r->cap = 0;
	for (size_t i = 0; i < LATENCY_COUNT; i++)
		buf_fini(&r->blobs[i]);
}

/* --- spans --- */

/* A minute's only result stands for it, without a row. */
static bool is_single(const struct sums *sums)
{
	uint64_t results = sums->excluded;
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		results += sums->outcomes[i];
	return results == 1 && sums->missed == 0;
}

/* What stood for the minute before it has a row joins the sums. */
static bool merge_single(struct roller *r, struct span *span)
{
	uint64_t ceiling = span->key + (uint64_t)level_span_ms(LEVEL_MINUTE);
	sqlite3_stmt *stmt = r->session->statements[DO_ROLLED_IN_MINUTE];
	struct binder b = bind_to(stmt);
	bind_int(&b, (int64_t)span->key);
	bind_int(&b, (int64_t)(ceiling <= r->written ? ceiling : r->written + 1));
	int rc = sqlite3_step(stmt);
	for (; rc == SQLITE_ROW; rc = sqlite3_step(stmt)) {
		struct sample sample = sample_read(stmt);
		if (sample.key != r->late)
			sums_add(&span->sums, &sample);
	}
	return sqlite3_reset(stmt) == SQLITE_OK && rc == SQLITE_DONE;
}

/* What the row of the span holds already joins the sums. */
static bool merge(struct roller *r, enum level level, struct span *span, bool *has_row)
{
	sqlite3_stmt *stmt = r->session->statements[get_row[level]];
	struct binder b = bind_to(stmt);
	bind_int(&b, (int64_t)span->key);
	int rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW && !sums_merge_row(&span->sums, stmt, 0))
		log_write(LOG_WARN, "store.rollup_broken", LOG_INT("key", span->key),
			LOG_STR("note", "its percentiles begin anew"));
	*has_row = rc == SQLITE_ROW;
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return false;
	return *has_row || level != LEVEL_MINUTE || merge_single(r, span);
}

static void clear_span(struct span *span)
{
	span->key = 0;
	sums_clear(&span->sums);
}

static bool close_span(struct roller *r, enum level level)
{
	struct span *span = &r->spans[level];
	if (!span->key)
		return true;
	bool has_row = false;
	if (span->key <= r->written && !merge(r, level, span, &has_row))
		return false;
	if (level == LEVEL_MINUTE && !has_row && is_single(&span->sums)) {
		clear_span(span);
		return true;
	}
	struct binder b = bind_to(r->session->statements[put_row[level]]);
	bind_int(&b, (int64_t)span->key);
	sums_bind(&span->sums, &b, r->blobs);
	clear_span(span);
	return stmt_run(b.stmt);
}

static bool close_spans(struct roller *r)
{
	bool done = true;
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		done = done && close_span(r, (enum level)i);
	return done;
}

/* After a failure: nothing of what was being added is left. */
static void drop_spans(struct roller *r)
{
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		clear_span(&r->spans[i]);
}

/* The spans of a key become those that are added to. */
static bool enter(struct roller *r, uint64_t key)
{
	for (size_t i = 0; i < LEVEL_COUNT; i++) {
		uint64_t span = level_key((enum level)i, key);
		if (r->spans[i].key != span && !close_span(r, (enum level)i))
			return false;
		r->spans[i].key = span;
	}
	return true;
}

static bool add_result(struct roller *r, const struct sample *sample)
{
	if (!enter(r, sample->key))
		return false;
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		sums_add(&r->spans[i].sums, sample);
	return true;
}

static bool add_missed(struct roller *r, uint64_t key, uint64_t slots)
{
	if (!enter(r, key))
		return false;
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		r->spans[i].sums.missed += slots;
	return true;
}

/* --- late ones --- */

static bool is_late(struct roller *r, uint64_t key)
{
	r->written = check_of(r, key_number(key))->key;
	r->late = 0;
	return key <= r->written;
}

static bool rolled(struct roller *r, bool added)
{
	if (added && close_spans(r))
		return true;
	drop_spans(r);
	return false;
}

bool roller_result(struct roller *r, const struct sample *sample)
{
	if (!is_late(r, sample->key))
		return true;
	r->late = sample->key; /* it is in the file already */
	return rolled(r, add_result(r, sample));
}

bool roller_missed(struct roller *r, uint64_t key, uint64_t slots)
{
	return !is_late(r, key) || rolled(r, add_missed(r, key, slots));
}

/* --- steps --- */

static void make_due(struct roller *r, uint32_t number)
{
	if (r->n_due < ROLL_DUE_MAX)
		r->due[r->n_due++] = number;
}

void roller_note(struct roller *r, uint32_t number)
{
	struct rolled *check = check_of(r, number);
	check->pending++;
	if (check->pending % r->results == 0)
		make_due(r, number);
}

size_t roller_take_due(struct roller *r, uint32_t *numbers, size_t max)
{
	size_t n = r->n_due < max ? r->n_due : max;
	memcpy(numbers, r->due, n * sizeof(*numbers));
	r->n_due -= n;
	memmove(r->due, r->due + n, r->n_due * sizeof(*numbers));
	return n;
}

bool roller_has_pending(const struct roller *r, uint32_t number)
{
	return number < r->n && r->checks[number].pending > 0;
}

uint64_t roller_watermark(const struct roller *r, uint32_t number)
{
	return number < r->n ? r->checks[number].key : 0;
}

/* How far a step came with a check. */
struct progress {
	uint64_t key;
	bool more;
};

static bool add_row(struct roller *r, sqlite3_stmt *stmt, uint64_t key)
{
	if (sqlite3_column_type(stmt, 1) == SQLITE_NULL)
		return add_missed(r, key, (uint64_t)sqlite3_column_int64(stmt, 8));
	struct sample sample = sample_read(stmt);
	return add_result(r, &sample);
}

/* A key has at most a result and a row of missed slots: the watermark never parts them. */
static bool add_rows(struct roller *r, uint32_t number, struct progress *progress)
{
	sqlite3_stmt *stmt = r->session->statements[DO_UNROLLED];
	struct binder b = bind_to(stmt);
	bind_int(&b, (int64_t)progress->key);
	bind_int(&b, (int64_t)key_floor(number + 1));
	bind_int(&b, ROLL_ROWS_MAX + 2);
	bool good = true;
	int rc = SQLITE_DONE;
	for (size_t n = 0; good && (rc = sqlite3_step(stmt)) == SQLITE_ROW; n++) {
		uint64_t key = (uint64_t)sqlite3_column_int64(stmt, 0);
		progress->more = n >= ROLL_ROWS_MAX && key != progress->key;
		if (progress->more)
			break;
		good = add_row(r, stmt, key);
		progress->key = key;
	}
	int reset = sqlite3_reset(stmt);
	return good && reset == SQLITE_OK && (rc == SQLITE_DONE || rc == SQLITE_ROW);
}

static bool roll(struct roller *r, uint32_t number, struct progress *progress)
{
	uint64_t before = check_of(r, number)->key;
	*progress = (struct progress){.key = before};
	r->written = before;
	r->late = 0;
	if (!add_rows(r, number, progress) || !close_spans(r))
		return false;
	if (progress->key == before)
		return true;
	struct binder b = session_bind(r->session, DO_PUT_WATERMARK);
	bind_int(&b, (int64_t)progress->key);
	bind_int(&b, number);
	return session_run(r->session, DO_PUT_WATERMARK) && sqlite3_changes(r->session->db) == 1;
}

static bool roll_all(struct roller *r, const uint32_t *numbers, size_t n, struct progress *progress)
{
	bool good = session_run(r->session, DO_BEGIN);
	for (size_t i = 0; good && i < n; i++)
		good = roll(r, numbers[i], &progress[i]);
	return good && session_run(r->session, DO_COMMIT);
}

/* Each number once: the watermark that a second turn would begin at moves with the commit only. */
static size_t distinct(const uint32_t *numbers, size_t n, uint32_t *once)
{
	size_t n_once = 0;
	for (size_t i = 0; i < n; i++) {
		size_t j = 0;
		while (j < n_once && once[j] != numbers[i])
			j++;
		once[j] = numbers[i];
		n_once += j == n_once;
	}
	return n_once;
}

bool roller_step(struct roller *r, const uint32_t *wanted, size_t n, struct error *error)
{
	struct progress progress[ROLL_CHECKS_MAX];
	uint32_t numbers[ROLL_CHECKS_MAX];
	assert(n <= ROLL_CHECKS_MAX);
	n = distinct(wanted, n, numbers);
	if (!roll_all(r, numbers, n, progress)) {
		drop_spans(r);
		db_error(r->session->db, error);
		if (!sqlite3_get_autocommit(r->session->db))
			(void)session_run(r->session, DO_ROLLBACK);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		struct rolled *check = check_of(r, numbers[i]);
		check->key = progress[i].key;
		check->pending = progress[i].more;
		if (progress[i].more)
			make_due(r, numbers[i]);
	}
	return true;
}
