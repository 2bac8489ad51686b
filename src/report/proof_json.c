#include "base/json_writer.h"
#include "report/proof.h"

enum { PROOF_JSON_VERSION = 1 };

static void put_proof(struct json_writer *w, const struct proof *proof)
{
	jw_object(w, "summary");
	jw_int(w, "checks", (int64_t)proof->checks);
	jw_int(w, "faults", (int64_t)proof->faults);
	jw_int(w, "variants", (int64_t)proof->variants);
	jw_int(w, "not_met", (int64_t)proof->not_met);
	jw_int(w, "skipped", (int64_t)proof->skipped);
	jw_int(w, "unseen", (int64_t)proof->unseen);
	jw_int(w, "broken", (int64_t)proof->broken);
	jw_int(w, "never_red", (int64_t)proof->never_red);
	jw_int(w, "unproven", (int64_t)proof->unproven);
	jw_int(w, "expectations", (int64_t)proof->points);
	jw_int(w, "never_failed", (int64_t)proof->never_fell);
	jw_object_end(w);
}

static void put_points(struct json_writer *w, const struct matrix *matrix, size_t index)
{
	const struct column *column = &matrix->columns[index];
	jw_array(w, "expectations");
	for (size_t i = 0; i < column->n_points; i++) {
		jw_object(w, NULL);
		jw_text(w, "step", column->points[i].step);
		jw_text(w, "subject", column->points[i].subject);
		jw_bool(w, "failed", matrix_fell(matrix, index, i));
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void put_column(struct json_writer *w, const struct matrix *matrix, size_t index)
{
	const struct column *column = &matrix->columns[index];
	jw_object(w, NULL);
	jw_text(w, "id", column->id);
	jw_bool(w, "red", matrix_red(matrix, index));
	jw_int(w, "false_alarms", (int64_t)matrix_false_alarms(matrix, index));
	jw_text(w, "unproven", column->unproven);
	jw_bool(w, "skipped", column->skipped);
	jw_bool(w, "made_up", column->made_up);
	jw_bool(w, "shortened", column->shortened);
	put_points(w, matrix, index);
	jw_object_end(w);
}

static void put_cell(struct json_writer *w, const struct column *column, const struct cell *cell)
{
	jw_object(w, NULL);
	jw_text(w, "check", column->id);
	jw_text(w, "outcome", outcome_name(cell->outcome));
	jw_text(w, "reason", reason_name(cell->reason));
	jw_bool(w, "met", cell->met);
	jw_text(w, "message", cell->message);
	jw_object_end(w);
}

static void put_row(struct json_writer *w, const struct matrix *matrix, size_t index)
{
	static const char *const kinds[] = {
		[ROW_HEALTHY] = "healthy", [ROW_FAULT] = "fault", [ROW_VARIANT] = "variant"};
	const struct row *row = &matrix->rows[index];
	jw_object(w, NULL);
	jw_text(w, "name", row->name);
	jw_text(w, "kind", kinds[row->kind]);
	jw_text(w, "help", row->help);
	jw_text(w, "verdict", row_word_name(matrix_row(matrix, index)));
	jw_array(w, "cells");
	for (size_t i = 0; i < matrix->n_columns; i++)
		if (row->cells[i].ran)
			put_cell(w, &matrix->columns[i], &row->cells[i]);
	jw_array_end(w);
	jw_object_end(w);
}

void proof_json(const struct matrix *matrix, const struct proof_options *options, struct buf *out)
{
	struct json_writer w = json_writer_to(out);
	struct proof proof = matrix_judge(matrix);
	jw_object(&w, NULL);
	jw_int(&w, "version", PROOF_JSON_VERSION);
	jw_text(&w, "tool", "outrider " OUTRIDER_VERSION);
	jw_bool(&w, "proven", proof.holds && !options->interrupted);
	jw_bool(&w, "interrupted", options->interrupted);
	jw_seconds(&w, "duration_s", options->duration_us);
	put_proof(&w, &proof);
	jw_array(&w, "checks");
	for (size_t i = 0; i < matrix->n_columns; i++)
		put_column(&w, matrix, i);
	jw_array_end(&w);
	jw_array(&w, "rows");
	for (size_t i = 0; i < matrix->n_rows; i++)
		put_row(&w, matrix, i);
	jw_array_end(&w);
	jw_object_end(&w);
	buf_putc(out, '\n');
}
