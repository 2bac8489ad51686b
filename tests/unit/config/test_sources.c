#include "load.h"

static const char one[] = "mode: local\n"
			  "services:\n"
			  "  a: {urls: {local: \"http://la/\", deployed: \"http://da\"}}\n"
			  "  b: {url: \"http://b\"}\n"
			  "checks: [{id: x, service: a, get: /}]\n";

static struct loaded folder(const char *first, const char *second)
{
	struct loaded l;
	loaded_init(&l);
	loaded_write(&l, "10-first.yaml", str_of(first));
	loaded_write(&l, "20-second.yml", str_of(second));
	loaded_write(&l, ".hidden.yaml", STR("not: [yaml"));
	loaded_write(&l, "notes.txt", STR("nor: [this"));
	return l;
}

static void a_folder_is_one_configuration(void **state)
{
	(void)state;
	struct loaded l = folder("signatures: {s: [x]}\nservices: {a: {url: \"http://h\"}}\n"
				 "defaults: {every: 5s}\n",
		"services: {b: {url: \"http://i\"}}\n"
		"checks:\n  - {id: y, service: b, get: /, depends_on: [x]}\n"
		"  - {id: x, service: a, get: /, expect: {body: {not_signature: s}}}\n");
	loaded_with(&l, (struct config_source){.path = l.folder});
	assert_non_null(l.config);
	assert_int_equal(l.config->plan.n_services, 2);
	assert_int_equal(l.config->plan.n_checks, 2);
	assert_string_equal(l.config->plan.checks[0].id, "y");
	assert_int_equal(policy_of(&l, "x")->every_us, 5000000);
	assert_int_equal(policy_of(&l, "y")->depends_on[0], 1);
	assert_string_equal(l.config->path, l.folder);
	char file[256];
	snprintf(file, sizeof(file), "%s/20-second.yml", l.folder);
	assert_string_equal(check_of(&l, "y")->file, file);
	assert_int_equal(check_of(&l, "y")->line, 3);
	loaded_fini(&l);
}

static void a_link_to_itself_is_not_its_own_hint(void **state)
{
	(void)state;
	struct loaded l;
	char path[256];
	loaded_init(&l);
	snprintf(path, sizeof(path), "%s/r.yaml", l.folder);
	assert_int_equal(symlink("r.yaml", path), 0);
	refuse(&l, (struct config_source){.path = path}, "Too many levels of symbolic links\n");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("nothing.yaml", path), 0);
	refuse(&l, (struct config_source){.path = path}, "No such file or directory\n");
	loaded_fini(&l);
}

static void errors_of_all_files_come_in_their_order(void **state)
{
	(void)state;
	struct loaded l = folder("services: {a: {url: \"http://h\"}, s: {url: 5}}\n"
				 "defaults: {}\nchecks: [{id: x, service: a, get: /, zz: 1}]\n",
		"services: {a: {url: \"http://h\"}}\ndefaults: {}\nmode: m\n"
		"checks:\n  - {id: x, service: a, get: /}\n");
	refuse(&l, (struct config_source){.path = l.folder}, "20-second.yml:5:6: duplicate id 'x'");
	const char *text = buf_text(&l.diagnostics.text);
	const char *url = strstr(text, "10-first.yaml:1:43: 'url' must be text, not 5: quote it");
	const char *key = strstr(text, "10-first.yaml:3:38: unknown key 'zz' in a check");
	const char *service = strstr(text, "20-second.yml:1:12: duplicate key 'a'");
	const char *defaults = strstr(text, "20-second.yml:2:1: 'defaults' stands at");
	assert_true(url && key && service && defaults);
	assert_true(url < key && key < service && service < defaults);
	assert_int_equal(l.diagnostics.errors, 5);
	loaded_fini(&l);
}

static void a_folder_without_a_check_is_refused(void **state)
{
	(void)state;
	struct loaded l = folder("services: {a: {url: \"http://h\"}}\n", "# nothing\n");
	refuse(&l, (struct config_source){.path = l.folder}, "10-first.yaml:1:1: no checks");
	loaded_fini(&l);
	loaded_init(&l);
	refuse(&l, (struct config_source){.path = l.folder}, "no *.yaml in this folder");
	assert_true(l.diagnostics.missing);
	loaded_fini(&l);
}

static void a_missing_file_is_said(void **state)
{
	(void)state;
	struct loaded l;
	loaded_init(&l);
	refuse(&l, (struct config_source){.path = "/nonexistent/checks.yaml"},
		"/nonexistent/checks.yaml: No such file or directory\n");
	assert_true(l.diagnostics.missing);
	assert_int_equal(l.diagnostics.errors, 1);
	loaded_fini(&l);
}

static struct loaded with(struct config_source source)
{
	struct loaded l;
	loaded_init(&l);
	source.path = loaded_write(&l, "checks.yaml", STR(one));
	loaded_with(&l, source);
	return l;
}

