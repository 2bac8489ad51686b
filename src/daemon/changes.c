#include "daemon/changes.h"

#include "base/memory.h"
#include "base/text.h"
#include "daemon/delta.h"

#include <stdlib.h>

struct comparison {
	struct changes *to;
	const struct config *before, *after;
};

/* The line of a change, or NULL when there are enough. */
static struct change *add(struct comparison *c, const char *event, const char *kind)
{
	struct changes *to = c->to;

	if (to->n == CHANGES_LINES_MAX) {
		to->more++;
		return NULL;
	}
	to->lines[to->n] = (struct change){.event = event, .kind = kind};
	return &to->lines[to->n++];
}

static const char *clean(struct comparison *c, const char *text)
{
	struct buf once = BUF_INIT(2 * CHANGES_WORDS_MAX), twice = BUF_INIT(2 * CHANGES_WORDS_MAX);
	const char *kept;

	secrets_redact(c->before->plan.secrets, str_of(text), &once);
	secrets_redact(c->after->plan.secrets, buf_str(&once), &twice);
	kept = arena_strndup(&c->to->arena, buf_str(&twice));
	buf_fini(&once);
	buf_fini(&twice);
	return kept;
}

/* Ends the words; whether there were any. */
static bool put_delta(struct comparison *c, const char *kind, const char *name, struct delta *delta)
{
	bool any = delta->out.n > 0;
	struct change *line = any ? add(c, "reload.changed", kind) : NULL;

	if (line) {
		if (delta->out.cut)
			buf_puts(&delta->end, ", ...");
		line->name = arena_strdup(&c->to->arena, name);
		line->how = clean(c, arena_printf(&c->to->arena, "%s%s", buf_text(&delta->out),
					     buf_text(&delta->end)));
	}
	delta_fini(delta);
	return any;
}

/* --- names that came and went --- */

struct names {
	const char *event, *kind;
	const char *first[CHANGES_NAMES_MAX];
	size_t n;
};

#define NAMES(event_, kind_)                                                                       \
	{                                                                                          \
		.event = (event_), .kind = (kind_)                                                 \
	}

static void note(struct names *names, const char *name)
{
	if (names->n < CHANGES_NAMES_MAX)
		names->first[names->n] = name;
	names->n++;
}

static void put_names(struct comparison *c, const struct names *names)
{
	struct change *line = names->n ? add(c, names->event, names->kind) : NULL;
	struct buf out = BUF_INIT(CHANGES_NAMES_MAX * (CHECK_ID_MAX + 8));

	for (size_t i = 0; line && i < names->n && i < CHANGES_NAMES_MAX; i++)
		buf_printf(&out, "%s%s", i ? ", " : "", names->first[i]);
	if (names->n > CHANGES_NAMES_MAX)
		buf_printf(&out, " and %zu more", names->n - CHANGES_NAMES_MAX);
	if (line)
		line->name = arena_strndup(&c->to->arena, buf_str(&out));
	buf_fini(&out);
}

/* --- checks --- */

static void compare_check(struct comparison *c, size_t old, size_t new)
{
	struct delta delta = DELTA_INIT;

	delta_of_check(&delta, c->before, old, c->after, new);
	c->to->changed += put_delta(c, "check", c->after->plan.checks[new].id, &delta);
}

/* A plan's ids in their order, and where each check stands. */
struct entry {
	const char *id;
	size_t at;
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->id, ((const struct entry *)b)->id);
}

static struct entry *index_of(const struct plan *plan)
{
	struct entry *entries = mem_alloc((plan->n_checks + 1) * sizeof(*entries));

	for (size_t i = 0; i < plan->n_checks; i++)
		entries[i] = (struct entry){plan->checks[i].id, i};
	if (plan->n_checks)
		qsort(entries, plan->n_checks, sizeof(*entries), by_id);
	return entries;
}

static const struct entry *find(const struct entry *entries, size_t n, const char *id)
{
	struct entry wanted = {id, 0};

	return n ? bsearch(&wanted, entries, n, sizeof(*entries), by_id) : NULL;
}

static void compare_checks(struct comparison *c)
{
	const struct plan *before = &c->before->plan, *after = &c->after->plan;
	struct names added = NAMES("reload.added", "checks"),
		     removed = NAMES("reload.removed", "checks");
	struct entry *old = index_of(before), *new = index_of(after);

	for (size_t i = 0; i < before->n_checks; i++)
		if (!find(new, after->n_checks, before->checks[i].id))
			note(&removed, before->checks[i].id);
	for (size_t i = 0; i < after->n_checks; i++)
		if (!find(old, before->n_checks, after->checks[i].id))
			note(&added, after->checks[i].id);
	put_names(c, &added);
	put_names(c, &removed);
	c->to->added = added.n;
	c->to->removed = removed.n;
	for (size_t i = 0; i < after->n_checks; i++) {
		const struct entry *was = find(old, before->n_checks, after->checks[i].id);
		if (was)
			compare_check(c, was->at, i);
	}
	free(old);
	free(new);
}

