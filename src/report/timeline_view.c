#include "report/timeline_view.h"

#include "base/cells.h"
#include "report/words.h"

enum {
	INDENT_CELLS = 4,
	LABEL_CELLS = 10,
	ZERO_CELLS = 3, /* "0s " */
	ROOM_CELLS = TIMELINE_COLUMNS + 9, /* behind those, up to the end of a line */
	PAUSE_SHARE = 8, /* a pause is worth a word from this part of the time on */
};

/* What a column shows: the strongest of what came in its time. In rising order. */
#define SIGNS(X)                                                                                   \
	X(SILENCE, "\xe2\x94\x80", STYLE_DIM, "silence")                                           \
	X(COMMENT, "\xc2\xb7", STYLE_DIM, "keep-alive")                                            \
	X(EVENT, "\xe2\x96\xaa", STYLE_PLAIN, "event")                                             \
	X(REASONING, "\xe2\x96\x92", STYLE_YELLOW, "reasoning")                                    \
	X(TOKEN, "\xe2\x96\x88", STYLE_GREEN, "token")                                             \
	X(MALFORMED, "?", STYLE_BOLD_RED, "malformed")                                             \
	X(ERROR, "!", STYLE_BOLD_RED, "error")

enum sign {
#define X(id, mark, style, word) SIGN_##id,
	SIGNS(X)
#undef X
		SIGN_COUNT
};

static const struct {
	const char *mark;
	enum style style;
	const char *word;
} signs[] = {
#define X(id, mark, style, word) [SIGN_##id] = {mark, style, word},
	SIGNS(X)
#undef X
};

static enum sign sign_of(enum frame_kind kind)
{
	switch (kind) {
	case FRAME_COMMENT: return SIGN_COMMENT;
	case FRAME_EVENT:
	case FRAME_FINISH:
	case FRAME_DONE: return SIGN_EVENT;
	case FRAME_REASONING: return SIGN_REASONING;
	case FRAME_TOKEN: return SIGN_TOKEN;
	case FRAME_ERROR: return SIGN_ERROR;
	case FRAME_MALFORMED: return SIGN_MALFORMED;
	case FRAME_KIND_COUNT: break;
	}
	return SIGN_SILENCE;
}

struct picture {
	enum sign columns[TIMELINE_COLUMNS];
	int64_t span_us;
};

static size_t column_of(const struct picture *p, int64_t at_us)
{
	int64_t column = at_us * TIMELINE_COLUMNS / p->span_us;

	return column < 0 ? 0 : column >= TIMELINE_COLUMNS ? TIMELINE_COLUMNS - 1 : (size_t)column;
}

static void strengthen(struct picture *p, size_t column, enum sign sign)
{
	if (sign > p->columns[column])
		p->columns[column] = sign;
}

/* Between two frames with others left out there was no silence, but what both are, or less. */
static void fill_between(struct picture *p, const struct frame *a, const struct frame *b)
{
	enum sign x = sign_of(a->kind), y = sign_of(b->kind);

	for (size_t c = column_of(p, a->at_us); c < column_of(p, b->at_us); c++)
		strengthen(p, c, x < y ? x : y);
}

static struct picture picture_of(const struct record *record)
{
	const struct evidence *seen = &record->evidence;
	struct picture p = {.span_us = record->stream.end_us};

	if (seen->n_frames && seen->frames[seen->n_frames - 1].at_us > p.span_us)
		p.span_us = seen->frames[seen->n_frames - 1].at_us;
	for (size_t i = 0; i < seen->n_frames && p.span_us > 0; i++) {
		const struct frame *frame = &seen->frames[i];
		strengthen(&p, column_of(&p, frame->at_us), sign_of(frame->kind));
		if (i && frame->left_out)
			fill_between(&p, frame - 1, frame);
	}
	return p;
}

static struct line begin(bool color, const char *label)
{
	struct line line = line_new(color, 0);

	line_puts(&line, STYLE_PLAIN, "    ");
	line_column(&line, STYLE_DIM, label, LABEL_CELLS);
	return line;
}

static void put_blanks(struct line *line, size_t n)
{
	while (n--)
		line_puts(line, STYLE_PLAIN, " ");
}

