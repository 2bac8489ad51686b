/* store/library.h - what SQLite has to say goes into the log. */
#ifndef OUTRIDER_STORE_LIBRARY_H
#define OUTRIDER_STORE_LIBRARY_H

/* Before the first use of SQLite; later it changes nothing. Any thread. */
void library_log(void);

#endif
