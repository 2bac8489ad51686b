-- What the one writing connection says. Parameters are bound in the order in which they first
-- appear. See src/store/session.c.

-- name: load_checks
SELECT c.number, c.id, s.state, s.since_us, s.recent, s.known, s.seen, s.latest, s.mark_s, s.relapses,
	s.flapping, s.good_s, s.cold_s, s.passes, s.latest_key, s.missed,
	s.every_us, s.next_us, s.extra_us, s.running, s.wall_ahead_us, s.boot,
	c.paused_us, p.objective, p.window_us, r.outcome, r.reason, r.http_status, r.connect_us
FROM checks AS c
LEFT JOIN check_state AS s ON s.number = c.number
LEFT JOIN result AS r ON r.key = s.latest_key
LEFT JOIN slo AS p ON p.number = c.number
	AND p.since_us = (SELECT max(since_us) FROM slo WHERE number = c.number)
ORDER BY c.number
LIMIT 2097152;

-- name: load_incidents
-- The last column: the check that its alerts name, if any were made.
SELECT i.id, i.opened_us, i.number, i.root, i.acknowledged_us IS NOT NULL, i.acknowledged_until_us, (SELECT coalesce((SELECT c.number FROM checks AS c
		WHERE c.id = iif(json_valid(o.payload), json_extract(o.payload, '$.check'), NULL)), i.id >> 42)
	FROM outbox AS o WHERE o.incident = i.id AND o.event = 'opened' LIMIT 1)
FROM incident AS i
WHERE i.resolved_us IS NULL
ORDER BY i.opened_us, i.id
LIMIT 2097152;

-- name: load_members
SELECT number, left_us FROM incident_check WHERE incident = :incident
ORDER BY joined_us, number
LIMIT 2097152;

-- name: birth
INSERT OR IGNORE INTO meta (name, value) VALUES ('created_at', :now), ('created_by', :program),
	('installation', lower(hex(randomblob(16))));

-- name: mark_past
INSERT INTO meta (name, value) VALUES ('demo_until', CAST(:until_us AS TEXT));

-- name: insert_check
INSERT INTO checks (number, id, created_us) VALUES (:number, :id, :created_us)
ON CONFLICT DO NOTHING;

-- name: previous_outcome
SELECT outcome FROM result WHERE key >= :floor AND key < :key ORDER BY key DESC LIMIT 1;

-- name: insert_result
INSERT INTO result (key, outcome, reason, flags, attempts, http_status, duration_us,
	dns_us, connect_us, tls_us, ttfb_us, total_us, prompt_tokens, completion_tokens, message)
VALUES (:key, :outcome, :reason, :flags, :attempts, :http_status, :duration_us,
	:dns_us, :connect_us, :tls_us, :ttfb_us, :total_us, :prompt_tokens, :completion_tokens, :message);

-- name: insert_stream
INSERT INTO stream (key, integrity, flags, ttfe_us, ttfr_us, ttft_us, line_gap_us, event_gap_us,
	token_gap_us, itl_us, tpot_us, last_token_us, end_us, chunks, keepalives, malformed, error_events,
	tokens, tokens_per_second)
VALUES (:key, :integrity, :flags, :ttfe_us, :ttfr_us, :ttft_us, :line_gap_us, :event_gap_us,
	:token_gap_us, :itl_us, :tpot_us, :last_token_us, :end_us, :chunks, :keepalives, :malformed,
	:error_events, :tokens, :tokens_per_second);

-- name: insert_evidence
INSERT INTO evidence (key, json) VALUES (:key, :json);

-- name: insert_missed
INSERT INTO missed (key, slots) VALUES (:key, :slots)
ON CONFLICT (key) DO UPDATE SET slots = slots + excluded.slots;

-- name: put_state
INSERT INTO check_state (number, state, since_us, recent, known, seen, latest, mark_s, relapses,
	flapping, good_s, cold_s, passes, latest_key, missed, tls_expires_us, every_us, next_us, extra_us, running,
	wall_ahead_us, boot)
