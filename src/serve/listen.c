#include "serve/listen.h"

#include "base/str.h"
#include "serve/server.h"
#include "serve/words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HOST_MAX = 48 };

static bool parse_port(const char *text, in_port_t *port)
{
	uint64_t number = 0;
	if (!words_parse_decimal(text, &number) || number > UINT16_MAX)
		return false;
	*port = htons((in_port_t)number);
	return true;
}

static void set_ipv4(struct listen_address *address, struct in_addr ip, in_port_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&address->sockaddr;
	*in = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = ip, .sin_port = port};
	address->n = sizeof(*in);
}

static void set_ipv6(struct listen_address *address, struct in6_addr ip, in_port_t port)
{
	struct sockaddr_in6 *in = (struct sockaddr_in6 *)&address->sockaddr;
	*in = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = ip, .sin6_port = port};
	address->n = sizeof(*in);
}

/* host: as written, brackets included. */
static bool set_host(struct listen_address *address, struct str host, in_port_t port)
{
	char text[HOST_MAX];
	struct in_addr ipv4;
	struct in6_addr ipv6;
	bool bracketed = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
	if (bracketed)
		host = (struct str){host.p + 1, host.n - 2};
	if (host.n >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", STR_ARG(host));
	if (str_ieq(host, STR("localhost")))
		snprintf(text, sizeof(text), "127.0.0.1");
	if (bracketed && inet_pton(AF_INET6, text, &ipv6) == 1)
		set_ipv6(address, ipv6, port);
	else if (!bracketed && inet_pton(AF_INET, text, &ipv4) == 1)
		set_ipv4(address, ipv4, port);
	else
		return false;
	return true;
}

bool listen_parse(const char *text, struct listen_address *address, struct error *error)
{
	*address = (struct listen_address){0};
	const char *colon = strrchr(text, ':');
	in_port_t port = 0;
	bool good = colon && parse_port(colon + 1, &port);
	if (good && colon == text) {
		address->any = true;
		set_ipv6(address, in6addr_any, port);
	} else if (good) {
		good = set_host(address, (struct str){text, (size_t)(colon - text)}, port);
	}
	return good ||
	       error_set(error,
		       "%s is not an address to listen on: write 127.0.0.1:8080, [::1]:8080 or "
		       ":8080",
		       text);
}

bool server_is_exposed(const char *listen)
{
	struct listen_address address;
	struct error unused = {""};
	if (!listen_parse(listen, &address, &unused))
		return false; /* a socket's path */
	if (address.sockaddr.ss_family == AF_INET6)
		return !IN6_IS_ADDR_LOOPBACK(
			&((struct sockaddr_in6 *)&address.sockaddr)->sin6_addr);
	const struct sockaddr_in *in = (struct sockaddr_in *)&address.sockaddr;
	return ntohl(in->sin_addr.s_addr) >> IN_CLASSA_NSHIFT != IN_LOOPBACKNET;
}

static int open_bound(const struct sockaddr *address, socklen_t n)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	const int on = 1;
	const int off = 0;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, address, n) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
		return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

/* Of machines without IPv6. */
static int open_any_ipv4(const struct listen_address *address)
{
	const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)&address->sockaddr;
	struct listen_address ipv4 = {0};
	set_ipv4(&ipv4, (struct in_addr){htonl(INADDR_ANY)}, in->sin6_port);
	return open_bound((const struct sockaddr *)&ipv4.sockaddr, ipv4.n);
}

static void put_name(const struct sockaddr_storage *address, char out[LISTEN_ADDRESS_MAX])
{
	char host[INET6_ADDRSTRLEN] = "";
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
	memcpy(&ipv4, address, sizeof(ipv4));
	memcpy(&ipv6, address, sizeof(ipv6));
	if (address->ss_family == AF_UNIX) {
		const struct sockaddr_un *un = (const struct sockaddr_un *)address;
		snprintf(
			out, LISTEN_ADDRESS_MAX, "unix:%.*s", LISTEN_ADDRESS_MAX - 6, un->sun_path);
	} else if (address->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &ipv6.sin6_addr, host, sizeof(host));
		snprintf(out, LISTEN_ADDRESS_MAX, "[%s]:%u", host, ntohs(ipv6.sin6_port));
	} else {
		inet_ntop(AF_INET, &ipv4.sin_addr, host, sizeof(host));
		snprintf(out, LISTEN_ADDRESS_MAX, "%s:%u", host, ntohs(ipv4.sin_port));
	}
}

static const char *reason_of(int why)
{
	switch (why) {
	case EADDRINUSE: return "another program listens there already";
	case EADDRNOTAVAIL: return "this machine does not have the address";
	case EACCES: return "ports below 1024 need a privilege";
	case EAFNOSUPPORT: return "this machine does not have that kind of address";
	default: return strerrordesc_np(why);
	}
}

int listen_open(const struct listen_address *address, struct error *error)
{
	int fd = open_bound((const struct sockaddr *)&address->sockaddr, address->n);
	if (fd < 0 && address->any && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		fd = open_any_ipv4(address);
	if (fd >= 0)
		return fd;
	int why = errno;
	char name[LISTEN_ADDRESS_MAX];
	put_name(&address->sockaddr, name);
	(void)error_set(error, "can't listen on %s: %s", name, reason_of(why));
	errno = why;
	return -1;
}

static int option_of(int fd, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);
	return getsockopt(fd, SOL_SOCKET, name, &value, &n) == 0 ? value : -1;
}

static bool adopt(int fd, struct error *error)
{
	int domain = option_of(fd, SO_DOMAIN);
	bool known = domain == AF_INET || domain == AF_INET6 || domain == AF_UNIX;
	if (!known || option_of(fd, SO_TYPE) != SOCK_STREAM || option_of(fd, SO_ACCEPTCONN) != 1)
		return error_set(error, "the socket that was passed does not listen for streams "
					"(ListenStream=, Accept=no)");
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0)
		return error_set(error, "the socket that was passed: %s", strerrordesc_np(errno));
	return true;
}

/* What is accepted has them too. Sockets of files have none. */
static void limit_visitors(int fd)
{
	const int unsent = LISTEN_UNSENT_MAX;
	const int unread = LISTEN_UNREAD_MAX;
	const unsigned stuck_ms = LISTEN_STUCK_MS;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &unread, sizeof(unread));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &stuck_ms, sizeof(stuck_ms));
}

int listen_for(const struct serve_options *options, struct error *error)
{
	struct listen_address address;
	int fd = -1;
	if (options->socket)
		fd = adopt(options->socket, error) ? options->socket : -1;
	else if (listen_parse(options->listen, &address, error))
		fd = listen_open(&address, error);
	if (fd >= 0)
		limit_visitors(fd);
	return fd;
}

bool server_can_listen(const char *listen, bool *taken, struct error *error)
{
	struct listen_address address;
	*taken = false;
	if (!listen_parse(listen, &address, error))
		return false;
	int fd = listen_open(&address, error);
	*taken = fd < 0 && errno == EADDRINUSE;
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

const char *listen_name(int fd, char out[LISTEN_ADDRESS_MAX])
{
	struct sockaddr_storage address = {0};
	socklen_t n = sizeof(address);
	out[0] = '\0';
	if (getsockname(fd, (struct sockaddr *)&address, &n) == 0)
		put_name(&address, out);
	return out;
}
