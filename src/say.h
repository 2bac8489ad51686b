/* say.h - what goes wrong before the daemon runs, or beside its log, on standard error: as it is, or as
 * lines of the log when that is JSON, so that every line of it is. Any thread. */
#ifndef OUTRIDER_SAY_H
#define OUTRIDER_SAY_H

/* From now on a reader who stopped is not waited for (as log_raw); before, as long as it takes. */
void say_without_waiting(void);
/* A whole line, or several. */
void say_line(const char *line);
/* "outrider: TEXT" */
void say_error(const char *text);
/* Lines "FILE:LINE:COLUMN: what is wrong", each perhaps with an indented excerpt. */
void say_problems(const char *lines);

#endif
