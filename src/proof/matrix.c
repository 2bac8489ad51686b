#include "proof/matrix.h"

static const char *const word_names[] = {
#define X(id, name) [ROW_##id] = (name),
	ROW_WORDS(X)
#undef X
};

const char *row_word_name(enum row_word word)
{
	return word_names[word];
}

static enum row_word fault_word(const struct row *row, size_t n)
{
	size_t met = 0, skipped = 0;
	for (size_t i = 0; i < n; i++) {
		const struct cell *cell = &row->cells[i];
		if (!cell->ran || !cell->met)
			continue;
		if (cell->outcome == OUTCOME_FAIL)
			return ROW_SEEN;
		met++;
		skipped += cell->outcome == OUTCOME_SKIP;
	}
	if (met == 0)
		return ROW_NOT_MET;
	return met == skipped ? ROW_SKIPPED : ROW_UNSEEN;
}

enum row_word matrix_row(const struct matrix *matrix, size_t index)
{
	const struct row *row = &matrix->rows[index];
	if (row->kind == ROW_FAULT)
		return fault_word(row, matrix->n_columns);
	for (size_t i = 0; i < matrix->n_columns; i++)
		if (row->cells[i].ran && row->cells[i].outcome != OUTCOME_PASS)
			return ROW_BROKEN;
	return ROW_GREEN;
}

bool matrix_red(const struct matrix *matrix, size_t column)
{
	for (size_t i = 0; i < matrix->n_rows; i++) {
		const struct cell *cell = &matrix->rows[i].cells[column];
		if (matrix->rows[i].kind == ROW_FAULT && cell->ran && cell->outcome == OUTCOME_FAIL)
			return true;
	}
	return false;
}

bool matrix_fell(const struct matrix *matrix, size_t column, size_t point)
{
	for (size_t i = 0; i < matrix->n_rows; i++) {
		const struct cell *cell = &matrix->rows[i].cells[column];
		if (matrix->rows[i].kind == ROW_FAULT && cell->ran && cell->met && cell->fell &&
			cell->fell[point])
			return true;
	}
	return false;
}

size_t matrix_false_alarms(const struct matrix *matrix, size_t column)
{
	size_t n = 0;
	for (size_t i = 0; i < matrix->n_rows; i++) {
		const struct cell *cell = &matrix->rows[i].cells[column];
		n += matrix->rows[i].kind != ROW_FAULT && cell->ran &&
		     cell->outcome != OUTCOME_PASS;
	}
	return n;
}

static void judge_rows(const struct matrix *matrix, struct proof *proof)
{
	for (size_t i = 0; i < matrix->n_rows; i++) {
		enum row_word word = matrix_row(matrix, i);
		proof->variants += matrix->rows[i].kind == ROW_VARIANT;
		proof->faults += word == ROW_SEEN || word == ROW_SKIPPED || word == ROW_UNSEEN;
		proof->skipped += word == ROW_SKIPPED;
		proof->not_met += word == ROW_NOT_MET;
		proof->unseen += word == ROW_UNSEEN;
		proof->broken += word == ROW_BROKEN;
	}
}

struct proof matrix_judge(const struct matrix *matrix)
{
	struct proof proof = {.checks = 0};
	judge_rows(matrix, &proof);
	for (size_t i = 0; i < matrix->n_columns; i++) {
		const struct column *column = &matrix->columns[i];
		if (column->skipped)
			continue;
		if (column->unproven) {
			proof.unproven++;
			continue;
		}
		proof.checks++;
		proof.points += column->n_points;
		for (size_t k = 0; k < column->n_points; k++)
			proof.never_fell += !matrix->some_faults && !matrix_fell(matrix, i, k);
		proof.never_red += !matrix->some_faults && !matrix_red(matrix, i);
	}
	proof.holds = proof.checks + proof.unproven > 0 && proof.unseen == 0 && proof.broken == 0 &&
		      proof.never_red == 0 && proof.unproven == 0;
	return proof;
}
