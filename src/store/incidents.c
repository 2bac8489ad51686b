#include "store/incidents.h"

#include "base/log.h"

#include <string.h>

enum { OUTBOX_WAITS, OUTBOX_DELIVERED, OUTBOX_GIVEN_UP };

static const char *message_of(const struct store_item *item)
{
	return item->record && item->record->message ? item->record->message : "";
}

static bool write_event(struct session *session, const struct store_item *item,
	const struct incident_change *change, const char *text)
{
	struct binder b = session_bind(session, DO_INSERT_EVENT);
	bind_int(&b, (int64_t)change->incident);
	bind_int(&b, item->changed_wall_us);
	bind_text(&b, incident_change_name(change->kind));
	bind_int(&b, change->check);
	bind_measure(&b, item->record ? (int64_t)item->record->key : -1);
	bind_measure(&b, change->into ? (int64_t)change->into : -1);
	bind_text(&b, text && *text ? text : NULL);
	bind_text(&b, item->by);
	return session_run(session, DO_INSERT_EVENT);
}

static bool leave(struct session *session, const struct store_item *item, uint32_t number)
{
	struct binder b = session_bind(session, DO_LEAVE_INCIDENTS);
	bind_int(&b, item->changed_wall_us);
	bind_int(&b, number);
	return session_run(session, DO_LEAVE_INCIDENTS);
}

static bool join(struct session *session, const struct store_item *item,
	const struct incident_change *change)
{
	if (!leave(session, item, change->check)) /* of others, if the file has it so */
		return false;
	struct binder b = session_bind(session, DO_JOIN_INCIDENT);
	bind_int(&b, (int64_t)change->incident);
	bind_int(&b, change->check);
	bind_int(&b, item->changed_wall_us);
	bind_text(&b, message_of(item));
	return session_run(session, DO_JOIN_INCIDENT) &&
	       write_event(session, item, change, message_of(item));
}

static bool open_incident(struct session *session, const struct store_item *item,
	const struct incident_change *change)
{
	struct binder b = session_bind(session, DO_OPEN_INCIDENT);
	bind_int(&b, (int64_t)change->incident);
	bind_int(&b, change->check);
	bind_int(&b, item->changed_wall_us);
	bind_text(&b, message_of(item));
	if (!session_run(session, DO_OPEN_INCIDENT))
		return false;
	if (sqlite3_changes(session->db))
		return join(session, item, change);
	log_write(LOG_WARN, "store.incident_is_open", LOG_INT("check_number", change->check),
		LOG_INT("incident", change->incident));
	return true;
}

static bool forget(struct session *session, const struct store_item *item, uint32_t number)
{
	struct binder b = session_bind(session, DO_FORGET_STATE);
	bind_int(&b, item->changed_wall_us);
	bind_int(&b, number);
	return session_run(session, DO_FORGET_STATE);
}

static bool leave_incident(struct session *session, const struct store_item *item,
	const struct incident_change *change)
{
	bool unwatched = change->why && !change->known;

	return leave(session, item, change->check) &&
	       (!unwatched || forget(session, item, change->check)) &&
	       write_event(session, item, change, change->why);
}

/* What waits of them. */
static bool forget_reminders(struct session *session, uint64_t incident)
{
	struct binder b = session_bind(session, DO_FORGET_REMINDERS);
	bind_int(&b, (int64_t)incident);
	return session_run(session, DO_FORGET_REMINDERS);
}

/* how: DO_REROOT_INCIDENT or DO_CONTINUE_INCIDENT. */
static bool go_on(struct session *session, const struct store_item *item,
	const struct incident_change *change, enum session_statement how)
{
	struct binder b = session_bind(session, how);
	bind_int(&b, change->check);
	bind_int(&b, (int64_t)change->incident);
	return session_run(session, how) && write_event(session, item, change, NULL);
}

static bool end(struct session *session, const struct store_item *item,
	const struct incident_change *change)
{
	struct binder b = session_bind(session, DO_END_INCIDENT);
	bind_int(&b, item->changed_wall_us);
	bind_measure(&b, change->into ? (int64_t)change->into : -1);
	bind_int(&b, (int64_t)change->incident);
	if (!session_run(session, DO_END_INCIDENT))
		return false;
	b = session_bind(session, DO_LEAVE_ENDED);
	bind_int(&b, item->changed_wall_us);
	bind_int(&b, (int64_t)change->incident);
	return session_run(session, DO_LEAVE_ENDED) &&
	       forget_reminders(session, change->incident) &&
	       write_event(session, item, change, NULL);
}

