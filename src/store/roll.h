/* store/roll.h - moves results and missed slots into the rollups. Of each check all up to its
 * watermark (check_state.rolled_key) is there and nothing beyond, which holds at any moment since the
 * watermark moves in the transaction that writes the rows. The store's thread. */
#ifndef OUTRIDER_STORE_ROLL_H
#define OUTRIDER_STORE_ROLL_H

#include "store/session.h"
#include "store/sums.h"

enum {
	ROLL_RESULTS = 32, /* of a check: they are rolled soon */
	ROLL_DUE_MAX = 256, /* checks that wait with so many */
	ROLL_CHECKS_MAX = 32, /* in one step */
	ROLL_ROWS_MAX = 512, /* of a check in one step */
};

/* What the writer knows of each check. */
struct rolled {
	uint64_t key; /* its watermark */
	uint32_t pending; /* results beyond it; at the start 1 for "who knows" */
};

struct roller {
	struct session *session;
	unsigned results; /* ROLL_RESULTS */
	struct rolled *checks; /* by number */
	uint32_t n, cap;
	uint32_t due[ROLL_DUE_MAX];
	size_t n_due;
	struct span { /* the one of each level that is being added to */
		uint64_t key; /* 0: none */
		struct sums sums;
	} spans[LEVEL_COUNT];
	uint64_t written; /* up to this key results are rolled */
	uint64_t late; /* but for this one; 0: none */
	struct buf blobs[LATENCY_COUNT];
};

/* Reads the watermarks. results: 0 for ROLL_RESULTS. */
bool roller_init(struct roller *roller, struct session *session, unsigned results,
	struct error *error) MUST_CHECK;
void roller_fini(struct roller *roller);

/* Inside the open transaction: what comes with a key that was passed already, as when the clock was
 * set back, is rolled at once. What comes beyond the watermark is left to a later step. */
bool roller_result(struct roller *roller, const struct sample *sample) MUST_CHECK;
bool roller_missed(struct roller *roller, uint64_t key, uint64_t slots) MUST_CHECK;

/* A result of the check was committed. */
void roller_note(struct roller *roller, uint32_t number);
/* At most max checks that have many results; they are no longer due. */
size_t roller_take_due(struct roller *roller, uint32_t *numbers, size_t max);
bool roller_has_pending(const struct roller *roller, uint32_t number);

/* Rolls at most ROLL_ROWS_MAX rows of each check, in one transaction of its own; what is left is due
 * again. False: nothing was done. */
bool roller_step(
	struct roller *roller, const uint32_t *numbers, size_t n, struct error *error) MUST_CHECK;
/* Not beyond it. */
uint64_t roller_watermark(const struct roller *roller, uint32_t number);

#endif
