/* How a connection with TLS ends: with close_notify, or with a cut that anybody could have made. */
#include "tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/socket.h>

static bool ready;
static char *certificate, *key;

static int make_certificate(void **state)
{
	(void)state;
	ready = folder_open() &&
		sh("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
		   "-keyout ca.key -days 10 -subj /CN=test -addext subjectAltName=IP:127.0.0.1 "
		   "-out ca.pem");
	certificate = strdup(file("ca.pem"));
	key = strdup(file("ca.key"));
	return 0;
}

static int remove_certificate(void **state)
{
	(void)state;
	free(certificate);
	free(key);
	return folder_close();
}

/* One connection: a request read, the answer sent, and the end. */
struct ending {
	const char *answer;
	bool goodbye;
	int version;
	int listener;
};

static void *serve_one(void *context)
{
	const struct ending *ending = context;
	char request[4096];
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate_file(ctx, certificate, SSL_FILETYPE_PEM);
	SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM);
	SSL_CTX_set_max_proto_version(ctx, ending->version);
	int fd = accept(ending->listener, NULL, NULL);
	SSL *ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof(request)) > 0) {
		if (*ending->answer)
			SSL_write(ssl, ending->answer, (int)strlen(ending->answer));
		if (ending->goodbye)
			SSL_shutdown(ssl);
	}
	shutdown(fd, SHUT_WR);
	while (read(fd, request, sizeof(request)) > 0)
		;
	close(fd);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return NULL;
}

static unsigned listen_on(int *listener)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);
	*listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(*listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(*listener, 1), 0);
	assert_int_equal(getsockname(*listener, (struct sockaddr *)&at, &n), 0);
	return ntohs(at.sin_port);
}

static const struct told *ask_once(struct tls *tls, struct ending *ending)
{
	pthread_t thread;
	snprintf(tls->url, sizeof(tls->url), "https://127.0.0.1:%u/", listen_on(&ending->listener));
	assert_int_equal(pthread_create(&thread, NULL, serve_one, ending), 0);
	const struct told *told = client_run(&tls->client, &tls->request);
	pthread_join(thread, NULL);
	close(ending->listener);
	return told;
}

#define HEAD "HTTP/1.1 200 OK\r\n"
#define CUT "without TLS's goodbye"

struct end_case {
	const char *answer;
	bool goodbye;
	enum http_method method;
	enum reason reason;
	const char *says;
};

static void an_end_needs_a_goodbye_or_a_length(void **state)
{
	static const struct end_case cases[] = {
		{HEAD "\r\nhello", false, METHOD_GET, REASON_TRUNCATED, CUT},
		{HEAD "\r\n", false, METHOD_GET, REASON_TRUNCATED, CUT},
		{"HTTP/1.0 200 OK\r\n\r\nhello", false, METHOD_GET, REASON_TRUNCATED, CUT},
		{HEAD "\r\nhello", true, METHOD_GET, REASON_NONE, ""},
		{HEAD "Content-Length: 5\r\n\r\nhello", false, METHOD_GET, REASON_NONE, ""},
		{HEAD "Content-Length: 9\r\n\r\nhello", false, METHOD_GET, REASON_TRUNCATED, ""},
		{HEAD "Content-Length: 9\r\n\r\nhello", true, METHOD_GET, REASON_TRUNCATED, ""},
		{HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", false,
			METHOD_GET, REASON_NONE, ""},
		{HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", false, METHOD_GET,
			REASON_TRUNCATED, ""},
		{"HTTP/1.1 204 No Content\r\n\r\n", false, METHOD_GET, REASON_NONE, ""},
		{"HTTP/1.1 304 Not Modified\r\n\r\n", false, METHOD_GET, REASON_NONE, ""},
		{HEAD "\r\n", false, METHOD_HEAD, REASON_NONE, ""},
		{HEAD "Content-L", false, METHOD_GET, REASON_TRUNCATED, ""},
		{"", false, METHOD_GET, REASON_RESET, ""},
	};
	(void)state;
	struct tls tls;
	if (!ready)
		skip();
	tls_open(&tls);
	tls.service.tls_ca = certificate;
	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		const struct end_case *c = &cases[i / 2];
		struct ending ending = {.answer = c->answer,
			.goodbye = c->goodbye,
			.version = i % 2 ? TLS1_3_VERSION : TLS1_2_VERSION};
		tls.request.method = c->method;
		const struct told *told = ask_once(&tls, &ending);
		if (told->result.reason != c->reason || !strstr(told->detail, c->says))
			fail_msg("case %zu: %s \"%s\"", i / 2, reason_name(told->result.reason),
				told->detail);
	}
	client_close(&tls.client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_end_needs_a_goodbye_or_a_length),
	};
	return cmocka_run_group_tests(tests, make_certificate, remove_certificate);
}
