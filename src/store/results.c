#include "store/results.h"

#include "base/clock.h"
#include "store/adhoc_rows.h"
#include "store/evidence.h"
#include "store/incidents.h"

enum {
	STREAM_FLAG_DONE = 1,
	STREAM_FLAG_FINISHED = 2,
	STREAM_FLAG_BURST = 4,
	STREAM_FLAG_ESTIMATED = 8
};

static uint64_t floor_of(uint64_t key)
{
	return key >> RESULT_KEY_TIME_BITS << RESULT_KEY_TIME_BITS;
}

static bool insert_result(struct session *session, const struct record *record, uint64_t key)
{
	struct binder b = session_bind(session, DO_INSERT_RESULT);
	int flags = (record->known_issue ? RESULT_KNOWN_ISSUE : 0) |
		    (record->passed_after_retry ? RESULT_AFTER_RETRY : 0) |
		    (record->maintenance ? RESULT_MAINTENANCE : 0);
	bool quiet = !record->message || !*record->message;
	bind_int(&b, (int64_t)key);
	bind_int(&b, record->outcome);
	bind_int(&b, record->reason);
	bind_int(&b, flags);
	bind_int(&b, record->attempts);
	bind_measure(&b, record->http_status ? record->http_status : -1);
	bind_int(&b, record->duration_us);
	bind_measure(&b, record->timing.dns_us);
	bind_measure(&b, record->timing.connect_us);
	bind_measure(&b, record->timing.tls_us);
	bind_measure(&b, record->timing.ttfb_us);
	bind_measure(&b, record->timing.total_us);
	bind_measure(&b, record->prompt_tokens);
	bind_measure(&b, record->completion_tokens);
	bind_text(&b, quiet ? NULL : record->message);
	return session_run(session, DO_INSERT_RESULT);
}

/* Under its own key, or the next free one of the same check. */
static bool place_result(struct session *session, const struct record *record, uint64_t *key)
{
	*key = record->key;
	for (int tries = 0; tries < RESULT_KEY_TRIES; tries++, ++*key) {
		if (insert_result(session, record, *key))
			return true;
		int code = sqlite3_extended_errcode(session->db);
		if (code != SQLITE_CONSTRAINT_PRIMARYKEY && code != SQLITE_CONSTRAINT_ROWID)
			return false;
	}
	return false;
}

static bool insert_stream(struct session *session, const struct record *record, uint64_t key)
{
	const struct measures *m = &record->stream;
	int flags = (m->done ? STREAM_FLAG_DONE : 0) | (m->finished ? STREAM_FLAG_FINISHED : 0) |
		    (m->burst ? STREAM_FLAG_BURST : 0) | (m->estimated ? STREAM_FLAG_ESTIMATED : 0);
	struct binder b = session_bind(session, DO_INSERT_STREAM);
	bind_int(&b, (int64_t)key);
	bind_int(&b, record->integrity);
	bind_int(&b, flags);
	bind_measure(&b, m->ttfe_us);
	bind_measure(&b, m->ttfr_us);
	bind_measure(&b, m->ttft_us);
	bind_measure(&b, m->line_gap_us);
	bind_measure(&b, m->event_gap_us);
	bind_measure(&b, m->token_gap_us);
	bind_measure(&b, m->itl_us);
	bind_measure(&b, m->tpot_us);
	bind_measure(&b, m->last_token_us);
	bind_measure(&b, m->end_us);
	bind_int(&b, m->chunks);
	bind_int(&b, m->keepalives);
	bind_int(&b, m->malformed);
	bind_int(&b, m->error_events);
	bind_int(&b, m->tokens);
	bind_real(&b, m->tokens_per_second);
	return session_run(session, DO_INSERT_STREAM);
}

/* Of everything that did not pass, and of the first pass after it (or ever): what good looks like. */
static bool wants_evidence(
	struct session *session, const struct record *record, uint64_t key, bool *wanted)
{
	*wanted = record->outcome != OUTCOME_PASS;
	if (*wanted)
		return true;
	int64_t previous = OUTCOME_PASS;
	struct binder b = session_bind(session, DO_PREVIOUS_OUTCOME);
	bind_int(&b, (int64_t)floor_of(key));
	bind_int(&b, (int64_t)key);
	if (!session_ask(session, DO_PREVIOUS_OUTCOME, OUTCOME_COUNT, &previous))
		return false;
	*wanted = previous != OUTCOME_PASS;
	return true;
}

static bool insert_evidence(struct session *session, const struct record *record, uint64_t key)
{
	bool wanted = false;
	if (!wants_evidence(session, record, key, &wanted))
		return false;
	if (!wanted)
		return true;
	evidence_write(&session->scratch, record);
	struct binder b = session_bind(session, DO_INSERT_EVIDENCE);
	bind_int(&b, (int64_t)key);
	bind_str(&b, buf_str(&session->scratch));
	return session_run(session, DO_INSERT_EVIDENCE);
}