/* --- services and channels --- */

static const struct service *service_named(const struct plan *plan, const char *id)
{
	for (size_t i = 0; i < plan->n_services; i++)
		if (strcmp(plan->services[i].id, id) == 0)
			return &plan->services[i];
	return NULL;
}

static void compare_services(struct comparison *c)
{
	const struct plan *before = &c->before->plan, *after = &c->after->plan;
	struct names added = NAMES("reload.added", "services"),
		     removed = NAMES("reload.removed", "services");

	for (size_t i = 0; i < before->n_services; i++)
		if (!service_named(after, before->services[i].id))
			note(&removed, before->services[i].id);
	for (size_t i = 0; i < after->n_services; i++)
		if (!service_named(before, after->services[i].id))
			note(&added, after->services[i].id);
	put_names(c, &added);
	put_names(c, &removed);
	for (size_t i = 0; i < after->n_services; i++) {
		const struct service *new = &after->services[i];
		const struct service *old = service_named(before, new->id);
		struct delta delta = DELTA_INIT;
		if (old)
			delta_of_service(&delta, old, new);
		put_delta(c, "service", new->id, &delta);
	}
}

static const struct channel *channel_named(const struct alert_options *alert, const char *name)
{
	for (size_t i = 0; i < alert->n_channels; i++)
		if (strcmp(alert->channels[i].name, name) == 0)
			return &alert->channels[i];
	return NULL;
}

static void compare_channels(struct comparison *c)
{
	const struct alert_options *before = &c->before->alert, *after = &c->after->alert;
	struct names added = NAMES("reload.added", "channels"),
		     removed = NAMES("reload.removed", "channels");

	for (size_t i = 0; i < before->n_channels; i++)
		if (!channel_named(after, before->channels[i].name))
			note(&removed, before->channels[i].name);
	for (size_t i = 0; i < after->n_channels; i++)
		if (!channel_named(before, after->channels[i].name))
			note(&added, after->channels[i].name);
	put_names(c, &added);
	put_names(c, &removed);
	for (size_t i = 0; i < after->n_channels; i++) {
		const struct channel *new = &after->channels[i];
		const struct channel *old = channel_named(before, new->name);
		struct delta delta = DELTA_INIT;
		if (old)
			delta_of_channel(&delta, old, new);
		put_delta(c, "channel", new->name, &delta);
	}
}

/* --- settings --- */

static void put_setting(struct comparison *c, const char *name, struct delta *delta)
{
	put_delta(c, "setting", name, delta);
}

/* What stays as it is until the daemon starts again. */
static void put_fixed(struct comparison *c, const char *name, const char *before, const char *after)
{
	struct change *line;

	if (!before || !after || strcmp(before, after) == 0)
		return;
	line = add(c, "reload.not_applied", "setting");
	if (!line)
		return;
	line->stays = true;
	line->name = name;
	line->how = clean(c, arena_printf(&c->to->arena, "%s -> %s takes a restart; %s stays",
				     before, after, before));
}

static const char *kept_words(int64_t us, char out[TEXT_DURATION_MAX])
{
	return us ? text_duration(us, out) : "forever";
}

static void compare_retention(struct comparison *c)
{
	const struct store_keep *old = &c->before->store.keep, *new = &c->after->store.keep;
	const struct {
		const char *key;
		int64_t before_us, after_us;
	} times[] = {
		{"retention.results", old->results_us, new->results_us},
		{"retention.evidence", old->evidence_us, new->evidence_us},
		{"retention.minutes", old->minutes_us, new->minutes_us},
		{"retention.hours", old->hours_us, new->hours_us},
		{"retention.days", old->days_us, new->days_us},
		{"retention.incidents", old->incidents_us, new->incidents_us},
	};
	struct delta bytes = DELTA_INIT;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct delta delta = DELTA_INIT;
		char before[TEXT_DURATION_MAX], after[TEXT_DURATION_MAX];
		delta_text(&delta, "", kept_words(times[i].before_us, before),
			kept_words(times[i].after_us, after));
		put_setting(c, times[i].key, &delta);
	}
	delta_count(&bytes, "", (uint64_t)old->max_bytes, (uint64_t) new->max_bytes);
	put_setting(c, "retention.max_bytes", &bytes);
}

static bool same_window(const struct comparison *c, const struct maintenance_window *a,
	const struct maintenance_window *b)
{
	const struct maintenance *x = &a->when, *y = &b->when;
	bool same = x->days == y->days && x->utc == y->utc && x->from_us == y->from_us &&
		    x->until_us == y->until_us && x->at_us == y->at_us &&
		    x->length_us == y->length_us && strcmp(a->title, b->title) == 0 &&
		    a->all == b->all && a->n_checks == b->n_checks;

	for (size_t i = 0; same && i < a->n_checks; i++)
		same = strcmp(c->before->plan.checks[a->checks[i]].id,
			       c->after->plan.checks[b->checks[i]].id) == 0;
	return same;
}

