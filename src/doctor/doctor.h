/* doctor/doctor.h - --doctor: whether this machine is fit to watch. It asks the services for nothing but a
 * connection and the head of /, takes about ten seconds at most, and changes nothing. */
#ifndef OUTRIDER_DOCTOR_H
#define OUTRIDER_DOCTOR_H

#include "cli.h"
#include "inspect/paper.h"

enum { DOCTOR_NETWORK_US = 6000000 };

enum health_word { WELL, WARNING, PROBLEM };

struct doctor {
	struct paper paper;
	struct arena arena;
	const struct config *config;
	size_t warnings, problems;
};

/* Returns the exit status: 0 without a problem, 1 with one, 2 when the configuration is wrong. */
int doctor_run(const struct cli *cli);

void doctor_title(struct doctor *doctor, const char *title);
/* advice: what to do; or NULL. Both are printed without secrets. */
void doctor_say(
	struct doctor *doctor, enum health_word word, const char *finding, const char *advice);

void doctor_config(struct doctor *doctor); /* what it says that can't be meant */
void doctor_host(struct doctor *doctor); /* clock, user, limits, certificates, libraries */
void doctor_place(struct doctor *doctor); /* the database, its disk, the port */
void doctor_services(struct doctor *doctor); /* names, connections, certificates */

#endif
