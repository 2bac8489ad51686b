/* config/sources.h - finds and reads the files of a configuration and makes one tree of them. */
#ifndef OUTRIDER_SRC_CONFIG_SOURCES_H
#define OUTRIDER_SRC_CONFIG_SOURCES_H

#include "config/problems.h"

enum { SOURCE_FILES_MAX = 1000 };

/* path: a file, a folder, or NULL for the built-in suite. Services, signatures and checks of all
 * files come together; everything else may stand once. NULL: nothing could be read (reported). */
struct node *sources_read(const char *path, struct arena *arena, struct problems *problems);

#endif
