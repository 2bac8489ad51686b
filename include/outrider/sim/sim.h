/* sim/sim.h - the stand-in Janus: five services over real HTTP on loopback, healthy unless told
 * otherwise, and a sixth, "control", that no fault touches. Belongs to the thread of its
 * event_base. */
#ifndef OUTRIDER_SIM_SIM_H
#define OUTRIDER_SIM_SIM_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct sim;

enum { SIM_FAULTS_MAX = 64, SIM_SERVICES = 6 };

struct sim_options {
	/* Of the gateway; baseline-cli, baseline-langchain, memory, ui and control follow. 0: free
	 * ports. */
	int base_port;
	const char *const *faults; /* NAME[=DURATION][@CHECKS] each; read during sim_new only */
	size_t n_faults;
	bool story; /* a looped schedule of faults, until faults are set by hand */
};

/* NULL with an error when a port is taken or a fault unknown. */
struct sim *sim_new(
	struct event_base *base, const struct sim_options *options, struct error *error) MUST_CHECK;
void sim_free(struct sim *sim);

/* "gateway", "baseline-cli", "baseline-langchain", "memory", "ui", "control": in this order, then
 * NULL. */
const char *const *sim_services(void);
/* "http://127.0.0.1:8000", or NULL when there is no such service. Lives as long as sim. */
const char *sim_url(const struct sim *sim, const char *service);

/* Replaces all faults by these; on an error everything stays as it was. CHECKS: globs separated by
 * commas, against the check id in X-Request-ID. */
bool sim_set_faults(
	struct sim *sim, const char *const *specs, size_t n, struct error *error) MUST_CHECK;

struct sim_fault {
	const char *name;
	bool legal; /* a variant that must pass, not a fault that must be seen */
	const char *services; /* "gateway baseline-cli", or "all" */
	const char *help;
	int64_t span_us; /* what DURATION is when not given; 0: takes none */
};

/* The faults it knows, at most n of them into out; returns how many there are. */
size_t sim_faults(struct sim_fault *out, size_t n);
/* Whether spec names a known fault rightly. */
bool sim_fault_valid(const char *spec, struct error *error) MUST_CHECK;

#endif
