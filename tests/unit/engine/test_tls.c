/* TLS against `openssl s_server`: every fault has its own words. Skipped where that program is missing. */
#include "tls_server.h"
#include "wire.h"

#include "base/clock.h"
#include "base/text.h"
#include "engine/tls_files.h"

enum { DAY_S = 86400 };

static bool ready;

#define EC "openssl ecparam -name prime256v1 -genkey -noout -out "
#define REQ "openssl req -new "
#define SIGN "openssl x509 -req -CAcreateserial -copy_extensions copy "
#define ROOT "-CA ca.pem -CAkey ca.key "
#define INTER "-CA inter.pem -CAkey ca.key "
#define SAN "-addext subjectAltName=IP:127.0.0.1,DNS:localhost "
#define SAY "-addext authorityInfoAccess=caIssuers\\;URI:http://ca.example/inter.crt "

/* One key does for all who issue, one for all who serve; each is signed for what is wrong with it. */
static int make_certificates(void **state)
{
	static const char *const commands[] = {
		EC "ca.key",
		EC "leaf.key",
		EC "other.key",
		"openssl req -x509 -new -key ca.key -days 10 -subj /CN=root -out ca.pem",
		"openssl req -x509 -new -key other.key -days 10 -subj /CN=stranger -out "
		"strange.pem",
		REQ "-key leaf.key -subj /CN=leaf " SAN "-out leaf.csr",
		SIGN ROOT "-in leaf.csr -days 30 -out leaf.pem",
		SIGN ROOT "-in leaf.csr -days -1 -out old.pem",
		REQ "-key leaf.key -subj /CN=other -addext "
		    "subjectAltName=DNS:a.example,DNS:b.example,IP:10.1.2.3 -out other.csr",
		SIGN ROOT "-in other.csr -days 30 -out other.pem",
		REQ "-key leaf.key -subj /CN=nameless -out nameless.csr",
		SIGN ROOT "-in nameless.csr -days 30 -out nameless.pem",
		"openssl req -x509 -key leaf.key -days 9 -subj /CN=myself " SAN "-out self.pem",
		REQ "-key ca.key -subj '/CN=Inter One' -addext basicConstraints=CA:TRUE "
		    "-out inter.csr",
		SIGN ROOT "-in inter.csr -days 5 -out inter.pem",
		SIGN INTER "-in leaf.csr -days 30 -out low.pem",
		REQ "-key leaf.key -subj /CN=leaf " SAN SAY "-out say.csr",
		SIGN INTER "-in say.csr -days 30 -out say.pem",
		"openssl genrsa -out weak.key 1024",
		REQ "-key weak.key -subj /CN=weak " SAN "-out weak.csr",
		SIGN ROOT "-in weak.csr -days 30 -out weak.pem",
		SIGN ROOT "-sha1 -in leaf.csr -days 30 -out sha1.pem",
		"openssl x509 -in leaf.pem -outform DER -out leaf.der",
		/* valid from a day that has not come: the ca program can say so */
		"mkdir -p newcerts && touch index.txt && echo 77 >serial && "
		"printf '[ca]\\ndefault_ca=x\\n[x]\\ndir=.\\ndatabase=index.txt\\n"
		"new_certs_dir=newcerts\\nserial=serial\\ndefault_md=sha256\\npolicy=p\\n"
		"copy_extensions=copy\\nunique_subject=no\\n[p]\\ncommonName=supplied\\n' >ca.cnf",
		"openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in leaf.csr "
		"-startdate 20900102000000Z -enddate 20910102000000Z -out future.pem -notext",
		"openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in leaf.csr "
		"-startdate 20010102000000Z -enddate 20020304000000Z -out past.pem -notext",
		"openssl ec -aes128 -passout pass:x -in leaf.key -out locked.key",
	};
	(void)state;
	if (!folder_open())
		return 0;
	for (size_t i = 0; i < COUNT(commands); i++)
		if (!sh(commands[i])) {
			print_error(
				"cannot make certificates: %s (see %s/log)\n", commands[i], folder);
			return -1;
		}
	ready = true;
	return 0;
}

