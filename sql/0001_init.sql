-- Version 1 of Outrider's database.
--
-- Times named *_us are microseconds of wall time since 1970 (UTC); durations named *_us are
-- microseconds. NULL: not measured, did not happen, not known.
--
-- A "key" is check number << 42 | milliseconds since 1970. It makes every table of measurements
-- clustered by check, then time: a range of keys is a range of time of one check, an insert lands
-- beside the check's newest row, and no second index is needed. 42 bits of milliseconds reach the
-- year 2109; 21 bits remain for the check.
--
-- Enumerations are the numbers of the enums in the sources; they are only ever appended to.

PRAGMA application_id = 0x4f757472; -- "Outr"
PRAGMA user_version = 1;

-- Facts about the database itself.
CREATE TABLE meta (
	name TEXT NOT NULL PRIMARY KEY, -- created_at, created_by; installation: a random number, for good;
	                                -- demo_until, microseconds: what was before is made up;
	                                -- clock_us: a time that was believed (store/belief)
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every check that ever ran here. A number is never given to another check.
CREATE TABLE checks (
	number INTEGER NOT NULL PRIMARY KEY, -- from 1
	id TEXT NOT NULL UNIQUE,             -- as the check file names it
	created_us INTEGER NOT NULL,         -- when it was first seen
	paused_us INTEGER,                   -- since when it is paused, by hand; NULL: it is not
	paused_by TEXT                       -- by whom
) STRICT;

-- What is known of a check after its newest result: what a restart goes on from.
CREATE TABLE check_state (
	number INTEGER NOT NULL PRIMARY KEY, -- checks.number
	state INTEGER NOT NULL,              -- enum health_state
	since_us INTEGER NOT NULL,           -- when the state began
	recent INTEGER NOT NULL,             -- outcomes, newest in bit 0, 1: pass or warn
	known INTEGER NOT NULL,              -- how many bits of recent count
	seen INTEGER NOT NULL DEFAULT 0,     -- how many bits of recent are results
	latest INTEGER NOT NULL,             -- enum outcome of the newest result that was no skip
	mark_s INTEGER NOT NULL DEFAULT 0,   -- down: of its newest failure; else when it came up; 0: never
	relapses INTEGER NOT NULL DEFAULT 0, -- in a row: down again soon after it came up
	flapping INTEGER NOT NULL DEFAULT 0, -- 1: by its results; what is down stays down until it is calm
	good_s INTEGER NOT NULL DEFAULT 0,   -- of its newest pass or warn; 0: never
	cold_s INTEGER NOT NULL DEFAULT 0,   -- of the first cold result since it began to wake up; 0: never
	passes INTEGER NOT NULL DEFAULT 0,   -- in a row, as a known issue; 3: that it is fixed was told; 128 more: it was, before
	latest_key INTEGER,                  -- of its newest result
	missed INTEGER NOT NULL,             -- slots of the schedule that passed unserved, ever
	tls_expires_us INTEGER,              -- earliest expiry in the chain, as last seen
	rolled_key INTEGER NOT NULL DEFAULT 0, -- up to this key results and missed slots are in the rollups,
	                                     -- beyond it none is
	minutes_key INTEGER NOT NULL DEFAULT 0, -- below this key minutes are no longer kept
	-- What its schedule owes it from here on. Each slot before is a result or counted as missed, so
	-- whoever starts after a crash knows which ones nobody served.
	every_us INTEGER,                    -- its interval; NULL: nothing is known of its schedule
	next_us INTEGER,                     -- its next slot; NULL: it has none (off, not in the file)
	extra_us INTEGER,                    -- one slot more before that
	running INTEGER,                     -- 1: a run was under way, and its slot has no row yet
	wall_ahead_us INTEGER,               -- of the monotonic clock, which counts within
	boot INTEGER                         -- this boot of the machine; 0: not known
) STRICT;

-- One row for each run of a check. Kept small: whatever is only read one row at a time is evidence.
CREATE TABLE result (
	key INTEGER NOT NULL PRIMARY KEY,
	outcome INTEGER NOT NULL,            -- enum outcome
	reason INTEGER NOT NULL,             -- enum reason
	flags INTEGER NOT NULL,              -- 1: known issue, 2: passed after a retry,
	                                     -- 4: inside a maintenance window
	attempts INTEGER NOT NULL,
	http_status INTEGER,                 -- of the deciding step
	duration_us INTEGER NOT NULL,        -- all steps, attempts and pauses
	dns_us INTEGER,                      -- these five: of the deciding step, each counted from its
	connect_us INTEGER,                  -- start, so that dns <= connect <= tls <= ttfb <= total
	tls_us INTEGER,
	ttfb_us INTEGER,
	total_us INTEGER,
	prompt_tokens INTEGER,               -- all steps of all attempts
	completion_tokens INTEGER,
	message TEXT                         -- the deciding failure or warning in one line
) STRICT;

-- What an event stream showed, for results of streams.
CREATE TABLE stream (
	key INTEGER NOT NULL PRIMARY KEY,    -- result.key
	integrity INTEGER NOT NULL,          -- enum integrity
	flags INTEGER NOT NULL,              -- 1: [DONE], 2: finish_reason, 4: burst, 8: rate estimated
	ttfe_us INTEGER,                     -- first data event
	ttfr_us INTEGER,                     -- first reasoning, tool call or content
	ttft_us INTEGER,                     -- first content
	line_gap_us INTEGER,                 -- longest pauses
	event_gap_us INTEGER,
	token_gap_us INTEGER,
	itl_us INTEGER,                      -- inter-token latency
	tpot_us INTEGER,                     -- time per output token
	last_token_us INTEGER,
	end_us INTEGER,
	chunks INTEGER NOT NULL,             -- data events that are JSON
	keepalives INTEGER NOT NULL,
	malformed INTEGER NOT NULL,
	error_events INTEGER NOT NULL,
	tokens INTEGER NOT NULL,             -- content deltas
	tokens_per_second REAL
) STRICT;

-- What a person needs to understand a result: of every one that did not pass and of the first pass
-- after it. One JSON object of at most 64 KiB, redacted.
CREATE TABLE evidence (
	key INTEGER NOT NULL PRIMARY KEY,    -- result.key
	json TEXT NOT NULL
) STRICT;

-- Slots of the schedule that passed unserved, by the time they were counted.
CREATE TABLE missed (
	key INTEGER NOT NULL PRIMARY KEY,    -- check number << 42 | milliseconds
	slots INTEGER NOT NULL
) STRICT;

-- Sums over a minute, an hour, a day (UTC) of one check, so that no page reads raw history. Every
-- result and every missed slot up to check_state.rolled_key is in one row of each level, but for this: a
-- minute of a single result and no missed slot has no row, since the result itself says as much. The three
-- blobs are mergeable histograms: pairs of LEB128 numbers, (distance to the previous bucket's number,
-- count), in rising order; merging adds the counts. A duration of d microseconds is in bucket d when
-- d < 32, else, with e = floor(log2 d), in 32 + 16 (e - 5) + (d >> (e - 4)) - 16: sixteen buckets for
-- each doubling, so a percentile is off by at most 1/16.
CREATE TABLE rollup_minute (
	key INTEGER NOT NULL PRIMARY KEY,    -- check number << 42 | milliseconds of the span's start
	pass INTEGER NOT NULL,               -- results by outcome, but those excluded
	warn INTEGER NOT NULL,
	fail INTEGER NOT NULL,
	skip INTEGER NOT NULL,
	excluded INTEGER NOT NULL,           -- results with that flag, whatever their outcome
	missed INTEGER NOT NULL,             -- slots
	sent INTEGER NOT NULL,               -- results of all kinds that sent something
	tokens INTEGER NOT NULL,             -- of those; prompt and completion
	duration_sum_us INTEGER NOT NULL,    -- of what was neither skip nor excluded
	duration BLOB,                       -- histograms of the same; NULL: empty
	ttfb BLOB,
	ttft BLOB
) STRICT;

CREATE TABLE rollup_hour (
	key INTEGER NOT NULL PRIMARY KEY,
	pass INTEGER NOT NULL,
	warn INTEGER NOT NULL,
	fail INTEGER NOT NULL,
	skip INTEGER NOT NULL,
	excluded INTEGER NOT NULL,
	missed INTEGER NOT NULL,
	sent INTEGER NOT NULL,
	tokens INTEGER NOT NULL,
	duration_sum_us INTEGER NOT NULL,
	duration BLOB,
	ttfb BLOB,
	ttft BLOB
) STRICT;

CREATE TABLE rollup_day (
	key INTEGER NOT NULL PRIMARY KEY,
	pass INTEGER NOT NULL,
	warn INTEGER NOT NULL,
	fail INTEGER NOT NULL,
	skip INTEGER NOT NULL,
	excluded INTEGER NOT NULL,
	missed INTEGER NOT NULL,
	sent INTEGER NOT NULL,
	tokens INTEGER NOT NULL,
	duration_sum_us INTEGER NOT NULL,
	duration BLOB,
	ttfb BLOB,
	ttft BLOB
) STRICT;

-- A cause that took checks down, from the result that decided it until all of them were up again.
CREATE TABLE incident (
	id INTEGER NOT NULL PRIMARY KEY,     -- the key of the result that opened it
	number INTEGER NOT NULL,             -- checks.number of the check that is its cause, at last: down itself
	root INTEGER NOT NULL,               -- checks.number of the check it is about: its cause, or the one before
	                                     -- that, when that is up again and those it took down are not
	opened_us INTEGER NOT NULL,
	resolved_us INTEGER,                 -- NULL: open
	cause TEXT NOT NULL,                 -- message of that one's failure
	merged_into INTEGER,                 -- incident.id of the older one that goes on for it
	acknowledged_us INTEGER,             -- NULL: nobody takes care of it, or no longer
	acknowledged_by TEXT,
	acknowledged_until_us INTEGER        -- it is, or was before; NULL: until it is over
) STRICT;

-- A check is the cause of at most one open incident, whatever happens.
CREATE UNIQUE INDEX incident_open ON incident (number) WHERE resolved_us IS NULL;
CREATE INDEX incident_opened ON incident (opened_us);

-- The checks of an incident: its cause, and those that depend on it.
CREATE TABLE incident_check (
	incident INTEGER NOT NULL,           -- incident.id
	number INTEGER NOT NULL,             -- checks.number
	joined_us INTEGER NOT NULL,          -- the first time
	left_us INTEGER,                     -- up again, or the incident's end; NULL: not yet
	message TEXT NOT NULL,               -- of its failure when it joined, the last time
	PRIMARY KEY (incident, number)
) STRICT, WITHOUT ROWID;

-- A check is in at most one open incident, whatever happens.
CREATE UNIQUE INDEX incident_check_down ON incident_check (number) WHERE left_us IS NULL;

-- An incident's timeline.
CREATE TABLE incident_event (
	id INTEGER NOT NULL PRIMARY KEY,
	incident INTEGER NOT NULL,           -- incident.id
	at_us INTEGER NOT NULL,
	kind TEXT NOT NULL,                  -- opened joined left rerooted continued merged resolved acknowledged
	                                     -- released note
	number INTEGER,                      -- checks.number: who opened, joined, left, is the cause now, was the last
	key INTEGER,                         -- result.key that shows it
	other INTEGER,                       -- incident.id of the one that it was merged into
	text TEXT,                           -- the failure; why it left; a note; what was said with the acknowledgement
	said_by TEXT                         -- the person who noted or acknowledged
) STRICT;

CREATE INDEX incident_event_order ON incident_event (incident, id);

-- Alerts, one row for each event and channel, written with the incident they tell of. Ids are never
-- given twice: the courier remembers them.
CREATE TABLE outbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	state INTEGER NOT NULL,              -- 0: waits, 1: delivered, 2: given up, 3: given up, and
	                                     -- dismissed by a person
	incident INTEGER NOT NULL,           -- incident.id
	severity INTEGER NOT NULL DEFAULT 0, -- enum severity
	channel TEXT NOT NULL,               -- name of the channel in the configuration
	dedup_key TEXT NOT NULL,             -- the same for every try
	event TEXT NOT NULL,                 -- opened, resolved; fixed, burning, burn_over: of no incident, which
	                                     -- is the key of its own then
	payload TEXT NOT NULL,               -- JSON, redacted
	created_us INTEGER NOT NULL,
	next_try_us INTEGER NOT NULL,
	tries INTEGER NOT NULL,
	finished_us INTEGER,                 -- when it was delivered or given up
	error TEXT                           -- of the latest try
) STRICT;

