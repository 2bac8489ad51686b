#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "serve/auth.h"
#include "serve/credential.h"
#include "serve/guesses.h"
#include "serve/origin.h"

#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PASSWORD "correct horse: battery"
/* Of that password, made cheap so that tests are quick. */
#define HASH "$5$rounds=1000$outriderouts$iPPrzzEA.i7VuQ1dTHxak51MZf7Ytwxz9go/XFS9mD4"
#define HASH_UMLAUT "$5$rounds=1000$outriderauth$GVAk8.c6NzdqMQynzCBNJVBWE/hN7cEfIBgo7I5eCZ3"
#define TOKEN "0123456789abcdef0123456789abcdef"

static const struct visitor_address here = {{[10] = 0xff, [11] = 0xff, 127, 0, 0, 1}};

/* --- what a header says --- */

static void headers(void **state)
{
	(void)state;
	static const struct {
		const char *header;
		enum credential_kind kind;
		const char *name, *secret;
	} cases[] = {
		{NULL, CREDENTIAL_NONE, NULL, NULL},
		{"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", CREDENTIAL_BASIC, "Aladdin", "open sesame"},
		{"  bAsIc   YTpi ", CREDENTIAL_BASIC, "a", "b"},
		{"Basic YTpiOmM=", CREDENTIAL_BASIC, "a", "b:c"},
		{"Basic YTo=", CREDENTIAL_BASIC, "a", ""},
		{"Basic dGVzdDoxMjPCow==", CREDENTIAL_BASIC, "test", "123\xc2\xa3"}, /* RFC 7617 */
		{"Basic dGVzdDoxMjOj", CREDENTIAL_BAD, NULL, NULL}, /* Latin-1 */
		{"Basic OmI=", CREDENTIAL_BAD, NULL, NULL}, /* no name */
		{"Basic YWI=", CREDENTIAL_BAD, NULL, NULL}, /* no colon */
		{"Basic YTpiAA==", CREDENTIAL_BAD, NULL, NULL}, /* NUL */
		{"Basic YTpi YTpi", CREDENTIAL_BAD, NULL, NULL},
		{"Basic", CREDENTIAL_BAD, NULL, NULL},
		{"Basic ", CREDENTIAL_BAD, NULL, NULL},
		{"", CREDENTIAL_BAD, NULL, NULL},
		{"BasicYTpi", CREDENTIAL_BAD, NULL, NULL},
		{"Digest username=\"a\"", CREDENTIAL_BAD, NULL, NULL},
		{"Bearer " TOKEN, CREDENTIAL_BEARER, NULL, TOKEN},
		{"Bearer two words", CREDENTIAL_BAD, NULL, NULL},
		{"Bearer \xc3\xa4", CREDENTIAL_BAD, NULL, NULL},
		{"Bearer", CREDENTIAL_BAD, NULL, NULL},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct credential c = credential_parse(cases[i].header, &arena);
		assert_int_equal(c.kind, cases[i].kind);
		if (cases[i].name)
			assert_string_equal(c.name, cases[i].name);
		if (cases[i].secret)
			assert_string_equal(c.secret, cases[i].secret);
	}
	arena_fini(&arena);
}

/* RFC 4648, 10 and 3.5. */
static void base64_is_strict(void **state)
{
	(void)state;
	static const struct {
		const char *text, *bytes; /* NULL: none */
	} cases[] = {{"", ""}, {"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"},
		{"Zm9vYmFy", "foobar"}, {"+/+/", "\xfb\xff\xbf"}, {"Zg", NULL}, {"Zg=", NULL},
		{"Zh==", NULL}, {"Zm9=", NULL}, {"Z===", NULL}, {"====", NULL}, {"=Zg=", NULL},
		{"Zg==Zg==", NULL}, {"Zm\n9", NULL}, {"-_-_", NULL}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char out[16];
		size_t n = 0;
		bool is = base64_decode(str_of(cases[i].text), out, &n);
		assert_int_equal(is, cases[i].bytes != NULL);
		if (is)
			assert_true(str_eq((struct str){(char *)out, n}, str_of(cases[i].bytes)));
	}
}

/* --- whose page --- */

