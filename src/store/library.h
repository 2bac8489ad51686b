/* store/library.h - SQLite for the whole process: what it has to say goes into the log, and it does not count
 * its memory, which takes a lock at each piece. */
#ifndef OUTRIDER_STORE_LIBRARY_H
#define OUTRIDER_STORE_LIBRARY_H

/* Before the first use of SQLite; later it changes nothing. Any thread. */
void library_set_up(void);

#endif
