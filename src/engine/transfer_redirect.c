#include "base/text.h"
#include "engine/transfer_private.h"

#include <stdio.h>
#include <string.h>

enum { REDIRECT_NAMED_MAX = 80 };

/* Following is ours, not libcurl's: it would hand any header but two to any host. */

static bool status_redirects(int status)
{
	return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

bool transfer_wants_redirect(const struct transfer *t)
{
	struct headers headers = head_headers(&t->head);
	return t->request->redirects > 0 && status_redirects(t->head.status) &&
	       headers_find(&headers, "location") != NULL;
}

void transfer_redirect_refuse(struct transfer *t, const char *why, const char *where)
{
	struct buf text = BUF_INIT(sizeof(t->stop.text) - 1);
	buf_puts(&text, why);
	text_inert(&text, str_of(where), REDIRECT_NAMED_MAX);
	transfer_stop_set(t, REASON_PROTOCOL, buf_text(&text));
	buf_fini(&text);
}

static bool refuse(struct transfer *t, const char *why, const char *where)
{
	transfer_redirect_refuse(t, why, where);
	return false;
}

struct origin {
	char *scheme, *host, *port;
};

static void origin_read(CURLU *url, struct origin *origin)
{
	*origin = (struct origin){0};
	if (curl_url_get(url, CURLUPART_SCHEME, &origin->scheme, 0) != CURLUE_OK ||
		curl_url_get(url, CURLUPART_HOST, &origin->host, 0) != CURLUE_OK ||
		curl_url_get(url, CURLUPART_PORT, &origin->port, CURLU_DEFAULT_PORT) != CURLUE_OK)
		curl_free(origin->port), origin->port = NULL;
}

static void origin_fini(struct origin *origin)
{
	curl_free(origin->scheme);
	curl_free(origin->host);
	curl_free(origin->port);
}

static bool same(const char *a, const char *b)
{
	return a && b && str_ieq(str_of(a), str_of(b));
}

/* A step up from http to https on the usual ports stays at home. */
static bool origin_same(const struct origin *home, const struct origin *next)
{
	if (!same(home->host, next->host))
		return false;
	if (same(home->scheme, next->scheme))
		return same(home->port, next->port);
	return same(home->scheme, "http") && same(next->scheme, "https") &&
	       same(home->port, "80") && same(next->port, "443");
}

static bool is_foreign(const struct transfer *t, CURLU *next)
{
	struct origin home, away;
	CURLU *first = curl_url();
	curl_url_set(first, CURLUPART_URL, t->request->url, 0);
	origin_read(first, &home);
	origin_read(next, &away);
	bool foreign = !origin_same(&home, &away);
	origin_fini(&home);
	origin_fini(&away);
	curl_url_cleanup(first);
	return foreign;
}

/* RFC 9110, 15.4: 303 always becomes GET, 301 and 302 do for POST, as every browser has it. */
static bool becomes_get(const struct transfer *t)
{
	if (t->request->method == METHOD_HEAD)
		return false;
	if (t->head.status == 303)
		return true;
	return t->as_get || (t->head.status <= 302 && t->request->method == METHOD_POST);
}

/* A login that a Location brings is dropped; the service's own stays at home. */
static void set_login(const struct transfer *t, CURLU *next)
{
	static const CURLUPart parts[] = {CURLUPART_USER, CURLUPART_PASSWORD};
	CURLU *first = curl_url();
	curl_url_set(first, CURLUPART_URL, t->request->url, 0);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char *own = NULL;
		if (!t->foreign)
			curl_url_get(first, parts[i], &own, 0);
		curl_url_set(next, parts[i], own, 0);
		curl_free(own);
	}
	curl_url_cleanup(first);
}

static bool take_next(struct transfer *t, CURLU *next, const char *location)
{
	char *scheme = NULL;
	curl_url_get(next, CURLUPART_SCHEME, &scheme, 0);
	bool web = same(scheme, "http") || same(scheme, "https");
	curl_free(scheme);
	if (!web)
		return refuse(t, "redirect refused, not to http or https: ", location);
	t->foreign = is_foreign(t, next);
	set_login(t, next);
	t->as_get = becomes_get(t);
	if (t->foreign && t->request->has_body && !t->as_get)
		return refuse(t, "redirect refused, the body would go to another host: ", location);
	char *url = NULL;
	if (curl_url_get(next, CURLUPART_URL, &url, 0) != CURLUE_OK)
		return refuse(t, "redirect to no usable address: ", location);
	curl_free(t->url);
	t->url = url;
	return true;
}

bool transfer_redirect(struct transfer *t)
{
	struct headers headers = head_headers(&t->head);
	const char *location = headers_find(&headers, "location");
	if (t->hops == t->request->redirects) {
		char why[48];
		snprintf(why, sizeof(why), "more than %u redirect%s", t->hops,
			t->hops == 1 ? "" : "s");
		return refuse(t, why, "");
	}
	CURLU *next = curl_url();
	const char *from = t->url ? t->url : t->request->url;
	bool ok =
		curl_url_set(next, CURLUPART_URL, from, 0) == CURLUE_OK &&
		curl_url_set(next, CURLUPART_URL, location, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
	ok = ok ? take_next(t, next, location)
		: refuse(t, "redirect to no usable address: ", location);
	curl_url_cleanup(next);
	if (ok)
		t->hops++;
	return ok;
}

static enum net_class class_of_v4(uint32_t ip)
{
	if (ip >> 24 == 127 || ip >> 24 == 0)
		return NET_LOOPBACK;
	if (ip >> 16 == 0xa9fe) /* 169.254/16 */
		return NET_LINK;
	if (ip >> 24 == 10 || ip >> 20 == 0xac1 || ip >> 16 == 0xc0a8 || ip >> 22 == 0x191)
		return NET_PRIVATE; /* 10/8, 172.16/12, 192.168/16, 100.64/10 */
	return NET_PUBLIC;
}

enum net_class net_class_of(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return class_of_v4(ntohl(
			((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
	if (address->sa_family != AF_INET6)
		return NET_PUBLIC;
	const struct in6_addr *ip =
		&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	if (IN6_IS_ADDR_V4MAPPED(ip)) {
		uint32_t v4;
		memcpy(&v4, ip->s6_addr + 12, sizeof(v4));
		return class_of_v4(ntohl(v4));
	}
	if (IN6_IS_ADDR_LOOPBACK(ip) || IN6_IS_ADDR_UNSPECIFIED(ip))
		return NET_LOOPBACK;
	if (IN6_IS_ADDR_LINKLOCAL(ip))
		return NET_LINK;
	return (ip->s6_addr[0] & 0xfe) == 0xfc ? NET_PRIVATE : NET_PUBLIC;
}

/* A redirect may not lead into a network that the service itself is not in. */
bool net_class_allowed(enum net_class home, enum net_class next)
{
	return next == NET_PUBLIC || next == home;
}
