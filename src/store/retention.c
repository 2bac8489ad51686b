#include "store/retention.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/file.h"

#define HOUR_US (3600 * US_PER_S)
#define LEAST_US (RETENTION_LEAST_H * HOUR_US)

bool retention_init(struct retention *r, struct session *session, const struct roller *roller,
	const struct store_keep *keep)
{
	*r = (struct retention){
		.session = session,
		.roller = roller,
		.wanted = *keep,
		.has_budget = keep->max_bytes > 0,
		.asked = *keep,
		.sweep = {.period_us = RETENTION_SWEEP_S * US_PER_S, .least_us = US_PER_S},
		.freed = true,
	};
	pthread_mutex_init(&r->lock, NULL);
	return belief_init(&r->belief, session);
}

void retention_fini(struct retention *r)
{
	pthread_mutex_destroy(&r->lock);
}

void retention_keep(struct retention *r, const struct store_keep *keep)
{
	pthread_mutex_lock(&r->lock);
	r->wanted = *keep;
	atomic_store(&r->has_budget, keep->max_bytes > 0);
	pthread_mutex_unlock(&r->lock);
}

/* 0 is for ever. */
static int64_t shorter(int64_t a_us, int64_t b_us)
{
	if (a_us == 0 || b_us == 0)
		return a_us + b_us;
	return a_us < b_us ? a_us : b_us;
}

static void look_at_wishes(struct retention *r)
{
	pthread_mutex_lock(&r->lock);
	r->asked = r->wanted;
	pthread_mutex_unlock(&r->lock);
	r->keep = r->asked;
	r->keep.results_us = shorter(r->keep.results_us, r->cap_us);
	r->keep.evidence_us = shorter(r->keep.evidence_us, r->cap_us);
}

/* --- one check --- */

/* Deletes at most RETENTION_ROWS_MAX rows of a table with keys from `from` to below `cut`. */
static bool trim(
	struct retention *r, enum session_statement which, uint64_t from, uint64_t cut, bool *more)
{
	if (from >= cut)
		return true;
	struct binder b = session_bind(r->session, which);
	bind_int(&b, (int64_t)from);
	bind_int(&b, (int64_t)cut);
	bind_int(&b, RETENTION_ROWS_MAX);
	if (!session_run(r->session, which))
		return false;
	int gone = sqlite3_changes(r->session->db);
	r->freed = r->freed || gone > 0;
	*more = *more || gone >= RETENTION_ROWS_MAX;
	return true;
}

/* The first key that is young enough to stay. */
static uint64_t cut_of(uint32_t number, int64_t keep_us, int64_t now_wall_us)
{
	return keep_us ? key_of_time(number, now_wall_us - keep_us) : key_floor(number);
}

static bool trim_rows(struct retention *r, uint32_t number, int64_t now_wall_us, bool *more)
{
	uint64_t floor = key_floor(number);
	uint64_t cut = cut_of(number, r->keep.results_us, now_wall_us);
	uint64_t rolled = roller_watermark(r->roller, number) + 1;
	if (cut > rolled)
		cut = rolled;
	return trim(r, DO_TRIM_STREAM, floor, cut, more) &&
	       trim(r, DO_TRIM_RESULT, floor, cut, more) &&
	       trim(r, DO_TRIM_MISSED, floor, cut, more);
}

static bool trim_rollup(struct retention *r, uint32_t number, enum level level, int64_t keep_us,
	int64_t now_wall_us, bool *more)
{
	static const enum session_statement trims[] = {DO_TRIM_MINUTE, DO_TRIM_HOUR, DO_TRIM_DAY};
	uint64_t cut = level_key(level, cut_of(number, keep_us, now_wall_us));
	return trim(r, trims[level], key_floor(number), cut, more);
}

/* Results stand for minutes: without them there are none. */
static bool trim_minutes(struct retention *r, uint32_t number, int64_t now_wall_us, bool *more)
{
	int64_t keep_us = shorter(r->keep.minutes_us, r->keep.results_us);
	uint64_t cut = level_key(LEVEL_MINUTE, cut_of(number, keep_us, now_wall_us));
	struct binder b = session_bind(r->session, DO_PUT_MINUTES_KEY);
	bind_int(&b, (int64_t)cut);
	bind_int(&b, number);
	return session_run(r->session, DO_PUT_MINUTES_KEY) &&
	       trim_rollup(r, number, LEVEL_MINUTE, keep_us, now_wall_us, more);
}

