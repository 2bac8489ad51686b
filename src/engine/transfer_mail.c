#include "engine/transfer_mail.h"

#include "base/memory.h"
#include "engine/resolver.h"
#include "engine/smtp.h"
#include "engine/transfer_multi.h"

#include <assert.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	GOODBYES_MAX = 16, /* connections that wait for the answer to QUIT */
	GOODBYE_S = 2,
	SIGNED_IN = 235, /* RFC 4954, 4 */
	READ_BYTES = 4096,
	HOST_MAX = 256,
	RESOLVE_MAX = 2048, /* holds a name and its addresses */
};

TAILQ_HEAD(mail_list, mail);

struct mailer {
	struct event_base *base;
	struct resolver *resolver;
	struct mail_list under_way, leaving;
	size_t n_leaving;
};

/* A multi handle of its own: libcurl takes a connection that it has handed over (CURLOPT_CONNECT_ONLY) and on
 * which something has arrived for a dead one, and closes it when another begins. */
struct mail {
	TAILQ_ENTRY(mail) link;
	struct mailer *owner;
	const struct mail_request *request;
	void (*done)(void *ctx, const struct mail_result *result); /* NULL: it was called */
	void *ctx;
	struct lookup *lookup;
	struct multi *multi;
	CURL *easy;
	CURLcode code; /* of connecting, with TLS and sign-in */
	struct event soon; /* that is over, one way or the other */
	struct event io, goodbye;
	bool talking; /* the dialogue began */
	struct smtp smtp;
	struct tls_watch *tls;
	char host[HOST_MAX]; /* looked up */
	unsigned port;
	struct buf resolve;
	struct curl_slist resolve_list;
};

/* Known options fail only for want of memory. */
#define SET(easy, option, value)                                                                   \
	do {                                                                                       \
		if (curl_easy_setopt((easy), (option), (value)) != CURLE_OK)                       \
			mem_exhausted();                                                           \
	} while (0)

/* --- its end --- */

static void mail_free(struct mail *m)
{
	if (m->lookup)
		resolver_drop(m->lookup);
	event_del(&m->io);
	event_del(&m->goodbye);
	event_del(&m->soon);
	if (m->multi)
		curl_multi_remove_handle(multi_handle(m->multi), m->easy); /* closes */
	curl_easy_cleanup(m->easy);
	multi_close(m->multi);
	smtp_fini(&m->smtp);
	tls_watch_free(m->tls);
	buf_fini(&m->resolve);
	free(m);
}

static void forget(struct mail *m)
{
	struct mailer *mailer = m->owner;
	if (m->done) {
		TAILQ_REMOVE(&mailer->under_way, m, link);
	} else {
		TAILQ_REMOVE(&mailer->leaving, m, link);
		mailer->n_leaving--;
	}
	mail_free(m);
}

/* What counts is known: nobody waits for the answer to QUIT but we (RFC 5321, 4.1.1.10), and not for long. */
static void take_leave(struct mail *m)
{
	struct mailer *mailer = m->owner;
	const struct timeval limit = {GOODBYE_S, 0};
	TAILQ_REMOVE(&mailer->under_way, m, link);
	TAILQ_INSERT_TAIL(&mailer->leaving, m, link);
	mailer->n_leaving++;
	m->done = NULL;
	m->request = NULL;
	evtimer_add(&m->goodbye, &limit);
	if (mailer->n_leaving > GOODBYES_MAX)
		forget(TAILQ_FIRST(&mailer->leaving));
}

static void end(struct mail *m, const struct mail_result *result, bool connected)
{
	void (*done)(void *, const struct mail_result *) = m->done;
	void *ctx = m->ctx;
	if (connected)
		take_leave(m);
	else
		forget(m);
	done(ctx, result);
}

/* No dialogue, or it was cut off. */
static void fail(struct mail *m, CURLcode code)
{
	long status = 0;
	struct buf why = BUF_INIT(MAIL_WHY_MAX - 1);
	if (!m->talking)
		curl_easy_getinfo(m->easy, CURLINFO_RESPONSE_CODE, &status);
	mail_words(code, (int)status, m->tls, m->request->tls_cert != NULL, &why);
	struct mail_result result = {.status = (int)status, .why = buf_text(&why)};
	end(m, &result, false);
	buf_fini(&why);
}

static void decided(struct mail *m, bool connected)
{
	struct buf why = BUF_INIT(MAIL_WHY_MAX - 1);
	struct mail_result result = m->smtp.result;
	smtp_words(&m->smtp, &why);
	result.why = buf_text(&why);
	end(m, &result, connected);
	buf_fini(&why);
}

/* --- the dialogue --- */

