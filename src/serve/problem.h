/* serve/problem.h - every error: an RFC 9457 problem document, or a page where a browser asks. */
#ifndef OUTRIDER_SERVE_PROBLEM_H
#define OUTRIDER_SERVE_PROBLEM_H

#include "serve/site.h"

/* detail: one sentence, or NULL. */
void problem_answer(struct site *site, const struct http_request *request,
	struct http_response *response, unsigned status, const char *detail);

/* The document alone, as bytes, for when there is no request yet. */
void problem_document(struct buf *out, unsigned status, const char *detail);

/* The same with links to what is kept: the path of a check's results; NULL: none. */
void problem_answer_results(struct site *site, const struct http_request *request,
	struct http_response *response, unsigned status, const char *detail, const char *results);

#endif