static void origins(void **state)
{
	(void)state;
	static const struct {
		const char *site, *origin, *host;
		bool own;
	} cases[] = {
		{NULL, NULL, "a", true}, /* curl */
		{"same-origin", "https://a", "a", true},
		{"same-origin", "https://a", "behind-a-proxy:8080", true},
		{"none", NULL, "a", true},
		{"none", "https://a", "a", false},
		{"same-site", "https://b.a", "a", false},
		{"cross-site", "https://a", "a", false},
		{"anything", NULL, "a", false},
		{NULL, "http://a", "a", true},
		{NULL, "https://a", "a", true},
		{NULL, "https://A", "a:443", true},
		{NULL, "http://a:80", "a", true},
		{NULL, "http://a:8080", "a:8080", true},
		{NULL, "http://[::1]:8080", "[::1]:8080", true},
		{NULL, "http://a:8080", "a:8081", false},
		{NULL, "http://a:443", "a", false},
		{NULL, "http://b", "a", false},
		{NULL, "http://a.b", "a", false},
		{NULL, "null", "a", false},
		{NULL, "null", "null", false},
		{NULL, "", "", false},
		{NULL, "http://", "", false},
		{NULL, "http://a", NULL, false},
		{NULL, "ftp://a", "a", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (origin_is_own(cases[i].site, cases[i].origin, cases[i].host) != cases[i].own)
			fail_msg("case %zu", i);
}

/* --- how many guesses --- */

static struct visitor_address address(uint8_t last)
{
	return (struct visitor_address){{[10] = 0xff, [11] = 0xff, 192, 0, 2, last}};
}

static void guesses_of_an_address(void **state)
{
	(void)state;
	static struct guesses guesses;
	int64_t now = 1000 * US_PER_S;
	memset(&guesses, 0, sizeof(guesses));
	for (unsigned i = 0; i < GUESSES_ADDRESS; i++)
		assert_int_equal(guesses_take(&guesses, address(1), now), 0);
	assert_int_equal(guesses_take(&guesses, address(1), now), GUESSES_ADDRESS_EVERY_S);
	assert_int_equal(guesses_take(&guesses, address(2), now), 0);
	now += GUESSES_ADDRESS_EVERY_S * US_PER_S;
	assert_int_equal(guesses_take(&guesses, address(1), now), 0);
	assert_int_equal(guesses_take(&guesses, address(1), now), GUESSES_ADDRESS_EVERY_S);
	guesses_give_back(&guesses, address(1));
	assert_int_equal(guesses_take(&guesses, address(1), now), 0);
}

static void guesses_of_all(void **state)
{
	(void)state;
	static struct guesses guesses;
	int64_t now = 1000 * US_PER_S;
	memset(&guesses, 0, sizeof(guesses));
	for (unsigned i = 0; i < GUESSES_ALL; i++)
		assert_int_equal(guesses_take(&guesses, address((uint8_t)i), now), 0);
	assert_int_equal(guesses_take(&guesses, address(200), now), GUESSES_ALL_EVERY_S);
	/* Being refused counts for nothing. */
	now += GUESSES_ALL_EVERY_S * US_PER_S;
	assert_int_equal(guesses_take(&guesses, address(200), now), 0);
}

static void an_ipv6_network_is_one_address(void **state)
{
	(void)state;
	static struct guesses guesses;
	memset(&guesses, 0, sizeof(guesses));
	struct visitor_address from = {{0x20, 0x01, 0x0d, 0xb8}};
	for (unsigned i = 0; i < GUESSES_ADDRESS; i++) {
		from.bytes[15] = (uint8_t)i;
		assert_int_equal(guesses_take(&guesses, from, 0), 0);
	}
	assert_true(guesses_take(&guesses, from, 0) > 0);
	from.bytes[7] = 1;
	assert_int_equal(guesses_take(&guesses, from, 0), 0);
}

/* --- who somebody is --- */

struct fixture {
	struct auth *auth;
	struct arena arena;
	int fd;
};

static const struct serve_user users[] = {{"operator", HASH}, {"j\xc3\xb6rg", HASH_UMLAUT}};
static const char *const tokens[] = {"another-token-of-somebody", TOKEN};
static const struct serve_auth both = {
	.users = users, .n_users = 2, .tokens = tokens, .n_tokens = 2};

static int setup(void **state)
{
	static struct fixture f;
	f.auth = auth_new();
	f.fd = eventfd(0, EFD_CLOEXEC);
	arena_init(&f.arena);
	auth_wake(f.auth, f.fd);
	auth_configure(f.auth, &both);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	auth_free(f->auth);
	arena_fini(&f->arena);
	close(f->fd);
	return 0;
}

static struct auth_answer ask(struct fixture *f, const char *header, void *asker)
{
	return auth_ask(f->auth, header, here, asker, &f->arena, 1000 * US_PER_S);
}

static void *wait_for_one(struct fixture *f)
{
	void *asker = NULL;
	while (!(asker = auth_next(f->auth))) {
		uint64_t count;
		struct pollfd poll_fd = {.fd = f->fd, .events = POLLIN};
		assert_int_equal(poll(&poll_fd, 1, 30000), 1);
		assert_int_equal(read(f->fd, &count, sizeof(count)), sizeof(count));
	}
	return asker;
}

/* Asks, waits, asks again. */
static struct auth_answer ask_in_the_end(struct fixture *f, const char *header)
{
	struct auth_answer answer = ask(f, header, f);
	if (answer.verdict != AUTH_WAIT)
		return answer;
	assert_ptr_equal(wait_for_one(f), f);
	return ask(f, header, f);
}

#define BASIC_RIGHT "Basic b3BlcmF0b3I6Y29ycmVjdCBob3JzZTogYmF0dGVyeQ=="
#define BASIC_WRONG "Basic b3BlcmF0b3I6d3Jvbmc=" /* operator:wrong */
#define BASIC_NOBODY                                                                               \
	"Basic bm9ib2R5OmNvcnJlY3QgaG9yc2U6IGJhdHRlcnk=" /* nobody, operator's password */
#define BASIC_UMLAUT "Basic asO2cmc6cMOkc3N3b3Jk" /* jörg:pässword */

static void tokens_are_known_at_once(void **state)
{
	struct fixture *f = *state;
	struct auth_answer answer = ask(f, "Bearer " TOKEN, f);
	assert_int_equal(answer.verdict, AUTH_SOMEBODY);
	assert_string_equal(answer.name, "token 2");
	assert_int_equal(ask(f, "Bearer " TOKEN "0", f).verdict, AUTH_REFUSED);
	assert_int_equal(ask(f, "Bearer 0", f).verdict, AUTH_REFUSED);
	assert_int_equal(ask(f, NULL, f).verdict, AUTH_NOBODY);
	assert_int_equal(ask(f, "Negotiate abc", f).verdict, AUTH_REFUSED);
}

static void passwords_are_verified_once(void **state)
{
	struct fixture *f = *state;
	struct auth_answer answer = ask_in_the_end(f, BASIC_RIGHT);
	assert_int_equal(answer.verdict, AUTH_SOMEBODY);
	assert_string_equal(answer.name, "operator");
	assert_int_equal(ask(f, BASIC_RIGHT, f).verdict, AUTH_SOMEBODY);
	answer = ask_in_the_end(f, BASIC_UMLAUT);
	assert_int_equal(answer.verdict, AUTH_SOMEBODY);
	assert_string_equal(answer.name, "j\xc3\xb6rg");
	assert_int_equal(ask_in_the_end(f, BASIC_WRONG).verdict, AUTH_REFUSED);
	assert_int_equal(ask(f, BASIC_WRONG, f).verdict, AUTH_REFUSED);
	assert_int_equal(ask_in_the_end(f, BASIC_NOBODY).verdict, AUTH_REFUSED);
}

/* A browser asks for a page and its parts at once. */
/* They are guesses as passwords are; what was right before, and what was wrong before, is none. */
static void tokens_are_guessed_no_faster(void **state)
{
	struct fixture *f = *state;
	char header[32];
	assert_int_equal(ask(f, "Bearer " TOKEN, f).verdict, AUTH_SOMEBODY);
	for (int i = 0; i < 2 * GUESSES_ADDRESS; i++)
		assert_int_equal(ask(f, "Bearer the-same", f).verdict, AUTH_REFUSED);
	for (int i = 1; i < GUESSES_ADDRESS; i++) {
		snprintf(header, sizeof(header), "Bearer guess-%d", i);
		assert_int_equal(ask(f, header, f).verdict, AUTH_REFUSED);
	}
	struct auth_answer answer = ask(f, "Bearer one-more", f);
	assert_int_equal(answer.verdict, AUTH_TOO_MANY);
	assert_true(answer.retry_after_s > 0);
	assert_int_equal(ask(f, "Bearer " TOKEN, f).verdict, AUTH_SOMEBODY);
}

static void all_who_ask_alike_wait_for_one_verification(void **state)
{
	struct fixture *f = *state;
	int askers[GUESSES_ADDRESS + 2];
	size_t n = sizeof(askers) / sizeof(askers[0]);
	for (size_t i = 0; i < n; i++) {
		enum auth_verdict verdict = ask(f, BASIC_WRONG, &askers[i]).verdict;
		/* more than the guesses of an address, and none is too many */
		assert_true(verdict == AUTH_WAIT || verdict == AUTH_REFUSED);
		if (verdict == AUTH_REFUSED)
			n = i;
	}
	bool came[GUESSES_ADDRESS + 2] = {false};
	for (size_t i = 0; i < n; i++)
		came[(int *)wait_for_one(f) - askers] = true;
	for (size_t i = 0; i < n; i++)
		assert_true(came[i]);
}

static void another_configuration_forgets(void **state)
{
	struct fixture *f = *state;
	const struct serve_user renamed[] = {{"operator", HASH_UMLAUT}};
	const struct serve_auth after = {.users = renamed, .n_users = 1, .is_public = true};
	assert_int_equal(ask_in_the_end(f, BASIC_RIGHT).verdict, AUTH_SOMEBODY);
	auth_configure(f->auth, &after);
	assert_int_equal(ask_in_the_end(f, BASIC_RIGHT).verdict, AUTH_REFUSED);
	assert_int_equal(ask(f, "Bearer " TOKEN, f).verdict, AUTH_REFUSED);
	struct auth_ways ways = auth_ways(f->auth);
	assert_true(ways.users && !ways.tokens && ways.is_public);
	auth_configure(f->auth, &both);
	assert_int_equal(ask_in_the_end(f, BASIC_RIGHT).verdict, AUTH_SOMEBODY);
}

static void the_same_again_forgets_nothing(void **state)
{
	struct fixture *f = *state;
	struct serve_auth shown = both;
	shown.is_public = true;
	assert_int_equal(ask_in_the_end(f, BASIC_RIGHT).verdict, AUTH_SOMEBODY);
	uint64_t generation = auth_generation(f->auth);
	auth_configure(f->auth, &shown);
	assert_int_equal(ask(f, BASIC_RIGHT, f).verdict, AUTH_SOMEBODY); /* needs no wait */
	assert_true(auth_generation(f->auth) == generation);
	assert_true(auth_ways(f->auth).is_public);
	static const char *const others[] = {TOKEN "x"};
	shown.tokens = others;
	shown.n_tokens = 1;
	auth_configure(f->auth, &shown);
	struct auth_answer after = ask(f, "Bearer " TOKEN, f);
	assert_int_equal(after.verdict, AUTH_REFUSED);
	assert_true(after.generation != generation);
	assert_true(after.generation == auth_generation(f->auth));
}

static void wrong_ones_become_too_many(void **state)
{
	struct fixture *f = *state;
	static const char *const wrong[] = {
		"YTow", "YTox", "YToy", "YToz", "YTo0", "YTo1", "YTo2", "YTo3", "YTo4", "YTo5"};
	assert_int_equal(ask_in_the_end(f, BASIC_RIGHT).verdict, AUTH_SOMEBODY);
	for (size_t i = 0; i < GUESSES_ADDRESS; i++) {
		char header[32];
		snprintf(header, sizeof(header), "Basic %s", wrong[i]);
		assert_int_equal(ask_in_the_end(f, header).verdict, AUTH_REFUSED);
	}
	struct auth_answer answer = ask(f, BASIC_UMLAUT, f);
	assert_int_equal(answer.verdict, AUTH_TOO_MANY);
	assert_int_equal(answer.retry_after_s, GUESSES_ADDRESS_EVERY_S);
	/* Who was right before, and what was wrong before, is known. */
	assert_int_equal(ask(f, BASIC_RIGHT, f).verdict, AUTH_SOMEBODY);
	assert_int_equal(ask(f, "Basic YTow", f).verdict, AUTH_REFUSED);
}

static void nobody_waits_when_it_ends(void **state)
{
	struct fixture *f = *state;
	int askers[2];
	bool waits[2] = {ask(f, BASIC_WRONG, &askers[0]).verdict == AUTH_WAIT,
		ask(f, BASIC_NOBODY, &askers[1]).verdict == AUTH_WAIT};
	auth_close(f->auth);
	for (int i = 0; i < waits[0] + waits[1]; i++)
		assert_non_null(auth_next(f->auth));
	assert_null(auth_next(f->auth));
	assert_int_equal(ask(f, BASIC_UMLAUT, f).verdict, AUTH_TOO_MANY);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(base64_is_strict),
		cmocka_unit_test(origins),
		cmocka_unit_test(guesses_of_an_address),
		cmocka_unit_test(guesses_of_all),
		cmocka_unit_test(an_ipv6_network_is_one_address),
		WITH(tokens_are_known_at_once),
		WITH(passwords_are_verified_once),
		WITH(tokens_are_guessed_no_faster),
		WITH(all_who_ask_alike_wait_for_one_verification),
		WITH(another_configuration_forgets),
		WITH(the_same_again_forgets_nothing),
		WITH(wrong_ones_become_too_many),
		WITH(nobody_waits_when_it_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
