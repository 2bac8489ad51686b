/* TLS against `openssl s_server`; skipped where that program is missing. */
#include "client.h"
#include "wire.h"

#include "base/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

enum { COMMAND_MAX = 1024, DAY_S = 86400 };

extern char **environ;

static char folder[] = "/tmp/outrider-tls-XXXXXX";
static bool ready;

static bool sh(const char *command)
{
	char line[COMMAND_MAX];
	snprintf(line, sizeof(line), "cd %s && { %s; } >log 2>&1", folder, command);
	return system(line) == 0;
}

static const char *file(const char *name)
{
	static char paths[4][COMMAND_MAX];
	static unsigned next;
	char *path = paths[next++ % 4];
	snprintf(path, COMMAND_MAX, "%s/%s", folder, name);
	return path;
}

#define KEY "openssl ecparam -name prime256v1 -genkey -noout -out "
#define SIGN "openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy "

/* A root of 10 days, a leaf of 30, one that has expired, one for another name. */
static int make_certificates(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || !sh("openssl version"))
		return 0;
	ready = sh(KEY "ca.key && openssl req -x509 -new -key ca.key -days 10 -subj /CN=root -out "
		       "ca.pem") &&
		sh(KEY "leaf.key && openssl req -new -key leaf.key -subj /CN=leaf "
		       "-addext subjectAltName=IP:127.0.0.1,DNS:localhost -out leaf.csr") &&
		sh(SIGN "-in leaf.csr -days 30 -out leaf.pem") &&
		sh(SIGN "-in leaf.csr -days -1 -out old.pem") &&
		sh("openssl req -new -key leaf.key -subj /CN=other "
		   "-addext subjectAltName=DNS:other.example -out other.csr") &&
		sh(SIGN "-in other.csr -days 30 -out other.pem");
	return 0;
}

static int remove_certificates(void **state)
{
	char line[COMMAND_MAX];
	(void)state;
	snprintf(line, sizeof(line), "rm -rf %s", folder);
	return system(line);
}

struct tls {
	struct client client;
	pid_t pid;
	int output;
	char url[128];
	struct service service;
	struct request request;
};

/* "ACCEPT 127.0.0.1:40347" */
static unsigned read_port(int fd)
{
	char text[1024] = "";
	size_t n = 0;
	ssize_t got;
	while (n < sizeof(text) - 1 && (got = read(fd, text + n, sizeof(text) - 1 - n)) > 0) {
		n += (size_t)got;
		text[n] = '\0';
		const char *accept = strstr(text, "ACCEPT ");
		if (accept && strchr(accept, '\n'))
			return (unsigned)strtoul(strrchr(text, ':') + 1, NULL, 10);
	}
	fail_msg("openssl s_server does not start: %s", text);
	return 0;
}

