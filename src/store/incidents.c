#include "store/incidents.h"

#include "base/log.h"

enum { OUTBOX_WAITS, OUTBOX_DELIVERED, OUTBOX_GIVEN_UP };

static bool open_incident(struct session *session, const struct store_item *item)
{
	const struct incident_change *change = &item->incident;
	struct binder b = session_bind(session, DO_OPEN_INCIDENT);
	bind_int(&b, (int64_t)change->id);
	bind_int(&b, item->check_number);
	bind_int(&b, change->at_wall_us);
	bind_text(&b, change->cause ? change->cause : "");
	if (!session_run(session, DO_OPEN_INCIDENT))
		return false;
	if (sqlite3_changes(session->db) == 0)
		log_write(LOG_WARN, "store.incident_is_open",
			LOG_INT("check_number", item->check_number),
			LOG_INT("incident", change->id));
	return true;
}

static bool resolve_incident(struct session *session, const struct incident_change *change)
{
	struct binder b = session_bind(session, DO_RESOLVE_INCIDENT);
	bind_int(&b, change->at_wall_us);
	bind_int(&b, (int64_t)change->id);
	return session_run(session, DO_RESOLVE_INCIDENT);
}

static bool write_change(struct session *session, const struct store_item *item)
{
	switch (item->incident.kind) {
	case INCIDENT_NONE: return true;
	case INCIDENT_OPENED: return open_incident(session, item);
	case INCIDENT_RESOLVED: return resolve_incident(session, &item->incident);
	}
	return true;
}

static bool write_message(struct session *session, const struct outbox_message *message)
{
	struct binder b = session_bind(session, DO_INSERT_MESSAGE);
	bind_int(&b, (int64_t)message->incident);
	bind_text(&b, message->channel);
	bind_text(&b, message->dedup_key);
	bind_text(&b, message->event);
	bind_text(&b, message->payload);
	bind_int(&b, message->created_wall_us);
	return session_run(session, DO_INSERT_MESSAGE);
}

bool incidents_write(struct session *session, const struct store_item *item)
{
	if (!write_change(session, item))
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
