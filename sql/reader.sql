-- What the pages ask of history. Every statement reads a range of keys of one check, or a bounded
-- number of rows. See src/store/reader.c.

-- name: begin
-- An answer that takes several questions is of one moment.
BEGIN;

-- name: end
COMMIT;

-- name: installation
SELECT value FROM meta WHERE name = 'installation' LIMIT 1;

-- name: check
SELECT c.number, coalesce(s.rolled_key, 0), coalesce(s.minutes_key, 0)
FROM checks AS c LEFT JOIN check_state AS s ON s.number = c.number
WHERE c.id = :id
LIMIT 1;

-- name: results
SELECT r.key, r.duration_us, r.outcome, r.reason, r.http_status, r.ttfb_us, s.ttft_us, r.message
FROM result AS r LEFT JOIN stream AS s ON s.key = r.key
WHERE r.key >= :floor AND r.key < :before
ORDER BY r.key DESC
LIMIT :limit;

-- name: results_after
SELECT r.key, r.duration_us, r.outcome, r.reason, r.http_status, r.ttfb_us, s.ttft_us, r.message
FROM result AS r LEFT JOIN stream AS s ON s.key = r.key
WHERE r.key > :after AND r.key < :ceiling
ORDER BY r.key
LIMIT :limit;

-- name: samples
-- Results and missed slots (outcome is NULL), where no rollup has them or a part of a minute is meant.
SELECT r.key, r.outcome, r.flags, r.attempts,
	coalesce(r.prompt_tokens, 0) + coalesce(r.completion_tokens, 0),
	r.duration_us, r.ttfb_us, s.ttft_us, 0
FROM result AS r LEFT JOIN stream AS s ON s.key = r.key
WHERE r.key >= :from AND r.key < :ceiling
UNION ALL
SELECT key, NULL, 0, 0, 0, NULL, NULL, NULL, slots FROM missed WHERE key >= :from AND key < :ceiling
ORDER BY 1
LIMIT 2097152;

-- name: singles
-- Results of minutes that have no row.
SELECT r.key, r.outcome, r.flags, r.attempts,
	coalesce(r.prompt_tokens, 0) + coalesce(r.completion_tokens, 0),
	r.duration_us, r.ttfb_us, s.ttft_us
FROM result AS r LEFT JOIN stream AS s ON s.key = r.key
WHERE r.key >= :from AND r.key < :ceiling
ORDER BY r.key
LIMIT 2097152;

-- name: minutes
SELECT key, pass, warn, fail, skip, excluded, missed, sent, tokens, duration_sum_us, duration, ttfb, ttft
FROM rollup_minute WHERE key >= :from AND key < :ceiling ORDER BY key LIMIT 2097152;

-- name: hours
SELECT key, pass, warn, fail, skip, excluded, missed, sent, tokens, duration_sum_us, duration, ttfb, ttft
FROM rollup_hour WHERE key >= :from AND key < :ceiling ORDER BY key LIMIT 2097152;

-- name: days
SELECT key, pass, warn, fail, skip, excluded, missed, sent, tokens, duration_sum_us, duration, ttfb, ttft
FROM rollup_day WHERE key >= :from AND key < :ceiling ORDER BY key LIMIT 2097152;

-- name: count_samples
-- These four, and each_day: good and bad results, as watch/slo.h counts them.
SELECT :from, sum(outcome IN (0, 1)), sum(outcome NOT IN (0, 1, 3)) FROM result
WHERE key >= :from AND key < :ceiling AND flags & 4 = 0 LIMIT 1;

-- name: count_minutes
SELECT key, pass + warn, fail FROM rollup_minute WHERE key >= :from AND key < :ceiling
ORDER BY key LIMIT 2097152;

-- name: count_hours
SELECT :from, sum(pass + warn), sum(fail) FROM rollup_hour WHERE key >= :from AND key < :ceiling LIMIT 1;

-- name: count_days
SELECT :from, sum(pass + warn), sum(fail) FROM rollup_day WHERE key >= :from AND key < :ceiling LIMIT 1;

-- name: each_day
SELECT key, pass + warn, fail FROM rollup_day WHERE key >= :from AND key < :ceiling ORDER BY key LIMIT 4096;

-- name: incidents
SELECT i.id, c.id, i.cause, i.opened_us, i.resolved_us, i.merged_into, i.acknowledged_us, i.acknowledged_by, i.acknowledged_until_us,
	(SELECT count(*) FROM incident_check AS m WHERE m.incident = i.id)
FROM incident AS i LEFT JOIN checks AS c ON c.number = i.root
WHERE (i.opened_us, i.id) < (coalesce((SELECT b.opened_us FROM incident AS b WHERE b.id = :before),
	iif(:before = 0, 9223372036854775807, 0)), :before)
ORDER BY i.opened_us DESC, i.id DESC
LIMIT :limit;

-- name: open_incidents
SELECT i.id, c.id, i.cause, i.opened_us, i.resolved_us, i.merged_into, i.acknowledged_us, i.acknowledged_by, i.acknowledged_until_us,
	(SELECT count(*) FROM incident_check AS m WHERE m.incident = i.id)