/* CURLE_OK: all is out. */
static CURLcode say(struct mail *m)
{
	struct str out;
	CURLcode code = CURLE_OK;
	while (code == CURLE_OK && (out = smtp_output(&m->smtp)).n) {
		size_t n = 0;
		code = curl_easy_send(m->easy, out.p, out.n, &n);
		smtp_sent(&m->smtp, n);
	}
	return code;
}

static CURLcode hear(struct mail *m)
{
	char bytes[READ_BYTES];
	size_t n = 0;
	CURLcode code = curl_easy_recv(m->easy, bytes, sizeof(bytes), &n);
	if (code != CURLE_OK)
		return code;
	smtp_read(&m->smtp, (struct str){bytes, n});
	return n ? CURLE_OK : CURLE_RECV_ERROR;
}

/* CURLE_AGAIN: the server's turn; CURLE_OK: it is over. */
static CURLcode exchange(struct mail *m)
{
	CURLcode code;
	do {
		code = say(m);
		if (code == CURLE_OK)
			code = hear(m);
	} while (code == CURLE_OK && m->smtp.step != SMTP_OVER);
	return code;
}

static void on_io(evutil_socket_t fd, short what, void *ctx);

static void await_socket(struct mail *m)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	curl_easy_getinfo(m->easy, CURLINFO_ACTIVESOCKET, &fd);
	short what = smtp_output(&m->smtp).n ? EV_WRITE : EV_READ;
	event_del(&m->io);
	event_assign(&m->io, m->owner->base, fd, what, on_io, m);
	event_add(&m->io, NULL);
}

static void talk(struct mail *m)
{
	CURLcode code = exchange(m);
	bool goes_on = code == CURLE_AGAIN;
	if (goes_on)
		await_socket(m);
	if (m->done && m->smtp.step >= SMTP_QUIT)
		decided(m, goes_on);
	else if (m->done && !goes_on)
		fail(m, code);
	else if (!goes_on)
		forget(m);
}

static void on_io(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	talk(ctx);
}

static void on_goodbye(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	forget(ctx);
}

/* --- the connection --- */

/* A server that offers no sign-in gets no message from who wants to sign in: libcurl would go on. */
static bool signed_in(const struct mail *m)
{
	long status = 0;
	curl_easy_getinfo(m->easy, CURLINFO_RESPONSE_CODE, &status);
	return !m->request->username || status == SIGNED_IN;
}

static void on_soon(evutil_socket_t fd, short what, void *ctx)
{
	struct mail *m = ctx;
	(void)fd, (void)what;
	if (m->code == CURLE_OK && !signed_in(m))
		m->code = CURLE_LOGIN_DENIED;
	if (m->code != CURLE_OK) {
		fail(m, m->code);
		return;
	}
	m->talking = true;
	smtp_init(&m->smtp, m->request);
	talk(m);
}

static void connected(struct mail *m, CURLcode code)
{
	m->code = code;
	event_active(&m->soon, EV_TIMEOUT, 0);
}

static void settle(void *ctx)
{
	struct mail *m = ctx;
	CURLMsg *message;
	int left;
	while ((message = curl_multi_info_read(multi_handle(m->multi), &left)))
		connected(m, message->data.result);
}

static void failed(void *ctx, CURL *easy, CURLcode code)
{
	(void)ctx, (void)easy, (void)code; /* of transfers that pause */
}

static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)ctx, (void)purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		address->protocol);
}

static CURLcode on_tls(CURL *easy, void *ssl_context, void *ctx)
{
	struct mail *m = ctx;
	(void)easy;
	tls_watch_free(m->tls);
	m->tls = tls_watch_new(ssl_context);
	return CURLE_OK;
}

static bool is_smtps(const char *url)
{
	return str_starts(str_of(url), STR("smtps:"), true);
}

