#include "unit.h"

#include "base/clock.h"
#include "sim/fault.h"
#include "sim/story.h"

#include <stdlib.h>

static struct fault_set set;
static struct error error;

static int set_up(void **state)
{
	(void)state;
	fault_set_init(&set);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fault_set_fini(&set);
	return 0;
}

static void add(const char *spec)
{
	if (!fault_set_add(&set, str_of(spec), 0, &error))
		fail_msg("%s: %s", spec, error.text);
}

static size_t hits(enum service_id service, const char *check)
{
	return fault_hit(&set, service, check, 0).n;
}

static void hits_by_service_and_check(void **state)
{
	(void)state;
	add("docs-404");
	add("status-500@gateway-health, memory-*");
	assert_int_equal(hits(SERVICE_GATEWAY, ""), 1);
	assert_int_equal(hits(SERVICE_GATEWAY, "gateway-health"), 2);
	assert_int_equal(hits(SERVICE_GATEWAY, "gateway-healthy"), 1);
	assert_int_equal(hits(SERVICE_MEMORY, "memory-extract"), 1);
	assert_int_equal(hits(SERVICE_MEMORY, ""), 0);
	assert_int_equal(hits(SERVICE_UI, "ui-home"), 0);
}

static void a_check_is_all_before_the_last_hyphen(void **state)
{
	(void)state;
	assert_str(fault_check_of(STR("gateway-stream-0123456789abc")), "gateway-stream");
	assert_str(fault_check_of(STR("code[cli]-0123456789abc.12")), "code[cli]");
	assert_str(fault_check_of(STR("nothing")), "");
	assert_str(fault_check_of(STR("")), "");
}

static void durations(void **state)
{
	(void)state;
	add("gap");
	add("gap=1.5s@a");
	assert_int_equal(set.uses[0].span_us, 6 * US_PER_S);
	assert_int_equal(set.uses[1].span_us, 1500 * US_PER_MS);
}

