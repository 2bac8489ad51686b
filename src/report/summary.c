#include "report/report.h"

struct report_summary report_summarize(const struct report *report)
{
	struct report_summary sum = {.total = report->n_records};
	for (size_t i = 0; i < report->n_records; i++) {
		const struct record *record = report->records[i];
		switch (record->outcome) {
		case OUTCOME_PASS: sum.pass++; break;
		case OUTCOME_WARN: sum.warn++; break;
		case OUTCOME_FAIL: sum.fail++; break;
		case OUTCOME_SKIP: sum.skip++; break;
		case OUTCOME_COUNT: break;
		}
		if (record->known_issue && record->outcome == OUTCOME_FAIL)
			sum.known++;
	}
	return sum;
}
