/* sim/wire.h - listening sockets on loopback and the connections on them: requests in, scripts out.
 * Keep-alive as HTTP/1.1 has it, one request at a time. On the thread of its event_base. */
#ifndef OUTRIDER_SIM_WIRE_H
#define OUTRIDER_SIM_WIRE_H

#include "base/error.h"
#include "sim/http.h"
#include "sim/script.h"
#include "sim/tls.h"

struct event_base;
struct wire;

enum {
	/* Of one wire; more are closed at once. Six wires stay below 1024 descriptors. */
	WIRE_CONNECTIONS_MAX = 128,
	WIRE_BACKLOG = 128,
};

/* How a script ended. */
#define WIRE_ENDS(X)                                                                               \
	X(DONE, "done") /* to its end */                                                           \
	X(FIN, "fin") /* we closed, as the script says */                                          \
	X(RESET, "reset") /* we reset, as the script says */                                       \
	X(GONE, "gone") /* the client left before the end */

enum wire_end {
#define X(id, name) WIRE_END_##id,
	WIRE_ENDS(X)
#undef X
};

struct wire_handler {
	void *context;
	/* How the next connection is greeted. */
	enum tls_manner (*greet)(void *context);
	/* A whole request, borrowed until the script's end; so is its arena. Fills the script. */
	void (*serve)(void *context, const struct http_request *request, struct arena *arena,
		struct script *script);
	/* A marked action's last bytes were given to the kernel, and when; how a script ended. Only
	 * for a tag. */
	void (*sent)(void *context, uint64_t tag, struct marks marks, int64_t when_us);
	void (*over)(void *context, uint64_t tag, enum wire_end end, int64_t now_us);
};

/* port 0: a free one. The error names the port. */
struct wire *wire_new(struct event_base *base, int port, const struct wire_handler *handler,
	struct error *error) MUST_CHECK;
void wire_free(struct wire *wire); /* resets its connections */
int wire_port(const struct wire *wire);

/* true: connections are refused and the open ones reset, but the port stays ours. False with an
 * error when it could not be opened again. */
bool wire_refuse(struct wire *wire, bool refuse, struct error *error) MUST_CHECK;

#endif
