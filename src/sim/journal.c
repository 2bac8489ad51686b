#include "sim/journal.h"

#include "base/json_writer.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>

enum { SENDS_FIRST = 16 };

struct send {
	int64_t us; /* since the line's mono_us */
	enum script_mark mark;
};

struct line {
	uint64_t tag;
	enum service_id service;
	char *method, *path, *request_id, *faults;
	int status;
	int64_t mono_us, wall_us, head_us, first_token_us, over_us;
	bool over;
	enum wire_end end;
	struct send *sends;
	size_t kept, cap, n_events;
};

struct journal {
	struct line *ring[JOURNAL_ENTRIES_MAX]; /* the entry of a tag: at tag modulo its length */
	uint64_t first, next;
	uint64_t dropped;
};

struct journal *journal_new(void)
{
	struct journal *journal = MEM_NEW(struct journal);
	journal->first = journal->next = 1;
	return journal;
}

static void line_free(struct line *line)
{
	if (!line)
		return;
	free(line->method);
	free(line->path);
	free(line->request_id);
	free(line->faults);
	free(line->sends);
	free(line);
}

void journal_reset(struct journal *journal)
{
	for (size_t i = 0; i < JOURNAL_ENTRIES_MAX; i++) {
		line_free(journal->ring[i]);
		journal->ring[i] = NULL;
	}
	journal->first = journal->next;
	journal->dropped = 0;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	journal_reset(journal);
	free(journal);
}

static char *keep(struct str text)
{
	if (text.n > JOURNAL_TEXT_MAX)
		text.n = JOURNAL_TEXT_MAX;
	return mem_strndup(text);
}

static char *names(const struct fault_hits *hits)
{
	struct buf text = BUF_INIT(16 << 10);
	struct json_writer w = json_writer_to(&text);
	jw_array(&w, NULL);
	for (size_t i = 0; i < hits->n; i++)
		jw_text(&w, NULL, hits->rows[i].fault->name);
	jw_array_end(&w);
	return buf_take(&text);
}

uint64_t journal_add(struct journal *journal, const struct journal_entry *entry)
{
	struct line *line = MEM_NEW(struct line);
	struct line **place = &journal->ring[journal->next % JOURNAL_ENTRIES_MAX];
	if (*place) {
		journal->dropped++;
		journal->first++;
	}
	line_free(*place);
	*place = line;
	line->tag = journal->next++;
	line->service = entry->service;
	line->method = keep(entry->method);
	line->path = keep(entry->path);
	line->request_id = keep(entry->request_id);
	line->faults = names(&entry->hits);
	line->status = entry->status;
	line->mono_us = entry->mono_us;
	line->wall_us = entry->wall_us;
	line->head_us = line->first_token_us = -1;
	return line->tag;
}

static struct line *find(struct journal *journal, uint64_t tag)
{
	struct line *line = journal->ring[tag % JOURNAL_ENTRIES_MAX];
	return line && line->tag == tag ? line : NULL;
}

static void add_send(struct line *line, enum script_mark mark, int64_t us)
{
	if (line->kept == JOURNAL_SENDS_MAX)
		return;
	if (line->kept == line->cap) {
		line->cap = line->cap ? 2 * line->cap : SENDS_FIRST;
		line->sends = mem_grow(line->sends, line->cap * sizeof(*line->sends));
	}
	line->sends[line->kept++] = (struct send){us, mark};
}

void journal_sent(struct journal *journal, uint64_t tag, struct marks marks, int64_t when_us)
{
	struct line *line = find(journal, tag);
	if (!line)
		return;
	int64_t us = when_us - line->mono_us;
	for (size_t i = 0; i < marks.n; i++) {
		enum script_mark mark = (enum script_mark)marks.p[i];
		if (mark == MARK_HEAD)
			line->head_us = us;
		if ((mark == MARK_TOKEN || mark == MARK_NOTE) && line->first_token_us < 0)
			line->first_token_us = us;
		line->n_events += mark >= MARK_ROLE;
		add_send(line, mark, us);
	}
}

void journal_over(struct journal *journal, uint64_t tag, enum wire_end end, int64_t now_us)
{
	struct line *line = find(journal, tag);
	if (!line)
		return;
	line->over = true;
	line->end = end;
	line->over_us = now_us - line->mono_us;
}

uint64_t journal_dropped(const struct journal *journal)
{
	return journal->dropped;
}

static const char *end_name(const struct line *line)
{
	static const char *const end_names[] = {
#define X(id, name) [WIRE_END_##id] = (name),
		WIRE_ENDS(X)
#undef X
	};
	return line->over ? end_names[line->end] : NULL;
}

/* ["token", CLOCK_MONOTONIC in microseconds] */
static void write_send(const struct line *line, const struct send *send, struct json_writer *w)
{
	jw_array(w, NULL);
	jw_text(w, NULL, script_mark_name(send->mark));
	jw_int(w, NULL, line->mono_us + send->us);
	jw_array_end(w);
}

static void write_line(const struct line *line, struct buf *out)
{
	char time[TEXT_TIME_MAX];
	struct json_writer w = json_writer_to(out);
	struct str request_id = str_of(line->request_id);
	jw_object(&w, NULL);
	jw_int(&w, "seq", (int64_t)line->tag);
	jw_int(&w, "mono_us", line->mono_us);
	jw_text(&w, "time", text_time(line->wall_us, time));
	jw_text(&w, "service", service_name(line->service));
	jw_text(&w, "method", line->method);
	jw_text(&w, "path", line->path);
	jw_str(&w, "request_id", request_id);
	jw_str(&w, "check", fault_check_of(request_id));
	jw_raw(&w, "faults", str_of(line->faults));
	jw_int(&w, "status", line->status);
	jw_text(&w, "end", end_name(line));
	jw_seconds(&w, "head_s", line->head_us);
	jw_seconds(&w, "first_token_s", line->first_token_us);
	jw_seconds(&w, "over_s", line->over ? line->over_us : -1);
	jw_int(&w, "n_events", (int64_t)line->n_events);
	jw_array(&w, "sent");
	for (size_t i = 0; i < line->kept; i++)
		write_send(line, &line->sends[i], &w);
	jw_array_end(&w);
	jw_object_end(&w);
	buf_putc(out, '\n');
}

void journal_write(const struct journal *journal, uint64_t since, struct buf *out)
{
	uint64_t tag = since >= journal->first ? since + 1 : journal->first;
	for (; tag < journal->next; tag++)
		write_line(journal->ring[tag % JOURNAL_ENTRIES_MAX], out);
}