static int remove_certificates(void **state)
{
	(void)state;
	return folder_close();
}

#define MORE(...) ((const char *const[]){"-key", "leaf.key", __VA_ARGS__ __VA_OPT__(, ) NULL})

static void a_good_certificate(void **state)
{
	(void)state;
	struct tls tls;
	if (!ready)
		skip();
	tls_open(&tls);
	tls_serve(&tls, "leaf.pem", MORE("-cert_chain", "ca.pem"));
	for (int i = 0; i < 3; i++) { /* a full handshake each time */
		const struct told *told = client_run(&tls.client, &tls.request);
		assert_string_equal(told->detail, "");
		assert_int_equal(told->result.reason, REASON_NONE);
		assert_int_equal(told->status, 200);
		assert_contains(buf_text(&told->body), "New, TLSv1.3");
		const struct timing *t = &told->result.timing;
		assert_true(t->connect_us < t->tls_us && t->tls_us <= t->ttfb_us);
		/* the earliest of the chain: the root's ten days */
		int64_t left_s = (told->result.tls.expires_us - clock_wall_us()) / US_PER_S;
		assert_in_range(left_s, 10 * DAY_S - 3600, 10 * DAY_S);
		assert_string_equal(told->result.tls.version, "TLSv1.3");
		assert_string_equal(told->result.tls.cipher, "TLS_AES_256_GCM_SHA384");
	}
	tls_stop(&tls);
	client_close(&tls.client);
}

enum trust { OURS, NOBODY };

/* days: to the earliest expiry that was seen; 0: no matter */
struct bad {
	const char *certificate;
	enum trust trust;
	const char *says;
	const char *const *more;
	int days;
};

static void expect_bad(const struct bad *bad)
{
	struct tls tls;
	tls_open(&tls);
	tls_serve(&tls, bad->certificate, bad->more ? bad->more : MORE());
	if (bad->trust == NOBODY)
		tls.service.tls_ca = NULL;
	const struct told *told = client_run(&tls.client, &tls.request);
	assert_string_equal(told->detail, bad->says);
	assert_string_equal(reason_name(told->result.reason), "tls");
	assert_int_equal(told->heads, 0);
	assert_int_equal(told->result.timing.tls_us, -1);
	if (!strstr(bad->says, "not for")) /* the name is looked at when all else is over */
		assert_null(told->result.tls.version);
	int64_t left_s = (told->result.tls.expires_us - clock_wall_us()) / US_PER_S;
	if (bad->days)
		assert_in_range(left_s, bad->days * DAY_S - 3600, bad->days * DAY_S);
	tls_stop(&tls);
	client_close(&tls.client);
}

static void bad_certificates_have_their_own_words(void **state)
{
	const struct bad cases[] = {
		{"past.pem", OURS, "the certificate expired on 2002-03-04", .more = NULL},
		{"future.pem", OURS, "the certificate is not valid before 2090-01-02",
			.more = NULL},
		{"other.pem", OURS,
			"the certificate is not for 127.0.0.1 but for a.example, b.example, "
			"10.1.2.3",
			.days = 10},
		{"nameless.pem", OURS, "the certificate is not for 127.0.0.1 but for \"nameless\"",
			.days = 10},
		{"self.pem", OURS, "the certificate is self-signed, by \"myself\"", .days = 9},
		{"leaf.pem", NOBODY, "the root \"root\" is not trusted",
			.more = MORE("-cert_chain", "ca.pem"), .days = 10},
		{"low.pem", NOBODY,
			"the issuing certificate \"Inter One\" is issued by \"root\", which is no "
			"trusted root",
			.more = MORE("-cert_chain", "inter.pem"), .days = 5},
		{"low.pem", OURS,
			"the certificate is issued by \"Inter One\", which is no trusted root and "
			"was not sent along: an unknown root, or an intermediate is missing",
			.days = 30},
		{"say.pem", OURS,
			"the intermediate certificate \"Inter One\" is missing: the server must "
			"send it along",
			.days = 30},
		{"weak.pem", OURS, "the certificate has a key that is too weak (RSA, 1024 bits)",
			.more = (const char *const[]){"-key", "weak.key", "-cipher",
				"ALL:@SECLEVEL=0", NULL}},
		{"sha1.pem", OURS,
			"the certificate has a signature that is too weak (ecdsa-with-SHA1)",
			.more = MORE("-cipher", "ALL:@SECLEVEL=0")},
		{"leaf.pem", OURS, "the server broke off the handshake (alert: handshake failure)",
			.more = MORE("-tls1_2", "-cipher", "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0")},
	};
	(void)state;
	if (!ready)
		skip();
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_bad(&cases[i]);
}

