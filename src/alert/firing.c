#include "alert/firing.h"

#include "base/json.h"
#include "base/text.h"

enum { DESCRIPTION_MAX = 16 * 1024 }; /* before it is clipped */

static struct str member(const struct json *payload, const char *name)
{
	return json_string(json_member(payload, name));
}

static struct str clip(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	s.n = max;
	while (s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
		s.n--;
	return s;
}

/* An empty label is none. */
static void put(struct json_writer *w, const char *key, struct str value, size_t max)
{
	if (value.n)
		jw_str(w, key, clip(value, max));
}

static const char *name_of(const struct json *opened)
{
	if (str_eq(member(opened, "event"), STR("test")))
		return "OutriderTest";
	return str_eq(member(opened, "event"), STR("burning")) ? "OutriderBudgetBurning"
							       : "OutriderCheckDown";
}

static void put_labels(struct json_writer *w, const struct json *opened)
{
	static const char *const same[] = {"check", "service", "mode", "severity", "incident"};
	jw_object(w, "labels");
	jw_text(w, "alertname", name_of(opened));
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		put(w, same[i], member(opened, same[i]), FIRING_LABEL_MAX);
	put(w, "pace", member(json_member(opened, "burn"), "pace"), FIRING_LABEL_MAX);
	jw_object_end(w);
}

/* What was said, and who is in it. */
static char *description(struct arena *arena, const struct json *payload)
{
	struct buf out = BUF_INIT(DESCRIPTION_MAX);
	struct str message = member(payload, "message");
	const struct json *checks = json_member(payload, "checks");
	buf_put(&out, message.p, message.n);
	if (json_count(checks) > 1)
		buf_puts(&out, out.n ? "\nchecks: " : "checks: ");
	for (const struct json *check = json_first(checks); check && json_count(checks) > 1;
		check = json_next(check)) {
		struct str id = json_string(check);
		buf_printf(
			&out, "%s%.*s", check == json_first(checks) ? "" : ", ", (int)id.n, id.p);
	}
	char *text = arena_strndup(arena, buf_str(&out));
	buf_fini(&out);
	return text;
}

static void put_annotations(struct json_writer *w, struct arena *arena, const struct json *opened,
	const struct json *latest)
{
	struct str runbook = member(latest, "runbook");
	jw_object(w, "annotations");
	put(w, "summary", member(latest, "text"), FIRING_TEXT_MAX);
	put(w, "description", str_of(description(arena, latest)), FIRING_TEXT_MAX);
	put(w, "runbook_url", runbook.n ? runbook : member(opened, "runbook"), FIRING_TEXT_MAX);
	jw_object_end(w);
}

void firing_put(struct json_writer *w, struct arena *arena, const struct firing *firing)
{
	struct error ignored;
	char time[TEXT_TIME_MAX];
	struct json *opened = json_parse(str_of(firing->opened), &ignored);
	struct json *latest = json_parse(str_of(firing->latest), &ignored);
	struct str over = member(latest, "resolved_at");
	struct str link = member(latest, "link");
	jw_object(w, NULL);
	put_labels(w, opened);
	put_annotations(w, arena, opened, latest);
	put(w, "startsAt", member(opened, "since"), TEXT_TIME_MAX);
	if (firing->resolved && over.n)
		put(w, "endsAt", over, TEXT_TIME_MAX);
	else
		jw_text(w, "endsAt", text_time(firing->ends_wall_us, time));
	put(w, "generatorURL", link.n ? link : member(opened, "link"), FIRING_TEXT_MAX);
	jw_object_end(w);
	json_free(opened);
	json_free(latest);
}

char *firing_url(struct arena *arena, const char *base)
{
	struct str s = str_of(base);
	while (s.n && s.p[s.n - 1] == '/')
		s.n--;
	return arena_printf(arena, "%.*s%s", (int)s.n, s.p, FIRING_PATH);
}
