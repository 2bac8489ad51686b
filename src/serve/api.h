/* serve/api.h - what programs read, as JSON. Times are RFC 3339 UTC, durations seconds, results and
 * incidents are named by 16 hex digits. The server's thread. */
#ifndef OUTRIDER_SERVE_API_H
#define OUTRIDER_SERVE_API_H

#include "serve/router.h"

route_handler api_status, api_checks, api_check; /* api.c */
route_handler api_check_results, api_result; /* api_history.c */
route_handler api_incidents, api_incident; /* api_incidents.c */
route_handler api_check_series; /* api_series.c */
route_handler api_events; /* api_events.c */
route_handler api_run, api_pause, api_resume, api_acknowledge, api_note; /* api_wishes.c */
route_handler api_windows, api_window, api_window_open, api_window_end; /* api_maintenance.c */
route_handler api_alerts; /* api_alerts.c */
route_handler api_alert_retry, api_alert_dismiss; /* api_alert_wishes.c */
route_handler api_healthz, api_readyz; /* api_health.c */
route_handler api_description; /* api_description.c */

#endif
