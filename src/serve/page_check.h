/* serve/page_check.h - the page of one check: how it stands, why it failed, how it did over time. The
 * server's thread. */
#ifndef OUTRIDER_SERVE_PAGE_CHECK_H
#define OUTRIDER_SERVE_PAGE_CHECK_H

#include "serve/router.h"

route_handler page_check;
/* The same without a database: what the board knows. */
route_handler page_check_bare;

#endif