/* Since the check's open incident began the first of its evidence stays, and the hour before. */
static bool ask_open(struct retention *r, uint32_t number, uint64_t *from, uint64_t *to)
{
	int64_t since_us = 0;
	int64_t end = 0;
	struct binder b = session_bind(r->session, DO_OPEN_SINCE);
	bind_int(&b, number);
	if (!session_ask(r->session, DO_OPEN_SINCE, INT64_MAX, &since_us))
		return false;
	*from = *to = key_floor(number + 1);
	if (since_us == INT64_MAX)
		return true;
	b = session_bind(r->session, DO_EVIDENCE_AFTER);
	bind_int(&b, (int64_t)key_of_time(number, since_us));
	bind_int(&b, (int64_t)*to);
	bind_int(&b, RETENTION_EVIDENCE_OF_OPEN);
	if (!session_ask(r->session, DO_EVIDENCE_AFTER, (int64_t)*to, &end))
		return false;
	*from = key_of_time(number, since_us - HOUR_US);
	*to = (uint64_t)end;
	return true;
}

static bool trim_evidence(struct retention *r, uint32_t number, int64_t now_wall_us, bool *more)
{
	uint64_t cut = cut_of(number, r->keep.evidence_us, now_wall_us);
	uint64_t from = 0;
	uint64_t to = 0;
	return ask_open(r, number, &from, &to) &&
	       trim(r, DO_TRIM_EVIDENCE, key_floor(number), cut < from ? cut : from, more) &&
	       trim(r, DO_TRIM_EVIDENCE, to, cut, more);
}

static bool trim_check(struct retention *r, uint32_t number, int64_t now_wall_us, bool *more)
{
	const struct store_keep *keep = &r->keep;
	return session_run(r->session, DO_BEGIN) && trim_rows(r, number, now_wall_us, more) &&
	       trim_evidence(r, number, now_wall_us, more) &&
	       trim_minutes(r, number, now_wall_us, more) &&
	       trim_rollup(r, number, LEVEL_HOUR, keep->hours_us, now_wall_us, more) &&
	       trim_rollup(r, number, LEVEL_DAY, keep->days_us, now_wall_us, more) &&
	       session_run(r->session, DO_COMMIT);
}

static uint32_t last_number(const struct retention *r)
{
	return r->roller->n ? r->roller->n - 1 : 0;
}

/* The check whose turn it is; 0: none's. */
static uint32_t next_check(struct retention *r, int64_t now_us)
{
	uint32_t number = r->more;
	if (number)
		return number;
	if (r->hasty) {
		r->hasty--;
		return last_number(r) - r->hasty;
	}
	return sweep_take(&r->sweep, last_number(r), now_us, &number, 1) ? number : 0;
}

/* --- incidents, and maintenance windows --- */

/* What is one by one forgotten with all that belongs to it. */
struct forgetting {
	enum session_statement old;
	enum session_statement forget[4];
	size_t n;
};

static const struct forgetting incidents = {DO_OLD_INCIDENT,
	{DO_FORGET_ALERTS, DO_FORGET_EVENTS, DO_FORGET_CHECKS, DO_FORGET_INCIDENT}, 4};
static const struct forgetting news = {DO_OLD_NEWS, {DO_FORGET_ALERTS}, 1};
static const struct forgetting windows = {
	DO_OLD_WINDOW, {DO_FORGET_WINDOW_CHECKS, DO_FORGET_WINDOW}, 2};

static bool forget_one(
	struct retention *r, const struct forgetting *what, int64_t now_wall_us, bool *more)
{
	int64_t id = 0;
	struct binder b = session_bind(r->session, what->old);
	bind_int(&b, now_wall_us - r->keep.incidents_us);
	if (!session_run(r->session, DO_BEGIN) || !session_ask(r->session, what->old, 0, &id))
		return false;
	for (size_t i = 0; id && i < what->n; i++) {
		b = session_bind(r->session, what->forget[i]);
		bind_int(&b, id);
		if (!session_run(r->session, what->forget[i]))
			return false;
	}
	*more = *more || id != 0;
	r->freed = r->freed || *more;
	return session_run(r->session, DO_COMMIT);
}

static bool forget_told(struct retention *r, int64_t now_us, int64_t now_wall_us)
{
	bool more = false;
	if (r->keep.incidents_us && (!forget_one(r, &incidents, now_wall_us, &more) ||
					    !forget_one(r, &news, now_wall_us, &more) ||
					    !forget_one(r, &windows, now_wall_us, &more)))
		return false;
	if (!more)
		r->incidents_us = now_us + RETENTION_SWEEP_S * US_PER_S;
	return true;
}

/* --- bytes --- */