static void compare_windows(struct comparison *c)
{
	const struct watch_plan *old = &c->before->watch, *new = &c->after->watch;
	struct delta delta = DELTA_INIT;
	bool same = old->n_windows == new->n_windows;

	for (size_t i = 0; same && i < old->n_windows; i++)
		same = same_window(c, &old->windows[i], &new->windows[i]);
	delta_changed(&delta, "windows", !same);
	put_setting(c, "maintenance", &delta);
}

/* Only whether: names of people and hashes stay in the file. */
static void compare_auth(struct comparison *c)
{
	const struct serve_auth *old = &c->before->serve.auth, *new = &c->after->serve.auth;
	struct delta users = DELTA_INIT, tokens = DELTA_INIT, open = DELTA_INIT;
	bool same_users = old->n_users == new->n_users,
	     same_tokens = old->n_tokens == new->n_tokens;

	for (size_t i = 0; same_users && i < old->n_users; i++)
		same_users = strcmp(old->users[i].name, new->users[i].name) == 0 &&
			     strcmp(old->users[i].password_hash, new->users[i].password_hash) == 0;
	for (size_t i = 0; same_tokens && i < old->n_tokens; i++)
		same_tokens = strcmp(old->tokens[i], new->tokens[i]) == 0;
	delta_changed(&users, "", !same_users);
	put_setting(c, "auth.users", &users);
	delta_changed(&tokens, "", !same_tokens);
	put_setting(c, "auth.tokens", &tokens);
	delta_text(&open, "", old->is_public ? "true" : "false", new->is_public ? "true" : "false");
	put_setting(c, "auth.public", &open);
}

/* Their URLs may hold secrets: they are not shown. */
static void compare_watchers(struct comparison *c)
{
	const struct alert_options *old = &c->before->alert, *new = &c->after->alert;
	struct delta canaries = DELTA_INIT, heartbeat = DELTA_INIT, certificates = DELTA_INIT;
	bool equal = old->n_canaries == new->n_canaries;

	for (size_t i = 0; equal && i < old->n_canaries; i++)
		equal = delta_same(old->canaries[i], new->canaries[i]);
	delta_changed(&canaries, "", !equal);
	put_setting(c, "alerts.canaries", &canaries);
	delta_changed(&heartbeat, "",
		!delta_same(old->heartbeat_url, new->heartbeat_url) ||
			old->heartbeat_every_us != new->heartbeat_every_us);
	put_setting(c, "alerts.heartbeat", &heartbeat);
	delta_changed(&certificates, "",
		old->n_certificates != new->n_certificates ||
			memcmp(old->certificates_us, new->certificates_us,
				old->n_certificates * sizeof(*old->certificates_us)) != 0);
	put_setting(c, "alerts.certificates", &certificates);
}

static void compare_settings(struct comparison *c)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};
	static const char *const formats[] = {"text", "json"};
	const struct config *old = c->before, *new = c->after;
	struct delta mode = DELTA_INIT, place = DELTA_INIT, level = DELTA_INIT, format = DELTA_INIT,
		     group = DELTA_INIT, link = DELTA_INIT;
	char before[TEXT_DURATION_MAX], after[TEXT_DURATION_MAX];

	put_fixed(c, "listen", old->serve.listen, new->serve.listen);
	put_fixed(c, "database", old->store.path, new->store.path);
	delta_text(&mode, "", old->plan.mode, new->plan.mode);
	put_setting(c, "mode", &mode);
	delta_text(&place, "", old->place, new->place);
	put_setting(c, "place", &place);
	delta_text(&level, "", levels[old->log.level], levels[new->log.level]);
	put_setting(c, "log.level", &level);
	delta_text(&format, "", formats[old->log.format], formats[new->log.format]);
	put_setting(c, "log.format", &format);
	delta_text(&group, "", text_duration(old->watch.group_us, before),
		text_duration(new->watch.group_us, after));
	put_setting(c, "alerts.group", &group);
	delta_text(&link, "", old->alert.link, new->alert.link);
	put_setting(c, "alerts.link", &link);
	compare_watchers(c);
	compare_auth(c);
	compare_retention(c);
	compare_windows(c);
}

void changes_find(struct changes *changes, const struct config *before, const struct config *after)
{
	struct comparison c = {changes, before, after};

	memset(changes, 0, sizeof(*changes));
	arena_init(&changes->arena);
	compare_settings(&c);
	compare_services(&c);
	compare_channels(&c);
	compare_checks(&c);
}

void changes_fini(struct changes *changes)
{
	arena_fini(&changes->arena);
}
