-- What the pages ask of history. Every statement reads a range of keys of one check, or a bounded
-- number of rows. See src/store/reader.c.

-- name: check_number
SELECT number FROM checks WHERE id = :id LIMIT 1;

-- name: results
SELECT r.key, r.duration_us, r.outcome, r.reason, r.http_status, r.ttfb_us, s.ttft_us, r.message
FROM result AS r LEFT JOIN stream AS s ON s.key = r.key
WHERE r.key >= :floor AND r.key < :before
ORDER BY r.key DESC
LIMIT :limit;

-- name: uptime
SELECT outcome, count(*) FROM result WHERE key >= :from AND key < :ceiling GROUP BY outcome LIMIT 4;

-- name: spent
SELECT count(*), total(coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0))
FROM result WHERE key >= :from AND key < :ceiling AND attempts > 0 LIMIT 1;

-- name: incidents
SELECT i.id, c.id, i.cause, i.opened_us, i.resolved_us
FROM incident AS i LEFT JOIN checks AS c ON c.number = i.number
ORDER BY i.opened_us DESC, i.id DESC
LIMIT :limit;

-- name: open_incidents
SELECT i.id, c.id, i.cause, i.opened_us, i.resolved_us
FROM incident AS i LEFT JOIN checks AS c ON c.number = i.number
WHERE i.resolved_us IS NULL
ORDER BY i.opened_us DESC, i.id DESC
LIMIT :limit;

-- name: evidence
SELECT json FROM evidence WHERE key = :key LIMIT 1;
