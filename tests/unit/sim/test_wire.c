#include "unit.h"

#include "base/clock.h"
#include "sim/wire.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOKED_US = 300 * 1000, TURNS_MOST = 50, PATIENCE_TURNS = 1000 };

static unsigned greeted;

static enum tls_manner greet(void *context)
{
	(void)context;
	greeted++;
	return TLS_OFF;
}

static int connect_to(int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static int lowest_free(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(fd);
	return fd;
}

/* The loop's turns in a while, none of them longer than that. */
static unsigned turns(struct event_base *base, int64_t us)
{
	unsigned n = 0;
	for (int64_t end = clock_mono_us() + us; clock_mono_us() < end; n++) {
		event_base_loopexit(base, &(struct timeval){0, us});
		event_base_loop(base, EVLOOP_ONCE);
	}
	return n;
}

static void without_descriptors_it_rests(void **state)
{
	(void)state;
	struct error error = {""};
	struct rlimit before;
	struct event_base *base = event_base_new();
	const struct wire_handler handler = {.greet = greet};
	struct wire *wire = wire_new(base, 0, &handler, &error);
	assert_non_null(wire);
	int client = connect_to(wire_port(wire));
	getrlimit(RLIMIT_NOFILE, &before);
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)lowest_free(), before.rlim_max});
	unsigned n = turns(base, LOOKED_US);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(greeted, 0);
	assert_in_range(n, 1, TURNS_MOST);
	for (int i = 0; !greeted && i < PATIENCE_TURNS; i++)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(greeted, 1);
	wire_free(wire);
	close(client);
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_descriptors_it_rests),
	};
	return RUN(tests);
}
