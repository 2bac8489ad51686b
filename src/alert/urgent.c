#include "alert/urgent.h"

#include "alert/options.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/queue.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	struct queue_node node; /* first */
	struct arena arena; /* of the row's texts */
	struct outbox_row row;
	bool delivered;
};

struct urgent {
	struct queue *given;
	struct entry *entries[URGENT_MAX]; /* oldest first */
	size_t n;
	int64_t last_id;
	struct outbox_row due[URGENT_MAX];
};

struct urgent *urgent_new(void)
{
	struct urgent *urgent = MEM_NEW(struct urgent);
	urgent->given = queue_new(URGENT_MAX);
	return urgent;
}

static void entry_free(struct entry *entry)
{
	arena_fini(&entry->arena);
	free(entry);
}

static struct entry *entry_new(const struct outbox_message *message)
{
	struct entry *entry = MEM_NEW(struct entry);
	arena_init(&entry->arena);
	entry->row = (struct outbox_row){
		.channel = arena_strdup(&entry->arena, message->channel),
		.dedup_key = arena_strdup(&entry->arena, message->dedup_key),
		.event = arena_strdup(&entry->arena, message->event),
		.payload = arena_strdup(&entry->arena, message->payload),
		.incident = message->incident,
		.severity = message->severity,
		.created_wall_us = message->created_wall_us,
	};
	return entry;
}

void urgent_give(struct urgent *urgent, const struct outbox_message *message)
{
	struct entry *entry = entry_new(message);
	if (!queue_push(urgent->given, &entry->node))
		entry_free(entry);
}

static void remove_at(struct urgent *urgent, size_t at)
{
	entry_free(urgent->entries[at]);
	urgent->n--;
	memmove(&urgent->entries[at], &urgent->entries[at + 1],
		(urgent->n - at) * sizeof(struct entry *));
}

/* A place for one more, if need be that of the oldest delivered one. */
static bool make_room(struct urgent *urgent)
{
	if (urgent->n < URGENT_MAX)
		return true;
	for (size_t i = 0; i < urgent->n; i++)
		if (urgent->entries[i]->delivered) {
			remove_at(urgent, i);
			return true;
		}
	return false;
}

static void admit(struct urgent *urgent)
{
	struct queue_node *node = queue_take(urgent->given);
	while (node) {
		struct entry *entry = (struct entry *)node;
		node = node->next;
		if (!make_room(urgent)) {
			log_write(LOG_WARN, "alert.waits_for_disk",
				LOG_STR("key", entry->row.dedup_key));
			entry_free(entry);
			continue;
		}
		entry->row.id = --urgent->last_id;
		urgent->entries[urgent->n++] = entry;
	}
}

void urgent_free(struct urgent *urgent)
{
	if (!urgent)
		return;
	admit(urgent);
	while (urgent->n)
		remove_at(urgent, urgent->n - 1);
	queue_free(urgent->given);
	free(urgent);
}

static bool same_line(const struct outbox_row *a, const struct outbox_row *b)
{
	return a->incident == b->incident && strcmp(a->channel, b->channel) == 0;
}

static bool is_first(const struct urgent *urgent, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!urgent->entries[i]->delivered &&
			same_line(&urgent->entries[i]->row, &urgent->entries[at]->row))
			return false;
	return true;
}

size_t urgent_due(struct urgent *urgent, int64_t now_wall_us, const struct outbox_row **rows,
	int64_t *next_wall_us)
{
	size_t n = 0;
	admit(urgent);
	for (size_t i = 0; i < urgent->n; i++) {
		const struct outbox_row *row = &urgent->entries[i]->row;
		if (urgent->entries[i]->delivered || !is_first(urgent, i))
			continue;
		if (row->next_try_wall_us <= now_wall_us)
			urgent->due[n++] = *row;
		else if (row->next_try_wall_us < *next_wall_us)
			*next_wall_us = row->next_try_wall_us;
	}
	*rows = urgent->due;
	return n;
}

static size_t find(const struct urgent *urgent, int64_t id)
{
	size_t at = 0;
	while (at < urgent->n && urgent->entries[at]->row.id != id)
		at++;
	return at;
}

void urgent_report(struct urgent *urgent, const struct outbox_delivery *delivery)
{
	size_t at = find(urgent, delivery->id);
	if (at == urgent->n)
		return;
	struct entry *entry = urgent->entries[at];
	entry->row.tries++;
	switch (delivery->result) {
	case DELIVERY_DONE: entry->delivered = true; return;
	case DELIVERY_RETRY: entry->row.next_try_wall_us = delivery->next_try_wall_us; return;
	case DELIVERY_DEAD: remove_at(urgent, at); return; /* the outbox may try it again */
	}
}

const struct outbox_row *urgent_find(
	const struct urgent *urgent, uint64_t incident, const char *channel, const char *event)
{
	for (size_t i = 0; i < urgent->n; i++) {
		const struct outbox_row *row = &urgent->entries[i]->row;
		if (row->incident == incident && strcmp(row->channel, channel) == 0 &&
			strcmp(row->event, event) == 0)
			return row;
	}
	return NULL;
}

const struct outbox_row *urgent_firing(const struct urgent *urgent, const char *channel, size_t *at)
{
	while (*at < urgent->n) {
		const struct entry *entry = urgent->entries[(*at)++];
		const struct outbox_row *row = &entry->row;
		if (entry->delivered && strcmp(row->channel, channel) == 0 &&
			alert_event_end(row->event) &&
			!urgent_find(urgent, row->incident, channel, alert_event_end(row->event)))
			return row;
	}
	return NULL;
}

enum urgent_twin urgent_twin(struct urgent *urgent, const struct outbox_row *row, int64_t *id)
{
	for (size_t i = 0; i < urgent->n; i++) {
		const struct entry *entry = urgent->entries[i];
		if (strcmp(entry->row.dedup_key, row->dedup_key) != 0 ||
			strcmp(entry->row.channel, row->channel) != 0)
			continue;
		*id = entry->row.id;
		if (!entry->delivered)
			return TWIN_PENDING;
		remove_at(urgent, i);
		return TWIN_DELIVERED;
	}
	return TWIN_NONE;
}

void urgent_forget(struct urgent *urgent, int64_t id)
{
	size_t at = find(urgent, id);
	if (at < urgent->n)
		remove_at(urgent, at);
}
