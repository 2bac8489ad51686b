#include "sim/chat.h"

#include "base/buf.h"
#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

enum { CHAT_TEXT_MAX = 1 << 20, CHAT_NAME_MAX = 40 };

static bool has(struct str text, const char *needle)
{
	return str_find(text, str_of(needle), true) >= 0;
}

/* Text of a message: a string, or the text parts of a list. */
static struct str message_text(const struct json *message, struct arena *arena, bool *image)
{
	const struct json *content = json_member(message, "content");
	if (!content || json_type(content) == JSON_STRING)
		return json_string(content);
	struct buf text = BUF_INIT(CHAT_TEXT_MAX);
	for (const struct json *part = json_first(content); part; part = json_next(part)) {
		if (str_eq(json_string(json_member(part, "type")), STR("image_url")))
			*image = true;
		buf_putstr(&text, json_string(json_member(part, "text")));
		buf_putc(&text, ' ');
	}
	struct str kept = arena_str(arena, str_trim(buf_str(&text)));
	buf_fini(&text);
	return kept;
}

static struct str read_name(struct str text, struct str before)
{
	static const char asks[] = "my name is ";
	ptrdiff_t at = str_find(text, str_of(asks), true);
	if (at < 0)
		return before;
	struct str name = str_from(text, (size_t)at + sizeof(asks) - 1);
	size_t n = 0;
	while (n < name.n && n < CHAT_NAME_MAX &&
		(isalpha((unsigned char)name.p[n]) || (unsigned char)name.p[n] >= 0x80))
		n++;
	return n ? (struct str){name.p, n} : before;
}

struct chat chat_read(const struct json *root, struct arena *arena, bool last_message_only)
{
	struct chat chat = {
		.model = json_string(json_member(root, "model")),
		.stream = json_bool(json_member(root, "stream")),
		.wants_usage = json_bool(
			json_member(json_member(root, "stream_options"), "include_usage")),
	};
	const struct json *messages = json_member(root, "messages");
	size_t n = json_count(messages);
	for (size_t i = last_message_only ? n - 1 : 0; i < n; i++) {
		const struct json *message = json_item(messages, i);
		struct str role = json_string(json_member(message, "role"));
		struct str text = message_text(message, arena, &chat.has_image);
		chat.prompt_tokens += chat_words(text);
		if (str_eq(role, STR("system")))
			chat.system = text;
		if (!str_eq(role, STR("user")))
			continue;
		chat.asked = text;
		chat.name = read_name(text, chat.name);
	}
	return chat;
}

/* "2+2", "2 + 2" anywhere in the text. */
static bool find_sum(struct str text, int64_t *a, int64_t *b)
{
	for (size_t i = 1; i < text.n; i++) {
		if (text.p[i] != '+')
			continue;
		size_t left = i, right = i + 1;
		while (left > 0 && text.p[left - 1] == ' ')
			left--;
		while (left > 0 && isdigit((unsigned char)text.p[left - 1]) && i - left < 9)
			left--;
		while (right < text.n && text.p[right] == ' ')
			right++;
		if (!isdigit((unsigned char)text.p[left]) || right == text.n ||
			!isdigit((unsigned char)text.p[right]))
			continue;
		*a = *b = 0;
		for (; isdigit((unsigned char)text.p[left]); left++)
			*a = *a * 10 + (text.p[left] - '0');
		for (size_t n = 0; right < text.n && isdigit((unsigned char)text.p[right]) && n < 9;
			n++, right++)
			*b = *b * 10 + (text.p[right] - '0');
		return true;
	}
	return false;
}

static int64_t read_number(struct str text, const char *after)
{
	ptrdiff_t at = str_find(text, str_of(after), true);
	int64_t n = 0;
	if (at < 0)
		return -1;
	struct str digits = str_trim(str_from(text, (size_t)at + strlen(after)));
	for (size_t i = 0; i < digits.n && isdigit((unsigned char)digits.p[i]) && i < 9; i++)
		n = n * 10 + (digits.p[i] - '0');
	return n;
}

static struct str answer_count(const struct chat *chat, struct arena *arena)
{
	int64_t from = read_number(chat->asked, "from ");
	int64_t to = read_number(chat->asked, "to ");
	if (from < 0)
		from = 1;
	if (to > from + CHAT_COUNT_MAX)
		to = from + CHAT_COUNT_MAX;
	struct buf text = BUF_INIT(CHAT_TEXT_MAX);
	for (int64_t i = from; i <= to; i++)
		buf_printf(&text, "%s%" PRId64, i > from ? ", " : "", i);
	struct str kept = arena_str(arena, buf_str(&text));
	buf_fini(&text);
	return kept;
}

