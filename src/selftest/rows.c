#include "selftest/rows.h"

#include "base/clock.h"
#include "base/text.h"

enum {
	FAULT_SPAN_S = 600, /* of a fault that lasts: longer than the self-test */
	BEYOND_S = 1, /* a fault's pause, beyond what is expected */
	PAUSE_MS = 500, /* a legal pause so long comes once in an answer, a shorter one often */
	ONCE_PART = 4, /* of the smallest limit */
	OFTEN_PART = 64,
};

static bool wanted(const struct cli *cli, const char *name)
{
	for (size_t i = 0; i < cli->n_faults; i++)
		if (text_glob(cli->faults[i], name))
			return true;
	return cli->n_faults == 0;
}

static bool names_fit(struct arena *arena, const struct cli *cli, const struct sim_fault *faults,
	size_t n, struct error *error)
{
	const char **names = ARENA_ARRAY(arena, n + 1, const char *);
	for (size_t i = 0; i < n; i++)
		names[i] = faults[i].name;
	for (size_t i = 0; i < cli->n_faults; i++) {
		size_t k = 0;
		while (k < n && !text_glob(cli->faults[i], names[k]))
			k++;
		if (k < n)
			continue;
		const char *near = text_nearest(cli->faults[i], names);
		return error_set(error,
			near ? "--fault: there is no \"%s\"; did you mean \"%s\"?"
			     : "--fault: there is no \"%s\"; janus-sim --list-faults lists them",
			cli->faults[i], near);
	}
	return true;
}

static int64_t legal_span(const struct sim_fault *fault, int64_t smallest_us)
{
	bool once = fault->span_us >= PAUSE_MS * US_PER_MS;
	int64_t span_us = smallest_us / (once ? ONCE_PART : OFTEN_PART) / US_PER_MS * US_PER_MS;
	if (span_us > fault->span_us)
		span_us = fault->span_us;
	return span_us < US_PER_MS ? US_PER_MS : span_us;
}

static int64_t span_of(const struct sim_fault *fault, int64_t smallest_us, int64_t largest_us)
{
	int64_t beyond_us = largest_us + BEYOND_S * US_PER_S;
	if (fault->legal)
		return legal_span(fault, smallest_us);
	switch (fault->span) {
	case SIM_SPAN_SINCE_SET: return FAULT_SPAN_S * US_PER_S;
	case SIM_SPAN_PAUSE: return beyond_us > fault->span_us ? beyond_us : fault->span_us;
	case SIM_SPAN_NONE:
	case SIM_SPAN_EACH: break;
	}
	return fault->span_us;
}

static struct selftest_row row_of(
	struct arena *arena, const struct sim_fault *fault, int64_t smallest_us, int64_t largest_us)
{
	struct selftest_row row = {
		.row = {.name = fault->name,
			.help = fault->help,
			.kind = fault->legal ? ROW_VARIANT : ROW_FAULT},
		.spec = fault->name,
		.tls = fault->tls,
	};
	char text[TEXT_DURATION_MAX];
	if (fault->span == SIM_SPAN_NONE)
		return row;
	int64_t span_us = span_of(fault, smallest_us, largest_us);
	row.spec = arena_printf(arena, "%s=%s", fault->name, text_duration(span_us, text));
	row.pause_us = fault->span == SIM_SPAN_PAUSE && !fault->legal ? span_us : 0;
	return row;
}

const struct selftest_row *selftest_rows(struct arena *arena, const struct cli *cli,
	int64_t smallest_us, int64_t largest_us, size_t *n, struct error *error)
{
	size_t n_faults = sim_faults(NULL, 0);
	struct sim_fault *faults = ARENA_ARRAY(arena, n_faults, struct sim_fault);
	struct selftest_row *rows = ARENA_ARRAY(arena, n_faults + 1, struct selftest_row);
	sim_faults(faults, n_faults);
	if (!names_fit(arena, cli, faults, n_faults, error))
		return NULL;
	rows[0].row = (struct row){.name = "healthy", .help = "as it is", .kind = ROW_HEALTHY};
	*n = 1;
	for (enum row_kind kind = ROW_FAULT; kind <= ROW_VARIANT; kind++)
		for (size_t i = 0; i < n_faults; i++) {
			const struct sim_fault *fault = &faults[i];
			if (fault->legal != (kind == ROW_VARIANT) || !wanted(cli, fault->name))
				continue;
			rows[(*n)++] = row_of(arena, fault, smallest_us, largest_us);
		}
	return rows;
}