static void old_versions_are_refused(void **state)
{
	(void)state;
	if (!ready)
		skip();
	expect_bad(&(struct bad){"leaf.pem", OURS, "the server speaks no TLS version from 1.2 on",
		.more = MORE("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")});
}

static void clients_without_a_certificate(void **state)
{
	static const char *const wanted[] = {"-tls1_2", "-tls1_3"};
	(void)state;
	if (!ready)
		skip();
	for (size_t i = 0; i < COUNT(wanted); i++) {
		struct tls tls;
		tls_open(&tls);
		tls_serve(&tls, "leaf.pem",
			MORE(wanted[i], "-Verify", "1", "-CAfile", "ca.pem",
				"-verify_return_error"));
		const struct told *told = client_run(&tls.client, &tls.request);
		assert_string_equal(reason_name(told->result.reason), "tls");
		assert_contains(told->detail, "the server wants a client certificate (alert: ");
		assert_true(told->result.tls.expires_us > 0);
		tls.service.tls_cert = file("strange.pem");
		tls.service.tls_key = file("other.key");
		told = client_run(&tls.client, &tls.request);
		assert_string_equal(reason_name(told->result.reason), "tls");
		assert_string_equal(told->detail,
			"the server refuses our client certificate (alert: unknown CA)");
		tls.service.tls_cert = file("leaf.pem");
		tls.service.tls_key = file("leaf.key");
		told = client_run(&tls.client, &tls.request);
		assert_string_equal(told->detail, "");
		assert_int_equal(told->status, 200);
		tls_stop(&tls);
		client_close(&tls.client);
	}
}

static void files_are_looked_at(void **state)
{
	const struct {
		const char *ca, *certificate, *key, *file, *says;
	} cases[] = {
		{"ca.pem", "leaf.pem", "leaf.key", NULL, NULL},
		{"ca.pem", NULL, NULL, NULL, NULL},
		{"leaf.key", NULL, NULL, "leaf.key", "no certificate in it"},
		{"leaf.der", NULL, NULL, "leaf.der", "no certificate in it"},
		{NULL, "leaf.key", "leaf.key", "leaf.key", "no certificate in it"},
		{NULL, "leaf.pem", NULL, "leaf.pem", "no private key in it"},
		{NULL, "leaf.pem", "other.key", "other.key", "does not fit the certificate"},
		{NULL, "leaf.pem", "weak.key", "weak.key", "does not fit the certificate"},
		{NULL, "leaf.pem", "locked.key", "locked.key", "has a passphrase"},
		{NULL, NULL, "leaf.key", "leaf.key", "a key without a certificate"},
		{"missing.pem", NULL, NULL, "missing.pem", "no certificate in it"},
	};
	(void)state;
	if (!ready)
		skip();
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = {""};
		bool usable = tls_files_usable(cases[i].ca ? file(cases[i].ca) : NULL,
			cases[i].certificate ? file(cases[i].certificate) : NULL,
			cases[i].key ? file(cases[i].key) : NULL, &error);
		if (usable != !cases[i].says)
			fail_msg("case %zu: \"%s\"", i, error.text);
		if (cases[i].says) {
			assert_contains(error.text, cases[i].says);
			assert_contains(error.text, file(cases[i].file));
		}
	}
}