CREATE UNIQUE INDEX outbox_once ON outbox (dedup_key, channel);
CREATE INDEX outbox_incident ON outbox (incident);
CREATE INDEX outbox_apart ON outbox (created_us) WHERE event NOT IN ('opened', 'resolved');
CREATE INDEX outbox_waiting ON outbox (incident, channel, id) WHERE state = 0;
CREATE INDEX outbox_given_up ON outbox (id) WHERE state = 2;
CREATE INDEX outbox_told ON outbox (channel, finished_us) WHERE state = 1;

-- What was promised of a check, from when on; judged by the rollups.
CREATE TABLE slo (
	number INTEGER NOT NULL,             -- checks.number
	since_us INTEGER NOT NULL,           -- until the next row of the same check
	objective REAL NOT NULL,             -- share of good results, 0.99; 0: withdrawn, as is that of a check that is gone
	window_us INTEGER NOT NULL,
	PRIMARY KEY (number, since_us)
) STRICT, WITHOUT ROWID;

-- Error budgets of which it was told that they are spent too fast, and not yet that it is over.
CREATE TABLE slo_burn (
	number INTEGER NOT NULL,             -- checks.number
	pace TEXT NOT NULL,                  -- fast, slow, steady: which windows say so
	since_us INTEGER NOT NULL,
	key INTEGER NOT NULL,                -- outbox.incident of its alerts
	PRIMARY KEY (number, pace)
) STRICT, WITHOUT ROWID;

-- Announced work: failures inside neither alert nor count.
CREATE TABLE maintenance (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	from_us INTEGER NOT NULL,
	until_us INTEGER NOT NULL,
	title TEXT NOT NULL,
	created_us INTEGER NOT NULL,
	created_by TEXT,
	ended_us INTEGER                     -- ended early or withdrawn
) STRICT;

CREATE INDEX maintenance_until ON maintenance (until_us);

-- The checks a window is for; a window without rows here is for all.
CREATE TABLE maintenance_check (
	maintenance INTEGER NOT NULL,        -- maintenance.id
	number INTEGER NOT NULL,             -- checks.number
	PRIMARY KEY (maintenance, number)
) STRICT, WITHOUT ROWID;
