#include "interrupt.h"

#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t asked;
static int wake = -1;

static void on_signal(int number)
{
	(void)number;
	if (asked)
		_exit(EXIT_INTERRUPTED);
	asked = 1;
	int kept = errno;
	(void)!write(wake, &(uint64_t){1}, sizeof(uint64_t));
	errno = kept;
}

static void handle(void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int interrupt_open(struct error *error)
{
	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake < 0) {
		error_set(error, "no event descriptor: %s", strerror(errno));
		return -1;
	}
	handle(on_signal);
	return wake;
}

void interrupt_close(void)
{
	handle(SIG_DFL);
	close(wake);
	wake = -1;
}