/* Say 'X' and nothing else. */
static struct str quoted(struct str text)
{
	ptrdiff_t open = str_find(text, STR("'"), false);
	struct str rest = str_from(text, (size_t)(open + 1));
	ptrdiff_t close = open < 0 ? -1 : str_find(rest, STR("'"), false);
	return close < 1 ? (struct str){NULL, 0} : (struct str){rest.p, (size_t)close};
}

static bool wants_code(struct str asked)
{
	bool makes = has(asked, "write") || has(asked, "generate") || has(asked, "implement");
	return makes && (has(asked, "function") || has(asked, "script") || has(asked, "code") ||
				has(asked, "program"));
}

static struct str answer_code(struct str asked)
{
	if (has(asked, "hello world"))
		return STR("```python\nprint(\"Hello World\")\n```");
	return STR("```python\ndef add(a, b):\n    return a + b\n```");
}

static struct str print(struct arena *arena, const char *before, struct str text, const char *after)
{
	return str_of(arena_printf(arena, "%s%.*s%s", before, STR_ARG(text), after));
}

struct fixed {
	const char *asked;
	const char *answer;
};

static const struct fixed fixed_answers[] = {
	{"capital of france", "The capital of France is Paris."},
	{"capital of germany", "The capital of Germany is Berlin."},
	{"exactly one word", "Hello"},
	{"short story",
		"Once upon a time a small boat left the harbor before dawn. It met the wind, "
		"learned its name, and came home by evening."},
	{"poem", "Morning light on quiet water,\na heron stands and waits;\nthe day arrives on "
		 "silver feet\nand opens all its gates."},
	{"favorite color", "I would pick blue, the color of a clear morning."},
};

static struct str small_talk(const struct chat *chat)
{
	for (size_t i = 0; i < sizeof(fixed_answers) / sizeof(fixed_answers[0]); i++)
		if (has(chat->asked, fixed_answers[i].asked))
			return str_of(fixed_answers[i].answer);
	if (has(chat->system, "pirate"))
		return STR("Ahoy there, matey! How can I help ye today?");
	return STR("Hello! How can I help you today?");
}

static struct str today(struct arena *arena, int64_t wall_us)
{
	char time[TEXT_TIME_MAX];
	text_time(wall_us, time);
	return str_of(arena_printf(arena, "Today is %.10s (UTC).", time));
}

static struct str words(const struct chat *chat, struct arena *arena, int64_t wall_us)
{
	struct str asked = chat->asked;
	int64_t a, b;
	if (has(asked, "what is my name") || has(asked, "what's my name"))
		return chat->name.n ? print(arena, "Your name is ", chat->name, ".")
				    : STR("You haven't told me your name yet.");
	if (chat->name.n && has(asked, "my name is"))
		return print(arena, "Nice to meet you, ", chat->name, "!");
	if (find_sum(asked, &a, &b))
		return str_of(
			arena_printf(arena, "%" PRId64 " + %" PRId64 " = %" PRId64, a, b, a + b));
	if (has(asked, "count") && read_number(asked, "to ") > 0)
		return answer_count(chat, arena);
	if (str_starts(str_trim(asked), STR("say"), true) && quoted(asked).n)
		return quoted(asked);
	if (has(asked, "date"))
		return today(arena, wall_us);
	if (chat->has_image)
		return STR("I see a very small image, a single transparent pixel.");
	return small_talk(chat);
}

static bool is_greeting(struct str asked)
{
	static const char *const greetings[] = {"hi", "hello", "hey"};
	size_t n = 0;
	asked = str_trim(asked);
	while (n < asked.n && isalpha((unsigned char)asked.p[n]))
		n++;
	for (size_t i = 0; i < sizeof(greetings) / sizeof(greetings[0]); i++)
		if (str_ieq((struct str){asked.p, n}, str_of(greetings[i])))
			return true;
	return false;
}

struct chat_answer chat_answer(const struct chat *chat, struct arena *arena, int64_t wall_us)
{
	if (wants_code(chat->asked))
		return (struct chat_answer){.text = answer_code(chat->asked), .agent = true};
	return (struct chat_answer){
		.text = words(chat, arena, wall_us),
		.simple = is_greeting(chat->asked),
	};
}

static bool blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

struct str chat_token(struct str *rest)
{
	size_t n = 0;
	while (n < rest->n && blank(rest->p[n]))
		n++;
	while (n < rest->n && !blank(rest->p[n]))
		n++;
	while (n < rest->n && blank(rest->p[n]))
		n++;
	struct str token = {rest->p, n};
	*rest = str_from(*rest, n);
	return token;
}

int64_t chat_words(struct str text)
{
	int64_t n = 0;
	text = str_trim(text);
	while (text.n > 0) {
		chat_token(&text);
		n++;
	}
	return n;
}
