#include "base/memory.h"
#include "engine/transfer_private.h"

#include <stdio.h>
#include <string.h>

/* The run's own timers end a transfer; libcurl's must never come first. By itself it gives the first of
 * several addresses 150 s, and sets no timer; one that it sets costs at each turn. */
enum { CONNECT_TIMEOUT_MS = 7 * 24 * 3600 * 1000, CONNECT_USUALLY_US = 150 * 1000 * 1000 };

/* Addresses we looked up reach libcurl through its cache, where they must live from one line of its
 * code to the next; its clock has whole seconds. */
enum { DNS_KEPT_S = 2 };

/* Of one read. libcurl reads a socket up to a hundred times before others have their turn: with its
 * usual 16 KiB a service that floods us is parsed for a tenth of a second, and all others' clocks
 * show it. */
enum { READ_BYTES = 4096 };

/* Known options fail only for want of memory. */
#define SET(easy, option, value)                                                                   \
	do {                                                                                       \
		if (curl_easy_setopt((easy), (option), (value)) != CURLE_OK)                       \
			mem_exhausted();                                                           \
	} while (0)

/* Every transfer is a fresh visitor: what a library remembers would be measured too. */
static void setup_fresh(CURL *easy)
{
	SET(easy, CURLOPT_FRESH_CONNECT, 1L);
	SET(easy, CURLOPT_FORBID_REUSE, 1L);
	SET(easy, CURLOPT_DNS_CACHE_TIMEOUT, (long)DNS_KEPT_S);
	SET(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	SET(easy, CURLOPT_PROXY, ""); /* whatever the environment says */
	SET(easy, CURLOPT_NOPROXY, "");
}

/* libcurl keeps a parsed CA file, but not when a folder is to be searched as well. */
static void setup_ca(CURL *easy)
{
	const char *file = NULL;
	curl_easy_getinfo(easy, CURLINFO_CAINFO, &file);
	if (file)
		SET(easy, CURLOPT_CAPATH, NULL);
}

void transfer_setup_once(struct transfer *t)
{
	CURL *easy = t->easy;
	setup_fresh(easy);
	setup_ca(easy);
	SET(easy, CURLOPT_PRIVATE, t);
	SET(easy, CURLOPT_ERRORBUFFER, t->error);
	SET(easy, CURLOPT_NOSIGNAL, 1L);
	SET(easy, CURLOPT_BUFFERSIZE, (long)READ_BYTES);
	SET(easy, CURLOPT_QUICK_EXIT, 1L); /* or a hanging look-up holds the loop */
	SET(easy, CURLOPT_PATH_AS_IS, 1L);
	SET(easy, CURLOPT_HTTP09_ALLOWED, 1L); /* to see what it is; on_body refuses it */
	SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(easy, CURLOPT_HTTP_TRANSFER_DECODING, 0L); /* that is ours: see unchunk.h */
	SET(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L); /* and that: see unzip.h */
}

/* One field stays one line. */
static void flatten(char *text, size_t n)
{
	char *at;
	while ((at = memchr(text, '\r', n)) || (at = memchr(text, '\n', n)))
		*at = ' ';
}

static void put_line(struct buf *lines, const char *name, const char *value)
{
	size_t name_n = strlen(name), value_n = strlen(value);
	char *line = buf_room(lines, name_n + 2 + value_n + 1);
	if (!line)
		return;
	char *end = mempcpy(line, name, name_n);
	if (value_n)
		end = mempcpy(mempcpy(end, ": ", 2), value, value_n);
	else
		*end++ = ';'; /* libcurl's way to write a field without a value */
	flatten(line, (size_t)(end - line));
	*end++ = '\0';
	buf_wrote(lines, end);
}

/* Fields that any server may see; all others may carry a credential. */
static bool harmless(const char *name)
{
	static const char *const names[] = {"accept", "accept-language", "content-type",
		"traceparent", "user-agent", "x-request-id"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_ieq(str_of(name), str_of(names[i])))
			return true;
	return false;
}

/* Takes a field away that libcurl would add by itself. */
static size_t put_without(struct buf *lines, const char *line)
{
	return buf_put(lines, line, strlen(line) + 1) ? 1 : 0;
}

static size_t put_lines(struct transfer *t, bool has_body)
{
	const struct request *request = t->request;
	bool typed = false;
	size_t n = 0;
	buf_reset(&t->lines);
	for (size_t i = 0; i < request->n_headers; i++) {
		const struct request_header *header = &request->headers[i];
		if (t->foreign && !harmless(header->name))
			continue;
		typed = typed || str_ieq(str_of(header->name), STR("content-type"));
		put_line(&t->lines, header->name, header->value);
		n++;
	}
	n += put_without(&t->lines, "Expect:");
	if (has_body && !typed)
		n += put_without(&t->lines, "Content-Type:");
	return n;
}

/* The list is ours, in one piece: libcurl only reads it. */
static void setup_headers(struct transfer *t, bool has_body)
{
	size_t n = put_lines(t, has_body);
	if (t->lines.cut) {
		transfer_stop_set(t, REASON_INTERNAL, "the request's header exceeds 1 MiB");
		n = 0;
	}
	if (n > t->cap_nodes) {
		t->cap_nodes = 2 * n;
		t->nodes = mem_grow(t->nodes, t->cap_nodes * sizeof(struct curl_slist));
	}
	char *line = t->lines.p;
	for (size_t i = 0; i < n; i++) {
		t->nodes[i] = (struct curl_slist){line, i + 1 < n ? &t->nodes[i + 1] : NULL};
		line += strlen(line) + 1;
	}
	if (n)
		SET(t->easy, CURLOPT_HTTPHEADER, t->nodes);
}

static bool sends_body(const struct transfer *t)
{
	if (t->as_get)
		return false;
	switch (t->request->method) {
	case METHOD_POST:
	case METHOD_PUT:
	case METHOD_PATCH: return true; /* an empty one has a length too */
	case METHOD_GET:
	case METHOD_DELETE:
	case METHOD_HEAD:
	case METHOD_COUNT: break;
	}
	return t->request->has_body;
}

static void setup_method(struct transfer *t, bool has_body)
{
	const struct request *request = t->request;
	enum http_method method = t->as_get ? METHOD_GET : request->method;
	enum http_method implied = has_body ? METHOD_POST : METHOD_GET;
	if (method == METHOD_HEAD && !has_body) {
		SET(t->easy, CURLOPT_NOBODY, 1L);
		implied = METHOD_HEAD;
	} else if (has_body) {
		SET(t->easy, CURLOPT_POST, 1L);
		SET(t->easy, CURLOPT_POSTFIELDS, request->body.n ? request->body.p : "");
		SET(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n);
	} else {
		SET(t->easy, CURLOPT_HTTPGET, 1L);
	}
	if (method != implied)
		SET(t->easy, CURLOPT_CUSTOMREQUEST, method_name(method));
}

static long ip_option(enum ip_family family)
{
	switch (family) {
	case IP_4: return CURL_IPRESOLVE_V4;
	case IP_6: return CURL_IPRESOLVE_V6;
	case IP_ANY: break;
	}
	return CURL_IPRESOLVE_WHATEVER;
}

static long http_option(enum http_version version)
{
	switch (version) {
	case HTTP_2: return CURL_HTTP_VERSION_2TLS;
	case HTTP_1_1: break;
	}
	return CURL_HTTP_VERSION_1_1;
}

/* What only some services have. */
static void setup_special(struct transfer *t, const struct service *service)
{
	if (service->tls_ca) {
		SET(t->easy, CURLOPT_CAINFO, service->tls_ca);
		SET(t->easy, CURLOPT_CAPATH, NULL);
	}
	if (service->tls_cert && !t->foreign) /* a credential: no other host's */
		SET(t->easy, CURLOPT_SSLCERT, service->tls_cert);
	if (service->tls_key && !t->foreign)
		SET(t->easy, CURLOPT_SSLKEY, service->tls_key);
	if (service->proxy)
		SET(t->easy, CURLOPT_PROXY, service->proxy);
}

/* Compression would hold back a stream's tokens; what comes compressed all the same is decoded. */
static const char *encodings(const struct request *request)
{
	return request->identity ? "identity" : "gzip, deflate";
}

static long connect_timeout(const struct request *request)
{
	bool usual = request->timeout_us && request->timeout_us < CONNECT_USUALLY_US;
	return usual ? 0 : CONNECT_TIMEOUT_MS;
}

/* libcurl looks each word up among all that it speaks: no work for a URL that says what it is. */
static void setup_protocols(CURL *easy, const char *url)
{
	if (!str_starts(str_of(url), STR("http://"), true) &&
		!str_starts(str_of(url), STR("https://"), true))
		SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
}

void transfer_setup(struct transfer *t)
{
	static const struct service ordinary = {0};
	const struct service *service = t->request->service ? t->request->service : &ordinary;
	const char *url = t->url ? t->url : t->request->url;
	bool has_body = sends_body(t);
	if (strlen(url) > TRANSFER_URL_MAX)
		transfer_stop_set(t, REASON_INTERNAL, "the URL is longer than 64 KiB");
	setup_headers(t, has_body);
	setup_method(t, has_body);
	setup_protocols(t->easy, url);
	SET(t->easy, CURLOPT_ACCEPT_ENCODING, encodings(t->request));
	SET(t->easy, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout(t->request));
	SET(t->easy, CURLOPT_IPRESOLVE, ip_option(service->ip));
	SET(t->easy, CURLOPT_HTTP_VERSION, http_option(service->http));
	/* A request we can't send ends at once, on the way all transfers end. */
	SET(t->easy, CURLOPT_URL, t->stop.reason == REASON_NONE ? url : ":");
	setup_special(t, service);
}
