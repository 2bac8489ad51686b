/* JUnit XML as pytest writes it (its option --junitxml, family xunit2), so that a report lines up
 * with that of the suite it replaces. */
#include "base/text.h"
#include "report/details.h"
#include "report/report.h"
#include "report/words.h"
#include "report/xml.h"

#include <string.h>

enum { VALUE_BYTES_MAX = 1 << 16 };

/* One service's part of the report. */
struct suite {
	const struct service *service;
	size_t tests, failures, skipped;
	int64_t us;
};

/* What pytest calls a test: "a/test_z.py::TestX::test_y[1]" is test_y[1] of a.test_z.TestX. */
struct test_name {
	struct buf class, name;
};

static void put_class(struct buf *out, struct str path, struct str rest)
{
	if (str_ends(path, STR(".py"), false))
		path.n -= 3;
	for (size_t i = 0; i < path.n; i++)
		buf_putc(out, path.p[i] == '/' ? '.' : path.p[i]);
	for (ptrdiff_t at; (at = str_find(rest, STR("::"), false)) >= 0;) {
		buf_putc(out, '.');
		buf_put(out, rest.p, (size_t)at);
		rest = str_from(rest, (size_t)at + 2);
	}
}

/* Brackets of the check's own id stand for parameters that its spec does not name. */
static void name_by_spec(struct test_name *test, const struct check *check)
{
	struct str spec = str_of(check->spec);
	size_t plain = strcspn(check->spec, "[");
	struct str address = {spec.p, plain};
	struct str parameters = str_from(spec, plain);
	size_t last = 0;
	for (ptrdiff_t at; (at = str_find(str_from(address, last), STR("::"), false)) >= 0;)
		last += (size_t)at + 2;
	ptrdiff_t first = str_find(address, STR("::"), false);
	if (first < 0)
		buf_puts(&test->class, check->service->id);
	else
		put_class(&test->class, (struct str){address.p, (size_t)first},
			(struct str){address.p + first + 2, last - (size_t)first - 2});
	if (parameters.n == 0)
		parameters = str_of(strchr(check->id, '['));
	buf_putstr(&test->name, str_from(address, last));
	buf_putstr(&test->name, parameters);
}

static void put_name(struct buf *out, const struct record *record)
{
	const struct check *check = record->check;
	struct test_name test = {BUF_INIT(VALUE_BYTES_MAX), BUF_INIT(VALUE_BYTES_MAX)};
	if (check->spec) {
		name_by_spec(&test, check);
	} else {
		buf_puts(&test.class, check->service->id);
		buf_puts(&test.name, record->check_id);
	}
	xml_attribute(out, "classname", buf_text(&test.class));
	xml_attribute(out, "name", buf_text(&test.name));
	buf_fini(&test.class);
	buf_fini(&test.name);
}

static void put_property(struct buf *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	buf_puts(out, "<property");
	xml_attribute(out, "name", name);
	xml_attribute(out, "value", value);
	buf_puts(out, "/>");
}

/* 0: there is none. */
static void put_number(struct buf *out, const char *name, int number)
{
	char text[16];
	snprintf(text, sizeof(text), "%d", number);
	put_property(out, name, number ? text : NULL);
}

static void put_where(struct buf *out, const struct check *check)
{
	struct buf where = BUF_INIT(VALUE_BYTES_MAX);
	if (check->file)
		buf_printf(&where, "%s:%u", check->file, check->line);
	put_property(out, "where", buf_text(&where));
	buf_fini(&where);
}

static void put_measured(struct buf *out, const struct record *record)
{
	char text[TEXT_DURATION_MAX];
	put_number(out, "attempts", record->attempts > 1 ? (int)record->attempts : 0);
	put_number(out, "http_status", record->http_status);
	if (!record->is_stream)
		return;
	put_property(out, "integrity", integrity_name(record->integrity));
	if (record->stream.ttft_us >= 0)
		put_property(
			out, "time_to_first_token", text_duration(record->stream.ttft_us, text));
}

static void put_properties(struct buf *out, const struct record *record)
{
	const struct check *check = record->check;
	bool titled = check->title && strcmp(check->title, check->id) != 0;
	buf_puts(out, "<properties>");
	put_property(out, "check", record->check_id);
	put_property(out, "title", titled ? check->title : NULL);
	put_where(out, check);
	put_property(out, "outcome", outcome_name(record->outcome));
	if (record->outcome == OUTCOME_WARN)
		put_property(out, "warning", record->message);
	if (record->known_issue && check->known_issue)
		put_property(out, "known_issue", check->known_issue->reason);
	put_property(out, "passed_after_retry", record->passed_after_retry ? "true" : NULL);
	put_measured(out, record);
	put_property(out, "request_id", record->request_id);
	buf_puts(out, "</properties>");
}

