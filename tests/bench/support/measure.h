/* measure.h - what all benches share: a core to stand on, processor time, children that end. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>
#include <sys/types.h>

struct event_base;

/* This process, and what it forks later, on one core. Where there is no such core: any. */
void bench_pin(int core);

int64_t bench_cpu_us(void); /* user and system time of this process so far */

struct event_base *bench_base(void); /* with precise timers, as the engine wants it */

/* Forks; the child dies with its parent. 0 in the child. */
pid_t bench_fork(void);
void bench_end(pid_t pid);

/* A child that keeps a core busy. */
pid_t bench_spin(int core);

#endif
