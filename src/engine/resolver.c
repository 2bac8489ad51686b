#include "engine/resolver.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "engine/resolver_words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

enum {
	STACK_BYTES = 1 << 20,
	ADDRESSES_BYTES = RESOLVER_ADDRESSES_MAX * (INET6_ADDRSTRLEN + 1),
	WHY_BYTES = 512,
};

struct lookup { /* one who asked */
	TAILQ_ENTRY(lookup) link;
	struct query *query;
	bool late; /* asked when the query was under way */
	void (*answered)(void *ctx, const struct resolver_answer *answer);
	void *ctx;
};

TAILQ_HEAD(lookups, lookup);

enum query_state { QUERY_PENDING, QUERY_RUNNING, QUERY_OVER };

/* In the resolver's list while somebody may join it. Between RUNNING and OVER its thread writes the
 * result, and nobody else looks at that. */
struct query {
	TAILQ_ENTRY(query) link; /* the resolver's; the loop's own */
	STAILQ_ENTRY(query) next; /* in the pool's lines */
	struct resolver *resolver; /* the loop's own */
	struct lookups askers; /* the loop's own; empty: given up */
	enum query_state state; /* the pool's */
	char *host;
	enum resolver_family family;
	int64_t began_us, took_us;
	int code, number; /* of getaddrinfo; errno */
	char addresses[ADDRESSES_BYTES];
};

TAILQ_HEAD(query_list, query);
STAILQ_HEAD(query_line, query);

/* What the threads see. It lives until the last of them has come back, maybe after the resolver. */
struct pool {
	pthread_mutex_t mutex;
	struct query_line pending, over;
	unsigned threads, users;
	bool closed;
	int wake; /* an eventfd */
};

struct resolver {
	struct pool *pool;
	struct query_list queries;
	struct event ready;
	bool listening; /* somebody waits: only then the loop is kept alive */
	size_t n_askers;
};

static void query_free(struct query *query)
{
	free(query->host);
	free(query);
}

