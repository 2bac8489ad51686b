/* sim/story.h - what goes wrong during a demonstration: a schedule of faults over minutes, looped.
 * Constant. */
#ifndef OUTRIDER_SIM_STORY_H
#define OUTRIDER_SIM_STORY_H

#include <stddef.h>
#include <stdint.h>

enum { STORY_FAULTS_MAX = 5 };

struct story_step {
	int64_t at_s; /* since the loop's start; rising, from 0 */
	const char *title;
	const char *faults[STORY_FAULTS_MAX + 1]; /* until the next step; NULL ends them */
};

extern const struct story_step story_steps[];
extern const size_t story_steps_n;
extern const int64_t story_length_s;

/* The step that holds at a time since the start, and when the next one begins. */
const struct story_step *story_at(int64_t since_us, int64_t *next_us);

#endif
