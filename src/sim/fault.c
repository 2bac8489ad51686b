#include "sim/fault.h"

#include "base/clock.h"
#include "base/text.h"
#include "sim/fault_parts.h"

#include <stdio.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

const char *service_name(enum service_id service)
{
	static const char *const names[] = {
#define X(id, name) [SERVICE_##id] = (name),
		SERVICES(X)
#undef X
	};
	return names[service];
}

const struct fault *fault_find(struct str name)
{
	const struct fault *fault;
	for (size_t i = 0; (fault = fault_row(i, NULL)); i++)
		if (str_eq(name, str_of(fault->name)))
			return fault;
	return NULL;
}

void fault_set_init(struct fault_set *set)
{
	*set = (struct fault_set){.n = 0};
	arena_init(&set->arena);
}

void fault_set_fini(struct fault_set *set)
{
	arena_fini(&set->arena);
	set->n = 0;
}

static bool unknown(struct arena *arena, struct str name, struct error *error)
{
	const char **names = ARENA_ARRAY(arena, fault_rows() + 1, const char *);
	const struct fault *fault;
	for (size_t i = 0; (fault = fault_row(i, NULL)); i++)
		names[i] = fault->name;
	const char *near = text_nearest(arena_strndup(arena, name), names);
	if (near)
		return error_set(
			error, "unknown fault \"%.*s\": did you mean \"%s\"?", STR_ARG(name), near);
	return error_set(error, "unknown fault \"%.*s\"", STR_ARG(name));
}

static bool read_span(struct fault_use *use, struct str text, struct error *error)
{
	if (use->fault->span_us == 0)
		return error_set(error, "fault \"%s\" takes no duration", use->fault->name);
	if (!text_parse_duration(text, &use->span_us) || use->span_us <= 0 ||
		use->span_us > FAULT_SPAN_MAX_S * US_PER_S)
		return error_set(error,
			"fault \"%s\": \"%.*s\" is no duration up to %ds, such as 6s",
			use->fault->name, STR_ARG(text), FAULT_SPAN_MAX_S);
	return true;
}

static size_t count(struct str s, char c)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

static const char *const *split_globs(struct arena *arena, struct str list)
{
	const char **globs = ARENA_ARRAY(arena, count(list, ',') + 2, const char *);
	size_t n = 0;
	while (list.n > 0) {
		ptrdiff_t comma = str_find(list, STR(","), false);
		struct str glob = {list.p, comma < 0 ? list.n : (size_t)comma};
		if (str_trim(glob).n)
			globs[n++] = arena_strndup(arena, str_trim(glob));
		list = str_from(list, glob.n + 1);
	}
	return globs;
}

bool fault_set_add(struct fault_set *set, struct str spec, int64_t now_us, struct error *error)
{
	if (set->n == SIM_FAULTS_MAX)
		return error_set(error, "more than %d faults", SIM_FAULTS_MAX);
	if (spec.n == 0)
		return error_set(error, "a fault without a name");
	ptrdiff_t at = str_find(spec, STR("@"), false);
	struct str name = {spec.p, at < 0 ? spec.n : (size_t)at};
	ptrdiff_t equals = str_find(name, STR("="), false);
	struct str span = equals < 0 ? (struct str){NULL, 0} : str_from(name, (size_t)equals + 1);
	if (equals >= 0)
		name.n = (size_t)equals;
	struct fault_use use = {
		.fault = fault_find(name),
		.spec = arena_strndup(&set->arena, spec),
		.since_us = now_us,
	};
	if (!use.fault)
		return unknown(&set->arena, name, error);
	use.span_us = use.fault->span_us;
	if (equals >= 0 && !read_span(&use, span, error))
		return false;
	if (at >= 0)
		use.globs = split_globs(&set->arena, str_from(spec, (size_t)at + 1));
	if (use.globs && use.fault->effect.tls)
		return error_set(error,
			"fault \"%s\" acts before a request is known: it takes no @CHECKS",
			use.fault->name);
	if (use.globs && !use.globs[0])
		return error_set(error, "fault \"%s\": no check after the @", use.fault->name);
	set->uses[set->n++] = use;
	return true;
}

static bool concerns(const struct fault_use *use, const char *check)
{
	if (!use->globs)
		return true;
	for (size_t i = 0; use->globs[i]; i++)
		if (text_glob(use->globs[i], check))
			return true;
	return false;
}

static bool is_time(struct fault_use *use, int64_t now_us)
{
	uint64_t before = use->seen++;
	switch (use->fault->effect.when) {
	case WHEN_ALWAYS: return true;
	case WHEN_AT_FIRST: return now_us < use->since_us + use->span_us;
	case WHEN_EVERY_OTHER: return before % 2 == 0;
	}
	return true;
}

struct fault_hits fault_hit(
	struct fault_set *set, enum service_id service, const char *check, int64_t now_us)
{
	struct fault_hits hits = {.n = 0};
	for (size_t i = 0; i < set->n; i++) {
		struct fault_use *use = &set->uses[i];
		if (use->fault->services & (1U << service) && concerns(use, check) &&
			is_time(use, now_us))
			hits.rows[hits.n++] = (struct fault_hit){use->fault, use->span_us};
	}
	return hits;
}