/* With the mutex held; gives it back. */
static void pool_leave(struct pool *pool)
{
	bool last = --pool->users == 0;
	pthread_mutex_unlock(&pool->mutex);
	if (!last)
		return;
	struct query *query;
	while ((query = STAILQ_FIRST(&pool->over))) {
		STAILQ_REMOVE_HEAD(&pool->over, next);
		query_free(query);
	}
	close(pool->wake);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

static bool put_address(struct buf *out, const struct addrinfo *info)
{
	char text[INET6_ADDRSTRLEN];
	const void *bytes =
		info->ai_family == AF_INET
			? (const void *)&((const struct sockaddr_in *)(const void *)info->ai_addr)
				  ->sin_addr
			: (const void *)&((const struct sockaddr_in6 *)(const void *)info->ai_addr)
				  ->sin6_addr;
	if ((info->ai_family != AF_INET && info->ai_family != AF_INET6) ||
		!inet_ntop(info->ai_family, bytes, text, sizeof(text)))
		return false;
	if (out->n)
		buf_putc(out, ',');
	buf_puts(out, text);
	return true;
}

static void query_run(struct query *query)
{
	static const int families[] = {
		[RESOLVE_ANY] = AF_UNSPEC, [RESOLVE_IPV4] = AF_INET, [RESOLVE_IPV6] = AF_INET6};
	const struct addrinfo hints = {
		.ai_family = families[query->family], .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	struct buf text = BUF_INIT(sizeof(query->addresses) - 1);
	int n = 0;
	errno = 0;
	query->code = getaddrinfo(query->host, NULL, &hints, &found);
	query->number = errno;
	query->took_us = clock_mono_us() - query->began_us;
	if (query->code)
		return;
	for (const struct addrinfo *at = found; at && n < RESOLVER_ADDRESSES_MAX; at = at->ai_next)
		n += put_address(&text, at);
	memcpy(query->addresses, buf_text(&text), text.n + 1);
	buf_fini(&text);
	freeaddrinfo(found);
}

static void *serve(void *ctx)
{
	struct pool *pool = ctx;
	struct query *query;
	pthread_mutex_lock(&pool->mutex);
	while ((query = STAILQ_FIRST(&pool->pending))) {
		STAILQ_REMOVE_HEAD(&pool->pending, next);
		query->state = QUERY_RUNNING;
		pthread_mutex_unlock(&pool->mutex);
		query_run(query);
		pthread_mutex_lock(&pool->mutex);
		query->state = QUERY_OVER;
		STAILQ_INSERT_TAIL(&pool->over, query, next);
		if (!pool->closed)
			eventfd_write(pool->wake, 1);
	}
	pool->threads--;
	pool_leave(pool);
	return NULL;
}

/* Signals are the main thread's. */
static bool spawn(struct pool *pool)
{
	pthread_t thread;
	pthread_attr_t attributes;
	sigset_t all, before;
	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool ok = pthread_create(&thread, &attributes, serve, pool) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return ok;
}

/* A thread that can't be had is no reason to fail while others will come back. */
static void query_start(struct query *query)
{
	struct pool *pool = query->resolver->pool;
	query->began_us = clock_mono_us();
	pthread_mutex_lock(&pool->mutex);
	query->state = QUERY_PENDING;
	STAILQ_INSERT_TAIL(&pool->pending, query, next);
	if (pool->threads < RESOLVER_THREADS_MAX) {
		pool->threads++;
		pool->users++;
		if (!spawn(pool)) {
			pool->threads--;
			pool->users--;
		}
	}
	if (pool->threads == 0) {
		STAILQ_REMOVE(&pool->pending, query, query, next);
		query->code = EAI_MEMORY;
		query->state = QUERY_OVER;
		STAILQ_INSERT_TAIL(&pool->over, query, next);
		eventfd_write(pool->wake, 1);
	}
	pthread_mutex_unlock(&pool->mutex);
}

static void listen_while_asked(struct resolver *resolver)
{
	bool wanted = resolver->n_askers > 0;
	if (wanted == resolver->listening)
		return;
	resolver->listening = wanted;
	if (wanted)
		event_add(&resolver->ready, NULL);
	else
		event_del(&resolver->ready);
}

static void asker_remove(struct lookup *lookup)
{
	struct resolver *resolver = lookup->query->resolver;
	TAILQ_REMOVE(&lookup->query->askers, lookup, link);
	resolver->n_askers--;
	free(lookup);
}

/* Who joined a query that was old already gets one more, of its own time: the servers may have come
 * back meanwhile. */
static bool again_for_late_ones(struct query *query)
{
	struct lookup *first = TAILQ_FIRST(&query->askers);
	if (query->code != EAI_AGAIN || !first || !first->late)
		return false;
	TAILQ_FOREACH(first, &query->askers, link)
	first->late = false;
	query_start(query);
	return true;
}

static void tell(struct query *query)
{
	char why[WHY_BYTES];
	struct resolver_answer answer = {query->addresses, NULL};
	if (query->code || !query->addresses[0]) {
		resolver_words(why, sizeof(why),
			&(struct resolver_failure){query->host, query->family, query->code,
				query->number, query->took_us});
		answer = (struct resolver_answer){NULL, why};
	}
	struct lookup *lookup;
	while ((lookup = TAILQ_FIRST(&query->askers))) {
		if (answer.why && query->code == EAI_AGAIN && lookup->late)
			break;
		void (*answered)(void *, const struct resolver_answer *) = lookup->answered;
		void *ctx = lookup->ctx;
		asker_remove(lookup);
		answered(ctx, &answer);
	}
}

static void settle(struct query *query)
{
	struct resolver *resolver = query->resolver;
	/* Out of the list first: who asks from inside an answer gets a query of its own. */
	TAILQ_REMOVE(&resolver->queries, query, link);
	tell(query);
	if (again_for_late_ones(query))
		TAILQ_INSERT_TAIL(&resolver->queries, query, link);
	else
		query_free(query);
}

static void on_ready(evutil_socket_t fd, short what, void *ctx)
{
	struct resolver *resolver = ctx;
	struct pool *pool = resolver->pool;
	struct query *query;
	eventfd_t unused;
	(void)what;
	eventfd_read(fd, &unused);
	for (;;) {
		pthread_mutex_lock(&pool->mutex);
		query = STAILQ_FIRST(&pool->over);
		if (query)
			STAILQ_REMOVE_HEAD(&pool->over, next);
		pthread_mutex_unlock(&pool->mutex);
		if (!query)
			break;
		settle(query);
	}
	listen_while_asked(resolver);
}

struct resolver *resolver_open(struct event_base *base, struct error *error)
{
	int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake < 0) {
		error_set(error, "no file descriptor for name look-ups: %s", strerror(errno));
		return NULL;
	}
	struct resolver *resolver = MEM_NEW(struct resolver);
	struct pool *pool = resolver->pool = MEM_NEW(struct pool);
	pthread_mutex_init(&pool->mutex, NULL);
	STAILQ_INIT(&pool->pending);
	STAILQ_INIT(&pool->over);
	pool->users = 1;
	pool->wake = wake;
	TAILQ_INIT(&resolver->queries);
	event_assign(&resolver->ready, base, wake, EV_READ | EV_PERSIST, on_ready, resolver);
	return resolver;
}

/* Queries that are under way belong to their threads from now on. */
void resolver_close(struct resolver *resolver)
{
	struct query *query, *next;
	if (!resolver)
		return;
	struct pool *pool = resolver->pool;
	if (resolver->listening)
		event_del(&resolver->ready);
	pthread_mutex_lock(&pool->mutex);
	pool->closed = true;
	for (query = TAILQ_FIRST(&resolver->queries); query; query = next) {
		next = TAILQ_NEXT(query, link);
		while (!TAILQ_EMPTY(&query->askers))
			asker_remove(TAILQ_FIRST(&query->askers));
		if (query->state != QUERY_PENDING)
			continue;
		STAILQ_REMOVE(&pool->pending, query, query, next);
		query_free(query);
	}
	pool_leave(pool);
	free(resolver);
}

static struct query *query_of(
	struct resolver *resolver, const char *host, enum resolver_family family, bool *fresh)
{
	struct query *query;
	*fresh = false;
	TAILQ_FOREACH(query, &resolver->queries, link)
	if (query->family == family && strcasecmp(query->host, host) == 0)
		return query;
	*fresh = true;
	query = MEM_NEW(struct query);
	query->resolver = resolver;
	query->host = mem_strdup(host);
	query->family = family;
	TAILQ_INIT(&query->askers);
	TAILQ_INSERT_TAIL(&resolver->queries, query, link);
	return query;
}

struct lookup *resolver_ask(struct resolver *resolver, const char *host,
	enum resolver_family family,
	void (*answered)(void *ctx, const struct resolver_answer *answer), void *ctx)
{
	bool fresh;
	struct lookup *lookup = MEM_NEW(struct lookup);
	lookup->query = query_of(resolver, host, family, &fresh);
	lookup->late = !fresh;
	lookup->answered = answered;
	lookup->ctx = ctx;
	TAILQ_INSERT_TAIL(&lookup->query->askers, lookup, link);
	resolver->n_askers++;
	if (fresh)
		query_start(lookup->query);
	listen_while_asked(resolver);
	return lookup;
}

void resolver_drop(struct lookup *lookup)
{
	struct resolver *resolver = lookup->query->resolver;
	asker_remove(lookup);
	listen_while_asked(resolver);
}

bool resolver_needed(struct str host)
{
	char text[INET6_ADDRSTRLEN];
	struct in_addr v4;
	if (host.n == 0 || host.p[0] == '[' || str_ieq(host, STR("localhost")) ||
		str_ends(host, STR(".localhost"), true))
		return false;
	for (size_t i = 0; i < host.n; i++)
		if ((unsigned char)host.p[i] >= 0x80) /* libcurl encodes it (RFC 3492) */
			return false;
	if (host.n >= sizeof(text))
		return true;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return inet_pton(AF_INET, text, &v4) != 1;
}
