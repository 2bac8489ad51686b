#include "unit.h"

#include "base/json.h"
#include "sim/journal.h"

static uint64_t add(struct journal *journal, const char *id)
{
	struct journal_entry entry = {
		.service = SERVICE_GATEWAY,
		.method = STR("GET"),
		.path = STR("/health"),
		.request_id = str_of(id),
		.status = 200,
		.mono_us = 1000,
	};
	return journal_add(journal, &entry);
}

static struct json *first_line(struct journal *journal, uint64_t since)
{
	struct buf text = BUF_INIT(64 << 20);
	struct error error;
	journal_write(journal, since, &text);
	struct str line = buf_str(&text);
	ptrdiff_t end = str_find(line, STR("\n"), false);
	line.n = end < 0 ? 0 : (size_t)end;
	struct json *root = json_parse(line, &error);
	buf_fini(&text);
	return root;
}

static void keeps_what_happened(void **state)
{
	(void)state;
	struct journal *journal = journal_new();
	uint64_t tag = add(journal, "a-b-\x01\xff");
	static const uint8_t two[] = {MARK_TOKEN, MARK_DONE};
	journal_sent(journal, tag, mark_of(MARK_HEAD), 3000);
	journal_sent(journal, tag, mark_of(MARK_ROLE), 4000);
	journal_sent(journal, tag, mark_of(MARK_TOKEN), 5000);
	journal_sent(journal, tag, (struct marks){two, 2}, 6000);
	journal_over(journal, tag, WIRE_END_FIN, 7000);
	journal_sent(journal, tag + 1, mark_of(MARK_TOKEN), 6000); /* nobody's */
	struct json *line = first_line(journal, 0);
	assert_str(json_string(json_member(line, "check")), "a-b");
	assert_str(json_string(json_member(line, "end")), "fin");
	assert_true(json_number(json_member(line, "head_s")) == 0.002);
	assert_true(json_number(json_member(line, "first_token_s")) == 0.004);
	assert_true(json_number(json_member(line, "n_events")) == 4);
	const struct json *sent = json_member(line, "sent");
	assert_int_equal(json_count(sent), 5);
	assert_str(json_string(json_item(json_item(sent, 4), 0)), "done");
	assert_true(json_number(json_item(json_item(sent, 4), 1)) == 6000);
	json_free(line);
	assert_null(first_line(journal, tag));
	journal_free(journal);
}

static void is_bounded(void **state)
{
	(void)state;
	struct journal *journal = journal_new();
	uint64_t first = add(journal, "first");
	for (int i = 0; i < JOURNAL_SENDS_MAX + 5; i++)
		journal_sent(journal, first, mark_of(MARK_ROLE), 2000);
	struct json *line = first_line(journal, 0);
	assert_int_equal(json_count(json_member(line, "sent")), JOURNAL_SENDS_MAX);
	assert_true(json_number(json_member(line, "n_events")) == JOURNAL_SENDS_MAX + 5);
	json_free(line);
	for (int i = 0; i < JOURNAL_ENTRIES_MAX; i++)
		add(journal, "more");
	assert_int_equal(journal_dropped(journal), 1);
	line = first_line(journal, 0);
	assert_str(json_string(json_member(line, "request_id")), "more");
	json_free(line);
	journal_over(journal, first, WIRE_END_DONE, 1); /* gone: no matter */
	journal_reset(journal);
	assert_int_equal(journal_dropped(journal), 0);
	assert_null(first_line(journal, 0));
	assert_true(add(journal, "x") > first);
	journal_free(journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_happened),
		cmocka_unit_test(is_bounded),
	};
	return RUN(tests);
}
