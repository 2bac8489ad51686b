/* output.h - standard output as something that can fail: closed, full, or a pipe nobody reads. */
#ifndef OUTRIDER_OUTPUT_H
#define OUTRIDER_OUTPUT_H

#include <stdbool.h>

/* First thing in main: where a standard descriptor is closed, puts one in its place that fails, so
 * that no socket or file is written to by mistake. */
void output_guard(void);

/* Writes out what waits. False when something could not be written, which is then said on standard
 * error, unless the reader has just gone away. */
bool output_flush(void);

#endif