static void tls_serve(struct tls *tls, const char *certificate, const char *more)
{
	int ends[2];
	posix_spawn_file_actions_t actions;
	const char *argv[] = {"timeout", "120", "openssl", "s_server", "-accept", "127.0.0.1:0",
		"-www", "-cert", file(certificate), "-key", file("leaf.key"), "-cert_chain",
		file("ca.pem"), more, NULL};
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	assert_int_equal(
		posix_spawnp(&tls->pid, "timeout", &actions, NULL, (char *const *)argv, environ),
		0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	tls->output = ends[0];
	snprintf(tls->url, sizeof(tls->url), "https://127.0.0.1:%u/", read_port(tls->output));
}

static void tls_open(struct tls *tls)
{
	if (!ready)
		skip();
	memset(tls, 0, sizeof(*tls));
	client_open(&tls->client);
	tls->service = (struct service){.id = "tls", .tls_ca = file("ca.pem")};
	tls->request = (struct request){.service = &tls->service,
		.method = METHOD_GET,
		.url = tls->url,
		.body_limit = 1 << 20};
}

static void tls_stop(struct tls *tls)
{
	kill(tls->pid, SIGTERM);
	waitpid(tls->pid, NULL, 0);
	close(tls->output);
}

static void a_good_certificate(void **state)
{
	(void)state;
	struct tls tls;
	tls_open(&tls);
	tls_serve(&tls, "leaf.pem", NULL);
	for (int i = 0; i < 3; i++) { /* a full handshake each time */
		const struct told *told = client_run(&tls.client, &tls.request);
		assert_string_equal(told->detail, "");
		assert_int_equal(told->result.reason, REASON_NONE);
		assert_int_equal(told->status, 200);
		assert_contains(buf_text(&told->body), "New, TLSv1.3");
		const struct timing *t = &told->result.timing;
		assert_true(t->connect_us < t->tls_us && t->tls_us <= t->ttfb_us);
		/* the earliest of the chain: the root's ten days */
		int64_t left_s = (told->result.tls_expires_us - clock_wall_us()) / US_PER_S;
		assert_in_range(left_s, 10 * DAY_S - 3600, 10 * DAY_S);
	}
	tls_stop(&tls);
	client_close(&tls.client);
}

static void expect_tls(const char *certificate, bool with_ca, const char *why)
{
	struct tls tls;
	tls_open(&tls);
	tls_serve(&tls, certificate, NULL);
	if (!with_ca)
		tls.service.tls_ca = NULL;
	const struct told *told = client_run(&tls.client, &tls.request);
	assert_string_equal(reason_name(told->result.reason), "tls");
	assert_contains(told->detail, why);
	assert_int_equal(told->heads, 0);
	assert_int_equal(told->result.timing.tls_us, -1);
	tls_stop(&tls);
	client_close(&tls.client);
}

static void bad_certificates_have_their_own_words(void **state)
{
	(void)state;
	expect_tls("old.pem", true, "certificate has expired");
	expect_tls("other.pem", true, "no alternative certificate subject name matches");
	expect_tls("leaf.pem", false, "self-signed certificate in certificate chain");
}

static void old_versions_are_refused(void **state)
{
	(void)state;
	struct tls tls;
	tls_open(&tls);
	tls_serve(&tls, "leaf.pem", "-tls1_1");
	const struct told *told = client_run(&tls.client, &tls.request);
	assert_string_equal(reason_name(told->result.reason), "tls");
	tls_stop(&tls);
	client_close(&tls.client);
}

static void a_missing_file_of_ours_is_internal(void **state)
{
	(void)state;
	struct tls tls;
	tls_open(&tls);
	tls_serve(&tls, "leaf.pem", NULL);
	tls.service.tls_ca = "/nonexistent/ca.pem";
	const struct told *told = client_run(&tls.client, &tls.request);
	assert_string_equal(reason_name(told->result.reason), "internal");
	assert_contains(told->detail, "/nonexistent/ca.pem");
	tls.service.tls_ca = file("ca.pem"); /* and leaves no trace */
	told = client_run(&tls.client, &tls.request);
	assert_int_equal(told->result.reason, REASON_NONE);
	tls.service.tls_ca = NULL;
	told = client_run(&tls.client, &tls.request);
	assert_int_equal(told->result.reason, REASON_TLS);
	tls_stop(&tls);
	client_close(&tls.client);
}

static void no_tls_at_the_other_end(void **state)
{
	(void)state;
	struct tls tls;
	tls_open(&tls);
	const struct wire_act plain[] = {
		{.what = WIRE_SEND, .text = "HTTP/1.1 400 Bad\r\n\r\n"}, {.what = WIRE_END}};
	const struct wire_act silent[] = {{.what = WIRE_END}};
	const struct wire_act *const scripts[] = {plain, silent, NULL};
	struct wire *wire = wire_start(scripts);
	snprintf(tls.url, sizeof(tls.url), "https://127.0.0.1:%u/", wire->port);
	wire->speaks_first = true;
	for (int i = 0; i < 2; i++) {
		const struct told *told = client_run(&tls.client, &tls.request);
		assert_string_equal(reason_name(told->result.reason), "tls");
		assert_true(told->detail[0]);
		assert_true(told->result.timing.connect_us > 0);
		assert_int_equal(told->result.timing.tls_us, -1);
	}
	wire_stop(wire);
	client_close(&tls.client);
}

static void silence_instead_of_a_handshake(void **state)
{
	(void)state;
	struct tls tls;
	tls_open(&tls);
	const struct wire_act silent[] = {{.what = WIRE_HOLD}, {.what = WIRE_END}};
	const struct wire_act *const scripts[] = {silent, NULL};
	struct wire *wire = wire_start(scripts);
	snprintf(tls.url, sizeof(tls.url), "https://127.0.0.1:%u/", wire->port);
	client_begin(&tls.client, &tls.request);
	event_base_loopexit(tls.client.base, &(struct timeval){0, 100000});
	event_base_dispatch(tls.client.base);
	assert_int_equal(tls.client.told.dones, 0);
	told_cancel(&tls.client.told);
	const struct timing *t = &tls.client.told.result.timing;
	assert_true(t->connect_us > 0);
	assert_int_equal(t->tls_us, -1);
	assert_true(t->total_us > t->connect_us);
	event_base_dispatch(tls.client.base);
	wire_stop(wire);
	client_close(&tls.client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_certificate),
		cmocka_unit_test(bad_certificates_have_their_own_words),
		cmocka_unit_test(old_versions_are_refused),
		cmocka_unit_test(a_missing_file_of_ours_is_internal),
		cmocka_unit_test(no_tls_at_the_other_end),
		cmocka_unit_test(silence_instead_of_a_handshake),
	};
	return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