VALUES (:number, :state, :since_us, :recent, :known, :seen, :latest, :mark_s, :relapses,
	:flapping, :good_s, :cold_s, :passes, :latest_key, :missed, :tls_expires_us, :every_us, :next_us, :extra_us,
	:running, :wall_ahead_us, :boot)
ON CONFLICT (number) DO UPDATE SET
	state = excluded.state, since_us = excluded.since_us, recent = excluded.recent,
	known = excluded.known, seen = excluded.seen, latest = excluded.latest,
	mark_s = excluded.mark_s, relapses = excluded.relapses, flapping = excluded.flapping,
	good_s = excluded.good_s, cold_s = excluded.cold_s, passes = excluded.passes,
	latest_key = excluded.latest_key,
	missed = missed + excluded.missed,
	tls_expires_us = coalesce(excluded.tls_expires_us, tls_expires_us),
	every_us = excluded.every_us, next_us = excluded.next_us, extra_us = excluded.extra_us,
	running = excluded.running, wall_ahead_us = excluded.wall_ahead_us, boot = excluded.boot;

-- name: put_slots
INSERT INTO check_state (number, state, since_us, recent, known, seen, latest, mark_s, relapses,
	flapping, missed, every_us, next_us, extra_us, running, wall_ahead_us, boot)
VALUES (:number, 0, 0, 0, 0, 0, 0, 0, 0, 0, :missed,
	:every_us, :next_us, :extra_us, :running, :wall_ahead_us, :boot)
ON CONFLICT (number) DO UPDATE SET missed = missed + excluded.missed,
	every_us = excluded.every_us, next_us = excluded.next_us, extra_us = excluded.extra_us,
	running = excluded.running, wall_ahead_us = excluded.wall_ahead_us, boot = excluded.boot;

-- name: add_missed
INSERT INTO check_state (number, state, since_us, recent, known, latest, missed)
VALUES (:number, 0, 0, 0, 0, 0, :missed)
ON CONFLICT (number) DO UPDATE SET missed = missed + excluded.missed;

-- name: forget_state
-- A check that is not watched any more is neither down nor up.
UPDATE check_state SET state = 0, since_us = :since_us, known = 0, flapping = 0
WHERE number = :number;

-- name: put_promise
INSERT INTO slo (number, since_us, objective, window_us)
VALUES (:number, :since_us, :objective, :window_us)
ON CONFLICT (number, since_us) DO UPDATE SET objective = excluded.objective,
	window_us = excluded.window_us;

-- name: load_burns
SELECT number, pace, since_us FROM slo_burn ORDER BY number LIMIT 2097152;

-- name: put_burn
INSERT INTO slo_burn (number, pace, since_us, key) VALUES (:number, :pace, :since_us, :key)
ON CONFLICT (number, pace) DO UPDATE SET since_us = excluded.since_us, key = excluded.key;

-- name: end_burn
DELETE FROM slo_burn WHERE number = :number AND pace = :pace;

-- name: open_incident
-- The index incident_open refuses a second one of the same check.
INSERT INTO incident (id, number, root, opened_us, cause)
VALUES (:id, :number, :number, :opened_us, :cause)
ON CONFLICT DO NOTHING;

-- name: leave_incidents
UPDATE incident_check SET left_us = :left_us WHERE number = :number AND left_us IS NULL;

-- name: join_incident
INSERT INTO incident_check (incident, number, joined_us, message)
VALUES (:incident, :number, :joined_us, :message)
ON CONFLICT (incident, number) DO UPDATE SET left_us = NULL, message = excluded.message;

-- name: reroot_incident
UPDATE incident SET number = :number, root = :number, cause = coalesce((SELECT m.message FROM incident_check AS m
	WHERE m.incident = :id AND m.number = :number), cause)
WHERE id = :id AND resolved_us IS NULL;

-- name: continue_incident
UPDATE incident SET number = :number WHERE id = :id AND resolved_us IS NULL;

-- name: end_incident
UPDATE incident SET resolved_us = :resolved_us, merged_into = :into
WHERE id = :id AND resolved_us IS NULL;

-- name: leave_ended
UPDATE incident_check SET left_us = :left_us WHERE incident = :incident AND left_us IS NULL;

