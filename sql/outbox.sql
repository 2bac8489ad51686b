-- What the courier asks of the outbox. See src/store/outbox.c.

-- :held names what waits all the same (outbox_held).

-- name: due
-- A time to try that lies further ahead than :horizon_us can only come from a clock that was set
-- back since: such a row is due too.
SELECT o.id, o.channel, o.dedup_key, o.event, o.payload, o.incident, o.created_us, o.next_try_us,
	o.tries, o.severity
FROM outbox AS o INDEXED BY outbox_waiting
WHERE o.state = 0 AND (o.next_try_us <= :now_us OR o.next_try_us > :horizon_us)
	AND instr(:held, '/' || o.channel || ' ' || o.severity || ' ' || (o.event IN ('opened', 'burning')) || '/') = 0
	AND NOT EXISTS (
		SELECT 1 FROM outbox AS earlier INDEXED BY outbox_waiting
		WHERE earlier.state = 0 AND earlier.incident = o.incident
			AND earlier.channel = o.channel AND earlier.id < o.id)
ORDER BY o.id
LIMIT :limit;

-- name: next_due
SELECT min(o.next_try_us)
FROM outbox AS o INDEXED BY outbox_waiting
WHERE o.state = 0 AND o.next_try_us > :now_us AND o.next_try_us <= :horizon_us
	AND instr(:held, '/' || o.channel || ' ' || o.severity || ' ' || (o.event IN ('opened', 'burning')) || '/') = 0
	AND NOT EXISTS (
		SELECT 1 FROM outbox AS earlier INDEXED BY outbox_waiting
		WHERE earlier.state = 0 AND earlier.incident = o.incident
			AND earlier.channel = o.channel AND earlier.id < o.id)
LIMIT 1;

-- name: line
SELECT id FROM outbox INDEXED BY outbox_waiting
WHERE state = 0 AND incident = :incident AND channel = :channel
ORDER BY id
LIMIT :limit;

-- name: opened
-- How the beginning of an incident, or of what burns, was told to a channel.
SELECT payload FROM outbox
WHERE incident = :incident AND channel = :channel AND event IN ('opened', 'burning')
LIMIT 1;

-- name: firing
-- Beginnings that a channel was told of, or would have been, of incidents that go on, and of what burns.
SELECT o.id, o.channel, o.dedup_key, o.event, o.payload, o.incident, o.created_us, o.next_try_us,
	o.tries, o.severity
FROM incident AS i INDEXED BY incident_open
CROSS JOIN outbox AS o INDEXED BY outbox_incident ON o.incident = i.id
WHERE i.resolved_us IS NULL AND i.id > :after AND o.channel = :channel AND o.event = 'opened'
	AND o.state IN (1, 2)
UNION ALL
SELECT o.id, o.channel, o.dedup_key, o.event, o.payload, o.incident, o.created_us, o.next_try_us,
	o.tries, o.severity
FROM slo_burn AS b CROSS JOIN outbox AS o INDEXED BY outbox_incident ON o.incident = b.key
WHERE b.key > :after AND o.channel = :channel AND o.event = 'burning' AND o.state IN (1, 2)
ORDER BY 6
LIMIT :limit;

-- name: waiting
-- :held: '' all.
SELECT count(*) FROM (SELECT 1 FROM outbox INDEXED BY outbox_waiting
	WHERE state = 0 AND channel = :channel AND (:held = ''
		OR instr(:held, '/' || channel || ' ' || severity || ' ' || (event IN ('opened', 'burning')) || '/') > 0)
	LIMIT :limit)
LIMIT 1;

-- name: told
SELECT finished_us FROM outbox INDEXED BY outbox_told
WHERE state = 1 AND channel = :channel AND finished_us > :since_us
ORDER BY finished_us DESC
LIMIT :limit;

-- name: waits
SELECT 1 FROM outbox WHERE id = :id AND state = 0 AND tries = :tries LIMIT 1;
