/* Name look-ups with a name service of the test's own in place of the system's. */
#include "unit.h"

#include <netdb.h>

static int answer_of_test(const char *host, const char *service, const struct addrinfo *hints,
	struct addrinfo **found);
#define getaddrinfo answer_of_test
#include "engine/resolver.c"
#undef getaddrinfo

enum { ASKED_MAX = RESOLVER_THREADS_MAX + 100 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned calls, hanging;
static bool released;
static int code_after; /* of what hung */

/* "hang..." until released; "gone" does not exist; all others are 127.0.0.1 and ::1. */
static int answer_of_test(const char *host, const char *service, const struct addrinfo *hints,
	struct addrinfo **found)
{
	int code = strcmp(host, "gone") == 0 ? EAI_NONAME : 0;
	pthread_mutex_lock(&mutex);
	calls++;
	if (strncmp(host, "hang", 4) == 0 && !released) {
		hanging++;
		pthread_cond_broadcast(&changed);
		while (!released)
			pthread_cond_wait(&changed, &mutex);
		hanging--;
		pthread_cond_broadcast(&changed);
		code = code_after;
	}
	pthread_mutex_unlock(&mutex);
	if (code)
		return code;
	struct addrinfo numeric = *hints;
	numeric.ai_flags = AI_NUMERICHOST;
	return getaddrinfo(
		hints->ai_family == AF_INET6 ? "::1" : "127.0.0.1", service, &numeric, found);
}

static unsigned wait_until_hanging(unsigned n)
{
	pthread_mutex_lock(&mutex);
	while (hanging < n)
		pthread_cond_wait(&changed, &mutex);
	n = calls;
	pthread_mutex_unlock(&mutex);
	return n;
}

static void release(int code)
{
	pthread_mutex_lock(&mutex);
	code_after = code;
	released = true;
	pthread_cond_broadcast(&changed);
	while (hanging)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
}

struct asked {
	struct lookup *lookup;
	char addresses[64], why[256];
	unsigned told;
};

struct names {
	struct event_base *base;
	struct resolver *resolver;
	struct asked asked[ASKED_MAX];
	size_t n;
};

static void told(void *ctx, const struct resolver_answer *answer)
{
	struct asked *asked = ctx;
	asked->told++;
	snprintf(asked->addresses, sizeof(asked->addresses), "%s",
		answer->addresses ? answer->addresses : "");
	snprintf(asked->why, sizeof(asked->why), "%s", answer->why ? answer->why : "");
}

static void names_open(struct names *names)
{
	struct error error;
	memset(names, 0, sizeof(*names));
	calls = hanging = 0;
	released = false;
	names->base = event_base_new();
	names->resolver = resolver_open(names->base, &error);
	assert_non_null(names->resolver);
}

static void names_close(struct names *names)
{
	resolver_close(names->resolver);
	event_base_free(names->base);
}

static struct asked *ask(struct names *names, const char *host, enum resolver_family family)
{
	struct asked *asked = &names->asked[names->n++];
	asked->lookup = resolver_ask(names->resolver, host, family, told, asked);
	assert_int_equal(asked->told, 0); /* never from inside */
	return asked;
}

static void until_told(struct names *names, const struct asked *asked)
{
	while (!asked->told)
		event_base_loop(names->base, EVLOOP_ONCE);
	assert_int_equal(asked->told, 1);
}

static void names_get_addresses(void **state)
{
	(void)state;
	struct names names;
	names_open(&names);
	const struct asked *any = ask(&names, "good.example", RESOLVE_ANY);
	const struct asked *six = ask(&names, "good.example", RESOLVE_IPV6);
	const struct asked *gone = ask(&names, "gone", RESOLVE_ANY);
	event_base_dispatch(names.base); /* which ends when nobody waits any more */
	assert_int_equal(any->told + six->told + gone->told, 3);
	assert_string_equal(any->addresses, "127.0.0.1");
	assert_string_equal(six->addresses, "::1");
	assert_string_equal(gone->why, "the name gone does not exist");
	assert_string_equal(gone->addresses, "");
	names_close(&names);
}

static void a_name_that_hangs_holds_nobody_else(void **state)
{
	(void)state;
	struct names names;
	names_open(&names);
	for (int i = 0; i < 100; i++) {
		char host[32];
		snprintf(host, sizeof(host), "hang%d", i);
		ask(&names, host, RESOLVE_ANY);
	}
	wait_until_hanging(100);
	const struct asked *good = ask(&names, "good.example", RESOLVE_ANY);
	until_told(&names, good);
	for (int i = 0; i < 100; i++)
		assert_int_equal(names.asked[i].told, 0);
	release(EAI_AGAIN);
	for (int i = 0; i < 100; i++) {
		until_told(&names, &names.asked[i]);
		assert_contains(names.asked[i].why, "hang");
	}
	names_close(&names);
}

static void what_is_given_up_does_not_pile_up(void **state)
{
	(void)state;
	struct names names;
	names_open(&names);
	for (int i = 0; i < 50; i++) {
		resolver_drop(ask(&names, "hang", RESOLVE_ANY)->lookup);
		wait_until_hanging(1);
	}
	assert_int_equal(wait_until_hanging(1), 1); /* one call, one thread */
	const struct asked *late = ask(&names, "HANG", RESOLVE_ANY);
	const struct asked *four = ask(&names, "hang", RESOLVE_IPV4);
	assert_int_equal(wait_until_hanging(2), 2);
	release(EAI_AGAIN);
	until_told(&names, four);
	assert_int_not_equal(strlen(four->why), 0);
	until_told(&names, late); /* was not judged by a query older than its own */
	assert_string_equal(late->addresses, "127.0.0.1");
	assert_int_equal(calls, 3);
	names_close(&names);
}

static void threads_are_bounded(void **state)
{
	(void)state;
	struct names names;
	names_open(&names);
	for (int i = 0; i < RESOLVER_THREADS_MAX + 40; i++) {
		char host[32];
		snprintf(host, sizeof(host), "hang%d", i);
		ask(&names, host, RESOLVE_ANY);
	}
	wait_until_hanging(RESOLVER_THREADS_MAX);
	usleep(50000);
	assert_int_equal(wait_until_hanging(0), RESOLVER_THREADS_MAX);
	const struct asked *last = &names.asked[names.n - 1];
	resolver_drop(names.asked[names.n - 2].lookup);
	release(0);
	until_told(&names, last); /* its turn came */
	event_base_dispatch(names.base);
	assert_int_equal(names.asked[names.n - 2].told, 0);
	for (size_t i = 0; i < names.n - 2; i++)
		assert_int_equal(names.asked[i].told, 1);
	names_close(&names);
}

static void closing_waits_for_nobody(void **state)
{
	(void)state;
	struct names names;
	names_open(&names);
	for (int i = 0; i < RESOLVER_THREADS_MAX + 5; i++) {
		char host[32];
		snprintf(host, sizeof(host), "hang%d", i);
		ask(&names, host, RESOLVE_ANY);
	}
	wait_until_hanging(RESOLVER_THREADS_MAX);
	names_close(&names); /* with all of them hanging */
	for (size_t i = 0; i < names.n; i++)
		assert_int_equal(names.asked[i].told, 0);
	release(0);
	usleep(100000); /* they come back to nobody */
}

static void only_names_are_looked_up(void **state)
{
	(void)state;
	assert_true(resolver_needed(STR("example.com")));
	assert_true(resolver_needed(STR("1.2.3.4.example")));
	assert_true(resolver_needed(STR("mylocalhost")));
	assert_false(resolver_needed(STR("127.0.0.1")));
	assert_false(resolver_needed(STR("[::1]")));
	assert_false(resolver_needed(STR("localhost")));
	assert_false(resolver_needed(STR("api.LOCALHOST")));
	assert_false(resolver_needed(STR("b\xc3\xbc"
					 "cher.example")));
	assert_false(resolver_needed(STR("")));
}

static void failures_have_words(void **state)
{
	const struct {
		int code;
		enum resolver_family family;
		int64_t took_us;
		const char *says;
	} cases[] = {
		{EAI_NONAME, RESOLVE_ANY, 10, "the name a.test does not exist"},
		{EAI_NODATA, RESOLVE_IPV6, 10, "the name a.test has no IPv6 address"},
		{EAI_ADDRFAMILY, RESOLVE_IPV4, 10, "the name a.test has no IPv4 address"},
		{0, RESOLVE_ANY, 10, "the name a.test has no address"},
		{EAI_AGAIN, RESOLVE_ANY, 10,
			"the name servers failed to look up a.test (SERVFAIL, refused or "
			"unreachable)"},
		{EAI_AGAIN, RESOLVE_ANY, 10010000,
			"no name server answered for a.test within 10.0s"},
		{EAI_SYSTEM, RESOLVE_ANY, 10, "looking up a.test failed: Too many open files"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[WHY_BYTES];
		resolver_words(text, sizeof(text),
			&(struct resolver_failure){"a.test", cases[i].family, cases[i].code, EMFILE,
				cases[i].took_us});
		assert_string_equal(text, cases[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_get_addresses),
		cmocka_unit_test(a_name_that_hangs_holds_nobody_else),
		cmocka_unit_test(what_is_given_up_does_not_pile_up),
		cmocka_unit_test(threads_are_bounded),
		cmocka_unit_test(closing_waits_for_nobody),
		cmocka_unit_test(only_names_are_looked_up),
		cmocka_unit_test(failures_have_words),
	};
	return RUN(tests);
}
