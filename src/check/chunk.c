#include "check/chunk.h"

#include "base/json.h"
#include "base/json_cursor.h"
#include "base/utf8.h"

static bool has_escape(struct str text)
{
	return text.n && memchr(text.p, '\\', text.n);
}

static bool begins(struct str value, char c)
{
	return value.n && value.p[0] == c;
}

/* Takes a member when it has that name; of equal names the last counts. */
static void take(struct str name, struct str value, struct str wanted, struct str *into)
{
	if (str_eq(name, wanted))
		*into = value;
}

static bool has_items(struct str value)
{
	struct json_cursor items = json_inside(value);
	struct str item;
	return begins(value, '[') && json_next_item(&items, &item);
}

static bool read_delta(struct str delta, struct chunk *chunk)
{
	struct json_cursor members = json_inside(delta);
	struct str name, value, content = {"", 0}, first = {"", 0}, second = {"", 0},
				calls = {"", 0};
	if (!begins(delta, '{'))
		return true;
	while (json_next_member(&members, &name, &value)) {
		if (has_escape(name))
			return false;
		take(name, value, STR("content"), &content);
		take(name, value, STR("reasoning_content"), &first);
		take(name, value, STR("reasoning"), &second);
		take(name, value, STR("tool_calls"), &calls);
	}
	chunk->content = json_string_inside(content);
	chunk->reasoning =
		json_string_inside(first).n || json_string_inside(second).n || has_items(calls);
	return !has_escape(chunk->content);
}

static bool read_choice(struct str choice, struct chunk *chunk)
{
	struct json_cursor members = json_inside(choice);
	struct str name, value, delta = {"", 0}, finish = {"", 0};
	if (!begins(choice, '{'))
		return true;
	while (json_next_member(&members, &name, &value)) {
		if (has_escape(name))
			return false;
		take(name, value, STR("delta"), &delta);
		take(name, value, STR("finish_reason"), &finish);
	}
	chunk->finish = json_string_inside(finish).n > 0;
	return read_delta(delta, chunk);
}

/* As long as it is written without a blank. */
static bool is_nothing(struct str value)
{
	return value.n == 0 || begins(value, 'n') || begins(value, 'f') ||
	       str_eq(value, STR("0")) || str_eq(value, STR("\"\"")) || str_eq(value, STR("{}")) ||
	       str_eq(value, STR("[]"));
}

bool chunk_glance(struct str text, struct chunk *chunk)
{
	struct str name, value, choices = {"", 0}, error = {"", 0}, usage = {"", 0}, first;
	*chunk = (struct chunk){.content = {"", 0}};
	if (!json_plain(text))
		return false;
	text = str_trim(text);
	if (!begins(text, '{'))
		return false;
	struct json_cursor members = json_inside(text);
	while (json_next_member(&members, &name, &value)) {
		if (has_escape(name))
			return false;
		take(name, value, STR("choices"), &choices);
		take(name, value, STR("error"), &error);
		take(name, value, STR("usage"), &usage);
	}
	if (!is_nothing(error) || begins(usage, '{'))
		return false;
	if (!begins(choices, '['))
		return choices.n == 0 || begins(choices, 'n');
	struct json_cursor items = json_inside(choices);
	return !json_next_item(&items, &first) || read_choice(first, chunk);
}

void chunk_model_init(struct chunk_model *model)
{
	*model = (struct chunk_model){.text = BUF_INIT(CHUNK_KEPT_MAX)};
}

void chunk_model_fini(struct chunk_model *model)
{
	buf_fini(&model->text);
}

/* The inside of a JSON string that stands for itself. */
static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == '"' || text.p[i] == '\\')
			return false;
	return utf8_valid(text);
}

static bool alike(const struct chunk_model *model, struct str text, struct chunk *chunk)
{
	size_t around = model->before + model->after;
	if (!model->text.n || text.n <= around ||
		memcmp(text.p, model->text.p, model->before) != 0 ||
		memcmp(text.p + text.n - model->after, model->text.p + model->text.n - model->after,
			model->after) != 0)
		return false;
	*chunk = model->chunk;
	chunk->content = (struct str){text.p + model->before, text.n - around};
	return is_plain(chunk->content);
}

static void remember(struct chunk_model *model, struct str text, const struct chunk *chunk)
{
	buf_reset(&model->text);
	if (text.n > CHUNK_KEPT_MAX || !buf_putstr(&model->text, text))
		return;
	model->before = (size_t)(chunk->content.p - text.p);
	model->after = text.n - model->before - chunk->content.n;
	model->chunk = *chunk;
}

bool chunk_read(struct chunk_model *model, struct str text, struct chunk *chunk)
{
	if (alike(model, text, chunk))
		return true;
	if (!chunk_glance(text, chunk))
		return false;
	if (chunk->content.n)
		remember(model, text, chunk);
	return true;
}
