#include "sim/control.h"

#include "base/json.h"
#include "base/json_writer.h"

#include <stdio.h>
#include <stdlib.h>

bool control_owns(const struct http_request *request)
{
	return str_starts(request->path, STR("/_sim/"), false);
}

static void finish(struct reply *reply, int status, const char *type, struct buf *text)
{
	reply_body(reply, status, type, arena_str(reply->arena, buf_str(text)));
	buf_fini(text);
}

static void fail(struct reply *reply, int status, const char *why)
{
	struct buf text = BUF_INIT(CONTROL_JSON_MAX);
	struct json_writer w = json_writer_to(&text);
	jw_object(&w, NULL);
	jw_text(&w, "error", why);
	jw_object_end(&w);
	finish(reply, status, "application/json", &text);
}

static void put_known(struct json_writer *w)
{
	size_t n = sim_faults(NULL, 0);
	struct sim_fault *faults = calloc(n + 1, sizeof(*faults));
	if (!faults)
		abort();
	sim_faults(faults, n);
	jw_array(w, "known");
	for (size_t i = 0; i < n; i++) {
		jw_object(w, NULL);
		jw_text(w, "name", faults[i].name);
		jw_text(w, "kind", faults[i].legal ? "variant" : "fault");
		jw_text(w, "group", faults[i].group);
		jw_text(w, "services", faults[i].services);
		jw_text(w, "help", faults[i].help);
		jw_seconds(w, "duration_s", faults[i].span_us ? faults[i].span_us : -1);
		jw_bool(w, "tls", faults[i].tls);
		jw_bool(w, "connection", faults[i].connection);
		jw_object_end(w);
	}
	jw_array_end(w);
	free(faults);
}

static void show_faults(const struct control *control, struct reply *reply, bool known)
{
	struct buf text = BUF_INIT(CONTROL_JSON_MAX);
	struct json_writer w = json_writer_to(&text);
	jw_object(&w, NULL);
	jw_array(&w, "active");
	for (size_t i = 0; i < control->faults->n; i++)
		jw_text(&w, NULL, control->faults->uses[i].spec);
	jw_array_end(&w);
	if (known)
		put_known(&w);
	jw_object_end(&w);
	finish(reply, 200, "application/json", &text);
}

static bool read_specs(const struct json *root, struct arena *arena,
	const char *specs[SIM_FAULTS_MAX], size_t *n, struct error *error)
{
	const struct json *set = json_member(root, "set");
	*n = 0;
	if (!set || json_type(set) != JSON_ARRAY || json_count(set) > SIM_FAULTS_MAX)
		return error_set(error, "expected {\"set\": [\"name@checks\", ...]} of at most %d",
			SIM_FAULTS_MAX);
	for (const struct json *item = json_first(set); item; item = json_next(item))
		specs[(*n)++] = arena_strndup(arena, json_string(item));
	return true;
}

static void set_faults(
	const struct control *control, const struct http_request *request, struct reply *reply)
{
	struct error error;
	const char *specs[SIM_FAULTS_MAX];
	size_t n;
	struct json *root = json_parse(request->body, &error);
	if (!root || !read_specs(root, reply->arena, specs, &n, &error) ||
		!control->set(control->context, specs, n, &error))
		fail(reply, 400, error.text);
	else
		show_faults(control, reply, false);
	json_free(root);
}

static void show_journal(
	const struct control *control, const struct http_request *request, struct reply *reply)
{
	struct str since = {NULL, 0};
	uint64_t tag = 0;
	if (http_query(request, "since", reply->arena, &since))
		tag = strtoull(arena_strndup(reply->arena, since), NULL, 10);
	struct buf text = BUF_INIT(CONTROL_JSON_MAX);
	journal_write(control->journal, tag, &text);
	finish(reply, 200, "application/x-ndjson", &text);
	reply_header(reply, "x-journal-dropped",
		arena_printf(reply->arena, "%llu",
			(unsigned long long)journal_dropped(control->journal)));
}

static void reset(const struct control *control, struct reply *reply)
{
	control->reset(control->context);
	reply_body(reply, 200, "application/json", STR("{\"reset\":true}"));
}

void control_serve(
	const struct control *control, const struct http_request *request, struct reply *reply)
{
	struct str what = str_from(request->path, sizeof("/_sim/") - 1);
	bool get = str_eq(request->method, STR("GET"));
	bool post = str_eq(request->method, STR("POST"));
	reply->server = "janus-sim";
	if (str_eq(what, STR("faults")) && get)
		show_faults(control, reply, true);
	else if (str_eq(what, STR("faults")) && post)
		set_faults(control, request, reply);
	else if (str_eq(what, STR("journal")) && get)
		show_journal(control, request, reply);
	else if (str_eq(what, STR("reset")) && post)
		reset(control, reply);
	else
		fail(reply, 404, "GET faults, POST faults, GET journal, POST reset");
}
