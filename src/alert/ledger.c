#include "alert/ledger.h"

#include <assert.h>

static struct ledger_entry *find(struct ledger *ledger, int64_t id)
{
	for (size_t i = 0; i < ledger->n; i++)
		if (ledger->entries[i].id == id)
			return &ledger->entries[i];
	return NULL;
}

static void forget(struct ledger *ledger, struct ledger_entry *entry)
{
	*entry = ledger->entries[--ledger->n];
}

bool ledger_is_full(const struct ledger *ledger)
{
	return ledger->n == LEDGER_MAX;
}

void ledger_take(struct ledger *ledger, const struct outbox_row *row)
{
	assert(!ledger_is_full(ledger) && !find(ledger, row->id));
	/* seen: what is reported in this same look is not committed by its end */
	ledger->entries[ledger->n++] =
		(struct ledger_entry){.id = row->id, .tries = row->tries, .seen = true};
}

void ledger_report(struct ledger *ledger, int64_t id, bool over)
{
	struct ledger_entry *entry = find(ledger, id);
	assert(entry && !entry->reported);
	entry->reported = true;
	entry->over = over;
}

bool ledger_is_under_way(struct ledger *ledger, int64_t id)
{
	const struct ledger_entry *entry = find(ledger, id);
	return entry && !entry->reported;
}

bool ledger_is_over(struct ledger *ledger, int64_t id)
{
	const struct ledger_entry *entry = find(ledger, id);
	return entry && entry->over;
}

bool ledger_holds(struct ledger *ledger, const struct outbox_row *row)
{
	struct ledger_entry *entry = find(ledger, row->id);
	if (!entry)
		return false;
	if (entry->reported && entry->tries != row->tries) {
		forget(ledger, entry);
		return false;
	}
	entry->seen = true;
	return true;
}

void ledger_sweep(struct ledger *ledger, ledger_waits *waits, void *ctx)
{
	for (size_t i = ledger->n; i-- > 0;) {
		struct ledger_entry *entry = &ledger->entries[i];
		bool over = entry->reported && !entry->seen && !waits(ctx, entry->id, entry->tries);
		entry->seen = false;
		if (over)
			forget(ledger, entry);
	}
}
