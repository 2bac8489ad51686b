#include "proof/fingerprint.h"

#include "unit/check/unit.h"

struct answer {
	const char *request_id;
	int status;
	const char *type, *date, *body;
	enum reason reason;
	bool broken_off;
};

/* piece: so many bytes at a time. */
static uint64_t print_of(const struct answer *answer, size_t piece)
{
	struct fingerprint print = {0};
	struct header items[] = {{"content-type", answer->type}, {"date", answer->date},
		{"x-request-id", answer->request_id}};
	struct headers headers = {items, 3};
	struct str rest = str_of(answer->body);
	fingerprint_begin(&print, answer->request_id);
	fingerprint_head(&print, answer->status, &headers);
	for (; rest.n; rest = str_from(rest, piece))
		fingerprint_body(&print, (struct str){rest.p, rest.n < piece ? rest.n : piece});
	fingerprint_end(&print, answer->reason, answer->broken_off);
	return print.hash;
}

static const struct answer usual = {"check-aaaabbbbccccd", 200, "application/json", "Mon",
	"{\"id\":\"check-aaaabbbbccccd\",\"at\":\"2026-11-26T19:00:00Z\",\"x\":\"ab12-cd\",\"n\":7,"
	"\"text\":\"Paris\"}",
	REASON_NONE, false};

static void test_what_differs_each_time_is_the_same(void **state)
{
	(void)state;
	struct answer other = usual;
	other.request_id = "check-zzzzyyyyxxxxw";
	other.date = "Tue";
	other.body =
		"{\"id\":\"check-zzzzyyyyxxxxw\",\"at\":\"2027-01-01T00:00:00Z\",\"x\":\"99-ef\","
		"\"n\":123456,\"text\":\"Paris\"}";
	assert_true(print_of(&usual, 1000) == print_of(&other, 1000));
}

static void test_pieces_do_not_matter(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 40; piece++)
		assert_true(print_of(&usual, piece) == print_of(&usual, 1000));
}

static void test_the_rest_does(void **state)
{
	(void)state;
	uint64_t hash = print_of(&usual, 1000);
	struct answer other = usual;
	other.status = 201;
	assert_true(print_of(&other, 1000) != hash);
	other = usual;
	other.type = "text/plain";
	assert_true(print_of(&other, 1000) != hash);
	other = usual;
	other.body = "{\"id\":\"check-aaaabbbbccccd\"}";
	assert_true(print_of(&other, 1000) != hash);
	other = usual;
	other.reason = REASON_TRUNCATED;
	assert_true(print_of(&other, 1000) != hash);
	other = usual;
	other.broken_off = true;
	assert_true(print_of(&other, 1000) != hash);
	struct fingerprint none = {0};
	fingerprint_begin(&none, "check-aaaabbbbccccd");
	fingerprint_end(&none, REASON_CONNECT, false);
	assert_true(none.hash != hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_differs_each_time_is_the_same),
		cmocka_unit_test(test_pieces_do_not_matter),
		cmocka_unit_test(test_the_rest_does),
	};
	return RUN(tests);
}