static void a_missing_file_s_neighbour_is_named(void **state)
{
	(void)state;
	struct loaded l = folder(one, one);
	char path[128];
	snprintf(path, sizeof(path), "%s/10-frist.yaml", l.folder);
	refuse(&l, (struct config_source){.path = path}, "did you mean '10-first.yaml'?");
	loaded_fini(&l);
}

static void colours_go_around_the_words(void **state)
{
	(void)state;
	struct loaded l = folder("nope: 1", "");
	refuse(&l, (struct config_source){.path = l.folder, .color = true},
		"unknown key 'nope' at the top level\033[0m\n");
	assert_non_null(strstr(buf_text(&l.diagnostics.text), "| \033[1;31m^\033[0m\n"));
	loaded_fini(&l);
}

static void the_command_line_comes_first(void **state)
{
	(void)state;
	struct service_override overrides[] = {{.service = "b", .url = "https://[::1]:8443/x/"}};
	struct loaded l = with((struct config_source){.mode = "deployed",
		.listen = ":0",
		.database = "/tmp/x.db",
		.overrides = overrides,
		.n_overrides = 1});
	assert_non_null(l.config);
	assert_string_equal(l.config->plan.mode, "deployed");
	assert_string_equal(l.config->plan.services[0].url, "http://da");
	assert_string_equal(l.config->plan.services[1].url, "https://[::1]:8443/x");
	assert_string_equal(l.config->serve.listen, ":0");
	assert_string_equal(l.config->store.path, "/tmp/x.db");
	loaded_fini(&l);
	l = with((struct config_source){.path = NULL});
	assert_string_equal(l.config->plan.services[0].url, "http://la");
	assert_string_equal(l.config->serve.listen, "127.0.0.1:8080");
	assert_string_equal(l.config->store.path, "outrider.db");
	loaded_fini(&l);
}

static void the_command_line_can_be_wrong(void **state)
{
	(void)state;
	struct service_override unknown[] = {{.service = "bb", .url = "http://x"}},
				ftp[] = {{.service = "b", .url = "ftp://x"}};
	static const char *const plain = SERVICES "checks: [{id: x, service: a, get: /}]\n";
	struct loaded l;
	loaded_init(&l);
	const char *path = loaded_write(&l, "checks.yaml", STR(one));
	const char *other = loaded_write(&l, "plain.yaml", str_of(plain));
	refuse(&l, (struct config_source){.path = path, .mode = "deploid"},
		"--mode: unknown mode 'deploid', did you mean 'deployed'? (known: local, "
		"deployed)\n");
	refuse(&l, (struct config_source){.path = path, .mode = "far"},
		"--mode: unknown mode 'far' (known: local, deployed)\n");
	refuse(&l, (struct config_source){.path = other, .mode = "local"},
		"--mode: unknown mode 'local': no service has urls by mode\n");
	refuse(&l, (struct config_source){.path = path, .overrides = unknown, .n_overrides = 1},
		"--service: unknown service 'bb'");
	refuse(&l, (struct config_source){.path = path, .overrides = ftp, .n_overrides = 1},
		"--service: a URL begins with http:// or https://");
	refuse(&l, (struct config_source){.path = path, .listen = "here"},
		"--listen: 'here' is no address");
	loaded_fini(&l);
}

static void a_mode_may_lack_a_url(void **state)
{
	(void)state;
	struct loaded l = load_good("mode: m\nservices: {a: {urls: {m: \"http://h\"}}, "
				    "b: {urls: {n: \"http://i\"}}}\n"
				    "checks: [{id: x, service: b, get: /}]\n");
	assert_null(check_of(&l, "x")->service->url);
	loaded_fini(&l);
	l = load_good("services: {a: {urls: {only: \"http://h\"}}}\n"
		      "checks: [{id: x, service: a, get: /}]\n");
	assert_string_equal(l.config->plan.mode, "only");
	loaded_fini(&l);
	l = load_good(SERVICES "checks: [{id: x, service: a, get: /}]\n");
	assert_string_equal(l.config->plan.mode, "");
	loaded_fini(&l);
}

static void a_byte_order_mark_and_any_line_ends_are_fine(void **state)
{
	(void)state;
	struct loaded l = load_good("\xef\xbb\xbfservices: {a: {url: \"http://h\"}}\r\n"
				    "checks:\r\n  - id: x\r\n    service: a\r\n    get: /\r\n");
	assert_int_equal(check_of(&l, "x")->line, 3);
	loaded_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_folder_is_one_configuration),
		cmocka_unit_test(a_link_to_itself_is_not_its_own_hint),
		cmocka_unit_test(errors_of_all_files_come_in_their_order),
		cmocka_unit_test(a_folder_without_a_check_is_refused),
		cmocka_unit_test(a_missing_file_is_said),
		cmocka_unit_test(a_missing_file_s_neighbour_is_named),
		cmocka_unit_test(colours_go_around_the_words),
		cmocka_unit_test(the_command_line_comes_first),
		cmocka_unit_test(the_command_line_can_be_wrong),
		cmocka_unit_test(a_mode_may_lack_a_url),
		cmocka_unit_test(a_byte_order_mark_and_any_line_ends_are_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
