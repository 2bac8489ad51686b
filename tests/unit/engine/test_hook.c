#include "unit.h"

#include "base/clock.h"
#include "engine/hook.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONG_US = 60 * 1000 * 1000 };

struct seen {
	struct event_base *base;
	int times;
	bool ok, timed_out;
	int exit_status;
	char output[65536];
	char detail[512];
};

static void on_finished(void *ctx, const struct hook_result *result)
{
	struct seen *seen = ctx;
	seen->times++;
	seen->ok = result->ok;
	seen->timed_out = result->timed_out;
	seen->exit_status = result->exit_status;
	snprintf(seen->output, sizeof(seen->output), "%.*s", STR_ARG(result->output));
	snprintf(seen->detail, sizeof(seen->detail), "%s", result->detail);
	event_base_loopbreak(seen->base);
}

static size_t open_files(void)
{
	size_t n = 0;
	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void run_hook(struct seen *seen, const struct hook_request *request)
{
	memset(seen, 0, sizeof(*seen));
	seen->base = event_base_new();
	size_t before = open_files();
	hook_start(seen->base, request, on_finished, seen);
	assert_int_equal(seen->times, 0); /* never from inside */
	event_base_dispatch(seen->base);
	assert_int_equal(seen->times, 1);
	assert_int_equal(open_files(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child, no zombie */
	assert_int_equal(errno, ECHILD);
	event_base_loop(seen->base, EVLOOP_NONBLOCK);
	assert_int_equal(seen->times, 1);
	event_base_free(seen->base);
}

static void run_script(struct seen *seen, const char *script, struct str input, int64_t timeout_us)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	const struct hook_request request = {
		.argv = argv, .input = input, .timeout_us = timeout_us};
	run_hook(seen, &request);
}

static bool is_alive(pid_t pid)
{
	char path[64], text[256] = "";
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return false;
	bool read = fgets(text, sizeof(text), file) != NULL;
	fclose(file);
	const char *after = strrchr(text, ')');
	return read && after && after[2] != 'Z' && after[2] != 'X';
}

/* All processes whose ids the script wrote into its output are gone, or soon will be. */
static void assert_all_gone(const char *output)
{
	for (const char *at = output; *at;) {
		char *end;
		long pid = strtol(at, &end, 10);
		if (end == at) {
			at++;
			continue;
		}
		for (int i = 0; i < 500 && is_alive((pid_t)pid); i++)
			usleep(10000);
		assert_false(is_alive((pid_t)pid));
		at = end;
	}
}

static void tells_output_and_status(void **state)
{
	(void)state;
	struct seen seen;
	run_script(&seen, "echo out; echo err >&2", STR(""), LONG_US);
	assert_true(seen.ok);
	assert_int_equal(seen.exit_status, 0);
	assert_string_equal(seen.output, "out\\nerr\\n");
	assert_string_equal(seen.detail, "");
	run_script(&seen, "exit 7", STR(""), LONG_US);
	assert_false(seen.ok);
	assert_int_equal(seen.exit_status, 7);
	assert_string_equal(seen.detail, "exit status 7");
	run_script(&seen, "kill -9 $$", STR(""), LONG_US);
	assert_false(seen.ok);
	assert_int_equal(seen.exit_status, -1);
	assert_contains(seen.detail, "signal 9");
}

static void what_cannot_start_says_why(void **state)
{
	(void)state;
	struct seen seen;
	const char *const argv[] = {"/nonexistent/program", NULL};
	run_hook(&seen, &(struct hook_request){.argv = argv, .timeout_us = LONG_US});
	assert_false(seen.ok);
	assert_int_equal(seen.exit_status, -1);
	assert_contains(seen.detail, "/nonexistent/program");
	assert_contains(seen.detail, "No such file");
}

static void environment_is_added_to_ours(void **state)
{
	(void)state;
	struct seen seen;
	const char *const argv[] = {"sh", "-c", "echo $OURS-$ADDED-$BOTH", NULL};
	const char *const added[] = {"ADDED=two", "BOTH=new", NULL};
	setenv("OURS", "one", 1);
	setenv("BOTH", "old", 1);
	run_hook(&seen,
		&(struct hook_request){.argv = argv, .environ = added, .timeout_us = LONG_US});
	assert_string_equal(seen.output, "one-two-new\\n");
}

static void a_large_input_arrives_whole(void **state)
{
	(void)state;
	struct seen seen;
	size_t n = 1 << 20;
	char *input = malloc(n);
	memset(input, 'x', n);
	run_script(&seen, "wc -c | tr -d ' '; echo end", (struct str){input, n}, LONG_US);
	assert_true(seen.ok);
	assert_string_equal(seen.output, "1048576\\nend\\n");
	/* nobody reads it; it is closed early */
	run_script(&seen, "echo no", (struct str){input, n}, LONG_US);
	assert_true(seen.ok);
	run_script(&seen, "exec <&-; sleep 0.1; echo closed", (struct str){input, n}, LONG_US);
	assert_true(seen.ok);
	assert_string_equal(seen.output, "closed\\n");
	free(input);
}

static void a_flood_is_capped(void **state)
{
	(void)state;
	struct seen seen;
	run_script(&seen, "head -c 5000000 /dev/zero | tr '\\0' 'y'", STR(""), LONG_US);
	assert_true(seen.ok);
	assert_int_equal(strspn(seen.output, "y"), HOOK_OUTPUT_MAX);
	run_script(&seen, "while :; do echo yyyyyyyyyyyyyyyyyyyyyy; done", STR(""), 200000);
	assert_true(seen.timed_out);
}

static void control_characters_are_inert(void **state)
{
	(void)state;
	struct seen seen;
	run_script(&seen, "printf '\\033[31mred'", STR(""), LONG_US);
	assert_string_equal(seen.output, "\\x1b[31mred");
}

static void time_ends_with_term(void **state)
{
	(void)state;
	struct seen seen;
	run_script(&seen, "trap 'echo term; exit 0' TERM; echo $$; while :; do sleep 0.05; done",
		STR(""), 300000);
	assert_false(seen.ok);
	assert_true(seen.timed_out);
	assert_contains(seen.output, "term");
	assert_string_equal(seen.detail, "not over after 300ms");
	assert_all_gone(seen.output);
}

static void term_reaches_the_whole_group(void **state)
{
	(void)state;
	struct seen seen;
	run_script(&seen,
		"trap : TERM; sh -c 'trap \"echo child; exit\" TERM; while :; do sleep 0.05; "
		"done'; "
		"echo leader",
		STR(""), 300000);
	assert_true(seen.timed_out);
	assert_contains(seen.output, "child\\nleader");
}

static void who_ignores_term_is_killed(void **state)
{
	(void)state;
	struct seen seen;
	int64_t before = clock_mono_us();
	run_script(&seen, "trap '' TERM; echo $$; while :; do sleep 0.05; done", STR(""), 100000);
	assert_true(seen.timed_out);
	assert_int_equal(seen.exit_status, -1);
	assert_true(clock_mono_us() - before >= HOOK_KILL_GRACE_MS * US_PER_MS);
	assert_all_gone(seen.output);
}

static void children_that_stay_are_killed(void **state)
{
	(void)state;
	struct seen seen;
	/* they hold the pipe open; the leader is gone at once */
	run_script(&seen, "for i in 1 2 3 4 5; do sleep 1000 & echo $!; done", STR(""), LONG_US);
	assert_true(seen.ok);
	assert_all_gone(seen.output);
	/* a bounded bomb: 31 processes, all of one group */
	run_script(&seen,
		"f() { echo $(sh -c 'echo $PPID'); [ $1 -gt 0 ] && { f $(($1-1)) & f $(($1-1)) & "
		"}; "
		"sleep 1000; }; f 4",
		STR(""), 1000000);
	assert_true(seen.timed_out);
	assert_all_gone(seen.output);
}

static void files_are_not_inherited(void **state)
{
	(void)state;
	struct seen seen;
	int fd = open("/dev/null", O_RDONLY); /* not close-on-exec */
	run_script(
		&seen, "exec ls -m /proc/self/fd", STR(""), LONG_US); /* 3: the folder it lists */
	assert_contains(seen.output, "0, 1, 2, 3");
	assert_null(strchr(seen.output, '4'));
	close(fd);
}

static void signals_are_as_at_birth(void **state)
{
	(void)state;
	struct seen seen;
	sigset_t blocked, before;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	signal(SIGUSR1, SIG_IGN);
	run_script(&seen, "grep -E 'SigBlk|SigIgn' /proc/self/status | tr -d '\\t '", STR(""),
		LONG_US);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGUSR1, SIG_DFL);
	assert_contains(seen.output, "SigBlk:0000000000000000");
	const char *ignored = strstr(seen.output, "SigIgn:");
	assert_non_null(ignored);
	/* 32 and 33 are the C library's own */
	assert_int_equal(strtoull(ignored + strlen("SigIgn:"), NULL, 16) & 0x7fffffff, 0);
}

static void a_limit_that_we_raised_is_not_inherited(void **state)
{
	(void)state;
	struct seen seen;
	char both[64];
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	run_script(&seen, "ulimit -Hn", STR(""), LONG_US);
	snprintf(both, sizeof(both), "100\\n%.30s", seen.output);
	hook_limit_files(100);
	run_script(&seen, "ulimit -Sn; ulimit -Hn", STR(""), LONG_US);
	assert_string_equal(seen.output, both);
	hook_limit_files(limit.rlim_cur + 1); /* more than ours: ours */
	run_script(&seen, "ulimit -Sn", STR(""), LONG_US);
	assert_int_equal(strtoull(seen.output, NULL, 10), limit.rlim_cur);
	hook_limit_files(0);
	run_script(&seen, "ulimit -Sn", STR(""), LONG_US);
	assert_int_equal(strtoull(seen.output, NULL, 10), limit.rlim_cur);
}

/* With every number of free descriptors it either runs or says what is missing. */
static void without_descriptors_it_says_so(void **state)
{
	(void)state;
	struct seen seen = {.base = event_base_new()};
	const char *const argv[] = {"true", NULL};
	const struct hook_request request = {.argv = argv, .timeout_us = LONG_US};
	struct rlimit before;
	getrlimit(RLIMIT_NOFILE, &before);
	rlim_t used = (rlim_t)open_files();
	int failed = 0;
	for (rlim_t left = 0; left < 8; left++) {
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){used + left, before.rlim_max});
		hook_start(seen.base, &request, on_finished, &seen);
		setrlimit(RLIMIT_NOFILE, &before);
		event_base_dispatch(seen.base);
		if (seen.ok)
			continue;
		failed++;
		assert_contains(seen.detail, "Too many open files");
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	}
	assert_int_equal(seen.times, 8);
	assert_in_range(failed, 1, 6);
	assert_int_equal(open_files(), used);
	event_base_free(seen.base);
}

