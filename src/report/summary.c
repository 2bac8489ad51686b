#include "report/report.h"
#include "report/words.h"

bool report_needs(const struct record *record)
{
	return words_standing(record) != STANDING_PASSED;
}

struct report_summary report_summarize(const struct report *report)
{
	size_t plain = report->n_passes_left_out;
	struct report_summary sum = {.total = report->n_records + plain, .pass = plain};
	for (size_t i = 0; i < report->n_records; i++) {
		const struct record *record = report->records[i];
		enum standing standing = words_standing(record);
		switch (record->outcome) {
		case OUTCOME_PASS: sum.pass++; break;
		case OUTCOME_WARN: sum.warn++; break;
		case OUTCOME_FAIL: sum.fail++; break;
		case OUTCOME_SKIP: sum.skip++; break;
		case OUTCOME_COUNT: break;
		}
		sum.known += standing == STANDING_KNOWN;
		sum.cancelled += standing == STANDING_CANCELLED;
		sum.retried += record->passed_after_retry && record->outcome == OUTCOME_PASS;
	}
	return sum;
}

void report_counts(const struct report *report, struct buf *out)
{
	struct report_summary sum = report_summarize(report);
	char time[WORDS_TIME_MAX];
	buf_printf(out, "%zu passed", sum.pass);
	if (sum.retried)
		buf_printf(out, " (%zu after retry)", sum.retried);
	if (sum.warn)
		buf_printf(out, ", %zu warned", sum.warn);
	buf_printf(out, ", %zu failed", sum.fail - sum.known);
	if (sum.known)
		buf_printf(out, ", %zu known issue%s", sum.known, sum.known == 1 ? "" : "s");
	if (sum.skip > sum.cancelled)
		buf_printf(out, ", %zu skipped", sum.skip - sum.cancelled);
	if (sum.cancelled)
		buf_printf(out, ", %zu cancelled", sum.cancelled);
	buf_printf(out, " in %s", words_time(report->duration_us, time));
}
