#include "serve/exchange.h"

#include "base/clock.h"
#include "base/memory.h"
#include "serve/auth.h"
#include "serve/farewell.h"
#include "serve/head.h"
#include "serve/problem.h"
#include "serve/router.h"
#include "serve/streams.h"
#include "serve/visitors.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	SOURCE_PIECE = 128 * 1024,
	BODY_READ_MAX = 1 << 20, /* of what is too large anyway */
};

/* Goes with a request from its first line to the end of its answer. */
struct exchange {
	struct visitor *visitor;
	enum http_verb verb;
	bool headed; /* the whole head came */
	struct head head;
	size_t came; /* bytes of the body */
	struct buf body;
	char target[]; /* one byte more than is allowed shows that it is too long */
};

/* An answer before the request was read to its end. */
struct refusal {
	unsigned status;
	const char *detail;
};

static const struct refusal too_large = {413, "The body is too large."};
static const struct refusal hostless = {400, "Its head does not say once for which host it is."};
static const struct refusal ambiguous = {400,
	"Its head does not say one thing only: it has Content-Length or Transfer-Encoding twice, "
	"or "
	"both, a coding other than chunked, or a name with blanks."};

static const struct {
	const char *name, *value;
} security_headers[] = {
	{"Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
		"img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors "
		"'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "same-origin"}, /* with none, a form's Origin would be null */
	{"Cross-Origin-Opener-Policy", "same-origin"},
};

static struct visitor *visitor_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
}

void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *connection)
{
	(void)cls;
	size_t n = strnlen(uri, HTTP_TARGET_MAX + 1);
	struct exchange *exchange = mem_alloc(sizeof(*exchange) + n + 1);
	*exchange = (struct exchange){
		.visitor = visitor_of(connection), .body = BUF_INIT(HTTP_BODY_MAX)};
	memcpy(exchange->target, uri, n);
	exchange->target[n] = '\0';
	return exchange;
}

void exchange_end(struct MHD_Connection *connection, struct exchange *exchange)
{
	struct visitor *visitor = exchange ? exchange->visitor : visitor_of(connection);
	visitor_turn(visitor, VISITOR_IDLE, clock_mono_us());
	visitor_hold(visitor, 0);
	if (exchange)
		buf_fini(&exchange->body);
	free(exchange);
}

static enum http_verb verb_of(const char *method)
{
	static const struct {
		const char *method;
		enum http_verb verb;
	} verbs[] = {
		{MHD_HTTP_METHOD_GET, VERB_GET},
		{MHD_HTTP_METHOD_HEAD, VERB_HEAD},
		{MHD_HTTP_METHOD_POST, VERB_POST},
		{MHD_HTTP_METHOD_DELETE, VERB_DELETE},
	};
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(method, verbs[i].method) == 0)
			return verbs[i].verb;
	return VERB_OTHER;
}

static const char *cache_control(enum http_cache cache)
{
	switch (cache) {
	case CACHE_NEVER: return "no-store";
	case CACHE_REVALIDATE: return "no-cache";
	case CACHE_FOREVER: return "public, max-age=31536000, immutable";
	}
	return "no-store";
}

static void drop_payload(void *payload)
{
	payload_drop(payload);
}

static void destroy_response(void *response)
{
	MHD_destroy_response(response);
}

static void add_security(struct MHD_Response *response)
{
	for (size_t i = 0; i < sizeof(security_headers) / sizeof(security_headers[0]); i++)
		MHD_add_response_header(
			response, security_headers[i].name, security_headers[i].value);
}

/* RFC 9110, 12.5.5. */
static void add_vary(struct MHD_Response *response, const struct http_response *answered)
{
	bool coded = answered->payload->is_coded;
	if (coded || answered->varies)
		MHD_add_response_header(response, MHD_HTTP_HEADER_VARY,
			!coded             ? "Accept"
			: answered->varies ? "Accept, Accept-Encoding"
					   : "Accept-Encoding");
}

static void add_refusal(struct MHD_Response *response, const struct http_response *answered)
{
	char seconds[12];
	for (size_t i = 0; i < sizeof(answered->challenges) / sizeof(answered->challenges[0]); i++)
		if (answered->challenges[i])
			MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
				answered->challenges[i]);
	if (!answered->retry_after_s)
		return;
	snprintf(seconds, sizeof(seconds), "%u", answered->retry_after_s);
	MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
}

static struct MHD_Response *make_body(struct payload *payload, enum payload_coding coding)
{
	bool gzip = coding == PAYLOAD_GZIP;
	const struct buf *bytes = payload_bytes(payload, coding);
	struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
		bytes->n, bytes->p, drop_payload, payload_hold(payload));
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, payload->content_type);
	if (gzip)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	return response;
}

