/* The `expect` lines of a script. */
#include "facts.h"
#include "play.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const kinds[] = {
	[CMD_WAIT] = "wait",
	[CMD_SEND] = "send",
	[CMD_ABORT] = "abort",
	[CMD_PAUSE] = "pause",
	[CMD_FINISH] = "finish",
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static void put_ms(struct buf *out, int64_t us)
{
	if (us == INT64_MAX)
		buf_puts(out, "never");
	else
		buf_printf(out, "%.10g", (double)us / 1000);
}

static bool fact(const struct player *p, const struct asked *asked, struct str name, size_t index,
	struct buf *out)
{
	if (str_eq(name, STR("at")) && index == 0)
		put_ms(out, asked->at_us);
	else if (str_eq(name, STR("until")) && index == 0)
		put_ms(out, asked->command.wake_us);
	else if (str_eq(name, STR("sends")) && index == 0)
		buf_printf(out, "%u", p->sends);
	else if (asked->command.kind == CMD_FINISH)
		return record_fact(p->record, name, index, out);
	else if (asked->command.kind != CMD_SEND || index > 0)
		return false;
	else if (str_eq(name, STR("step")))
		buf_printf(out, "%u", asked->step);
	else if (str_eq(name, STR("attempt")))
		buf_printf(out, "%u", asked->attempt);
	else
		return request_fact(asked->command.request, name, out);
	return true;
}

static bool holds(struct str value, struct str how, struct str wanted)
{
	if (str_eq(how, STR("contains")))
		return str_find(value, wanted, false) >= 0;
	if (str_eq(how, STR("ends")))
		return str_ends(value, wanted, false);
	return str_eq(value, wanted);
}

/* Any of the fact's values will do; with `lacks` none may. */
static void demand_fact(const struct player *p, const struct asked *asked, struct str name,
	struct str how, struct str wanted)
{
	struct buf all = BUF_INIT(1 << 20);
	bool lacks = str_eq(how, STR("lacks")), found = false;
	size_t i;

	for (i = 0;; i++) {
		struct buf value = BUF_INIT(1 << 20);
		bool more = fact(p, asked, name, i, &value);
		if (more) {
			found |= holds(buf_str(&value), lacks ? STR("contains") : how, wanted);
			buf_printf(&all, "%s  %s", i ? "\n" : "", buf_text(&value));
		}
		buf_fini(&value);
		if (!more)
			break;
	}
	if (i == 0 && !lacks && !str_eq(name, STR("note")) && !str_eq(name, STR("finding")))
		play_die(p, "a %s has no %.*s", kinds[asked->command.kind], STR_ARG(name));
	if (found == lacks)
		play_die(p, "%.*s %.*s \"%.*s\", but it is\n%s%s%s", STR_ARG(name), STR_ARG(how),
			STR_ARG(wanted), buf_text(&all), p->record ? "\n  " : "",
			p->record ? p->record->message : "");
	buf_fini(&all);
}

static void demand_facts(const struct player *p, const struct asked *asked, const struct line *line)
{
	for (size_t i = 2; i < line->n; i++) {
		struct str word = line->words[i].text;
		const char *equals = memchr(word.p, '=', word.n);
		if (equals) {
			size_t n = (size_t)(equals - word.p);
			demand_fact(p, asked, (struct str){word.p, n}, STR("is"),
				str_from(word, n + 1));
		} else if (i + 2 < line->n && line->words[i + 2].quoted) {
			demand_fact(
				p, asked, word, line->words[i + 1].text, line->words[i + 2].text);
			i += 2;
		} else if (asked->command.kind == CMD_FINISH) {
			demand_fact(p, asked, STR("outcome"), STR("is"), word);
		} else {
			play_die(p, "what is \"%.*s\"?", STR_ARG(word));
		}
	}
}

static enum command_kind kind_of(const struct player *p, const struct line *line)
{
	for (size_t i = 0; i < KINDS; i++)
		if (word_is(line, 1, kinds[i]))
			return (enum command_kind)i;
	play_die(p, "expect what?");
}

/* The latest command of that kind that was not asked for yet; time passes until it comes. */
static const struct asked *next_asked(struct player *p, enum command_kind kind)
{
	for (int timers = 0; timers < COMMANDS_MAX; timers++) {
		for (size_t i = p->n_asked; i > p->n_read; i--)
			if (p->asked[i - 1].command.kind == kind) {
				p->n_read = i;
				return &p->asked[i - 1];
			}
		if (!play_timer(p))
			break;
	}
	if (kind == CMD_FINISH && p->record)
		return &p->asked[p->n_asked - 1]; /* more lines about the same end */
	play_die(p, "no %s came; the last was %s%s%s", kinds[kind],
		kinds[p->asked[p->n_asked - 1].command.kind], p->record ? ": " : "",
		p->record ? p->record->message : "");
}

void demand(struct player *p, const struct line *line)
{
	enum command_kind kind = kind_of(p, line);
	const struct asked *asked = &p->asked[p->n_asked - 1];

	if (kind != CMD_WAIT)
		asked = next_asked(p, kind);
	else if (asked->command.kind != CMD_WAIT)
		play_die(p, "not waiting: %s", kinds[asked->command.kind]);
	demand_facts(p, asked, line);
}
