/* serve/check_page.h - the page of one check while it is made: what was asked for, where the material comes
 * from, and its parts, each filled by a file of its own. The server's thread; lives as long as the request. */
#ifndef OUTRIDER_SERVE_CHECK_PAGE_H
#define OUTRIDER_SERVE_CHECK_PAGE_H

#include "serve/results.h"
#include "serve/site.h"

enum { CHECK_RESULTS = 25 }; /* rows of its history on a page */

struct check_range {
	const char *name; /* "24h"; NULL: from and to were given */
	const char *words; /* "24 hours" */
	int64_t from_us, to_us, step_us; /* wall time */
	unsigned parts; /* of its axis */
};

struct check_page {
	struct site *site;
	const struct http_request *request;
	struct arena *arena;
	const struct board_view *view;
	size_t index;
	const struct board_check *check;
	struct reader *reader; /* NULL: there is no history now */
	const char *path; /* "/checks/ID", as in a link */
	const char *api_path; /* "/api/v1/checks/ID" */
	struct check_range range;
	struct results_question question;
	uint64_t result; /* that was asked for; 0: none */
};

/* What is wrong with the parameters range, from and to, or NULL. */
const char *check_range_read(const struct http_request *request, struct check_range *range);
/* Makes the pieces of a short range so long that several results of the check fall into each. */
void check_range_fit(struct check_range *range, int64_t every_us);
/* "range=7d", as it was asked for; "": as usual. */
const char *check_range_query(const struct check_page *page);

/* Who it is, how it stands, what it does. */
void check_head_add(const struct check_page *page, struct value *root);
/* One result explained: the one asked for, else the newest failure or warning. False: the one asked for is
 * not there. */
bool check_result_add(const struct check_page *page, struct value *root);
/* Percentiles, uptime, numbers. */
void check_charts_add(const struct check_page *page, struct value *root);
/* The table of results. */
void check_history_add(const struct check_page *page, struct value *root);

#endif
