#include "base/memory.h"
#include "engine/transfer_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROXY_PORT = 1080, PROXY_TLS_PORT = 443 }; /* libcurl's own defaults */

static unsigned port_of(CURLU *url, bool proxy)
{
	char *text = NULL, *scheme = NULL;
	unsigned port = 0;
	if (curl_url_get(url, CURLUPART_PORT, &text, proxy ? 0 : CURLU_DEFAULT_PORT) == CURLUE_OK) {
		port = (unsigned)strtoul(text, NULL, 10);
	} else if (proxy && curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK) {
		port = strcmp(scheme, "https") == 0 ? PROXY_TLS_PORT : PROXY_PORT;
	}
	curl_free(text);
	curl_free(scheme);
	return port;
}

/* Most services of a loopback are addresses: parsing their URLs for that would cost more than all else
 * here. */
static bool may_be_name(const char *url)
{
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	const char *at = memrchr(host, '@', strcspn(host, "/?#"));
	if (at)
		host = at + 1;
	return resolver_needed((struct str){host, strcspn(host, ":/?#")});
}

bool transfer_name_find(struct transfer *t)
{
	const struct service *service = t->request->service;
	const char *proxy = service ? service->proxy : NULL;
	const char *text = proxy ? proxy : t->url ? t->url : t->request->url;
	char *host = NULL;
	t->name[0] = '\0';
	if (!may_be_name(text))
		return false;
	CURLU *url = curl_url();
	if (curl_url_set(url, CURLUPART_URL, text, proxy ? CURLU_NON_SUPPORT_SCHEME : 0) ==
			CURLUE_OK &&
		curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		strlen(host) < sizeof(t->name) && resolver_needed(str_of(host))) {
		t->port = port_of(url, proxy != NULL);
		strcpy(t->name, host);
	}
	curl_free(host);
	curl_url_cleanup(url);
	return t->name[0] && t->port;
}

enum resolver_family transfer_name_family(const struct transfer *t)
{
	switch (t->request->service ? t->request->service->ip : IP_ANY) {
	case IP_4: return RESOLVE_IPV4;
	case IP_6: return RESOLVE_IPV6;
	case IP_ANY: break;
	}
	return RESOLVE_ANY;
}

/* libcurl finds the addresses in its cache and looks nothing up itself. */
void transfer_name_set(struct transfer *t, const char *addresses)
{
	buf_reset(&t->resolve);
	buf_printf(&t->resolve, "+%s:%u:%s", t->name, t->port, addresses);
	t->resolve_list = (struct curl_slist){t->resolve.p, NULL};
	if (t->resolve.cut ||
		curl_easy_setopt(t->easy, CURLOPT_RESOLVE, &t->resolve_list) != CURLE_OK)
		mem_exhausted();
}

void transfer_name_failed(struct transfer *t, const char *why)
{
	bool proxy = t->request->service && t->request->service->proxy;
	if (transfer_out_of_descriptors()) {
		transfer_stop_set(t, REASON_INTERNAL, TRANSFER_NO_DESCRIPTORS);
		return;
	}
	char text[sizeof(t->stop.text)];
	snprintf(text, sizeof(text), "%s%s", proxy ? "the proxy: " : "", why);
	transfer_stop_set(t, REASON_DNS, text);
}
