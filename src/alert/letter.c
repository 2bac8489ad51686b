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

/* That it is told late, and how many wait for their hour behind it; NULL: neither. */
static const char *late_note(const struct content *c)
{
	char time[TEXT_TIME_MAX];
	const char *more = !c->row->more ? ""
					 : arena_printf(c->arena, "%zu more wait%s", c->row->more,
						   c->row->more == 1 ? "s" : "");
	if (!c->late)
		return *more ? more : NULL;
	text_time(c->now_us, time);
	return arena_printf(c->arena, "told late, on %.10s at %.5s UTC%s%s", time, time + 11,
		*more ? "; " : "", more);
}

/* The sentence, and what is to be said of its delivery. */
static const char *sentence(const struct content *c)
{
	const char *note = late_note(c);
	return note ? arena_printf(c->arena, "%s (%s)", text_of(c, "text"), note)
		    : text_of(c, "text");
}

/* The payload is an object that we wrote: its end is one bracket. */
static struct str body(const struct content *c)
{
	struct str stored = str_of(c->row->payload);
	if ((!c->late && !c->row->more) || !c->payload || json_type(c->payload) != JSON_OBJECT)
		return stored;
	char time[TEXT_TIME_MAX];
	struct buf out = BUF_INIT(LETTER_BYTES_MAX);
	buf_put(&out, stored.p, stored.n - 1);
	struct json_writer w = json_writer_to(&out);
	w.comma = json_count(c->payload) > 0;
	jw_bool(&w, "late", c->late);
	jw_seconds(&w, "late_s", (c->now_us - c->row->created_wall_us) / US_PER_S * US_PER_S);
	jw_text(&w, "sent_at", text_time(c->now_us, time));
	jw_text(&w, "late_text", sentence(c));
	if (c->row->more)
		jw_int(&w, "more", (int64_t)c->row->more);
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