static bool vacuum(struct retention *r)
{
	int64_t free_pages = 0;
	if (!session_ask(r->session, DO_FREE_PAGES, 0, &free_pages))
		return false;
	if (free_pages <= RETENTION_RESERVE_PAGES) {
		r->freed = false;
		return true;
	}
	sqlite3_stmt *stmt = r->session->statements[DO_VACUUM];
	int rc = sqlite3_step(stmt);
	while (rc == SQLITE_ROW)
		rc = sqlite3_step(stmt);
	return sqlite3_reset(stmt) == SQLITE_OK && rc == SQLITE_DONE;
}

/* What the database holds, and its log. */
static bool ask_bytes(struct retention *r, int64_t *bytes)
{
	if (!session_ask(r->session, DO_USED_BYTES, 0, bytes))
		return false;
	*bytes += file_size(sqlite3_db_filename(r->session->db, "main"), "-wal");
	return true;
}

static bool begin_cap(struct retention *r, int64_t now_wall_us, int64_t bytes)
{
	int64_t oldest_ms = 0;
	if (!session_ask(r->session, DO_OLDEST_RESULT, now_wall_us / US_PER_MS, &oldest_ms))
		return false;
	int64_t age_us = now_wall_us - oldest_ms * US_PER_MS;
	r->cap_us = shorter(r->asked.results_us, age_us > LEAST_US ? age_us : LEAST_US);
	log_write(LOG_WARN, "store.budget_reached", LOG_INT("bytes", bytes),
		LOG_INT("max_bytes", r->keep.max_bytes),
		LOG_STR("note", "results, evidence and minutes are kept less long"));
	return true;
}

static void cap_less(struct retention *r, int64_t bytes)
{
	if (r->too_small) { /* that is all there is to do */
		r->measure_us += HOUR_US;
		return;
	}
	if (r->cap_us > LEAST_US) {
		r->cap_us = r->cap_us / 8 * 7 > LEAST_US ? r->cap_us / 8 * 7 : LEAST_US;
	} else {
		r->too_small = true;
		log_write(LOG_ERROR, "store.budget_too_small", LOG_INT("bytes", bytes),
			LOG_INT("max_bytes", r->keep.max_bytes),
			LOG_STR("note", "what is left is no longer results; it is kept"));
	}
	r->hasty = last_number(r);
}

/* Well below the budget the cap is lifted, step by step. */
static void cap_more(struct retention *r)
{
	int64_t asked_us = r->asked.results_us;
	r->too_small = false;
	r->cap_us += r->cap_us / 8;
	if (r->cap_us >= (asked_us ? asked_us : INT64_MAX / 2))
		r->cap_us = 0;
}

static bool measure(struct retention *r, int64_t now_us, int64_t now_wall_us)
{
	int64_t bytes = 0;
	r->measure_us = now_us + RETENTION_MEASURE_S * US_PER_S;
	if (!ask_bytes(r, &bytes))
		return false;
	if (bytes > r->keep.max_bytes) {
		if (!r->cap_us && !begin_cap(r, now_wall_us, bytes))
			return false;
		cap_less(r, bytes);
	} else if (r->cap_us && bytes < r->keep.max_bytes / 8 * 7) {
		cap_more(r);
		r->measure_us = now_us + HOUR_US;
	}
	return true;
}

/* --- steps --- */

int64_t retention_due(const struct retention *r)
{
	if (last_number(r) == 0)
		return INT64_MAX;
	if (r->belief.doubts)
		return r->look_us;
	if (r->more || r->hasty || r->freed)
		return 0;
	int64_t due = sweep_due(&r->sweep, last_number(r));
	if (r->incidents_us < due)
		due = r->incidents_us;
	return atomic_load(&r->has_budget) && r->measure_us < due ? r->measure_us : due;
}

bool retention_step(struct retention *r, int64_t now_us, int64_t now_wall_us)
{
	bool believed = belief_holds(&r->belief, now_us, now_wall_us);
	if (!belief_note(&r->belief, now_us))
		return false;
	if (!believed) {
		r->look_us = now_us + BELIEF_LOOK_S * US_PER_S;
		return true;
	}
	look_at_wishes(r);
	uint32_t number = next_check(r, now_us);
	if (number) {
		bool more = false;
		if (!trim_check(r, number, now_wall_us, &more))
			return false;
		r->more = more ? number : 0;
		return true;
	}
	if (r->incidents_us <= now_us)
		return forget_told(r, now_us, now_wall_us);
	if (r->freed)
		return vacuum(r);
	if (r->asked.max_bytes && r->measure_us <= now_us)
		return measure(r, now_us, now_wall_us);
	return true;
}
