/* Where the shipped profiles are. */
#ifndef PLUMBLINE_CLI_DATADIR_H
#define PLUMBLINE_CLI_DATADIR_H

#include <stddef.h>

enum { DATADIR_PATH = 4096 };

/*
 * $PLUMBLINE_PROFILES; else, for the program where it was installed, the folder that belongs to it; else `profiles` of
 * the source tree in which it was built. 0 with the path; -ENOENT where none of these is there.
 */
int datadir_profiles(char ret[DATADIR_PATH]);

#endif