static ssize_t on_read(void *cls, uint64_t at, char *out, size_t max)
{
	const struct http_source *source = cls;
	(void)at;
	size_t n = source->read(source->ctx, out, max);
	return n ? (ssize_t)n : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void free_source(void *cls)
{
	struct http_source *source = cls;
	source->free(source->ctx);
	free(source);
}

/* Between two pieces of it the others get their turn. */
static struct MHD_Response *make_flow(const struct http_response *answered)
{
	struct http_source *source = MEM_NEW(struct http_source);
	*source = answered->source;
	struct MHD_Response *response = MHD_create_response_from_callback(
		source->size, SOURCE_PIECE, on_read, source, free_source);
	MHD_add_response_header(
		response, MHD_HTTP_HEADER_CONTENT_TYPE, answered->payload->content_type);
	return response;
}

static struct MHD_Response *make_response(
	const struct http_response *answered, enum payload_coding coding)
{
	struct payload *payload = answered->payload;
	struct MHD_Response *response = NULL;
	if (answered->status == 304)
		response = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
	else if (answered->source.read)
		response = make_flow(answered);
	else
		response = make_body(payload, coding);
	add_security(response);
	MHD_add_response_header(
		response, MHD_HTTP_HEADER_CACHE_CONTROL, cache_control(answered->cache));
	if (answered->cache != CACHE_NEVER)
		MHD_add_response_header(
			response, MHD_HTTP_HEADER_ETAG, payload_etag(payload, coding));
	MHD_add_response_header(response, "Cross-Origin-Resource-Policy",
		answered->embeddable ? "cross-origin" : "same-origin");
	if (answered->closes)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (answered->allow)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, answered->allow);
	if (answered->location)
		MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, answered->location);
	add_vary(response, answered);
	add_refusal(response, answered);
	return response;
}

/* What this reader keeps in memory until it has taken it. What others read, too, is counted for each: the site may
 * have forgotten it by then. */
static size_t held_for(const struct http_response *answered, enum payload_coding coding)
{
	struct payload *payload = answered->payload;
	if (answered->source.read)
		return answered->source.held;
	if (answered->status == 304 || answered->cache == CACHE_FOREVER)
		return 0;
	return payload->holders > 1 ? payload_bytes(payload, coding)->n
				    : payload->body.n + payload->gzip.n;
}

/* A payload that the site keeps is made into a response once. */
static enum MHD_Result queue(struct MHD_Connection *connection,
	const struct http_response *answered, enum payload_coding coding)
{
	struct payload *payload = answered->payload;
	visitor_hold(visitor_of(connection), held_for(answered, coding));
	if (answered->status == 200 && payload->prepared[coding])
		return MHD_queue_response(connection, 200, payload->prepared[coding]);
	bool kept = answered->status == 200 && payload->holders > 1;
	struct MHD_Response *response = make_response(answered, coding);
	enum MHD_Result queued = MHD_queue_response(connection, answered->status, response);
	if (kept) {
		payload->prepared[coding] = response;
		payload->unprepare = destroy_response;
	} else {
		MHD_destroy_response(response);
	}
	return queued;
}

/* False: too many listen already. */
static bool queue_stream(struct site *site, struct MHD_Connection *connection,
	struct visitor *visitor, const struct http_response *answered, enum MHD_Result *queued)
{
	struct MHD_Response *response =
		streams_open(site->streams, connection, visitor, &answered->stream);
	if (!response)
		return false;
	add_security(response);
	MHD_add_response_header(
		response, MHD_HTTP_HEADER_CONTENT_TYPE, answered->payload->content_type);
	MHD_add_response_header(
		response, MHD_HTTP_HEADER_CACHE_CONTROL, cache_control(answered->cache));
	MHD_add_response_header(response, "X-Accel-Buffering", "no"); /* nginx passes each on */
	*queued = MHD_queue_response(connection, answered->status, response);
	MHD_destroy_response(response);
	return true;
}

static enum MHD_Result on_field(
	void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	head_take(cls, name, value);
	return MHD_YES;
}

static void tell_head(const struct head *head, struct http_request *request)
{
	request->accept = head->values[HEAD_ACCEPT];
	request->accept_encoding = head->values[HEAD_ACCEPT_ENCODING];
	request->if_none_match = head->values[HEAD_IF_NONE_MATCH];
	request->authorization = head->values[HEAD_AUTHORIZATION];
	request->content_type = head->values[HEAD_CONTENT_TYPE];
	request->host = head->values[HEAD_HOST];
	request->last_event_id = head->values[HEAD_LAST_EVENT_ID];
	request->origin = head->values[HEAD_ORIGIN];
	request->sec_fetch_site = head->values[HEAD_SEC_FETCH_SITE];
}

