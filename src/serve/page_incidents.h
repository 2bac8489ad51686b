/* serve/page_incidents.h - the pages /incidents and /incidents/ID. */
#ifndef OUTRIDER_SERVE_PAGE_INCIDENTS_H
#define OUTRIDER_SERVE_PAGE_INCIDENTS_H

#include "serve/site.h"

/* Parameters: state (open, resolved, all), before (the id of an incident). */
void page_incidents(
	struct site *site, const struct http_request *request, struct http_response *response);
void page_incident(
	struct site *site, const struct http_request *request, struct http_response *response);

#endif
