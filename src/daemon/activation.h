/* daemon/activation.h - a socket that the service manager already listens on for us, by the protocol of
 * sd_listen_fds(3): LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, descriptors from 3 on. */
#ifndef OUTRIDER_ACTIVATION_H
#define OUTRIDER_ACTIVATION_H

#include "base/error.h"

#define ACTIVATION_NAME "http" /* FileDescriptorName= where there are several */

/* *fd: the socket of that name, or the only one; 0: none was passed to this process. False: none of
 * several has the name. The others are closed, the variables taken out of the environment. Before any
 * thread. */
bool activation_take(int *fd, struct error *error) MUST_CHECK;

#endif