/* every_us, next_us, extra_us, running, wall_ahead_us, boot */
static void bind_slots(struct binder *b, const struct stored_slots *slots)
{
	const struct owed *owed = &slots->owed;
	bool any = slots->known && owed->next_us != INT64_MAX;
	bool extra = slots->known && owed->extra_us != INT64_MAX;
	bind_measure(b, slots->known ? owed->every_us : -1);
	bind_measure(b, any ? owed->next_us + slots->wall_ahead_us : -1);
	bind_measure(b, extra ? owed->extra_us + slots->wall_ahead_us : -1);
	bind_measure(b, slots->known ? owed->running : -1);
	bind_measure(b, slots->known ? slots->wall_ahead_us : -1);
	bind_measure(b, slots->known ? slots->boot : -1);
}

static bool put_state(struct session *session, const struct store_item *item, uint64_t key)
{
	struct binder b = session_bind(session, DO_PUT_STATE);
	bind_int(&b, item->check_number);
	bind_int(&b, item->health.state);
	bind_int(&b, item->since_wall_us);
	bind_int(&b, (int64_t)item->health.recent);
	bind_int(&b, item->health.known);
	bind_int(&b, item->health.seen);
	bind_int(&b, item->health.latest);
	bind_int(&b, item->health.mark_s);
	bind_int(&b, item->health.relapses);
	bind_int(&b, item->health.flapping);
	bind_int(&b, item->health.good_s);
	bind_int(&b, item->health.cold_s);
	bind_int(&b, item->health.passes);
	bind_int(&b, (int64_t)key);
	bind_int(&b, (int64_t)item->missed);
	bind_measure(&b, item->record->tls.expires_us ? item->record->tls.expires_us : -1);
	bind_slots(&b, &item->slots);
	return session_run(session, DO_PUT_STATE);
}

static bool write_record(
	struct session *session, struct roller *roller, const struct store_item *item)
{
	uint64_t key = 0;
	if (!place_result(session, item->record, &key))
		return false;
	struct sample sample = sample_of(item->record, key);
	return roller_result(roller, &sample) &&
	       (!item->record->is_stream || insert_stream(session, item->record, key)) &&
	       insert_evidence(session, item->record, key) && put_state(session, item, key);
}

static bool insert_missed(struct session *session, struct roller *roller,
	const struct store_item *item, int64_t now_wall_us)
{
	int64_t at = item->record ? item->record->started_wall_us : now_wall_us;
	uint64_t key = result_key(item->check_number, at);
	struct binder b = session_bind(session, DO_INSERT_MISSED);
	bind_int(&b, (int64_t)key);
	bind_int(&b, (int64_t)item->missed);
	return session_run(session, DO_INSERT_MISSED) && roller_missed(roller, key, item->missed);
}

/* Of an item without a result, whose state put_state has written. */
static bool write_slots(struct session *session, const struct store_item *item)
{
	enum session_statement which = item->slots.known ? DO_PUT_SLOTS : DO_ADD_MISSED;
	if (item->record || (!item->missed && !item->slots.known))
		return true;
	struct binder b = session_bind(session, which);
	bind_int(&b, item->check_number);
	bind_int(&b, (int64_t)item->missed);
	if (item->slots.known)
		bind_slots(&b, &item->slots);
	return session_run(session, which);
}

static bool write_promise(struct session *session, const struct store_item *item)
{
	if (!item->promises)
		return true;
	struct binder b = session_bind(session, DO_PUT_PROMISE);
	bind_int(&b, item->check_number);
	bind_int(&b, item->changed_wall_us);
	bind_real(&b, item->promise.objective);
	bind_int(&b, item->promise.window_us);
	return session_run(session, DO_PUT_PROMISE);
}

static bool write_burn(struct session *session, const struct store_item *item)
{
	enum session_statement which = item->burn.since_us ? DO_PUT_BURN : DO_END_BURN;
	if (!item->burn.any)
		return true;
	struct binder b = session_bind(session, which);
	bind_int(&b, item->check_number);
	bind_text(&b, slo_rule(item->burn.pace)->name);
	if (item->burn.since_us)
		bind_int(&b, item->burn.since_us), bind_int(&b, (int64_t)item->burn.key);
	return session_run(session, which);
}

bool results_write(struct session *session, struct roller *roller, const struct store_item *item,
	int64_t now_wall_us)
{
	return (!item->record || write_record(session, roller, item)) &&
	       (!item->missed || insert_missed(session, roller, item, now_wall_us)) &&
	       write_slots(session, item) &&
	       (!item->adhoc || adhoc_rows_write(session, item->check_number, item->adhoc)) &&
	       write_promise(session, item) && write_burn(session, item) &&
	       incidents_write(session, item);
}
