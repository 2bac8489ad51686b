#include "base/text.h"
#include "check/record.h"
#include "serve/api_json.h"
#include "serve/check_findings.h"
#include "serve/conceal.h"
#include "serve/incident_parts.h"
#include "serve/page_incidents.h"
#include "serve/page_parts.h"
#include "serve/problem.h"
#include "serve/words.h"

enum { INCIDENT_REFRESH_S = 30 };

struct page {
	struct site *site;
	const struct http_request *request;
	struct arena *arena;
	const struct board_view *view;
	struct reader *reader;
	struct incident_story story;
};

static const char *inert(const struct page *page, const char *text)
{
	return words_inert(page->arena, text, RECORD_MESSAGE_MAX);
}

/* "/checks/ID", at a result when there is one of it. */
static const char *check_href(const struct page *page, const char *check_id, uint64_t key)
{
	const char *path = part_check_path(page->arena, "/checks/", check_id);
	return key ? arena_printf(
			     page->arena, "%s?result=%s#result", path, words_key(page->arena, key))
		   : path;
}

/* --- the cause --- */

/* The result that shows why the check that it is about failed: the first one of it. */
static uint64_t key_of_cause(const struct page *page)
{
	const struct incident_story *story = &page->story;
	for (size_t i = 0; i < story->n_moments; i++)
		if (story->moments[i].key &&
			strcmp(story->moments[i].check_id, story->row.check_id) == 0)
			return story->moments[i].key;
	return 0;
}

static void add_cause(const struct page *page, struct value *root)
{
	const struct incident_row *row = &page->story.row;
	uint64_t key = page->request->internals ? key_of_cause(page) : 0;
	struct value *cause = value_member(page->arena, root, "why");
	value_text(page->arena, cause, "text", inert(page, row->cause));
	value_text(
		page->arena, cause, "check_title", incident_title(page->view->plan, row->check_id));
	value_text(page->arena, cause, "check_id", row->check_id);
	value_text(page->arena, cause, "check_href", check_href(page, row->check_id, 0));
	const char *json = key ? reader_evidence(page->reader, page->arena, key) : NULL;
	struct exhibit exhibit;
	if (!json)
		return;
	value_text(page->arena, cause, "result_href", check_href(page, row->check_id, key));
	if (exhibit_read(&exhibit, page->arena, json))
		check_findings_add(page->arena, cause, &exhibit);
}

