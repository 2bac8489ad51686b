/* alert/ledger.h - which rows of the outbox are being delivered, and which were reported but may
 * still stand there as due because the store has not committed the report. Owned by the courier's
 * thread. */
#ifndef OUTRIDER_ALERT_LEDGER_H
#define OUTRIDER_ALERT_LEDGER_H

#include "store/outbox.h"

/* So many reports may be uncommitted before no more is sent. */
enum { LEDGER_MAX = 1000 };

struct ledger_entry {
	int64_t id;
	unsigned tries; /* of the row, when it was taken */
	bool reported;
	bool over; /* reported as delivered or given up */
	bool seen; /* in the answer that is being looked at */
};

struct ledger {
	struct ledger_entry entries[LEDGER_MAX];
	size_t n;
};

bool ledger_is_full(const struct ledger *ledger);
/* The row is being delivered from now on. There is room. */
void ledger_take(struct ledger *ledger, const struct outbox_row *row);
void ledger_report(struct ledger *ledger, int64_t id, bool over);
/* Whether it was taken, and what became of it is not known. */
bool ledger_is_under_way(struct ledger *ledger, int64_t id);
/* Whether no more will be tried of it, though the store may not have written that yet. */
bool ledger_is_over(struct ledger *ledger, int64_t id);
/* Whether the row is to be left alone. A reported one whose row has changed is free again. */
bool ledger_holds(struct ledger *ledger, const struct outbox_row *row);
/* Whether the outbox has the row as it was taken. */
typedef bool ledger_waits(void *ctx, int64_t id, unsigned tries);
/* After ledger_holds was asked of due rows: reported ones that were not among them and do not wait as they did have
 * been committed. */
void ledger_sweep(struct ledger *ledger, ledger_waits *waits, void *ctx);

#endif