FROM incident AS i INDEXED BY incident_open LEFT JOIN checks AS c ON c.number = i.root
WHERE i.resolved_us IS NULL AND (i.opened_us, i.id) < (coalesce((SELECT b.opened_us FROM incident AS b WHERE b.id = :before),
	iif(:before = 0, 9223372036854775807, 0)), :before)
ORDER BY i.opened_us DESC, i.id DESC
LIMIT :limit;

-- name: newer_incidents
SELECT i.id FROM incident AS i
WHERE i.resolved_us IS NOT NULL AND (i.opened_us, i.id) >= ((SELECT b.opened_us FROM incident AS b WHERE b.id = :before), :before)
ORDER BY i.opened_us, i.id
LIMIT 1 OFFSET :limit;

-- name: resolved_incidents
SELECT i.id, c.id, i.cause, i.opened_us, i.resolved_us, i.merged_into, i.acknowledged_us, i.acknowledged_by, i.acknowledged_until_us,
	(SELECT count(*) FROM incident_check AS m WHERE m.incident = i.id)
FROM incident AS i LEFT JOIN checks AS c ON c.number = i.root
WHERE i.resolved_us IS NOT NULL AND (i.opened_us, i.id) < (coalesce((SELECT b.opened_us FROM incident AS b WHERE b.id = :before),
	iif(:before = 0, 9223372036854775807, 0)), :before)
ORDER BY i.opened_us DESC, i.id DESC
LIMIT :limit;

-- name: incident
SELECT i.id, c.id, i.cause, i.opened_us, i.resolved_us, i.merged_into, i.acknowledged_us, i.acknowledged_by, i.acknowledged_until_us,
	(SELECT count(*) FROM incident_check AS m WHERE m.incident = i.id)
FROM incident AS i LEFT JOIN checks AS c ON c.number = i.root
WHERE i.id = :id
LIMIT 1;

-- name: incident_members
SELECT c.id, m.joined_us, m.left_us, m.message
FROM incident_check AS m LEFT JOIN checks AS c ON c.number = m.number
WHERE m.incident = :incident
ORDER BY m.joined_us, m.number
LIMIT :limit;

-- name: incident_moments
SELECT e.at_us, e.kind, c.id, e.key, e.other, e.text, e.said_by
FROM incident_event AS e LEFT JOIN checks AS c ON c.number = e.number
WHERE e.incident = :incident
ORDER BY e.id DESC
LIMIT :limit;

-- name: evidence
SELECT json FROM evidence WHERE key = :key LIMIT 1;

-- name: has_evidence
SELECT 1 FROM evidence WHERE key = :key LIMIT 1;

-- name: newest_evidence
SELECT e.key FROM evidence AS e JOIN result AS r ON r.key = e.key
WHERE e.key >= :floor AND e.key < :before AND r.outcome = :outcome
ORDER BY e.key DESC
LIMIT 1;

-- name: windows
-- :state: 0 all, 1 open, 2 to come, 3 over. Few, since people make them.
SELECT m.id, m.from_us, m.until_us, m.title, m.created_us, m.created_by, m.ended_us,
	(SELECT count(*) FROM maintenance_check AS c WHERE c.maintenance = m.id)
FROM maintenance AS m
WHERE m.id < :before AND (:state = 0 OR :state = CASE
	WHEN m.ended_us IS NOT NULL OR m.until_us <= :now_us THEN 3
	WHEN m.from_us > :now_us THEN 2 ELSE 1 END)
ORDER BY m.id DESC
LIMIT :limit;

-- name: window
SELECT m.id, m.from_us, m.until_us, m.title, m.created_us, m.created_by, m.ended_us,
	(SELECT count(*) FROM maintenance_check AS c WHERE c.maintenance = m.id)
FROM maintenance AS m WHERE m.id = :id LIMIT 1;

-- name: window_checks
SELECT c.id FROM maintenance_check AS m LEFT JOIN checks AS c ON c.number = m.number
WHERE m.maintenance = :window
ORDER BY m.number
LIMIT :limit;

-- name: pauses
SELECT id, paused_us, paused_by FROM checks WHERE paused_us IS NOT NULL ORDER BY number LIMIT :limit;

-- name: alerts
-- :state: -1 all. :channel: NULL all.
SELECT id, state, incident, channel, dedup_key, event, created_us, next_try_us, tries, finished_us, error
FROM outbox
WHERE id < :before AND (:state < 0 OR state = :state) AND (:channel IS NULL OR channel = :channel)
ORDER BY id DESC
LIMIT :limit;

-- name: alert_counts
SELECT state, count(*) FROM outbox WHERE :channel IS NULL OR channel = :channel
GROUP BY state LIMIT 4;

-- name: alert
SELECT id, state, incident, channel, dedup_key, event, created_us, next_try_us, tries, finished_us, error,
	EXISTS (SELECT 1 FROM outbox AS later
		WHERE later.incident = outbox.incident AND later.channel = outbox.channel
			AND later.id > outbox.id AND later.state = 1)
FROM outbox WHERE id = :id LIMIT 1;

-- name: dead_alerts
SELECT id, state, incident, channel, dedup_key, event, created_us, next_try_us, tries, finished_us, error
FROM outbox WHERE state = 2 ORDER BY id DESC LIMIT :limit;

-- name: count_dead
SELECT count(*) FROM outbox WHERE state = 2;
