#include "engine/resolver_words.h"

#include "base/clock.h"
#include "base/text.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

/* resolv.conf knows no shorter timeout: what took longer was not answered, what did not was. */
enum { SILENCE_US = 900000 };

static const char *kind_of(enum resolver_family family)
{
	switch (family) {
	case RESOLVE_IPV4: return "no IPv4 address";
	case RESOLVE_IPV6: return "no IPv6 address";
	case RESOLVE_ANY: break;
	}
	return "no address";
}

static void put_try_again(struct buf *out, const char *host, int64_t took_us)
{
	if (took_us < SILENCE_US) {
		buf_printf(out,
			"the name servers failed to look up %s (SERVFAIL, refused or unreachable)",
			host);
		return;
	}
	buf_printf(out, "no name server answered for %s within %.1fs", host,
		(double)took_us / (double)US_PER_S);
}

void resolver_words(char *out, size_t size, const struct resolver_failure *failure)
{
	struct buf host = BUF_INIT(256), text = BUF_INIT(size - 1);
	text_inert(&host, str_of(failure->host), 200);
	const char *name = buf_text(&host);
	switch (failure->code) {
	case EAI_NONAME: buf_printf(&text, "the name %s does not exist", name); break;
	case 0:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		buf_printf(&text, "the name %s has %s", name, kind_of(failure->family));
		break;
	case EAI_AGAIN: put_try_again(&text, name, failure->took_us); break;
	case EAI_SYSTEM:
		buf_printf(&text, "looking up %s failed: %s", name, strerror(failure->number));
		break;
	default: buf_printf(&text, "looking up %s failed: %s", name, gai_strerror(failure->code));
	}
	memcpy(out, buf_text(&text), text.n + 1);
	buf_fini(&host);
	buf_fini(&text);
}
