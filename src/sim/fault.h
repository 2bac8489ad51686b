/* sim/fault.h - what can be wrong (faults) or merely different (variants): one row each, made of
 * parts that combine. A set of active rows decides, request by request, which of them hit. Pure:
 * takes `now`. */
#ifndef OUTRIDER_SIM_FAULT_H
#define OUTRIDER_SIM_FAULT_H

#include "base/error.h"
#include "sim/reply.h"
#include "sim/sim.h"
#include "sim/tls.h"

#define SERVICES(X)                                                                                \
	X(GATEWAY, "gateway")                                                                      \
	X(CLI, "baseline-cli")                                                                     \
	X(LANGCHAIN, "baseline-langchain")                                                         \
	X(MEMORY, "memory")                                                                        \
	X(UI, "ui")

enum service_id {
#define X(id, name) SERVICE_##id,
	SERVICES(X)
#undef X
		SERVICES_N
};

const char *service_name(enum service_id service);

enum {
	ON_GATEWAY = 1 << SERVICE_GATEWAY,
	ON_CLI = 1 << SERVICE_CLI,
	ON_LANGCHAIN = 1 << SERVICE_LANGCHAIN,
	ON_MEMORY = 1 << SERVICE_MEMORY,
	ON_UI = 1 << SERVICE_UI,
	ON_BASELINES = ON_CLI | ON_LANGCHAIN,
	ON_CHAT = ON_GATEWAY | ON_BASELINES,
	ON_APIS = ON_CHAT | ON_MEMORY,
	ON_ALL = ON_APIS | ON_UI,
};

/* How a baseline is, seen at its own port and, as JANUS tells it, through the gateway. */
enum backend_state {
	BACKEND_UP,
	BACKEND_DOWN,
	BACKEND_KILLED, /* dies halfway */
	BACKEND_500,
	BACKEND_SILENT,
	BACKEND_ASLEEP, /* 429 of the host's proxy */
	BACKEND_WAKING, /* two of them, then an answer */
	BACKEND_UNDONE, /* ends without finish_reason and [DONE] */
	BACKEND_MODEL_FAILS,
	BACKEND_MODEL_CUT, /* fails halfway */
	BACKEND_NO_SANDBOX,
	BACKEND_NO_KEY,
};

/* Bugs and settings of single places. */
enum {
	QUIRK_DOCS_404 = 1 << 0,
	QUIRK_MODEL_FALLBACK = 1 << 1,
	QUIRK_EXTRACT_500 = 1 << 2,
	QUIRK_TRANSCRIBE_OFF = 1 << 3,
	QUIRK_LOCKED = 1 << 4, /* wants X-PreReleasePassword */
	QUIRK_MEMORY_FORGETS = 1 << 5,
	QUIRK_GATEWAY_MOCK = 1 << 6, /* no competitor configured */
	QUIRK_NO_VALIDATION = 1 << 7, /* whatever comes is answered 200 */
	QUIRK_AMNESIA = 1 << 8, /* earlier messages are ignored */
	QUIRK_NO_BASELINES = 1 << 9, /* in the list of models */
	QUIRK_USAGE = 1 << 10, /* usage though not asked for */
	QUIRK_NULLS = 1 << 11, /* null content in every delta without content */
	QUIRK_DEBUG_SILENT = 1 << 12,
	QUIRK_NEVER_STREAMS = 1 << 13, /* whole answers where a stream was asked for */
	QUIRK_ALWAYS_STREAMS = 1 << 14,
	QUIRK_ECHO = 1 << 15, /* the request's own head, in a 500's headers and body */
	QUIRK_SAYS_HEAD = 1 << 16, /* the same, as the model's words */
};

enum occasion {
	WHEN_ALWAYS,
	WHEN_AT_FIRST, /* for the span since it was set */
	WHEN_EVERY_OTHER, /* the first, the third, ... request it could hit */
};

enum { SWAPS_MAX = 5, FAULT_SPAN_MAX_S = 3600 };

struct swap {
	const char *from, *to;
};

