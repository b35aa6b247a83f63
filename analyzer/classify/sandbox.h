/* What the worker locks itself in with, before it reads the first hostile byte. */
#ifndef PLUMBLINE_CLASSIFY_SANDBOX_H
#define PLUMBLINE_CLASSIFY_SANDBOX_H

#include <stdbool.h>

/*
 * No new privileges, bounded memory, and of all system calls those that memory, waiting and ending need. What is denied
 * kills the process, or fails with EPERM. 0 or -errno: then nothing hostile may be read.
 */
int sandbox_enter(bool deny_kills);

#endif