-- name: join_merged
-- Who was a member until now is one of the other.
INSERT INTO incident_check (incident, number, joined_us, message)
SELECT :into, number, :at_us, message FROM incident_check
WHERE incident = :incident AND left_us = :at_us
ON CONFLICT (incident, number) DO UPDATE SET left_us = NULL, message = excluded.message;

-- name: tell_merged
INSERT INTO incident_event (incident, at_us, kind, number, key, text)
SELECT :into, :at_us, 'joined', number, :key, message FROM incident_check
WHERE incident = :incident AND left_us = :at_us;

-- name: insert_event
INSERT INTO incident_event (incident, at_us, kind, number, key, other, text, said_by)
VALUES (:incident, :at_us, :kind, :number, :key, :other, :text, :said_by);

-- name: acknowledge_incident
UPDATE incident SET acknowledged_us = :at_us, acknowledged_by = :by, acknowledged_until_us = :until_us
WHERE id = :id;

-- name: release_incident
UPDATE incident SET acknowledged_us = NULL, acknowledged_by = NULL WHERE id = :id;

-- name: forget_reminders
-- That it goes on needs no telling any more.
DELETE FROM outbox WHERE incident = :incident AND state = 0 AND event = 'reminder';

-- name: insert_message
-- How an incident goes on and ends is told to those who heard of its beginning, and to nobody else: a known
-- issue's beginning was not told, a channel may be newer than the incident. Of what still waits to be
-- told nobody is reminded.
INSERT INTO outbox (state, incident, severity, channel, dedup_key, event, payload, created_us, next_try_us, tries)
SELECT 0, :incident, :severity, :channel, :dedup_key, :event, :payload, :created_us, :created_us, 0
WHERE (:event NOT IN ('resolved', 'reminder', 'acknowledged') OR EXISTS (SELECT 1 FROM outbox
	WHERE incident = :incident AND channel = :channel AND event = 'opened'))
AND (:event <> 'reminder' OR NOT EXISTS (SELECT 1 FROM outbox INDEXED BY outbox_waiting
	WHERE state = 0 AND incident = :incident AND channel = :channel))
ON CONFLICT (dedup_key, channel) DO NOTHING;

-- name: raise_message
-- What is more urgent now than its beginning was: neither quiet hours nor max_per_hour hold that back.
UPDATE outbox SET severity = :severity
WHERE incident = :incident AND channel = :channel AND state = 0 AND event = 'opened' AND severity > :severity;

-- name: report_delivery
UPDATE outbox SET state = :state, next_try_us = :next_try_us, finished_us = :finished_us,
	error = :error, tries = tries + 1
WHERE id = :id AND state = 0;

-- name: retry_alert
-- It keeps its tries: what was tried too often is given up again when this one fails.
UPDATE outbox SET state = 0, next_try_us = :now_us, finished_us = NULL
WHERE id = :id AND state = 2 AND NOT EXISTS (
	SELECT 1 FROM outbox AS later INDEXED BY outbox_incident
	WHERE later.incident = outbox.incident AND later.channel = outbox.channel
		AND later.id > outbox.id AND later.state = 1);

-- name: dismiss_alert
UPDATE outbox SET state = 3 WHERE id = :id AND state = 2;

-- name: outbox_waits
SELECT count(*) FROM outbox WHERE state = 0;

-- name: outbox_given_up
SELECT count(*) FROM outbox WHERE state = 2;

-- name: watermarks
SELECT number, rolled_key FROM check_state ORDER BY number LIMIT 2097152;

-- name: unrolled
-- Results and missed slots (outcome is NULL) beyond a key, in the order of their keys.
SELECT r.key, r.outcome, r.flags, r.attempts,
	coalesce(r.prompt_tokens, 0) + coalesce(r.completion_tokens, 0),
	r.duration_us, r.ttfb_us, s.ttft_us, 0
FROM result AS r LEFT JOIN stream AS s ON s.key = r.key
WHERE r.key > :key AND r.key < :ceiling
UNION ALL
SELECT key, NULL, 0, 0, 0, NULL, NULL, NULL, slots FROM missed WHERE key > :key AND key < :ceiling
ORDER BY 1
LIMIT :limit;