/* As a header's value: */
#define CANNED_SELF "@self" /* the path of the request */
#define CANNED_OTHER_SCHEME "@scheme" /* its URL, https for http and the reverse */
#define CANNED_SOON "@soon" /* the date in half a minute */

struct canned {
	int status;
	const char *content_type;
	struct reply_header headers[3];
	const char *body;
};

/* In this order; where several rows hit, the parts add up, or the last one wins. */
struct effect {
	enum tls_manner tls; /* how the port greets */
	bool needs_tls; /* says nothing without it */
	bool refuse; /* without CHECKS: the listeners close; with them: reset */
	void (*script)(struct script *script, int64_t span_us); /* instead of any answer */
	const struct canned *canned; /* instead of the service's answer */
	unsigned quirks;
	enum backend_state backend;
	unsigned backends; /* ON_*: of whom */
	const char *says; /* the model's words; "" for none */
	bool says_null;
	void (*edit)(struct reply *reply, int64_t span_us);
	struct swap swaps[SWAPS_MAX]; /* of text, in bodies and events */
	unsigned wire;
	bool trickles; /* a byte at a time, DURATION apart */
	enum occasion when;
};

struct fault {
	const char *name;
	bool legal; /* a variant */
	unsigned services; /* ON_*: whose requests it can hit */
	const char *help;
	int64_t span_us; /* default of DURATION; 0: it takes none */
	struct effect effect;
};

struct fault_group {
	const char *title;
	const struct fault *rows;
	size_t n;
};

extern const struct fault_group *const fault_groups[]; /* then NULL */
size_t fault_rows(void); /* of all groups */
/* Row i of them all, in order, or NULL; its group's title too, unless that is NULL. */
const struct fault *fault_row(size_t i, const char **group);

extern const struct canned canned_asleep; /* a sleeping service, as its host answers for it */

const struct fault *fault_find(struct str name);

struct fault_use {
	const struct fault *fault;
	int64_t span_us;
	const char *spec; /* as given */
	const char *const *globs; /* NULL-terminated; NULL: every request */
	int64_t since_us;
	uint64_t seen; /* requests it could have hit */
};

/* A set owns its arena; values otherwise. */
struct fault_set {
	struct arena arena;
	struct fault_use uses[SIM_FAULTS_MAX];
	size_t n;
};

void fault_set_init(struct fault_set *set);
void fault_set_fini(struct fault_set *set);
/* NAME[=DURATION][@CHECKS]; the error suggests a name where one is near. */
bool fault_set_add(
	struct fault_set *set, struct str spec, int64_t now_us, struct error *error) MUST_CHECK;

struct fault_hit {
	const struct fault *fault;
	int64_t span_us;
};

struct fault_hits {
	struct fault_hit rows[SIM_FAULTS_MAX];
	size_t n;
};

/* Which rows hit this request. check: "" when unknown. Counts it. */
struct fault_hits fault_hit(
	struct fault_set *set, enum service_id service, const char *check, int64_t now_us);
/* Whether the service's listener is to be closed. */
bool fault_refuses(const struct fault_set *set, enum service_id service);

/* How the service's port greets: TLS_OFF when no row says. */
enum tls_manner fault_greets(const struct fault_set *set, enum service_id service);
/* The first row that only TLS can show, or NULL. */
const struct fault *fault_needs_tls(const struct fault_set *set);

/* The row's edit and swaps, if it has some. */
void fault_edit(const struct fault_hit *hit, struct reply *reply);

enum backend_state fault_backend(const struct fault_hits *hits, enum service_id baseline);
unsigned fault_quirks(const struct fault_hits *hits);
unsigned fault_wire(const struct fault_hits *hits);
/* The pause between two bytes, or 0: no row trickles. */
int64_t fault_trickle_us(const struct fault_hits *hits);
/* What the model says instead, or NULL. */
const struct effect *fault_says(const struct fault_hits *hits);

/* The check's id in a request id: all before the last '-'. */
struct str fault_check_of(struct str request_id);

#endif