static void wrong_specs(void **state)
{
	static const struct {
		const char *spec, *says;
	} cases[] = {
		{"gapp", "unknown fault \"gapp\": did you mean \"gap\"?"},
		{"", "a fault without a name"},
		{"=3s", "unknown fault \"\""},
		{"docs-404=3s", "fault \"docs-404\" takes no duration"},
		{"gap=", "fault \"gap\": \"\" is no duration up to 3600s, such as 6s"},
		{"gap=2h", "fault \"gap\": \"2h\" is no duration up to 3600s, such as 6s"},
		{"gap=0s", "fault \"gap\": \"0s\" is no duration up to 3600s, such as 6s"},
		{"gap@", "fault \"gap\": no check after the @"},
		{"gap@ , ,", "fault \"gap\": no check after the @"},
		{"tls-plain@a", "fault \"tls-plain\" acts before a request is known: it takes no "
				"@CHECKS"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_false(fault_set_add(&set, str_of(cases[i].spec), 0, &error));
		assert_string_equal(error.text, cases[i].says);
		assert_int_equal(set.n, 0);
	}
	for (int i = 0; i < SIM_FAULTS_MAX; i++)
		add("gap");
	assert_false(fault_set_add(&set, STR("gap"), 0, &error));
}

static void occasions(void **state)
{
	(void)state;
	add("cold-start=10s");
	assert_int_equal(fault_hit(&set, SERVICE_UI, "", 9 * US_PER_S).n, 1);
	assert_int_equal(fault_hit(&set, SERVICE_UI, "", 10 * US_PER_S).n, 0);
	add("flapping@x");
	for (int i = 0; i < 6; i++) {
		assert_int_equal(fault_hit(&set, SERVICE_UI, "x", 99 * US_PER_S).n, i % 2 ? 0 : 1);
		/* requests it can't hit are not counted */
		assert_int_equal(fault_hit(&set, SERVICE_UI, "y", 99 * US_PER_S).n, 0);
	}
}

static void refusals(void **state)
{
	(void)state;
	add("cli-down");
	add("refused@a");
	assert_true(fault_refuses(&set, SERVICE_CLI));
	assert_false(fault_refuses(&set, SERVICE_GATEWAY));
	struct fault_hits at_gateway = fault_hit(&set, SERVICE_GATEWAY, "", 0);
	assert_int_equal(fault_backend(&at_gateway, SERVICE_CLI), BACKEND_DOWN);
	assert_int_equal(fault_backend(&at_gateway, SERVICE_LANGCHAIN), BACKEND_UP);
	add("refused");
	for (int i = 0; i < SERVICES_N; i++)
		assert_true(fault_refuses(&set, (enum service_id)i));
}

static void parts_add_up(void **state)
{
	(void)state;
	add("crlf");
	add("gzip");
	add("docs-404");
	add("empty-content");
	add("wrong-answer");
	struct fault_hits all = fault_hit(&set, SERVICE_GATEWAY, "", 0);
	assert_int_equal(fault_wire(&all), WIRE_CRLF | WIRE_GZIP);
	assert_int_equal(fault_quirks(&all), QUIRK_DOCS_404);
	assert_string_equal(fault_says(&all)->says, "Let us speak of something else.");
	all.n = 3;
	assert_null(fault_says(&all));
}

/* Every row has a name of its own, help, a service, and does something. */
static void table_is_sound(void **state)
{
	static const struct effect nothing;
	(void)state;
	assert_true(fault_rows() >= 60);
	for (size_t i = 0; i < fault_rows(); i++) {
		const struct fault *fault = fault_row(i, NULL);
		assert_ptr_equal(fault_find(str_of(fault->name)), fault);
		assert_true(fault->help[0] && fault->services && fault->services <= ON_ALL);
		assert_true(memcmp(&fault->effect, &nothing, sizeof(nothing)) != 0);
		assert_true(sim_fault_valid(fault->name, &error));
		if (fault->effect.backend != BACKEND_UP)
			assert_true(fault->services & ON_GATEWAY && fault->effect.backends);
	}
	struct sim_fault first;
	assert_int_equal(sim_faults(&first, 1), fault_rows());
	assert_string_equal(first.services, "all");
}

static bool is_legal(const char *fault)
{
	static struct sim_fault rows[1000];
	size_t n = sim_faults(rows, 1000), length = strcspn(fault, "=@");
	assert_in_range(n, 1, 1000);
	for (size_t i = 0; i < n; i++)
		if (strlen(rows[i].name) == length && strncmp(rows[i].name, fault, length) == 0)
			return rows[i].legal;
	return false;
}

static void story_is_sound(void **state)
{
	int64_t next_us, length_us = story_length_s * US_PER_S;
	(void)state;
	for (size_t i = 0; i < story_steps_n; i++) {
		for (size_t k = 0; story_steps[i].faults[k]; k++)
			assert_true(sim_fault_valid(story_steps[i].faults[k], &error));
		int64_t at_us = story_steps[i].at_s * US_PER_S;
		assert_ptr_equal(story_at(at_us, &next_us), &story_steps[i]);
		assert_ptr_equal(story_at(at_us + 3 * length_us, &next_us), &story_steps[i]);
		int64_t end_us =
			i + 1 < story_steps_n ? story_steps[i + 1].at_s * US_PER_S : length_us;
		assert_true(next_us == end_us + 3 * length_us && end_us > at_us);
	}
	for (size_t k = 0; story_steps[0].faults[k]; k++) /* it begins well */
		assert_true(is_legal(story_steps[0].faults[k]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hits_by_service_and_check, set_up, tear_down),
		cmocka_unit_test(a_check_is_all_before_the_last_hyphen),
		cmocka_unit_test_setup_teardown(durations, set_up, tear_down),
		cmocka_unit_test_setup_teardown(wrong_specs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(occasions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refusals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(parts_add_up, set_up, tear_down),
		cmocka_unit_test(table_is_sound),
		cmocka_unit_test(story_is_sound),
	};
	return RUN(tests);
}
