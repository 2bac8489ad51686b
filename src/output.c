#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void output_guard(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY); /* becomes fd */
}

bool output_flush(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	int why = errno;
	if (why == 0) { /* it failed earlier: a further byte tells why */
		clearerr(stdout);
		if (fputc('\n', stdout) == EOF || fflush(stdout) != 0)
			why = errno;
	}
	fprintf(stderr, "outrider: can't write to standard output: %s\n",
		why == EPIPE ? "its reader has gone" : strerror(why));
	return false;
}
