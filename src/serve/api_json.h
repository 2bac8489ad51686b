/* serve/api_json.h - the pieces that several JSON documents share. */
#ifndef OUTRIDER_SERVE_API_JSON_H
#define OUTRIDER_SERVE_API_JSON_H

#include "base/json_writer.h"
#include "serve/site.h"
#include "store/reader_incidents.h"

void api_time(struct json_writer *w, const char *key, int64_t wall_us); /* 0: null */
void api_key(struct json_writer *w, const char *key, uint64_t id); /* 0: null */
/* What a service or a check said: inert, then escaped. */
void api_foreign(struct json_writer *w, const char *key, const char *text, size_t max);
/* p50_s and the others; null: nothing was measured. */
void api_percentiles(struct json_writer *w, struct percentiles percentiles);
/* An objective and how a check stands against it; null: it has none. What is not known is null. */
void api_slo(struct json_writer *w, const char *key, const struct slo *slo,
	const struct slo_report *report);
/* The parameter limit, else the usual one. False: it is no number from 1 to max. */
bool api_limit(const struct http_request *request, size_t usual, size_t max, size_t *limit);
/* An incident by the name that the API gives it, or by that of its alerts, which leave out the zeros before it. */
bool api_find_incident(
	struct reader *reader, struct arena *arena, const char *name, struct incident_story *story);
/* The same, from a request's database. False: it is answered: 404, or 503 for one that is too young to be
 * stored. */
bool api_has_incident(struct site *site, const struct http_request *request,
	struct http_response *response, const char *name, struct incident_story *story) MUST_CHECK;
void api_answer_json(struct http_response *response, unsigned status, struct buf *body);

#endif
