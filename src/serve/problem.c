#include "serve/problem.h"

#include "base/json_writer.h"
#include "serve/page_parts.h"

void problem_document(struct buf *out, unsigned status, const char *detail)
{
	struct json_writer w = json_writer_to(out);
	jw_object(&w, NULL);
	jw_text(&w, "type", "about:blank");
	jw_text(&w, "title", http_status_title(status));
	jw_int(&w, "status", status);
	if (detail)
		jw_text(&w, "detail", detail);
	jw_object_end(&w);
	buf_putc(out, '\n');
}

static void problem_page(struct site *site, const struct http_request *request, struct buf *out,
	unsigned status, const char *detail, const char *results)
{
	struct arena *arena = request->arena;
	struct value *root = value_object(arena);
	value_text(arena, root, "title", http_status_title(status));
	value_int(arena, root, "status", status);
	value_text(arena, root, "detail", detail);
	value_text(arena, root, "results", results);
	const char *back = part_way_back(request);
	value_text(arena, root, "back", back);
	value_text(arena, root, "back_to",
		strncmp(back, "/checks/", 8) == 0       ? "the check"
		: strncmp(back, "/incidents/", 11) == 0 ? "the incident"
							: "the status page");
	site_page(site, "problem", root, out, arena);
}

void problem_answer(struct site *site, const struct http_request *request,
	struct http_response *response, unsigned status, const char *detail)
{
	problem_answer_results(site, request, response, status, detail, NULL);
}

void problem_answer_results(struct site *site, const struct http_request *request,
	struct http_response *response, unsigned status, const char *detail, const char *results)
{
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	response->varies = true;
	response->cache = CACHE_NEVER;
	if (http_prefers_html(request->accept)) {
		problem_page(site, request, &body, status, detail, results);
		http_answer(response, status, "text/html; charset=utf-8", &body);
		return;
	}
	problem_document(&body, status, detail);
	http_answer(response, status, "application/problem+json", &body);
}
