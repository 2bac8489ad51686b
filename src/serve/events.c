#include "serve/events.h"

#include "base/memory.h"
#include "base/text.h"
#include "serve/api_json.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { EVENT_TEXT_MAX = 8192 };

/* An event; its texts stand one after the other, each with its NUL: check, text. */
struct slot {
	struct event event;
	char *texts;
	char *rendered; /* NULL: nobody has read it yet */
	size_t n_rendered;
};

struct events {
	uint64_t first, next; /* numbers: of the first ever, of the one to come */
	struct buf scratch;
	struct slot slots[EVENTS_KEPT];
};

struct events *events_new(uint64_t first)
{
	struct events *events = MEM_NEW(struct events);
	events->first = events->next = first;
	events->scratch = BUF_INIT(EVENT_TEXT_MAX);
	return events;
}

static void slot_fini(struct slot *slot)
{
	free(slot->texts);
	free(slot->rendered);
}

void events_free(struct events *events)
{
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		slot_fini(&events->slots[i]);
	buf_fini(&events->scratch);
	free(events);
}

static struct slot *slot_of(struct events *events, uint64_t id)
{
	return &events->slots[id % EVENTS_KEPT];
}

void events_add(struct events *events, const struct event *event)
{
	struct slot *slot = slot_of(events, events->next++);
	struct buf *texts = &events->scratch;
	slot_fini(slot);
	buf_reset(texts);
	buf_puts(texts, event->check ? event->check : "");
	size_t text = texts->n + 1;
	buf_putc(texts, '\0');
	text_inert(texts, str_of(event->text), EVENT_MESSAGE_MAX);
	buf_putc(texts, '\0');
	*slot = (struct slot){.event = *event, .texts = mem_alloc(texts->n)};
	memcpy(slot->texts, texts->p, texts->n);
	slot->event.check = event->check ? slot->texts : NULL;
	slot->event.text = slot->texts + text;
}

uint64_t events_newest(const struct events *events)
{
	return events->next - 1;
}

bool events_reach(const struct events *events, uint64_t after)
{
	return after >= events->first - 1 && after < events->next &&
	       events->next - 1 - after <= EVENTS_KEPT;
}

static struct slot *slot_here(struct events *events, uint64_t id)
{
	assert(events_reach(events, id - 1) && id < events->next);
	return slot_of(events, id);
}

bool events_concern(struct events *events, uint64_t id, const char *check)
{
	const struct slot *slot = slot_here(events, id);
	return !check || !slot->event.check || strcmp(slot->event.check, check) == 0;
}

static void put_result(struct json_writer *w, const struct event *event)
{
	api_key(w, "result", event->result);
	api_time(w, "at", event->at_wall_us);
	jw_text(w, "outcome", outcome_name(event->outcome));
	jw_text(w, "reason", reason_name(event->reason));
	jw_bool(w, "known_issue", event->known_issue);
	jw_bool(w, "maintenance", event->maintenance);
	jw_text(w, "message", event->text);
	jw_seconds(w, "duration_s", event->duration_us);
	jw_seconds(w, "ttft_s", event->ttft_us);
	if (event->http_status)
		jw_int(w, "http_status", event->http_status);
	else
		jw_null(w, "http_status");
}

static void put_data(struct json_writer *w, const struct event *event)
{
	jw_object(w, NULL);
	if (event->check)
		jw_text(w, "check", event->check);
	switch (event->kind) {
	case EVENT_RESULT: put_result(w, event); break;
	case EVENT_STATE:
		jw_text(w, "state", health_name(event->state));
		api_time(w, "since", event->at_wall_us);
		jw_bool(w, "paused", event->paused);
		api_key(w, "incident", event->incident);
		break;
	case EVENT_INCIDENT:
		api_key(w, "incident", event->incident);
		jw_text(w, "change", event->text);
		api_time(w, "at", event->at_wall_us);
		break;
	case EVENT_RESET: break;
	}
	jw_object_end(w);
}

static const char *kind_name(enum event_kind kind)
{
	switch (kind) {
	case EVENT_RESULT: return "result";
	case EVENT_STATE: return "state";
	case EVENT_INCIDENT: return "incident";
	case EVENT_RESET: break;
	}
	return "reset";
}

struct str events_text(struct events *events, uint64_t id)
{
	struct slot *slot = slot_here(events, id);
	if (!slot->rendered) {
		struct buf text = BUF_INIT(EVENT_TEXT_MAX);
		struct json_writer w = json_writer_to(&text);
		buf_printf(&text, "id: %" PRIu64 "\nevent: %s\ndata: ", id,
			kind_name(slot->event.kind));
		put_data(&w, &slot->event);
		buf_puts(&text, "\n\n");
		assert(!text.cut);
		slot->n_rendered = text.n;
		slot->rendered = buf_take(&text);
	}
	return (struct str){slot->rendered, slot->n_rendered};
}