static void setup_tls(struct mail *m)
{
	static const long ways[] = {[MAIL_STARTTLS_REQUIRED] = CURLUSESSL_ALL,
		[MAIL_STARTTLS_OPPORTUNISTIC] = CURLUSESSL_TRY,
		[MAIL_STARTTLS_NEVER] = CURLUSESSL_NONE};
	const struct mail_request *r = m->request;
	SET(m->easy, CURLOPT_USE_SSL, ways[r->starttls]);
	SET(m->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(m->easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	SET(m->easy, CURLOPT_SSL_CTX_DATA, m);
	if (!is_smtps(r->url) && r->starttls == MAIL_STARTTLS_OPPORTUNISTIC) {
		SET(m->easy, CURLOPT_SSL_VERIFYPEER, 0L);
		SET(m->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (r->tls_ca) {
		SET(m->easy, CURLOPT_CAINFO, r->tls_ca);
		SET(m->easy, CURLOPT_CAPATH, NULL);
	}
	if (r->tls_cert)
		SET(m->easy, CURLOPT_SSLCERT, r->tls_cert);
	if (r->tls_key)
		SET(m->easy, CURLOPT_SSLKEY, r->tls_key);
}

static void setup(struct mail *m)
{
	const struct mail_request *r = m->request;
	SET(m->easy, CURLOPT_URL, r->url);
	SET(m->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	SET(m->easy, CURLOPT_CONNECT_ONLY, 1L);
	SET(m->easy, CURLOPT_NOSIGNAL, 1L);
	SET(m->easy, CURLOPT_QUICK_EXIT, 1L);
	SET(m->easy, CURLOPT_PROXY, ""); /* whatever the environment says */
	SET(m->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	if (r->username)
		SET(m->easy, CURLOPT_USERNAME, r->username);
	if (r->password)
		SET(m->easy, CURLOPT_PASSWORD, r->password);
	setup_tls(m);
}

static void connect_now(struct mail *m)
{
	if (curl_multi_add_handle(multi_handle(m->multi), m->easy) != CURLM_OK)
		mem_exhausted(); /* nothing else can be wrong with a fresh handle */
}

/* libcurl finds the addresses in its cache and looks nothing up itself. */
static void on_looked_up(void *ctx, const struct resolver_answer *answer)
{
	struct mail *m = ctx;
	m->lookup = NULL;
	if (!answer->addresses) {
		connected(m, CURLE_COULDNT_RESOLVE_HOST);
		return;
	}
	buf_printf(&m->resolve, "+%s:%u:%s", m->host, m->port, answer->addresses);
	m->resolve_list = (struct curl_slist){m->resolve.p, NULL};
	SET(m->easy, CURLOPT_RESOLVE, &m->resolve_list);
	connect_now(m);
}

/* False: no such URL. */
static bool find_host(struct mail *m)
{
	char *host = NULL, *port = NULL;
	CURLU *url = curl_url();
	bool found = curl_url_set(url, CURLUPART_URL, m->request->url, 0) == CURLUE_OK &&
		     curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		     curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		     strlen(host) < sizeof(m->host);
	if (found) {
		strcpy(m->host, host);
		m->port = (unsigned)strtoul(port, NULL, 10);
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(url);
	return found;
}

/* --- from outside --- */

struct mail *mail_send(struct mailer *mailer, const struct mail_request *request,
	void (*done)(void *ctx, const struct mail_result *result), void *ctx)
{
	struct error ignored;
	struct mail *m = MEM_NEW(struct mail);
	*m = (struct mail){.owner = mailer, .request = request, .done = done, .ctx = ctx};
	m->resolve = BUF_INIT(RESOLVE_MAX);
	TAILQ_INSERT_TAIL(&mailer->under_way, m, link);
	evtimer_assign(&m->soon, mailer->base, on_soon, m);
	evtimer_assign(&m->goodbye, mailer->base, on_goodbye, m);
	event_assign(&m->io, mailer->base, -1, EV_READ, on_io, m);
	m->multi = multi_open(mailer->base, (struct multi_calls){settle, failed}, m, &ignored);
	m->easy = curl_easy_init();
	if (!m->multi || !m->easy) {
		connected(m, CURLE_FAILED_INIT);
		return m;
	}
	setup(m);
	if (!find_host(m))
		connected(m, CURLE_URL_MALFORMAT);
	else if (resolver_needed(str_of(m->host)))
		m->lookup = resolver_ask(mailer->resolver, m->host, RESOLVE_ANY, on_looked_up, m);
	else
		connect_now(m);
	return m;
}

void mail_cancel(struct mail *mail)
{
	assert(mail->done);
	forget(mail);
}

struct mailer *mailer_open(struct event_base *base, struct error *error)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		error_set(error, "libcurl could not start");
		return NULL;
	}
	signal(SIGPIPE, SIG_IGN); /* NOSIGNAL leaves that to us */
	struct mailer *mailer = MEM_NEW(struct mailer);
	mailer->base = base;
	TAILQ_INIT(&mailer->under_way);
	TAILQ_INIT(&mailer->leaving);
	mailer->resolver = resolver_open(base, error);
	if (mailer->resolver)
		return mailer;
	free(mailer);
	curl_global_cleanup();
	return NULL;
}

void mailer_close(struct mailer *mailer)
{
	struct mail *m;
	if (!mailer)
		return;
	assert(TAILQ_EMPTY(&mailer->under_way));
	while ((m = TAILQ_FIRST(&mailer->leaving)))
		forget(m);
	resolver_close(mailer->resolver);
	free(mailer);
	curl_global_cleanup();
}
