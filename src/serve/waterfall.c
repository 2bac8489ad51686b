#include "serve/waterfall.h"

#include "serve/axis.h"
#include "serve/words.h"

enum { TELLABLE_US = 100 };

struct phases {
	struct arena *arena;
	struct value *list;
	int64_t reached_us, length_us;
	bool lost; /* one did not happen: none after it did */
};

static int64_t longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t waterfall_length(const struct exhibit *exhibit)
{
	int64_t length_us = longer(exhibit->timing.total_us, exhibit->timing.ttfb_us);
	if (exhibit->is_stream)
		length_us = longer(length_us, exhibit->stream.end_us);
	if (exhibit->n_frames)
		length_us = longer(length_us, exhibit->frames[exhibit->n_frames - 1].at_us);
	return longer(length_us, 1);
}

static const char *length_of(struct arena *arena, int64_t us)
{
	return us < TELLABLE_US ? "< 0.1\xc2\xa0ms" : words_latency(arena, us);
}

static void put(struct phases *p, const char *label, const char *kind, int64_t to_us, bool lost)
{
	struct value *phase = value_item(p->arena, p->list);
	value_text(p->arena, phase, "label", label);
	value_text(p->arena, phase, "class", kind);
	value_text(p->arena, phase, "x", axis_place(p->arena, p->reached_us, p->length_us));
	value_text(p->arena, phase, "width",
		axis_place(p->arena, to_us - p->reached_us, p->length_us));
	value_text(p->arena, phase, "length", length_of(p->arena, to_us - p->reached_us));
	value_bool(p->arena, phase, "lost", lost);
}

/* at_us: when the phase ended; -1: it did not, and all that was left went by in it. */
static void add(struct phases *p, const char *label, const char *kind, int64_t at_us)
{
	if (p->lost)
		return;
	p->lost = at_us < 0;
	int64_t to_us = longer(p->lost ? p->length_us : at_us, p->reached_us);
	put(p, label, p->lost ? "lost" : kind, to_us, p->lost);
	p->reached_us = to_us;
}

static bool is_https(const struct exhibit *exhibit)
{
	return exhibit->url && strncmp(exhibit->url, "https:", 6) == 0;
}

void waterfall_add(
	struct arena *arena, struct value *object, const struct exhibit *exhibit, int64_t length_us)
{
	const struct timing *timing = &exhibit->timing;
	struct phases p = {.arena = arena, .length_us = length_us};
	p.list = value_list(arena, object, "phases");
	add(&p, "DNS", "dns", timing->dns_us);
	add(&p, "Connect", "connect", timing->connect_us);
	if (timing->tls_us > timing->connect_us || (timing->ttfb_us < 0 && is_https(exhibit)))
		add(&p, "TLS", "tls", timing->tls_us);
	add(&p, "First byte", "wait", timing->ttfb_us);
	if (exhibit->is_stream)
		add(&p, "First token", "think", exhibit->stream.ttft_us);
	add(&p, "Done", "receive", timing->total_us);
}
