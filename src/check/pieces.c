#include "check/pieces.h"

#include <stdint.h>

enum { PIECES_PARTS_MAX = 32 }; /* members that are put together; those beyond are one */

/* What one member says in all events, without the secrets that are whole in one of them. */
struct part {
	uint64_t place;
	struct buf text;
};

struct gathering {
	const struct secrets *secrets;
	struct part parts[PIECES_PARTS_MAX];
	size_t n;
};

/* FNV-1a: the names on the way to a member, and the index that an object says it has. */
static uint64_t further(uint64_t place, struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		place = (place ^ (unsigned char)name.p[i]) * UINT64_C(0x100000001b3);
	return (place ^ '/') * UINT64_C(0x100000001b3);
}

/* What the end of this event cuts off goes on in the next one: with a byte behind it, it is none. */
static void add_without_whole(const struct secrets *secrets, struct str text, struct buf *out)
{
	struct buf ended = BUF_INIT(SIZE_MAX);

	buf_putstr(&ended, text);
	buf_putc(&ended, '\0');
	secrets_redact(secrets, buf_str(&ended), out);
	if (out->n && out->p[out->n - 1] == '\0')
		out->n--;
	buf_fini(&ended);
}

static void gather(struct gathering *g, uint64_t place, struct str text)
{
	size_t i = 0;

	while (i < g->n && g->parts[i].place != place)
		i++;
	if (i == PIECES_PARTS_MAX)
		i--;
	if (i == g->n)
		g->parts[g->n++] = (struct part){place, BUF_INIT(SIZE_MAX)};
	add_without_whole(g->secrets, text, &g->parts[i].text);
}

static void gather_value(struct gathering *g, uint64_t place, const struct json *value)
{
	const struct json *index = json_member(value, "index");

	if (json_type(value) == JSON_STRING)
		gather(g, place, json_string(value));
	if (index && json_type(index) == JSON_NUMBER && json_number(index) >= 0 &&
		json_number(index) < UINT32_MAX)
		place += (uint64_t)json_number(index);
	for (const struct json *child = json_first(value); child; child = json_next(child))
		gather_value(g, further(place, json_name(child)), child);
}

static void gather_line(struct gathering *g, struct str line)
{
	struct error unused = {""};

	if (!str_starts(line, STR("data:"), false))
		return;
	line = str_from(line, strlen("data:"));
	if (str_starts(line, STR(" "), false))
		line = str_from(line, 1);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	struct json *root = json_parse(line, &unused);
	if (root)
		gather_value(g, 1, root);
	else
		gather(g, 0, line);
	json_free(root);
}

bool pieces_make_secret(const struct observation *seen, const struct secrets *secrets)
{
	struct gathering g = {.secrets = secrets};
	struct secret_place place;
	bool found = false;
	struct str rest = buf_str(&seen->body);

	if (!seen->is_stream || secrets_count(secrets) == 0)
		return false;
	while (rest.n) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;
		gather_line(&g, (struct str){rest.p, n});
		rest = str_from(rest, n + 1);
	}
	for (size_t i = 0; i < g.n; i++) {
		found = found || secrets_find(secrets, buf_str(&g.parts[i].text), 0, &place);
		buf_fini(&g.parts[i].text);
	}
	return found;
}
