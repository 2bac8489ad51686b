/* serve/conceal.h - takes out what is for nobody but those who are known: what services said, who did
 * what, ids of requests, addresses. For whoever request->internals is false; the others see all. */
#ifndef OUTRIDER_SRC_SERVE_CONCEAL_H
#define OUTRIDER_SRC_SERVE_CONCEAL_H

#include "serve/http.h"
#include "serve/view.h"
#include "store/reader_incidents.h"

void conceal_checks(const struct http_request *request, struct board_view *view);
void conceal_incidents(const struct http_request *request, struct incident_row *rows, size_t n);
void conceal_story(const struct http_request *request, struct incident_story *story);

#endif