/* Finds out who asks. False: that takes a moment, and then this is asked once more. */
static bool identify(struct site *site, struct MHD_Connection *connection,
	const struct visitor *visitor, struct http_request *request)
{
	struct auth_answer who = auth_ask(site->auth, request->authorization, visitor->address,
		connection, request->arena, visitor->since_us);
	request->user = who.name;
	request->refused = who.verdict == AUTH_REFUSED;
	request->retry_after_s = who.retry_after_s;
	request->generation = who.generation;
	if (who.verdict == AUTH_WAIT)
		MHD_suspend_connection(connection);
	return who.verdict != AUTH_WAIT;
}

void exchange_resume(struct site *site)
{
	struct MHD_Connection *connection;
	while (auth_waits(site->auth) && (connection = auth_next(site->auth)))
		MHD_resume_connection(connection);
}

static enum MHD_Result answer(struct site *site, struct MHD_Connection *connection,
	const struct exchange *exchange, const struct refusal *refusal)
{
	struct http_request request = {
		.verb = exchange->verb,
		.body = buf_str(&exchange->body),
		.now_wall_us = clock_wall_us(),
		.arena = &site->scratch,
	};
	struct http_response answered = {0};
	tell_head(&exchange->head, &request);
	visitor_turn(exchange->visitor, VISITOR_ANSWERED, clock_mono_us());
	if (!refusal && !identify(site, connection, exchange->visitor, &request)) {
		arena_reset(request.arena);
		return MHD_YES;
	}
	if (refusal)
		problem_answer(site, &request, &answered, refusal->status, refusal->detail);
	else
		router_answer(site, &request, exchange->target, &answered);
	answered.closes = refusal != NULL;
	enum MHD_Result queued = MHD_NO;
	answered.stream.generation = request.generation;
	bool wanted = answered.stream.wanted;
	bool listens =
		wanted && queue_stream(site, connection, exchange->visitor, &answered, &queued);
	if (wanted && !listens)
		problem_answer(
			site, &request, &answered, 503, "Too many listen to events already.");
	if (!listens)
		queued = queue(connection, &answered,
			payload_choose(answered.payload, request.accept_encoding));
	payload_drop(answered.payload);
	site->answered++;
	arena_reset(request.arena);
	return queued;
}

/* Bodies are for those who write; of all others nobody wants to read one. */
static bool wants_body(
	const struct exchange *exchange, const char *version, const struct refusal **refusal)
{
	const struct head *head = &exchange->head;
	const char *length = head->values[HEAD_CONTENT_LENGTH];
	bool writes = exchange->verb == VERB_POST || exchange->verb == VERB_DELETE;
	bool must = strcmp(version, MHD_HTTP_VERSION_1_0) != 0;
	if (head_is_ambiguous(head))
		*refusal = &ambiguous;
	else if (!head_names_host(head, must))
		*refusal = &hostless;
	else if (writes && length && strtoull(length, NULL, 10) > HTTP_BODY_MAX)
		*refusal = &too_large;
	if (*refusal)
		return false;
	return writes || (!head->codings && (!length || strcmp(length, "0") == 0));
}

/* Who sends a little too much is told so at its end; one whose body has none, at once. */
static enum MHD_Result take(struct exchange *exchange, const char *upload, size_t n)
{
	exchange->came += n;
	buf_put(&exchange->body, upload, n);
	if (exchange->came <= BODY_READ_MAX)
		return MHD_YES;
	farewell_early(exchange->visitor->fd, too_large.status, too_large.detail);
	return MHD_NO;
}

/* An answer to the call with the head makes the library close the connection: right for a body that
 * nobody wants to read, wrong for all others. */
enum MHD_Result exchange_go_on(struct site *site, struct MHD_Connection *connection,
	struct exchange *exchange, const struct http_line *line, const char *upload,
	size_t *upload_size)
{
	const struct refusal *refusal = NULL;
	size_t n = *upload_size;
	if (!exchange->headed) {
		exchange->headed = true;
		exchange->verb = verb_of(line->method);
		(void)MHD_get_connection_values(
			connection, MHD_HEADER_KIND, on_field, &exchange->head);
		if (wants_body(exchange, line->version, &refusal))
			return MHD_YES;
		return answer(site, connection, exchange, refusal);
	}
	*upload_size = 0;
	if (n)
		return take(exchange, upload, n);
	refusal = exchange->body.cut ? &too_large : NULL;
	return answer(site, connection, exchange, refusal);
}
