/* serve/options.h - where pages are served. */
#ifndef OUTRIDER_SERVE_OPTIONS_H
#define OUTRIDER_SERVE_OPTIONS_H

struct serve_options {
	const char *listen; /* "127.0.0.1:8080", "[::1]:8080", ":8080"; port 0: any free one */
	int socket; /* one that listens already, from the service manager, instead; 0: none */
};

#endif