-- name: rolled_in_minute
-- Results of a minute without a row: one at most, and one more that comes late.
SELECT r.key, r.outcome, r.flags, r.attempts,
	coalesce(r.prompt_tokens, 0) + coalesce(r.completion_tokens, 0),
	r.duration_us, r.ttfb_us, s.ttft_us
FROM result AS r LEFT JOIN stream AS s ON s.key = r.key
WHERE r.key >= :from AND r.key < :ceiling
ORDER BY r.key
LIMIT 2;

-- name: put_minutes_key
UPDATE check_state SET minutes_key = :key WHERE number = :number AND minutes_key < :key;

-- name: put_watermark
UPDATE check_state SET rolled_key = :rolled_key WHERE number = :number;

-- name: get_minute
SELECT pass, warn, fail, skip, excluded, missed, sent, tokens, duration_sum_us, duration, ttfb, ttft
FROM rollup_minute WHERE key = :key LIMIT 1;

-- name: put_minute
REPLACE INTO rollup_minute (key, pass, warn, fail, skip, excluded, missed, sent, tokens,
	duration_sum_us, duration, ttfb, ttft)
VALUES (:key, :pass, :warn, :fail, :skip, :excluded, :missed, :sent, :tokens,
	:duration_sum_us, :duration, :ttfb, :ttft);

-- name: get_hour
SELECT pass, warn, fail, skip, excluded, missed, sent, tokens, duration_sum_us, duration, ttfb, ttft
FROM rollup_hour WHERE key = :key LIMIT 1;

-- name: put_hour
REPLACE INTO rollup_hour (key, pass, warn, fail, skip, excluded, missed, sent, tokens,
	duration_sum_us, duration, ttfb, ttft)
VALUES (:key, :pass, :warn, :fail, :skip, :excluded, :missed, :sent, :tokens,
	:duration_sum_us, :duration, :ttfb, :ttft);

-- name: get_day
SELECT pass, warn, fail, skip, excluded, missed, sent, tokens, duration_sum_us, duration, ttfb, ttft
FROM rollup_day WHERE key = :key LIMIT 1;

-- name: put_day
REPLACE INTO rollup_day (key, pass, warn, fail, skip, excluded, missed, sent, tokens,
	duration_sum_us, duration, ttfb, ttft)
VALUES (:key, :pass, :warn, :fail, :skip, :excluded, :missed, :sent, :tokens,
	:duration_sum_us, :duration, :ttfb, :ttft);

-- name: trim_result
DELETE FROM result WHERE key >= :from AND key < coalesce(
	(SELECT key FROM result WHERE key >= :from AND key < :cut ORDER BY key LIMIT 1 OFFSET :rows), :cut);

-- name: trim_stream
DELETE FROM stream WHERE key >= :from AND key < coalesce(
	(SELECT key FROM stream WHERE key >= :from AND key < :cut ORDER BY key LIMIT 1 OFFSET :rows), :cut);

-- name: trim_missed
DELETE FROM missed WHERE key >= :from AND key < coalesce(
	(SELECT key FROM missed WHERE key >= :from AND key < :cut ORDER BY key LIMIT 1 OFFSET :rows), :cut);

-- name: trim_evidence
DELETE FROM evidence WHERE key >= :from AND key < coalesce(
	(SELECT key FROM evidence WHERE key >= :from AND key < :cut ORDER BY key LIMIT 1 OFFSET :rows), :cut);

-- name: trim_minute
DELETE FROM rollup_minute WHERE key >= :from AND key < coalesce(
	(SELECT key FROM rollup_minute WHERE key >= :from AND key < :cut ORDER BY key LIMIT 1 OFFSET :rows), :cut);

-- name: trim_hour
DELETE FROM rollup_hour WHERE key >= :from AND key < coalesce(
	(SELECT key FROM rollup_hour WHERE key >= :from AND key < :cut ORDER BY key LIMIT 1 OFFSET :rows), :cut);

-- name: trim_day
DELETE FROM rollup_day WHERE key >= :from AND key < coalesce(
	(SELECT key FROM rollup_day WHERE key >= :from AND key < :cut ORDER BY key LIMIT 1 OFFSET :rows), :cut);