static void a_missing_file_of_ours_is_internal(void **state)
{
	(void)state;
	struct tls tls;
	if (!ready)
		skip();
	tls_open(&tls);
	tls_serve(&tls, "leaf.pem", MORE());
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
	tls.service.tls_ca = NULL;
	const struct wire_act plain[] = {
		{.what = WIRE_SEND, .text = "HTTP/1.1 400 Bad\r\n\r\n"}, {.what = WIRE_END}};
	const struct wire_act other[] = {
		{.what = WIRE_SEND, .text = "SSH-2.0-x\r\n\r\n"}, {.what = WIRE_END}};
	const struct wire_act silent[] = {{.what = WIRE_WAIT, .n = 20}, {.what = WIRE_END}};
	const struct wire_act reset[] = {{.what = WIRE_RESET}, {.what = WIRE_END}};
	const struct wire_act broken[] = {
		{.what = WIRE_SEND, .text = "\x16\x03\x03\x00\x04\x02\x00\x00\x00", .n = 9},
		{.what = WIRE_HOLD}, {.what = WIRE_END}};
	const struct wire_act *const scripts[] = {plain, other, silent, reset, broken, NULL};
	const char *const says[] = {"the server speaks plain HTTP on this port, not TLS",
		"the server speaks no TLS; it begins with \"SSH-2\"",
		"connection closed during the TLS handshake by 127.0.0.1:",
		"connection reset during the TLS handshake by 127.0.0.1:",
		"the TLS handshake failed: length mismatch"};
	struct wire *wire = wire_start(scripts);
	snprintf(tls.url, sizeof(tls.url), "https://127.0.0.1:%u/", wire->port);
	wire->drains = true;
	for (size_t i = 0; i < COUNT(says); i++) {
		const struct told *told = client_run(&tls.client, &tls.request);
		assert_contains(told->detail, says[i]);
		assert_string_equal(reason_name(told->result.reason), "tls");
		assert_true(told->result.timing.connect_us > 0);
		assert_int_equal(told->result.timing.tls_us, -1);
	}
	wire_stop(wire);
	client_close(&tls.client);
}

/* As most servers do; OpenSSL's own closes without a word. */
static void tls_where_plain_http_was_expected(void **state)
{
	(void)state;
	struct tls tls;
	tls_open(&tls);
	const struct wire_act alert[] = {
		{.what = WIRE_SEND, .text = "\x15\x03\x01\x00\x02\x02\x16", .n = 7},
		{.what = WIRE_END}};
	const struct wire_act *const scripts[] = {alert, NULL};
	struct wire *wire = wire_start(scripts);
	snprintf(tls.url, sizeof(tls.url), "http://127.0.0.1:%u/", wire->port);
	const struct told *told = client_run(&tls.client, &tls.request);
	assert_string_equal(
		told->detail, "the server speaks TLS on this port: the URL needs https://");
	assert_string_equal(reason_name(told->result.reason), "tls");
	assert_int_equal(told->heads, 0);
	wire_stop(wire);
	client_close(&tls.client);
}

static void silence_instead_of_a_handshake(void **state)
{
	(void)state;
	struct tls tls;
	tls_open(&tls);
	tls.service.tls_ca = NULL;
	const struct wire_act silent[] = {{.what = WIRE_HOLD}, {.what = WIRE_END}};
	const struct wire_act *const scripts[] = {silent, NULL};
	struct wire *wire = wire_start(scripts);
	snprintf(tls.url, sizeof(tls.url), "https://127.0.0.1:%u/", wire->port);
	client_begin(&tls.client, &tls.request);
	event_base_loopexit(tls.client.base, &(struct timeval){0, 100000});
	event_base_dispatch(tls.client.base);
	assert_int_equal(tls.client.told.dones, 0);
	told_cancel(&tls.client.told);
	char waiting[128];
	snprintf(waiting, sizeof(waiting), "the TLS handshake with 127.0.0.1:%u", wire->port);
	assert_string_equal(tls.client.told.waiting, waiting);
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
		cmocka_unit_test(clients_without_a_certificate),
		cmocka_unit_test(files_are_looked_at),
		cmocka_unit_test(a_missing_file_of_ours_is_internal),
		cmocka_unit_test(no_tls_at_the_other_end),
		cmocka_unit_test(tls_where_plain_http_was_expected),
		cmocka_unit_test(silence_instead_of_a_handshake),
	};
	return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
