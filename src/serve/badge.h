/* serve/badge.h - /badge/ID/{status,uptime,latency}.svg: a word about one check for other people's pages. The
 * server's thread. */
#ifndef OUTRIDER_SERVE_BADGE_H
#define OUTRIDER_SERVE_BADGE_H

#include "serve/router.h"

route_handler badge;

#endif
