/* The request to stop: SIGINT, SIGTERM, SIGHUP. What was read until then is judged and reported as incomplete. */
#ifndef PLUMBLINE_CLI_INTERRUPT_H
#define PLUMBLINE_CLI_INTERRUPT_H

#include <stdbool.h>

/* Catches the signals that ask to stop, without restarting system calls, and ignores SIGPIPE: writes say EPIPE. */
void interrupt_catch(void);
bool interrupt_seen(void);

#endif