/* Its members go on in the other. */
static bool merge(struct session *session, const struct store_item *item,
	const struct incident_change *change)
{
	if (!end(session, item, change))
		return false;
	struct binder b = session_bind(session, DO_JOIN_MERGED);
	bind_int(&b, (int64_t)change->into);
	bind_int(&b, item->changed_wall_us);
	bind_int(&b, (int64_t)change->incident);
	if (!session_run(session, DO_JOIN_MERGED))
		return false;
	b = session_bind(session, DO_TELL_MERGED);
	bind_int(&b, (int64_t)change->into);
	bind_int(&b, item->changed_wall_us);
	bind_measure(&b, item->record ? (int64_t)item->record->key : -1);
	bind_int(&b, (int64_t)change->incident);
	return session_run(session, DO_TELL_MERGED);
}

static bool acknowledge(struct session *session, const struct store_item *item,
	const struct incident_change *change)
{
	struct binder b = session_bind(session, DO_ACKNOWLEDGE_INCIDENT);
	bind_int(&b, item->changed_wall_us);
	bind_text(&b, item->by);
	bind_measure(&b, item->until_wall_us ? item->until_wall_us : -1);
	bind_int(&b, (int64_t)change->incident);
	return session_run(session, DO_ACKNOWLEDGE_INCIDENT) &&
	       forget_reminders(session, change->incident) &&
	       write_event(session, item, change, item->said);
}

static bool release(struct session *session, const struct store_item *item,
	const struct incident_change *change)
{
	struct binder b = session_bind(session, DO_RELEASE_INCIDENT);
	bind_int(&b, (int64_t)change->incident);
	return session_run(session, DO_RELEASE_INCIDENT) &&
	       write_event(session, item, change, NULL);
}

static bool write_change(struct session *session, const struct store_item *item,
	const struct incident_change *change)
{
	switch (change->kind) {
	case INCIDENT_OPENED: return open_incident(session, item, change);
	case INCIDENT_JOINED: return join(session, item, change);
	case INCIDENT_LEFT: return leave_incident(session, item, change);
	case INCIDENT_REROOTED: return go_on(session, item, change, DO_REROOT_INCIDENT);
	case INCIDENT_CONTINUED: return go_on(session, item, change, DO_CONTINUE_INCIDENT);
	case INCIDENT_MERGED: return merge(session, item, change);
	case INCIDENT_RESOLVED: return end(session, item, change);
	case INCIDENT_ACKNOWLEDGED: return acknowledge(session, item, change);
	case INCIDENT_RELEASED: return release(session, item, change);
	case INCIDENT_NOTED:
		return write_event(session, item, change, change->why ? change->why : item->said);
	case INCIDENT_CHANGE_COUNT: break;
	}
	return true;
}

static bool raise_message(struct session *session, const struct outbox_message *message)
{
	struct binder b = session_bind(session, DO_RAISE_MESSAGE);
	bind_int(&b, (int64_t)message->severity);
	bind_int(&b, (int64_t)message->incident);
	bind_text(&b, message->channel);
	return session_run(session, DO_RAISE_MESSAGE);
}

static bool write_message(struct session *session, const struct outbox_message *message)
{
	if (strcmp(message->event, "opened") == 0 && !raise_message(session, message))
		return false;
	struct binder b = session_bind(session, DO_INSERT_MESSAGE);
	bind_int(&b, (int64_t)message->incident);
	bind_int(&b, (int64_t)message->severity);
	bind_text(&b, message->channel);
	bind_text(&b, message->dedup_key);
	bind_text(&b, message->event);
	bind_text(&b, message->payload);
	bind_int(&b, message->created_wall_us);
	return session_run(session, DO_INSERT_MESSAGE);
}

bool incidents_write(struct session *session, const struct store_item *item)
{
	for (size_t i = 0; i < item->changes.n; i++)
		if (!write_change(session, item, &item->changes.all[i]))
			return false;
	for (size_t i = 0; i < item->n_messages; i++)
		if (!write_message(session, &item->messages[i]))
			return false;
	return true;
}

bool incidents_report(struct session *session, const struct outbox_delivery *delivery)
{
	int state = OUTBOX_WAITS;
	switch (delivery->result) {
	case DELIVERY_DONE: state = OUTBOX_DELIVERED; break;
	case DELIVERY_DEAD: state = OUTBOX_GIVEN_UP; break;
	case DELIVERY_RETRY: break;
	}
	bool over = state != OUTBOX_WAITS;
	struct binder b = session_bind(session, DO_REPORT_DELIVERY);
	bind_int(&b, state);
	bind_int(&b, over ? delivery->at_wall_us : delivery->next_try_wall_us);
	bind_measure(&b, over ? delivery->at_wall_us : -1);
	bind_text(&b, delivery->error && *delivery->error ? delivery->error : NULL);
	bind_int(&b, delivery->id);
	return session_run(session, DO_REPORT_DELIVERY);
}
