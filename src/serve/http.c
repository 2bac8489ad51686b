#include "serve/http.h"

#include <stdlib.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* NULL when an escape is malformed or a control character comes out. */
static const char *decode(struct arena *arena, struct str raw, bool plus_is_space)
{
	char *text = arena_strndup(arena, raw);
	size_t n = 0;
	for (size_t i = 0; i < raw.n; i++) {
		int c = (unsigned char)raw.p[i];
		if (c == '%') {
			int high = i + 2 < raw.n ? hex_digit(raw.p[i + 1]) : -1;
			int low = i + 2 < raw.n ? hex_digit(raw.p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return NULL;
			c = high * 16 + low;
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		if (c < 0x20 || c == 0x7f)
			return NULL;
		text[n++] = (char)c;
	}
	text[n] = '\0';
	return text;
}

/* Cuts *rest before the first `mark`; *rest becomes what follows it. */
static struct str cut(struct str *rest, char mark)
{
	const char *at = rest->n ? memchr(rest->p, mark, rest->n) : NULL;
	struct str part = {rest->p, at ? (size_t)(at - rest->p) : rest->n};
	*rest = str_from(*rest, part.n + 1);
	return part;
}

static bool parse_path(struct http_request *request, struct str path, struct error *error)
{
	path = str_from(path, 1);
	while (path.n) {
		bool more = memchr(path.p, '/', path.n) != NULL;
		struct str segment = cut(&path, '/');
		if (request->n_segments == HTTP_SEGMENTS_MAX)
			return error_set(error, "The path has too many parts.");
		const char *text = decode(request->arena, segment, false);
		if (!text)
			return error_set(error, "The path has a malformed escape.");
		request->segments[request->n_segments++] = text;
		if (more && !path.n) { /* "/api/" is not "/api" */
			if (request->n_segments == HTTP_SEGMENTS_MAX)
				return error_set(error, "The path has too many parts.");
			request->segments[request->n_segments++] = "";
		}
	}
	return true;
}

static bool parse_query(struct http_request *request, struct str query, struct error *error)
{
	while (query.n) {
		struct str value = cut(&query, '&');
		if (!value.n)
			continue;
		struct str name = cut(&value, '=');
		struct http_param param = {
			decode(request->arena, name, true), decode(request->arena, value, true)};
		if (!param.name || !param.value)
			return error_set(error, "The query has a malformed escape.");
		if (request->n_params == HTTP_PARAMS_MAX)
			return error_set(error, "The query has too many parameters.");
		request->params[request->n_params++] = param;
	}
	return true;
}

/* The absolute form of RFC 9112, 3.2.2, without its scheme and host. */
static struct str origin_form(struct str target)
{
	size_t scheme = str_starts(target, STR("http://"), true)    ? 7
			: str_starts(target, STR("https://"), true) ? 8
								    : 0;
	if (!scheme)
		return target;
	struct str rest = str_from(target, scheme);
	const char *slash = rest.n ? memchr(rest.p, '/', rest.n) : NULL;
	return slash ? str_from(rest, (size_t)(slash - rest.p)) : STR("/");
}

bool http_target_is_long(const char *target)
{
	return strnlen(target, HTTP_TARGET_MAX + 1) > HTTP_TARGET_MAX;
}

bool http_parse_target(struct http_request *request, const char *target, struct error *error)
{
	request->n_segments = 0;
	request->n_params = 0;
	if (http_target_is_long(target))
		return error_set(error, "The path is too long.");
	struct str rest = origin_form(str_of(target));
	if (!str_starts(rest, STR("/"), false))
		return error_set(error, "The path does not begin with a slash.");
	if (memchr(rest.p, ' ', rest.n))
		return error_set(error, "The path has a blank.");
	rest = cut(&rest, '#');
	struct str path = cut(&rest, '?');
	return parse_path(request, path, error) && parse_query(request, rest, error);
}

const char *http_param(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->n_params; i++)
		if (strcmp(request->params[i].name, name) == 0)
			return request->params[i].value;
	return NULL;
}

/* The quality of a media range, in thousandths. */
static int quality(struct str parameters)
{
	while (parameters.n) {
		struct str value = str_trim(cut(&parameters, ';'));
		struct str name = str_trim(cut(&value, '='));
		if (!str_ieq(name, STR("q")))
			continue;
		char text[8] = "";
		value = str_trim(value);
		memcpy(text, value.p ? value.p : "", value.n < sizeof(text) ? value.n : 7);
		text[7] = '\0';
		double q = strtod(text, NULL);
		return q >= 0 && q <= 1 ? (int)(q * 1000) : 0;
	}
	return 1000;
}

/* The quality of a type that is named; 0: it is not. */
static int quality_of(const char *accept, struct str type)
{
	int named = 0;
	struct str rest = str_of(accept);
	while (rest.n) {
		struct str parameters = cut(&rest, ',');
		if (str_ieq(str_trim(cut(&parameters, ';')), type))
			named = quality(parameters);
	}
	return named;
}

static int json_quality(const char *accept)
{
	int json = quality_of(accept, STR("application/json"));
	int problem = quality_of(accept, STR("application/problem+json"));
	return problem > json ? problem : json;
}

bool http_prefers_html(const char *accept)
{
	int html = quality_of(accept, STR("text/html"));
	return html > 0 && html >= json_quality(accept);
}

bool http_prefers_csv(const char *accept)
{
	int csv = quality_of(accept, STR("text/csv"));
	return csv > 0 && csv > json_quality(accept) && csv > quality_of(accept, STR("text/html"));
}

/* Without a version among the parameters, any is meant. */
static bool is_version(struct str parameters, struct str version)
{
	while (parameters.n) {
		struct str value = str_trim(cut(&parameters, ';'));
		struct str name = str_trim(cut(&value, '='));
		value = str_trim(value);
		if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
			value = (struct str){value.p + 1, value.n - 2};
		if (str_ieq(name, STR("version")))
			return str_eq(value, version);
	}
	return true;
}

/* The quality of a type in a version; 0: nothing says anything of it. */
static int quality_in_version(const char *accept, struct str type, struct str version)
{
	int best = 0;
	struct str rest = str_of(accept);
	while (rest.n) {
		struct str parameters = cut(&rest, ',');
		if (!str_ieq(str_trim(cut(&parameters, ';')), type) ||
			!is_version(parameters, version))
			continue;
		int here = quality(parameters);
		best = here > best ? here : best;
	}
	return best;
}

bool http_prefers_openmetrics(const char *accept)
{
	int wanted = quality_in_version(accept, STR("application/openmetrics-text"), STR("1.0.0"));
	int text = quality_in_version(accept, STR("text/plain"), STR("0.0.4"));
	return wanted > 0 && wanted >= text;
}

bool http_accepts_gzip(const char *accept_encoding)
{
	int any = 0;
	struct str rest = str_of(accept_encoding);
	while (rest.n) {
		struct str parameters = cut(&rest, ',');
		struct str coding = str_trim(cut(&parameters, ';'));
		if (str_ieq(coding, STR("gzip")) || str_ieq(coding, STR("x-gzip")))
			return quality(parameters) > 0;
		if (str_eq(coding, STR("*")))
			any = quality(parameters);
	}
	return any > 0;
}

bool http_etag_matches(const char *if_none_match, const char *etag)
{
	struct str rest = str_of(if_none_match);
	while (rest.n) {
		struct str tag = str_trim(cut(&rest, ','));
		if (str_starts(tag, STR("W/"), false))
			tag = str_from(tag, 2);
		if (str_eq(tag, STR("*")) || str_eq(tag, str_of(etag)))
			return true;
	}
	return false;
}

void http_answer(
	struct http_response *response, unsigned status, const char *content_type, struct buf *body)
{
	payload_drop(response->payload);
	response->status = status;
	response->payload = payload_take(content_type, body);
}

const char *http_status_title(unsigned status)
{
	switch (status) {
	case 200: return "OK";
	case 201: return "Created";
	case 202: return "Accepted";
	case 303: return "See Other";
	case 304: return "Not Modified";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 406: return "Not Acceptable";
	case 408: return "Request Timeout";
	case 409: return "Conflict";
	case 413: return "Content Too Large";
	case 414: return "URI Too Long";
	case 415: return "Unsupported Media Type";
	case 422: return "Unprocessable Content";
	case 429: return "Too Many Requests";
	case 500: return "Internal Server Error";
	case 503: return "Service Unavailable";
	default: return "Error";
	}
}
