/* Threads of ours: no signal is delivered in them, those are for the thread that waits for people. */
#ifndef PLUMBLINE_BASE_THREAD_H
#define PLUMBLINE_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* False where there is no thread to be had. Ended by pthread_join(). */
bool thread_start(pthread_t *ret_t, void *(*run)(void *), void *ctx);

/*
 * The calling thread works in short turns and others wait for what it gives: it asks to run soon when it wakes, for less
 * at a time. Linux 6.12 and later grant that (sched(7), custom slices); elsewhere nothing happens.
 */
void thread_short_turns(void);

#endif