bool fault_refuses(const struct fault_set *set, enum service_id service)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct fault_use *use = &set->uses[i];
		const struct effect *effect = &use->fault->effect;
		unsigned whom =
			effect->backend == BACKEND_DOWN ? effect->backends : use->fault->services;
		if (effect->refuse && !use->globs && whom & (1U << service))
			return true;
	}
	return false;
}

enum tls_manner fault_greets(const struct fault_set *set, enum service_id service)
{
	enum tls_manner manner = TLS_OFF;
	for (size_t i = 0; i < set->n; i++) {
		const struct fault *fault = set->uses[i].fault;
		if (fault->effect.tls && fault->services & (1U << service))
			manner = fault->effect.tls;
	}
	return manner;
}

static bool is_of_tls(const struct fault *fault)
{
	return fault->effect.tls != TLS_OFF || fault->effect.needs_tls;
}

const struct fault *fault_needs_tls(const struct fault_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (is_of_tls(set->uses[i].fault))
			return set->uses[i].fault;
	return NULL;
}

enum backend_state fault_backend(const struct fault_hits *hits, enum service_id baseline)
{
	enum backend_state state = BACKEND_UP;
	for (size_t i = 0; i < hits->n; i++) {
		const struct effect *effect = &hits->rows[i].fault->effect;
		if (effect->backend != BACKEND_UP && effect->backends & (1U << baseline))
			state = effect->backend;
	}
	return state;
}

unsigned fault_quirks(const struct fault_hits *hits)
{
	unsigned quirks = 0;
	for (size_t i = 0; i < hits->n; i++)
		quirks |= hits->rows[i].fault->effect.quirks;
	return quirks;
}

unsigned fault_wire(const struct fault_hits *hits)
{
	unsigned wire = 0;
	for (size_t i = 0; i < hits->n; i++)
		wire |= hits->rows[i].fault->effect.wire;
	return wire;
}

int64_t fault_trickle_us(const struct fault_hits *hits)
{
	int64_t us = 0;
	for (size_t i = 0; i < hits->n; i++)
		if (hits->rows[i].fault->effect.trickles)
			us = hits->rows[i].span_us;
	return us;
}

const struct effect *fault_says(const struct fault_hits *hits)
{
	const struct effect *says = NULL;
	for (size_t i = 0; i < hits->n; i++) {
		const struct effect *effect = &hits->rows[i].fault->effect;
		if (effect->says || effect->says_null)
			says = effect;
	}
	return says;
}

struct str fault_check_of(struct str request_id)
{
	for (size_t i = request_id.n; i > 0; i--)
		if (request_id.p[i - 1] == '-')
			return (struct str){request_id.p, i - 1};
	return (struct str){request_id.p, 0};
}

void fault_edit(const struct fault_hit *hit, struct reply *reply)
{
	const struct effect *effect = &hit->fault->effect;
	if (effect->edit)
		effect->edit(reply, hit->span_us);
	for (size_t i = 0; i < SWAPS_MAX && effect->swaps[i].from; i++) {
		for (size_t k = 0; k < reply->n_frames; k++) {
			struct frame *frame = &reply->frames[k];
			if (frame->kind < FRAME_DONE)
				frame->text = part_swap(reply->arena, frame->text,
					effect->swaps[i].from, effect->swaps[i].to);
		}
	}
}

/* "gateway memory", or "all". Static: there are few sets. */
static const char *services_text(unsigned services)
{
	static char texts[1 << SERVICES_N][80];
	char *text = texts[services];
	if (services == ON_ALL)
		return "all";
	if (text[0])
		return text;
	for (size_t i = 0; i < SERVICES_N; i++) {
		if (!(services & (1U << i)))
			continue;
		size_t n = strlen(text);
		snprintf(text + n, sizeof(texts[0]) - n, "%s%s", n ? " " : "",
			service_name((enum service_id)i));
	}
	return text;
}

static enum sim_span span_of(const struct fault *fault)
{
	if (!fault->span_us)
		return SIM_SPAN_NONE;
	if (fault->effect.when == WHEN_AT_FIRST)
		return SIM_SPAN_SINCE_SET;
	return fault->effect.trickles ? SIM_SPAN_EACH : SIM_SPAN_PAUSE;
}

size_t sim_faults(struct sim_fault *out, size_t n)
{
	for (size_t i = 0; i < n && i < fault_rows(); i++) {
		const char *group;
		const struct fault *fault = fault_row(i, &group);
		out[i] = (struct sim_fault){
			.group = group,
			.name = fault->name,
			.legal = fault->legal,
			.services = services_text(fault->services),
			.help = fault->help,
			.span_us = fault->span_us,
			.span = span_of(fault),
			.tls = is_of_tls(fault),
			.connection = fault->effect.tls != TLS_OFF,
		};
	}
	return fault_rows();
}

bool sim_fault_valid(const char *spec, struct error *error)
{
	struct fault_set set;
	fault_set_init(&set);
	bool valid = fault_set_add(&set, str_of(spec), 0, error);
	fault_set_fini(&set);
	return valid;
}
