/* serve/feed.h - /feed.atom: the newest incidents (RFC 4287). The server's thread. */
#ifndef OUTRIDER_SERVE_FEED_H
#define OUTRIDER_SERVE_FEED_H

#include "serve/router.h"

route_handler feed;

#endif
