/* say.h - what goes wrong before the daemon runs, or beside its log, on standard error: as it is, or as
 * lines of the log when that is JSON, so that every line of it is. Any thread. */
#ifndef OUTRIDER_SAY_H
#define OUTRIDER_SAY_H

/* "outrider: TEXT" */
void say_error(const char *text);
/* Lines "FILE:LINE:COLUMN: what is wrong", each perhaps with an indented excerpt. */
void say_problems(const char *lines);

#endif