/* What was expected and what came. */
static void put_findings(struct buf *out, const struct record *record)
{
	struct buf text = BUF_INIT(SIZE_MAX);
	for (size_t i = 0; i < record->n_findings; i++) {
		const struct finding *finding = &record->findings[i];
		if (finding->outcome != OUTCOME_FAIL)
			continue;
		buf_printf(&text, "%s%s%s\n  expected %s\n  got      %s\n",
			finding->step ? finding->step : "", finding->step ? ": " : "",
			finding->subject, finding->expected, finding->actual);
		if (finding->detail)
			buf_printf(&text, "  why      %s\n", finding->detail);
	}
	xml_text(out, buf_str(&text));
	buf_fini(&text);
}

static void put_skipped(struct buf *out, const struct record *record)
{
	struct buf why = BUF_INIT(VALUE_BYTES_MAX);
	bool known = words_standing(record) == STANDING_KNOWN;
	const struct known_issue *issue = record->check->known_issue;
	if (known && issue && issue->reason)
		buf_printf(&why, "%s: ", issue->reason);
	words_why(&why, record);
	buf_puts(out, "<skipped");
	xml_attribute(out, "type", known ? "known_issue" : reason_name(record->reason));
	xml_attribute(out, "message", buf_text(&why));
	buf_puts(out, "/>");
	buf_fini(&why);
}

static void put_verdict(struct buf *out, const struct record *record)
{
	switch (words_standing(record)) {
	case STANDING_PASSED:
	case STANDING_RETRIED:
	case STANDING_SURPRISE:
	case STANDING_WARNED: break;
	case STANDING_SKIPPED:
	case STANDING_CANCELLED:
	case STANDING_KNOWN: put_skipped(out, record); break;
	case STANDING_FAILED:
		buf_puts(out, "<failure");
		xml_attribute(out, "type", reason_name(record->reason));
		xml_attribute(out, "message", record->message);
		buf_putc(out, '>');
		put_findings(out, record);
		buf_puts(out, "</failure>");
		break;
	}
}

static void put_case(struct buf *out, const struct record *record)
{
	struct buf text = BUF_INIT(SIZE_MAX);
	buf_puts(out, "<testcase");
	put_name(out, record);
	xml_seconds(out, "time", record->duration_us);
	buf_putc(out, '>');
	put_properties(out, record);
	put_verdict(out, record);
	details_text(&text, record);
	if (text.n) {
		buf_puts(out, "<system-out>");
		xml_text(out, buf_str(&text));
		buf_puts(out, "</system-out>");
	}
	buf_puts(out, "</testcase>\n");
	buf_fini(&text);
}

static void count(struct suite *suite, const struct record *record)
{
	suite->tests++;
	suite->us += record->duration_us;
	switch (words_standing(record)) {
	case STANDING_PASSED:
	case STANDING_RETRIED:
	case STANDING_SURPRISE:
	case STANDING_WARNED: break;
	case STANDING_SKIPPED:
	case STANDING_CANCELLED:
	case STANDING_KNOWN: suite->skipped++; break;
	case STANDING_FAILED: suite->failures++; break;
	}
}

static void put_counts(struct buf *out, const struct report *report, const struct suite *suite)
{
	char time[TEXT_TIME_MAX];
	xml_count(out, "tests", suite->tests);
	xml_count(out, "failures", suite->failures);
	xml_count(out, "errors", 0);
	xml_count(out, "skipped", suite->skipped);
	xml_seconds(out, "time", suite->us);
	text_time(report->started_wall_us, time);
	time[strlen("2026-11-22T10:00:00")] = '\0'; /* the schema knows no zone and no fraction */
	xml_attribute(out, "timestamp", time);
}

static void put_suite(struct buf *out, const struct report *report, const struct service *service)
{
	struct suite suite = {.service = service};
	for (size_t i = 0; i < report->n_records; i++)
		if (report->records[i]->check->service == service)
			count(&suite, report->records[i]);
	buf_puts(out, "<testsuite");
	xml_attribute(out, "name", service->id);
	put_counts(out, report, &suite);
	buf_puts(out, "><properties>");
	put_property(out, "tool", "outrider " OUTRIDER_VERSION);
	put_property(out, "mode", report->mode);
	put_property(out, "interrupted", report->interrupted ? "true" : NULL);
	buf_puts(out, "</properties>\n");
	for (size_t i = 0; i < report->n_records; i++)
		if (report->records[i]->check->service == service)
			put_case(out, report->records[i]);
	buf_puts(out, "</testsuite>\n");
}

static bool is_first_of_its_service(const struct report *report, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (report->records[i]->check->service == report->records[index]->check->service)
			return false;
	return true;
}

void report_junit(const struct report *report, struct buf *out)
{
	struct suite all = {NULL};
	for (size_t i = 0; i < report->n_records; i++)
		count(&all, report->records[i]);
	all.us = report->duration_us;
	buf_puts(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites name=\"outrider\"");
	put_counts(out, report, &all);
	buf_puts(out, ">\n");
	for (size_t i = 0; i < report->n_records; i++)
		if (is_first_of_its_service(report, i))
			put_suite(out, report, report->records[i]->check->service);
	buf_puts(out, "</testsuites>\n");
}
