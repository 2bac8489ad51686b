#include "proof/matrix.h"

#include "unit/check/unit.h"

enum { CHECKS = 3 };

/* One character for each check: as the matrix is printed. */
static struct cell cell_of(char c)
{
	struct cell cell = {.ran = c != '-', .met = c != ' ', .message = ""};
	switch (c) {
	case 'x': cell.outcome = OUTCOME_FAIL; break;
	case '!': cell.outcome = OUTCOME_WARN; break;
	case 's': cell.outcome = OUTCOME_SKIP; break;
	default: cell.outcome = OUTCOME_PASS; break;
	}
	return cell;
}

struct drawn {
	struct cell cells[8][CHECKS];
	struct row rows[8];
	struct column columns[CHECKS];
	struct matrix matrix;
};

/* Rows "HEALTHY", then "fault CELLS" or "variant CELLS". */
static void draw(struct drawn *drawn, const char *const *lines)
{
	*drawn = (struct drawn){.columns = {{.id = "a"}, {.id = "b"}, {.id = "c"}}};
	size_t n = 0;
	for (; lines[n]; n++) {
		drawn->rows[n] = (struct row){.name = lines[n],
			.kind = lines[n][0] == 'h'   ? ROW_HEALTHY
				: lines[n][0] == 'f' ? ROW_FAULT
						     : ROW_VARIANT,
			.cells = drawn->cells[n]};
		for (size_t i = 0; i < CHECKS; i++)
			drawn->cells[n][i] = cell_of(lines[n][2 + i]);
	}
	drawn->matrix = (struct matrix){
		.rows = drawn->rows, .n_rows = n, .columns = drawn->columns, .n_columns = CHECKS};
}

#define DRAW(drawn, ...) draw((drawn), (const char *const[]){__VA_ARGS__, NULL})

static void test_all_is_proved(void **state)
{
	(void)state;
	struct drawn it;
	DRAW(&it, "h ...", "f xxx", "f x.!", "v ...");
	struct proof proof = matrix_judge(&it.matrix);
	assert_true(proof.holds);
	assert_int_equal(proof.checks, 3);
	assert_int_equal(proof.faults, 2);
	assert_int_equal(proof.variants, 1);
}

static void test_every_row_has_its_word(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		enum row_word word;
		bool holds;
	} rows[] = {
		{"f x..", ROW_SEEN, true},
		{"f  x ", ROW_SEEN, true},
		{"f    ", ROW_NOT_MET, true},
		{"f ---", ROW_NOT_MET, true},
		{"f s  ", ROW_SKIPPED, true},
		{"f s. ", ROW_UNSEEN, false},
		{"f ...", ROW_UNSEEN, false},
		{"f !  ", ROW_UNSEEN, false},
		{"v ...", ROW_GREEN, true},
		{"v .-.", ROW_GREEN, true},
		{"v .x.", ROW_BROKEN, false},
		{"v .!.", ROW_BROKEN, false},
		{"v .s.", ROW_BROKEN, false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct drawn it;
		DRAW(&it, "h ...", "f xxx", rows[i].line);
		enum row_word word = matrix_row(&it.matrix, 2);
		if (word != rows[i].word || matrix_judge(&it.matrix).holds != rows[i].holds)
			fail_msg("%s: %s", rows[i].line, row_word_name(word));
	}
}

static void test_a_check_that_is_never_red(void **state)
{
	(void)state;
	struct drawn it;
	DRAW(&it, "h ...", "f x.x", "f x!s");
	struct proof proof = matrix_judge(&it.matrix);
	assert_false(proof.holds);
	assert_int_equal(proof.never_red, 1);
	assert_false(matrix_red(&it.matrix, 1));
	it.matrix.some_faults = true; /* then nobody demands it */
	assert_true(matrix_judge(&it.matrix).holds);
}

static void test_red_without_a_fault(void **state)
{
	(void)state;
	struct drawn it;
	DRAW(&it, "h .x.", "f xxx", "v !x.");
	struct proof proof = matrix_judge(&it.matrix);
	assert_false(proof.holds);
	assert_int_equal(proof.broken, 2);
	assert_int_equal(matrix_false_alarms(&it.matrix, 0), 1);
	assert_int_equal(matrix_false_alarms(&it.matrix, 1), 2);
}

static void test_columns_that_take_no_part(void **state)
{
	(void)state;
	struct drawn it;
	DRAW(&it, "h ..-", "f xx-");
	it.columns[2].unproven = "no answer";
	struct proof proof = matrix_judge(&it.matrix);
	assert_false(proof.holds);
	assert_int_equal(proof.unproven, 1);
	assert_int_equal(proof.checks, 2);
	it.columns[2].skipped = true;
	assert_true(matrix_judge(&it.matrix).holds);
	for (size_t i = 0; i < CHECKS; i++)
		it.columns[i].skipped = true;
	assert_false(matrix_judge(&it.matrix).holds); /* nothing was proved */
}

static void test_points_that_never_fell(void **state)
{
	(void)state;
	static const struct point points[] = {
		{NULL, "status", OUTCOME_FAIL}, {NULL, "latency", OUTCOME_FAIL}};
	static const bool first[] = {true, false}, both[] = {true, true}, none[] = {false, false};
	struct drawn it;
	DRAW(&it, "h ...", "f x.x", "f .xx", "f   x", "v .x.");
	for (size_t i = 0; i < CHECKS; i++) {
		it.columns[i].points = points;
		it.columns[i].n_points = COUNT(points);
		for (size_t row = 0; row < 5; row++)
			it.cells[row][i].fell = none;
	}
	it.cells[1][0].fell = first; /* a: its status */
	it.cells[3][0].fell = both; /* where its answers did not change */
	it.cells[4][1].fell = both; /* b: under what is no fault */
	it.cells[1][2].fell = both; /* c: both */
	it.cells[2][2].fell = NULL;
	assert_true(matrix_fell(&it.matrix, 0, 0));
	assert_false(matrix_fell(&it.matrix, 0, 1));
	assert_false(matrix_fell(&it.matrix, 1, 0));
	it.matrix.rows = it.rows;
	it.matrix.n_rows = 4;
	struct proof proof = matrix_judge(&it.matrix);
	assert_int_equal(proof.points, 6);
	assert_int_equal(proof.never_fell, 3);
	assert_true(proof.holds); /* a note, no gap */
	it.matrix.some_faults = true;
	assert_int_equal(matrix_judge(&it.matrix).never_fell, 0);
	it.matrix.some_faults = false;
	it.columns[1].unproven = "no answer";
	proof = matrix_judge(&it.matrix);
	assert_int_equal(proof.points, 4);
	assert_int_equal(proof.never_fell, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_is_proved),
		cmocka_unit_test(test_every_row_has_its_word),
		cmocka_unit_test(test_a_check_that_is_never_red),
		cmocka_unit_test(test_red_without_a_fault),
		cmocka_unit_test(test_points_that_never_fell),
		cmocka_unit_test(test_columns_that_take_no_part),
	};
	return RUN(tests);
}
