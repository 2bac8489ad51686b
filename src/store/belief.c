#include "store/belief.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#include <stdlib.h>

bool belief_init(struct belief *belief, struct session *session)
{
	*belief = (struct belief){.session = session};
	return session_ask(session, DO_KNOWN_TIME, 0, &belief->known_wall_us);
}

/* What the wall clock said at that moment, and the time that went by. */
static int64_t expected(const struct belief_moment *then, int64_t now_us)
{
	return then->wall_us + (now_us - then->mono_us);
}

static bool agrees(const struct belief_moment *then, int64_t now_us, int64_t now_wall_us)
{
	return llabs(now_wall_us - expected(then, now_us)) <= BELIEF_AWAY_S * US_PER_S;
}

static void begin(struct belief *belief, int64_t now_us, int64_t now_wall_us)
{
	int64_t known_us = belief->known_wall_us;
	belief->begun = true;
	belief->good = (struct belief_moment){known_us ? known_us : now_wall_us, now_us};
	belief->note_us = now_us;
}

static void begin_doubt(struct belief *belief, int64_t now_us, int64_t now_wall_us)
{
	char now[TEXT_TIME_MAX];
	char good[TEXT_TIME_MAX];
	if (!belief->doubts)
		log_write(LOG_WARN, "store.clock_doubted",
			LOG_STR("clock", text_time(now_wall_us, now)),
			LOG_STR("expected", text_time(expected(&belief->good, now_us), good)),
			LOG_INT("hours", BELIEF_AFTER_S / 3600),
			LOG_STR("note",
				"nothing old is deleted until the clock has run for so long"));
	belief->doubts = true;
	belief->doubted = (struct belief_moment){now_wall_us, now_us};
}

static void believe(struct belief *belief, int64_t now_us, int64_t now_wall_us)
{
	char now[TEXT_TIME_MAX];
	if (belief->doubts)
		log_write(LOG_INFO, "store.clock_believed",
			LOG_STR("clock", text_time(now_wall_us, now)));
	belief->doubts = false;
	belief->good = (struct belief_moment){now_wall_us, now_us};
}

bool belief_holds(struct belief *belief, int64_t now_us, int64_t now_wall_us)
{
	if (!belief->begun)
		begin(belief, now_us, now_wall_us);
	bool good = agrees(&belief->good, now_us, now_wall_us);
	if (!good && belief->doubts && agrees(&belief->doubted, now_us, now_wall_us))
		good = now_us - belief->doubted.mono_us >= BELIEF_AFTER_S * US_PER_S;
	else if (!good)
		begin_doubt(belief, now_us, now_wall_us);
	if (good)
		believe(belief, now_us, now_wall_us);
	return good;
}

bool belief_note(struct belief *belief, int64_t now_us)
{
	if (now_us < belief->note_us)
		return true;
	struct binder b = session_bind(belief->session, DO_NOTE_TIME);
	bind_int(&b, expected(&belief->good, now_us));
	if (!session_run(belief->session, DO_NOTE_TIME))
		return false;
	belief->note_us = now_us + BELIEF_NOTE_S * US_PER_S;
	return true;
}
