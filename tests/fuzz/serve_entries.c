/* What is posted: of whatever bytes, read as both kinds of body, only texts come out that keep what was asked
 * for; and of a form the same entries as a plainer reading finds. */
#include "serve/entries.h"

#include "fuzz.h"

static const struct entry_rule rules[] = {
	{.name = "a", .max = 64},
	{.name = "lines", .max = 64, .lines = true},
	{.name = "n", .max = 16, .number = true},
	{.name = "list", .max = 8, .list = true},
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

static const struct entry_rule *rule_of(struct str name)
{
	for (size_t i = 0; i < RULES; i++)
		if (str_eq(name, str_of(rules[i].name)))
			return &rules[i];
	return NULL;
}

static void hold_entry(const struct entries *entries, size_t at)
{
	const struct entry *entry = &entries->all[at];
	const struct entry_rule *rule = rule_of(entry->name);
	HOLDS(rule);
	HOLDS(entry->text.n && entry->text.n <= rule->max);
	HOLDS(strlen(entry->text.p) == entry->text.n);
	HOLDS(utf8_valid(entry->text));
	HOLDS(rule->lines || !strpbrk(entry->text.p, "\r\n\t\x1b\x7f"));
	HOLDS(!strpbrk(entry->text.p, "\r\x1b\x7f"));
	for (size_t i = 0; i < at && !rule->list; i++)
		HOLDS(!str_eq(entries->all[i].name, entry->name));
}

/* How many fields of a form have a text. */
static size_t count_fields(struct str body)
{
	size_t n = 0;
	while (body.n) {
		const char *end = memchr(body.p, '&', body.n);
		struct str field = input_take(&body, end ? (size_t)(end - body.p) : body.n);
		body = str_from(body, 1);
		const char *is = field.n ? memchr(field.p, '=', field.n) : NULL;
		n += is && is + 1 < field.p + field.n;
	}
	return n;
}

static void read_as(const char *type, struct str body)
{
	struct arena arena;
	struct entries entries;
	struct error error = {0};
	arena_init(&arena);
	char *copy = malloc(body.n ? body.n : 1); /* so that reading past its end is seen */
	HOLDS(copy);
	if (body.n)
		memcpy(copy, body.p, body.n);
	struct http_request request = {
		.content_type = type, .body = {copy, body.n}, .arena = &arena};
	unsigned status = entries_read(&request, rules, RULES, &entries, &error);
	free(copy);
	HOLDS(!status == !error.text[0]);
	HOLDS(status == 0 || status == 400 || status == 422);
	HOLDS(utf8_valid(str_of(error.text)));
	for (size_t i = 0; i < entries.n; i++)
		hold_entry(&entries, i);
	if (!status && strstr(type, "form"))
		HOLDS(entries.n == count_fields(body));
	arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = input_of(data, size);
	read_as("application/x-www-form-urlencoded", body);
	read_as("application/json", body);
	return 0;
}