static bool is_link(const char *text)
{
	return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

static void add_runbook(const struct page *page, struct value *root)
{
	const struct board_plan *plan = page->view->plan;
	size_t index = board_find(plan, page->story.row.check_id);
	const char *runbook = index < plan->n_checks ? plan->checks[index].runbook : NULL;
	if (runbook && page->request->internals)
		value_text(page->arena, root, is_link(runbook) ? "runbook_link" : "runbook",
			inert(page, runbook));
}

/* --- who was in it --- */

static void add_members(const struct page *page, struct value *root)
{
	struct value *list = value_list(page->arena, root, "members");
	for (size_t i = 0; i < page->story.n_members; i++) {
		const struct incident_member *member = &page->story.members[i];
		struct value *item = value_item(page->arena, list);
		bool in = member->left_wall_us == 0;
		int64_t end_us = in ? page->request->now_wall_us : member->left_wall_us;
		face_add(page->arena, item,
			in ? face_of_state(HEALTH_DOWN) : (struct face){"up", "Over"});
		value_text(page->arena, item, "title",
			incident_title(page->view->plan, member->check_id));
		value_text(page->arena, item, "id", member->check_id);
		value_text(page->arena, item, "href", check_href(page, member->check_id, 0));
		value_text(page->arena, item, "message", inert(page, member->message));
		part_time(page->arena, item, "joined", member->joined_wall_us);
		value_text(page->arena, item, "for",
			words_elapsed(page->arena, end_us - member->joined_wall_us));
		if (!in)
			part_time(page->arena, item, "left", member->left_wall_us);
	}
}

/* --- what happened --- */

/* In words, around the check's name: "{check} went down as well". Without words behind it the check
 * is not named: the whole incident is meant. */
static const struct {
	const char *kind, *face, *before, *behind;
} tellings[] = {
	{"opened", "down", "", " failed: the incident begins"},
	{"joined", "down", "", " went down as well"},
	{"left", "up", "", " is no longer part of it"},
	{"rerooted", "degraded", "", " is the cause, as it turns out"},
	{"continued", "degraded", "What began it is up again; ", " is still down"},
	{"merged", "off", "It has the same cause and goes on in", NULL},
	{"resolved", "up", "Resolved: ", " was the last one down"},
	{"acknowledged", "maintenance", "Acknowledged", NULL},
	{"released", "down", "The acknowledgement is over: nobody takes care of it", NULL},
	{"note", "unknown", "Note", NULL},
};

/* Whether the check is to be named. */
static bool add_telling(const struct page *page, struct value *item, const char *kind)
{
	for (size_t i = 0; i < sizeof(tellings) / sizeof(tellings[0]); i++) {
		if (strcmp(kind, tellings[i].kind) != 0)
			continue;
		value_text(page->arena, item, "kind", tellings[i].face);
		value_text(page->arena, item, "before", tellings[i].before);
		value_text(page->arena, item, "behind", tellings[i].behind);
		return tellings[i].behind != NULL;
	}
	value_text(page->arena, item, "kind", "unknown");
	value_text(page->arena, item, "before", inert(page, kind));
	return false;
}

static void add_moment(
	const struct page *page, struct value *list, const struct incident_moment *moment)
{
	struct value *item = value_item(page->arena, list);
	bool named = add_telling(page, item, moment->kind);
	part_time(page->arena, item, "at", moment->at_wall_us);
	value_text(page->arena, item, "by", inert(page, moment->by));
	value_text(page->arena, item, "text",
		*moment->by ? words_lines(page->arena, moment->text, RECORD_MESSAGE_MAX)
			    : inert(page, moment->text));
	if (moment->other)
		value_text(page->arena, item, "other", incident_path(page->arena, moment->other));
	if (!named || !*moment->check_id)
		return;
	struct value *about = value_member(page->arena, item, "about");
	value_text(page->arena, about, "title", incident_title(page->view->plan, moment->check_id));
	value_text(page->arena, about, "href", check_href(page, moment->check_id, moment->key));
}

static void add_timeline(const struct page *page, struct value *root)
{
	struct value *list = value_list(page->arena, root, "timeline");
	for (size_t i = 0; i < page->story.n_moments; i++)
		add_moment(page, list, &page->story.moments[i]);
}

/* --- the whole --- */

static bool may_say(const struct page *page)
{
	return page->site->wishes.grant && page->request->user && !page->story.row.resolved_wall_us;
}

static void add_wishes(const struct page *page, struct value *root)
{
	const struct incident_row *row = &page->story.row;
	if (!may_say(page))
		return;
	struct value *wishes = value_member(page->arena, root, "wishes");
	value_text(page->arena, wishes, "action",
		arena_printf(page->arena, "/api/v1%s", incident_path(page->arena, row->id)));
	value_text(page->arena, wishes, "user", inert(page, page->request->user));
	value_bool(page->arena, wishes, "can_acknowledge",
		!row->acknowledged_wall_us || row->acknowledged_until_wall_us);
}

static struct value *fill(const struct page *page)
{
	const struct incident_row *row = &page->story.row;
	struct value *root = value_object(page->arena);
	part_layout(page->arena, root, page->view);
	part_done(root, page->request);
	value_text(page->arena, root, "login",
		arena_printf(page->arena, "?incident=%s", words_key(page->arena, row->id)));
	if (!row->resolved_wall_us && !may_say(page)) /* nobody loses what is half written */
		value_int(page->arena, root, "refresh", INCIDENT_REFRESH_S);
	value_text(page->arena, root, "title",
		arena_printf(page->arena, "%s: %s", row->resolved_wall_us ? "Resolved" : "Down",
			incident_title(page->view->plan, row->check_id)));
	struct value *head = value_member(page->arena, root, "incident");
	incident_row_add(page->arena, head, page->view->plan, row, page->request->now_wall_us);
	value_text(page->arena, head, "key", words_key(page->arena, row->id));
	if (row->merged_into)
		value_text(
			page->arena, head, "merged", incident_path(page->arena, row->merged_into));
	add_cause(page, root);
	add_runbook(page, root);
	add_members(page, root);
	add_timeline(page, root);
	add_wishes(page, root);
	return root;
}

void page_incident(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct page page = {.site = site, .request = request, .arena = request->arena};
	page.reader = history_reader(site->history, request->now_wall_us);
	if (!api_has_incident(site, request, response, request->segments[1], &page.story))
		return;
	struct board_view *view = board_view(site->board, request->arena, BOARD_STATE);
	conceal_checks(request, view);
	conceal_story(request, &page.story);
	page.view = view;
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	site_page(site, "incident", fill(&page), &body, request->arena);
	http_answer(response, 200, "text/html; charset=utf-8", &body);
}
