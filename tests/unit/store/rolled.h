/* Holds the rollups of a file against its results: every level, every span, every bucket. */
#ifndef OUTRIDER_TESTS_STORE_ROLLED_H
#define OUTRIDER_TESTS_STORE_ROLLED_H

#include "store/sums.h"
#include "unit/store/fixture.h"

static const char *const level_tables[] = {"rollup_minute", "rollup_hour", "rollup_day"};

static UNUSED sqlite3_stmt *select_from(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	return stmt;
}

/* Of all results and missed slots up to their checks' watermarks. */
static UNUSED void sum_raw(sqlite3 *db, struct sums *sums)
{
	sqlite3_stmt *stmt = select_from(db,
		"SELECT r.key, r.outcome, r.flags, r.attempts, coalesce(r.prompt_tokens, 0) +"
		" coalesce(r.completion_tokens, 0), r.duration_us, r.ttfb_us, t.ttft_us"
		" FROM result AS r JOIN check_state AS s ON s.number = r.key >> 42"
		" LEFT JOIN stream AS t ON t.key = r.key WHERE r.key <= s.rolled_key");
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		struct sample sample = sample_read(stmt);
		sums_add(sums, &sample);
	}
	sqlite3_finalize(stmt);
	stmt = select_from(db, "SELECT total(m.slots) FROM missed AS m JOIN check_state AS s"
			       " ON s.number = m.key >> 42 WHERE m.key <= s.rolled_key");
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	sums->missed = (uint64_t)sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
}

static UNUSED void sum_level(sqlite3 *db, const char *table, struct sums *sums)
{
	char sql[256];
	snprintf(sql, sizeof(sql),
		"SELECT pass, warn, fail, skip, excluded, missed, sent, tokens, duration_sum_us,"
		" duration, ttfb, ttft FROM %s",
		table);
	sqlite3_stmt *stmt = select_from(db, sql);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		assert_true(sums_merge_row(sums, stmt, 0));
	sqlite3_finalize(stmt);
}

/* What stands for minutes: alone, in those that have no row. */
static UNUSED void sum_singles(sqlite3 *db, struct sums *sums)
{
	sqlite3_stmt *stmt = select_from(db,
		"SELECT r.key, r.outcome, r.flags, r.attempts, coalesce(r.prompt_tokens, 0) +"
		" coalesce(r.completion_tokens, 0), r.duration_us, r.ttfb_us, t.ttft_us"
		" FROM result AS r JOIN check_state AS s ON s.number = r.key >> 42"
		" LEFT JOIN stream AS t ON t.key = r.key WHERE r.key <= s.rolled_key AND NOT EXISTS"
		" (SELECT 1 FROM rollup_minute AS m"
		" WHERE m.key = r.key - (r.key & 4398046511103) % 60000)");
	uint64_t before = UINT64_MAX;
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		struct sample sample = sample_read(stmt);
		uint64_t minute = level_key(LEVEL_MINUTE, sample.key);
		if (minute == before)
			fail_msg("two results, and no row of their minute");
		before = minute;
		sums_add(sums, &sample);
	}
	sqlite3_finalize(stmt);
}

static UNUSED void assert_same_sums(const struct sums *a, const struct sums *b, const char *what)
{
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		if (a->outcomes[i] != b->outcomes[i])
			fail_msg("%s: %llu of outcome %zu, not %llu", what,
				(unsigned long long)b->outcomes[i], i,
				(unsigned long long)a->outcomes[i]);
	assert_int_equal(a->excluded, b->excluded);
	assert_int_equal(a->missed, b->missed);
	assert_int_equal(a->sent, b->sent);
	assert_int_equal(a->tokens, b->tokens);
	assert_int_equal(a->duration_sum_us, b->duration_sum_us);
	for (size_t i = 0; i < LATENCY_COUNT; i++)
		if (memcmp(a->latency[i].counts, b->latency[i].counts,
			    sizeof(a->latency[i].counts)) != 0)
			fail_msg("%s: histogram %zu differs", what, i);
}

/* Each span of a level is the sum of its own results: counted by SQL, span by span. */
static UNUSED void assert_spans(const char *table, int64_t span_ms)
{
	char raw[600];
	char sql[1500];
	snprintf(raw, sizeof(raw),
		"SELECT key - (key & 4398046511103) %% %lld, sum(outcome = 0 AND flags & 4 = 0),"
		" sum(outcome = 1 AND flags & 4 = 0), sum(outcome = 2 AND flags & 4 = 0),"
		" sum(outcome = 3 AND flags & 4 = 0), sum(flags & 4 <> 0)"
		" FROM result JOIN check_state ON number = key >> 42 WHERE key <= rolled_key"
		" GROUP BY 1 %s",
		(long long)span_ms,
		span_ms > 60000
			? ""
			: "HAVING count(*) > 1 OR 1 IN (SELECT 1 FROM rollup_minute AS m"
			  " WHERE m.key = result.key - (result.key & 4398046511103) % 60000)");
	snprintf(sql, sizeof(sql),
		"WITH raw AS (%s), ours AS (SELECT key, pass, warn, fail, skip, excluded FROM %s"
		" WHERE pass + warn + fail + skip + excluded > 0)"
		" SELECT (SELECT count(*) FROM (SELECT * FROM raw EXCEPT SELECT * FROM ours))"
		" + (SELECT count(*) FROM (SELECT * FROM ours EXCEPT SELECT * FROM raw))",
		raw, table);
	assert_int_equal(ask_sql(sql), 0);
}

/* Nothing was deleted yet. Returns how many results are rolled. */
static UNUSED uint64_t assert_rolled(void)
{
	static struct sums raw;
	static struct sums level;
	sqlite3 *db = NULL;
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	sums_init(&raw);
	sum_raw(db, &raw);
	for (size_t i = 0; i < LEVEL_COUNT; i++) {
		sums_init(&level);
		sum_level(db, level_tables[i], &level);
		if (i == LEVEL_MINUTE)
			sum_singles(db, &level);
		assert_same_sums(&raw, &level, level_tables[i]);
		assert_spans(level_tables[i], level_span_ms((enum level)i));
	}
	sqlite3_close(db);
	uint64_t n = raw.excluded;
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		n += raw.outcomes[i];
	return n;
}

static UNUSED int64_t unrolled(void)
{
	return ask_sql("SELECT count(*) FROM result LEFT JOIN check_state ON number = key >> 42"
		       " WHERE key > coalesce(rolled_key, 0)");
}

#endif
