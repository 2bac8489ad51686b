/* serve/page_status.h - the status page and its icon. The server's thread. */
#ifndef OUTRIDER_SERVE_PAGE_STATUS_H
#define OUTRIDER_SERVE_PAGE_STATUS_H

#include "serve/router.h"

route_handler page_status, page_favicon;

#endif
