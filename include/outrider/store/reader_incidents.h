/* store/reader_incidents.h - what a reader knows of incidents. Of the reader's thread; rows and texts live in
 * the arena that they were asked for with. */
#ifndef OUTRIDER_STORE_READER_INCIDENTS_H
#define OUTRIDER_STORE_READER_INCIDENTS_H

#include "store/reader.h"

struct incident_row {
	uint64_t id;
	const char *check_id; /* of the check it is about; */
	const char *cause; /* and why that failed */
	int64_t opened_wall_us, resolved_wall_us; /* 0: open */
	uint64_t merged_into; /* 0: not */
	int64_t acknowledged_wall_us, acknowledged_until_wall_us; /* 0: nobody; no end */
	const char *acknowledged_by; /* "" */
	size_t n_checks; /* that are in it, or were */
};

enum incident_filter { INCIDENTS_ALL, INCIDENTS_OPEN, INCIDENTS_RESOLVED };

/* Newest first, those behind the incident `before` (0: from the newest). */
size_t reader_incidents(struct reader *reader, struct arena *arena, enum incident_filter filter,
	uint64_t before, size_t limit, struct incident_row **rows);

/* The other way: of which incident the `limit` resolved ones that end with `before` are the next older ones.
 * 0: of none, they begin with the newest. */
uint64_t reader_newer_incidents(struct reader *reader, uint64_t before, size_t limit);

struct incident_member {
	const char *check_id;
	int64_t joined_wall_us, left_wall_us; /* 0: it is down */
	const char *message; /* of its failure */
};

struct incident_moment {
	int64_t at_wall_us;
	const char *kind; /* "opened", "joined", ... */
	const char *check_id; /* "": of none */
	uint64_t key; /* of the result that shows it; 0: none */
	uint64_t other; /* incident that this one was merged into */
	const char *text, *by; /* who said it; "": nobody */
};

/* Of each at most so many: the members that came first, the end of the timeline. */
enum { INCIDENT_MEMBERS_MAX = 1000, INCIDENT_MOMENTS_MAX = 1000 };

struct incident_story {
	struct incident_row row;
	struct incident_member *members;
	size_t n_members;
	struct incident_moment *moments; /* in their order */
	size_t n_moments;
};

/* One incident whole. False: there is none of that id. */
bool reader_incident(
	struct reader *reader, struct arena *arena, uint64_t id, struct incident_story *story);

#endif
