#include "alert/letter.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "base/text.h"

enum { LETTER_BYTES_MAX = 256 * 1024, LETTER_VARIABLES = 8 };

struct content {
	struct arena *arena;
	const struct outbox_row *row;
	const struct json *payload; /* NULL: it is no JSON */
	int64_t now_us;
	bool late;
};

static const char *text_of(const struct content *c, const char *name)
{
	return arena_strndup(c->arena, json_string(json_member(c->payload, name)));
}

static const char *late_note(const struct content *c)
{
	char time[TEXT_TIME_MAX];
	text_time(c->now_us, time);
	return c->late ? arena_printf(c->arena, "told late, on %.10s at %.5s UTC", time, time + 11)
		       : NULL;
}

/* The sentence, and when it is told, if that is late. */
static const char *sentence(const struct content *c)
{
	const char *text = text_of(c, "text");
	return c->late ? arena_printf(c->arena, "%s (%s)", text, late_note(c)) : text;
}

/* The payload is an object that we wrote: its end is one bracket. */
static struct str body(const struct content *c)
{
	struct str stored = str_of(c->row->payload);
	if (!c->late || !c->payload || json_type(c->payload) != JSON_OBJECT)
		return stored;
	char time[TEXT_TIME_MAX];
	struct buf out = BUF_INIT(LETTER_BYTES_MAX);
	buf_put(&out, stored.p, stored.n - 1);
	struct json_writer w = json_writer_to(&out);
	w.comma = json_count(c->payload) > 0;
	jw_bool(&w, "late", true);
	jw_seconds(&w, "late_s", (c->now_us - c->row->created_wall_us) / US_PER_S * US_PER_S);
	jw_text(&w, "sent_at", text_time(c->now_us, time));
	jw_text(&w, "late_text", sentence(c));
	jw_object_end(&w);
	struct str whole = out.cut ? stored : arena_str(c->arena, buf_str(&out));
	buf_fini(&out);
	return whole;
}

static bool tells_of_down(const char *event)
{
	static const char *const all[] = {"opened", "reminder", "acknowledged"};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strcmp(event, all[i]) == 0)
			return true;
	return false;
}

static const char *const *variables(const struct content *c)
{
	const char **list = ARENA_ARRAY(c->arena, LETTER_VARIABLES + 1, const char *);
	const struct outbox_row *row = c->row;
	bool down = tells_of_down(row->event) || *text_of(c, "merged_into");
	size_t n = 0;
	list[n++] = arena_printf(c->arena, "OUTRIDER_EVENT=%s", row->event);
	list[n++] = arena_printf(c->arena, "OUTRIDER_CHECK=%s", text_of(c, "check"));
	list[n++] = arena_printf(c->arena, "OUTRIDER_SERVICE=%s", text_of(c, "service"));
	list[n++] = arena_printf(c->arena, "OUTRIDER_STATE=%s", down ? "down" : "up");
	list[n++] = arena_printf(c->arena, "OUTRIDER_MESSAGE=%s", sentence(c));
	list[n++] = arena_printf(c->arena, "OUTRIDER_INCIDENT=%s", text_of(c, "incident"));
	list[n++] = arena_printf(c->arena, "OUTRIDER_DEDUP_KEY=%s", row->dedup_key);
	list[n++] = arena_printf(c->arena, "OUTRIDER_LATE=%d", c->late);
	return list;
}

struct letter letter_write(struct arena *arena, const struct outbox_row *row, int64_t now_wall_us)
{
	struct error ignored;
	struct json *payload = json_parse(str_of(row->payload), &ignored);
	struct content content = {.arena = arena,
		.row = row,
		.payload = payload,
		.now_us = now_wall_us,
		.late = now_wall_us - row->created_wall_us > LETTER_LATE_US};
	struct letter letter = {body(&content), late_note(&content), variables(&content)};
	json_free(payload);
	return letter;
}