static void killing_tells_nobody(void **state)
{
	(void)state;
	struct seen seen = {.base = event_base_new()};
	const char *const argv[] = {"sh", "-c", "sleep 1000 & sleep 1000", NULL};
	size_t before = open_files();
	struct hook *hook = hook_start(seen.base,
		&(struct hook_request){.argv = argv, .timeout_us = LONG_US}, on_finished, &seen);
	event_base_loop(seen.base, EVLOOP_NONBLOCK);
	hook_kill(hook);
	event_base_loop(seen.base, EVLOOP_NONBLOCK);
	assert_int_equal(seen.times, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(open_files(), before);
	/* one that never started */
	const char *const none[] = {"/nonexistent", NULL};
	hook = hook_start(seen.base, &(struct hook_request){.argv = none, .timeout_us = LONG_US},
		on_finished, &seen);
	hook_kill(hook);
	event_base_loop(seen.base, EVLOOP_NONBLOCK);
	assert_int_equal(seen.times, 0);
	event_base_free(seen.base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_output_and_status),
		cmocka_unit_test(what_cannot_start_says_why),
		cmocka_unit_test(environment_is_added_to_ours),
		cmocka_unit_test(a_large_input_arrives_whole),
		cmocka_unit_test(a_flood_is_capped),
		cmocka_unit_test(control_characters_are_inert),
		cmocka_unit_test(time_ends_with_term),
		cmocka_unit_test(term_reaches_the_whole_group),
		cmocka_unit_test(who_ignores_term_is_killed),
		cmocka_unit_test(children_that_stay_are_killed),
		cmocka_unit_test(files_are_not_inherited),
		cmocka_unit_test(signals_are_as_at_birth),
		cmocka_unit_test(a_limit_that_we_raised_is_not_inherited),
		cmocka_unit_test(without_descriptors_it_says_so),
		cmocka_unit_test(killing_tells_nobody),
	};
	return RUN(tests);
}
