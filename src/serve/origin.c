#include "serve/origin.h"

#include "base/str.h"

/* Without the port that the scheme has anyway. */
static struct str without_port(struct str authority, struct str port)
{
	if (str_ends(authority, port, false))
		authority.n -= port.n;
	return authority;
}

/* The scheme is not ours to compare: a proxy may have taken TLS away. */
static bool is_of(struct str origin, struct str scheme, struct str port, struct str host)
{
	if (!str_starts(origin, scheme, true))
		return false;
	struct str authority = without_port(str_from(origin, scheme.n), port);
	return authority.n && str_ieq(authority, without_port(host, port));
}

bool origin_is_own(const char *sec_fetch_site, const char *origin, const char *host)
{
	if (sec_fetch_site)
		return strcmp(sec_fetch_site, "same-origin") == 0 ||
		       (strcmp(sec_fetch_site, "none") == 0 && !origin);
	if (!origin)
		return true; /* no browser */
	return is_of(str_of(origin), STR("http://"), STR(":80"), str_of(host)) ||
	       is_of(str_of(origin), STR("https://"), STR(":443"), str_of(host));
}
