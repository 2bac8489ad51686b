#include "store/upkeep.h"

#include "base/clock.h"
#include "base/log.h"

bool upkeep_init(struct upkeep *upkeep, struct session *session,
	const struct store_options *options, struct error *error)
{
	*upkeep = (struct upkeep){
		.session = session,
		.rolling = {.period_us = UPKEEP_ROLL_S * US_PER_S,
			.least_us = UPKEEP_LEAST_S * US_PER_S},
	};
	upkeep->wall_us = options->wall_us ? options->wall_us : clock_wall_us;
	if (!roller_init(&upkeep->roller, session, options->roll_after, error))
		return false;
	if (retention_init(&upkeep->retention, session, &upkeep->roller, &options->keep))
		return true;
	db_error(session->db, error);
	upkeep_fini(upkeep);
	return false;
}

void upkeep_fini(struct upkeep *upkeep)
{
	retention_fini(&upkeep->retention);
	roller_fini(&upkeep->roller);
}

static uint32_t last_number(const struct upkeep *upkeep)
{
	return upkeep->roller.n ? upkeep->roller.n - 1 : 0;
}

static int64_t rolling_due(const struct upkeep *upkeep)
{
	return upkeep->roller.n_due ? 0 : sweep_due(&upkeep->rolling, last_number(upkeep));
}

int64_t upkeep_due(const struct upkeep *upkeep)
{
	int64_t rolling = rolling_due(upkeep);
	int64_t retention = retention_due(&upkeep->retention);
	if (upkeep->retry_us)
		return upkeep->retry_us;
	return rolling < retention ? rolling : retention;
}

/* Said once for each reason. */
static void settle(struct upkeep *upkeep, bool done, const struct error *why, int64_t now_us)
{
	upkeep->retry_us = 0;
	if (done) {
		upkeep->why.text[0] = '\0';
		return;
	}
	upkeep->retry_us = now_us + UPKEEP_RETRY_S * US_PER_S;
	if (strcmp(upkeep->why.text, why->text) == 0)
		return;
	upkeep->why = *why;
	log_write(LOG_ERROR, "store.upkeep_failed", LOG_STR("why", why->text),
		LOG_STR("note", "results are stored all the same"));
}

/* The checks that have many results, and those whose turn it is and that have any. */
static size_t take_unrolled(struct upkeep *upkeep, int64_t now_us, uint32_t *numbers)
{
	size_t n = roller_take_due(&upkeep->roller, numbers, ROLL_CHECKS_MAX);
	size_t end = n + sweep_take(&upkeep->rolling, last_number(upkeep), now_us, numbers + n,
				 ROLL_CHECKS_MAX - n);
	for (size_t i = n; i < end; i++)
		if (roller_has_pending(&upkeep->roller, numbers[i]))
			numbers[n++] = numbers[i];
	return n;
}

/* Together; when that fails, each alone, so that one that can't be rolled stops no other. */
static bool roll(struct upkeep *upkeep, const uint32_t *numbers, size_t n, struct error *why)
{
	bool done = true;
	if (roller_step(&upkeep->roller, numbers, n, why))
		return true;
	for (size_t i = 0; n > 1 && i < n; i++)
		done = roller_step(&upkeep->roller, &numbers[i], 1, why) && done;
	return n > 1 && done;
}

static bool keep(struct upkeep *upkeep, int64_t now_us, struct error *why)
{
	sqlite3 *db = upkeep->session->db;
	if (retention_step(&upkeep->retention, now_us, upkeep->wall_us()))
		return true;
	db_error(db, why);
	if (!sqlite3_get_autocommit(db))
		(void)session_run(upkeep->session, DO_ROLLBACK);
	return false;
}

void upkeep_step(struct upkeep *upkeep, int64_t now_us)
{
	struct error why = {""};
	uint32_t numbers[ROLL_CHECKS_MAX];
	bool done = true;
	if (upkeep_due(upkeep) > now_us)
		return;
	size_t n = rolling_due(upkeep) <= now_us ? take_unrolled(upkeep, now_us, numbers) : 0;
	if (n)
		done = roll(upkeep, numbers, n, &why);
	else if (retention_due(&upkeep->retention) <= now_us)
		done = keep(upkeep, now_us, &why);
	settle(upkeep, done, &why, now_us);
}
