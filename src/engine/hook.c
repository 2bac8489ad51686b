#include "engine/hook.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	READ_BYTES = 16384,
	LAST_READS_MAX = 16, /* after the end: what a pipe holds, and no more */
	DETAIL_MAX = 256,
	INERT_GROWTH = 8, /* a byte may become "\u{NNNN}" */
};

struct hook {
	struct event_base *base;
	void (*finished)(void *ctx, const struct hook_result *result);
	void *ctx;
	pid_t pid; /* of the leader and its group; 0: never started */
	int input, output, exit; /* our ends; the leader's pidfd; -1: closed */
	struct event on_input, on_output, on_exit, timer;
	char *bytes; /* the input */
	size_t n, sent;
	struct buf text;
	int64_t timeout_us;
	bool timed_out;
	int error; /* of the start */
	int signal; /* that ended it */
	char detail[DETAIL_MAX];
};

extern char **environ;

static rlim_t files_max; /* 0: as many as we */

void hook_limit_files(uint64_t soft)
{
	files_max = soft;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void end_input(struct hook *hook)
{
	event_del(&hook->on_input);
	close_fd(&hook->input);
}

static void end_output(struct hook *hook)
{
	event_del(&hook->on_output);
	close_fd(&hook->output);
}

static void hook_free(struct hook *hook)
{
	end_input(hook);
	end_output(hook);
	event_del(&hook->on_exit);
	event_del(&hook->timer);
	close_fd(&hook->exit);
	buf_fini(&hook->text);
	free(hook->bytes);
	free(hook);
}

static void on_input(evutil_socket_t fd, short what, void *ctx)
{
	struct hook *hook = ctx;
	(void)what;
	ssize_t n = write(fd, hook->bytes + hook->sent, hook->n - hook->sent);
	if (n > 0)
		hook->sent += (size_t)n;
	bool later = n < 0 && (errno == EAGAIN || errno == EINTR);
	if (hook->sent == hook->n || (n < 0 && !later))
		end_input(hook); /* all was read, or nobody reads */
}

/* False at the end of what can be read now. What is beyond the limit is read and forgotten. */
static bool read_some(struct hook *hook)
{
	char bytes[READ_BYTES];
	ssize_t n = read(hook->output, bytes, sizeof(bytes));
	if (n > 0) {
		buf_put(&hook->text, bytes, (size_t)n);
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		end_output(hook);
	return false;
}

static void on_output(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	read_some(ctx);
}

static void tell(struct hook *hook, bool ok, int exit_status)
{
	struct buf inert = BUF_INIT((size_t)INERT_GROWTH * HOOK_OUTPUT_MAX);
	text_inert(&inert, buf_str(&hook->text), HOOK_OUTPUT_MAX);
	struct hook_result result = {
		.ok = ok,
		.exit_status = exit_status,
		.timed_out = hook->timed_out,
		.output = buf_str(&inert),
		.detail = ok ? "" : hook->detail,
		.error = hook->error,
		.signal = hook->signal,
	};
	hook->finished(hook->ctx, &result);
	buf_fini(&inert);
	hook_free(hook);
}

/* The dead leader still holds its number, and so the group's: nobody else can be hit. */
static int reap(const struct hook *hook)
{
	int status = 0;
	pid_t pid;
	kill(-hook->pid, SIGKILL);
	do
		pid = waitpid(hook->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	return pid == hook->pid ? status : -1;
}

static void describe(struct hook *hook, int status)
{
	char limit[TEXT_DURATION_MAX];
	if (hook->timed_out)
		snprintf(hook->detail, DETAIL_MAX, "not over after %s",
			text_duration(hook->timeout_us, limit));
	else if (WIFSIGNALED(status))
		snprintf(hook->detail, DETAIL_MAX, "ended by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		snprintf(hook->detail, DETAIL_MAX, "exit status %d", WEXITSTATUS(status));
}

static void on_exit_ready(evutil_socket_t fd, short what, void *ctx)
{
	struct hook *hook = ctx;
	(void)fd, (void)what;
	int status = reap(hook);
	for (int i = 0; i < LAST_READS_MAX && hook->output >= 0 && read_some(hook); i++)
		;
	if (status == -1)
		snprintf(hook->detail, DETAIL_MAX, "its exit status was lost");
	else
		describe(hook, status);
	bool exited = status != -1 && WIFEXITED(status);
	if (status != -1 && WIFSIGNALED(status))
		hook->signal = WTERMSIG(status);
	tell(hook, exited && WEXITSTATUS(status) == 0 && !hook->timed_out,
		exited ? WEXITSTATUS(status) : -1);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct hook *hook = ctx;
	const struct timeval grace = {
		HOOK_KILL_GRACE_MS / 1000, HOOK_KILL_GRACE_MS % 1000 * US_PER_MS};
	(void)fd, (void)what;
	if (hook->pid == 0) {
		tell(hook, false, -1);
		return;
	}
	kill(-hook->pid, hook->timed_out ? SIGKILL : SIGTERM);
	if (!hook->timed_out)
		evtimer_add(&hook->timer, &grace);
	hook->timed_out = true;
}

static bool names_same(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");
	return strcspn(b, "=") == n && memcmp(a, b, n) == 0;
}

/* Ours and the added ones, which win. */
static const char **merged_environ(const char *const *added)
{
	size_t n = 0, n_added = 0, at = 0;
	while (environ && environ[n])
		n++;
	while (added && added[n_added])
		n_added++;
	const char **all = mem_alloc((n + n_added + 1) * sizeof(*all));
	for (size_t i = 0; i < n; i++) {
		size_t hit = 0;
		while (hit < n_added && !names_same(environ[i], added[hit]))
			hit++;
		if (hit == n_added)
			all[at++] = environ[i];
	}
	for (size_t i = 0; i < n_added; i++)
		all[at++] = added[i];
	return all;
}

/* Above the standard ones, so that dup2 in the child can't overwrite one with another. */
static bool pipe_open(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		if (ends[i] > STDERR_FILENO)
			continue;
		int high = fcntl(ends[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		close(ends[i]);
		ends[i] = high;
	}
	if (ends[0] >= 0 && ends[1] >= 0)
		return true;
	close_fd(&ends[0]);
	close_fd(&ends[1]);
	return false;
}

/* The child, until it is the program. What a signal's handler may call, and no more. */
static noreturn void become(
	const struct hook_request *request, const char **merged, int input, int output, int news)
{
	struct rlimit limit;
	sigset_t none;
	setpgid(0, 0);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	if (files_max && getrlimit(RLIMIT_NOFILE, &limit) == 0 && files_max < limit.rlim_cur) {
		limit.rlim_cur = files_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* execve's type says it may write; it does not */
	execvpe(request->argv[0], (char *const *)request->argv, (char *const *)merged);
	int wrong = errno;
	(void)!write(news, &wrong, sizeof(wrong));
	_exit(EXIT_FAILURE);
}

/* What the child could not do: an errno, or 0 when it is the program now. */
static int hear(int news)
{
	int wrong = 0;
	ssize_t n;
	do
		n = read(news, &wrong, sizeof(wrong));
	while (n < 0 && errno == EINTR);
	return n == sizeof(wrong) ? wrong : 0;
}

/* 0 or an errno. Not posix_spawn(): that can't set a limit. */
static int spawn(struct hook *hook, const struct hook_request *request, int input, int output)
{
	int news[2];
	sigset_t all, before;
	if (!pipe_open(news))
		return errno;
	const char **merged = merged_environ(request->environ);
	sigfillset(&all); /* no handler of ours in the child */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	int wrong = pid < 0 ? errno : 0;
	if (pid == 0)
		become(request, merged, input, output, news[1]);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	free(merged);
	close_fd(&news[1]);
	if (pid > 0)
		wrong = hear(news[0]);
	close_fd(&news[0]);
	if (pid > 0)
		hook->pid = pid;
	if (pid > 0 && wrong) {
		reap(hook);
		hook->pid = 0;
	}
	return wrong;
}

/* 0 or an errno; then nothing runs. */
static int start(struct hook *hook, const struct hook_request *request)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1};
	int wrong = pipe_open(in) && pipe_open(out) ? 0 : errno;
	if (wrong == 0)
		wrong = spawn(hook, request, in[0], out[1]);
	if (wrong == 0) {
		hook->exit = (int)syscall(SYS_pidfd_open, hook->pid, 0);
		if (hook->exit < 0) {
			wrong = errno;
			reap(hook);
			hook->pid = 0;
		}
	}
	close_fd(&in[0]);
	close_fd(&out[1]);
	hook->input = in[1];
	hook->output = out[0];
	return wrong;
}

static void watch(struct hook *hook)
{
	const struct timeval limit = {hook->timeout_us / US_PER_S, hook->timeout_us % US_PER_S};
	fcntl(hook->input, F_SETFL, O_NONBLOCK);
	fcntl(hook->output, F_SETFL, O_NONBLOCK);
	event_assign(
		&hook->on_input, hook->base, hook->input, EV_WRITE | EV_PERSIST, on_input, hook);
	event_assign(
		&hook->on_output, hook->base, hook->output, EV_READ | EV_PERSIST, on_output, hook);
	event_assign(&hook->on_exit, hook->base, hook->exit, EV_READ, on_exit_ready, hook);
	event_add(&hook->on_output, NULL);
	event_add(&hook->on_exit, NULL);
	evtimer_add(&hook->timer, &limit);
	if (hook->n)
		event_add(&hook->on_input, NULL);
	else
		end_input(hook);
}

struct hook *hook_start(struct event_base *base, const struct hook_request *request,
	void (*finished)(void *ctx, const struct hook_result *result), void *ctx)
{
	struct hook *hook = MEM_NEW(struct hook);
	hook->base = base;
	hook->finished = finished;
	hook->ctx = ctx;
	hook->input = hook->output = hook->exit = -1;
	hook->text = BUF_INIT(HOOK_OUTPUT_MAX);
	hook->timeout_us = request->timeout_us > 0 ? request->timeout_us : 0;
	evtimer_assign(&hook->on_input, base, on_timer, hook);
	evtimer_assign(&hook->on_output, base, on_timer, hook);
	evtimer_assign(&hook->on_exit, base, on_timer, hook);
	evtimer_assign(&hook->timer, base, on_timer, hook);
	signal(SIGPIPE, SIG_IGN); /* a program that doesn't read its input must not end ours */
	int wrong = start(hook, request);
	hook->error = wrong;
	if (wrong) {
		snprintf(hook->detail, DETAIL_MAX, "cannot start %s: %s", request->argv[0],
			strerror(wrong));
		event_active(&hook->timer, EV_TIMEOUT, 0);
		return hook;
	}
	hook->n = request->input.n;
	hook->bytes = mem_strndup(request->input);
	watch(hook);
	return hook;
}

void hook_kill(struct hook *hook)
{
	if (hook->pid)
		reap(hook);
	hook_free(hook);
}
