/* alarm.h - a libevent timer by another name: a run has a struct event of its own
 * (check/run.h). Loop thread. */
#ifndef OUTRIDER_ENGINE_ALARM_H
#define OUTRIDER_ENGINE_ALARM_H

#include <stdint.h>

struct alarm;
struct event_base;

struct alarm *alarm_new(struct event_base *base, void (*ring)(void *ctx), void *ctx);
void alarm_free(struct alarm *alarm); /* NULL is fine; it won't ring */

/* Rings once, so long from now; replaces what was set. Never from inside. */
void alarm_set(struct alarm *alarm, int64_t wait_us);
/* Rings in this turn of the loop, once however often it is called. */
void alarm_now(struct alarm *alarm);
void alarm_clear(struct alarm *alarm);

#endif
