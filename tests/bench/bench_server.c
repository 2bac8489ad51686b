/* The benches' server as a program of its own: says its port, serves until it is ended.
 * Usage: bench_server [CORE [CERT KEY]] */
#include "support/measure.h"
#include "support/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

int main(int argc, char **argv)
{
	struct bench_server server = {0};
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc > 1)
		bench_pin(atoi(argv[1]));
	if (argc > 3) {
		server.cert = argv[2];
		server.key = argv[3];
	}
	if (!bench_server_open(&server))
		return 1;
	printf("%u\n", server.port);
	fflush(stdout);
	bench_server_run(&server);
}