static void put_columns(
	FILE *out, bool color, const char *label, const struct picture *p, bool whole)
{
	struct line line = begin(color, label);
	char time[WORDS_TIME_MAX];

	line_puts(&line, STYLE_DIM, "0s ");
	for (size_t c = 0; c < TIMELINE_COLUMNS; c++)
		line_puts(&line, signs[p->columns[c]].style, signs[p->columns[c]].mark);
	line_puts(&line, whole ? STYLE_BOLD : STYLE_BOLD_RED, whole ? "]" : "\xc3\x97");
	line_puts(&line, STYLE_PLAIN, " ");
	line_puts(&line, STYLE_DIM, words_time(p->span_us, time));
	line_end(&line, out);
	line_fini(&line);
}

struct pause {
	int64_t at_us, us;
	const char *word;
};

static void longer(struct pause *pause, int64_t at_us, int64_t us, const char *word)
{
	if (us > pause->us && at_us >= 0)
		*pause = (struct pause){at_us, us, word};
}

/* The one that keep-alives hide comes first. */
static struct pause pause_of(const struct measures *m)
{
	struct pause pause = {0, 0, NULL};

	longer(&pause, m->token_gap_at_us, m->token_gap_us, "without a token");
	longer(&pause, 0, m->ttft_us, "to the first token");
	longer(&pause, m->line_gap_at_us, m->line_gap_us, "of silence");
	return pause;
}

static void put_dashes(struct line *line, size_t n)
{
	while (n--)
		line_puts(line, STYLE_YELLOW, "\xe2\x94\x80");
}

/* The words stand in the bracket, behind it, before it, or, where there is no room, in its place. */
static void put_bracket(struct line *line, size_t from, size_t width, const char *text)
{
	size_t words = cells_width(str_of(text)), fill = width - 2;
	bool inside = words < fill;
	bool behind = !inside && from + width + words <= ROOM_CELLS;
	bool before = !inside && !behind && from >= words;
	size_t dashes = inside ? fill - words : fill;

	put_blanks(line, before ? from - words : from);
	if (!inside && !behind)
		line_puts(line, STYLE_YELLOW, text);
	if (!inside && !behind && !before)
		return;
	line_puts(line, STYLE_YELLOW, "\xe2\x94\x94");
	put_dashes(line, dashes / 2);
	if (inside)
		line_puts(line, STYLE_YELLOW, text);
	put_dashes(line, dashes - dashes / 2);
	line_puts(line, STYLE_YELLOW, "\xe2\x94\x98");
	if (behind)
		line_puts(line, STYLE_YELLOW, text);
}

static void put_pause(
	FILE *out, bool color, const struct picture *p, const struct measures *measures)
{
	struct pause pause = pause_of(measures);
	char time[WORDS_TIME_MAX], text[64];

	if (pause.us * PAUSE_SHARE < p->span_us)
		return;
	struct line line = begin(color, "");
	size_t from = column_of(p, pause.at_us), to = column_of(p, pause.at_us + pause.us);
	snprintf(text, sizeof(text), " %s %s ", words_time(pause.us, time), pause.word);
	put_blanks(&line, ZERO_CELLS);
	put_bracket(&line, from, to > from + 1 ? to - from + 1 : 2, text);
	line_end(&line, out);
	line_fini(&line);
}

static void put_legend(FILE *out, bool color, const struct picture *p, bool whole)
{
	struct line line = begin(color, "");
	bool used[SIGN_COUNT] = {false};

	for (size_t c = 0; c < TIMELINE_COLUMNS; c++)
		used[p->columns[c]] = true;
	for (size_t s = SIGN_COUNT; s-- > 0;) {
		if (!used[s])
			continue;
		line_puts(&line, signs[s].style, signs[s].mark);
		line_puts(&line, STYLE_DIM, " ");
		line_puts(&line, STYLE_DIM, signs[s].word);
		line_puts(&line, STYLE_PLAIN, "  ");
	}
	line_puts(&line, STYLE_DIM, whole ? "] end" : "\xc3\x97 not whole");
	line_end(&line, out);
	line_fini(&line);
}

void timeline_view(FILE *out, bool color, const char *label, const struct record *record)
{
	struct picture p = picture_of(record);
	bool whole = record->integrity == INTEGRITY_COMPLETE;

	if (record->evidence.n_frames == 0 || p.span_us <= 0)
		return;
	put_columns(out, color, label, &p, whole);
	put_pause(out, color, &p, &record->stream);
	put_legend(out, color, &p, whole);
}
