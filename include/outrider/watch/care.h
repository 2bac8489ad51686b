/* watch/care.h - what people say of an open incident: that they take care of it, and until when. */
#ifndef OUTRIDER_WATCH_CARE_H
#define OUTRIDER_WATCH_CARE_H

#include "watch/incident.h"

/* A person takes care of it until then (wall time; 0: until it is over), or notes something of it. */
void care_take(struct incident *incident, int64_t until_us, struct incident_changes *changes);
void care_note(const struct incident *incident, struct incident_changes *changes);
/* Until when nobody is to be reminded; 0: nobody ever took care. */
int64_t care_until(const struct incident *incident);
/* Whether that is over by now, and still to be said; */
bool care_is_over(const struct incident *incident, int64_t now_us);
/* and it is said. */
void care_release(struct incident *incident, struct incident_changes *changes);

#endif