-- name: open_since
-- When the check's open incident began, or it joined one.
SELECT coalesce(min(since_us), 9223372036854775807) FROM (
	SELECT opened_us AS since_us FROM incident WHERE number = :number AND resolved_us IS NULL
	UNION ALL
	SELECT joined_us FROM incident_check WHERE number = :number AND left_us IS NULL)
LIMIT 1;

-- name: evidence_after
SELECT key FROM evidence WHERE key >= :from AND key < :ceiling ORDER BY key LIMIT 1 OFFSET :rows;

-- name: old_incident
-- Over for so long that nothing speaks of it any more.
SELECT id FROM incident AS i
WHERE opened_us < :cut_us AND resolved_us < :cut_us AND NOT EXISTS (
	SELECT 1 FROM outbox INDEXED BY outbox_waiting WHERE state = 0 AND incident = i.id)
ORDER BY opened_us
LIMIT 1;

-- name: old_news
-- What was told of no incident.
SELECT incident FROM outbox AS o INDEXED BY outbox_apart
WHERE event NOT IN ('opened', 'resolved') AND created_us < :cut_us AND state <> 0
	AND NOT EXISTS (SELECT 1 FROM incident AS i WHERE i.id = o.incident)
LIMIT 1;

-- name: forget_alerts
DELETE FROM outbox WHERE incident = :id;

-- name: forget_events
DELETE FROM incident_event WHERE incident = :id;

-- name: forget_checks
DELETE FROM incident_check WHERE incident = :id;

-- name: forget_incident
DELETE FROM incident WHERE id = :id;

-- name: old_window
-- Not the newest, by which the next one is numbered.
SELECT id FROM maintenance
WHERE until_us < :cut_us AND id < (SELECT max(id) FROM maintenance)
ORDER BY until_us
LIMIT 1;

-- name: forget_window_checks
DELETE FROM maintenance_check WHERE maintenance = :id;

-- name: forget_window
DELETE FROM maintenance WHERE id = :id;

-- name: free_pages
SELECT freelist_count FROM pragma_freelist_count;

-- name: vacuum
PRAGMA incremental_vacuum(64);

-- name: used_bytes
SELECT (p.page_count - f.freelist_count) * s.page_size
FROM pragma_page_count AS p, pragma_freelist_count AS f, pragma_page_size AS s;

-- name: oldest_result
-- In milliseconds.
SELECT min((SELECT key & 4398046511103 FROM result
	WHERE key >= number << 42 AND key < (number + 1) << 42 ORDER BY key LIMIT 1))
FROM checks;

-- name: known_time
-- The time that was believed last, else that of the newest result; NULL: there is none.
SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'clock_us'),
	1000 * (SELECT max((SELECT key & 4398046511103 FROM result
		WHERE key >= number << 42 AND key < (number + 1) << 42 ORDER BY key DESC LIMIT 1))
	FROM checks));

-- name: note_time
INSERT INTO meta (name, value) VALUES ('clock_us', CAST(:now_us AS TEXT))
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: last_window
SELECT coalesce(max(id), 0) FROM maintenance LIMIT 1;

-- name: load_windows
SELECT id, from_us, until_us FROM maintenance
WHERE until_us > :now_us AND ended_us IS NULL
ORDER BY id
LIMIT :limit;

-- name: load_window_checks
SELECT number FROM maintenance_check WHERE maintenance = :id ORDER BY number LIMIT :limit;

-- name: insert_window
INSERT INTO maintenance (id, from_us, until_us, title, created_us, created_by)
VALUES (:id, :from_us, :until_us, :title, :created_us, :created_by);

-- name: insert_window_check
INSERT OR IGNORE INTO maintenance_check (maintenance, number) VALUES (:id, :number);

-- name: end_window
UPDATE maintenance SET ended_us = :ended_us WHERE id = :id AND ended_us IS NULL;

-- name: put_pause
UPDATE checks SET paused_us = :paused_us, paused_by = :paused_by WHERE number = :number;

-- name: begin
BEGIN IMMEDIATE;

-- name: commit
COMMIT;

-- name: rollback
ROLLBACK;
