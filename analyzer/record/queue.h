/*
 * Observations on their way from one thread to another: a bounded queue of deep copies, in order.
 *
 * What is put is copied, with all that it points at, behind what was put before, into a chunk; full chunks are handed
 * over whole and come back empty. Who puts waits while every chunk is full. With one thread the chunks are handed to
 * the sink by the thread that fills them; nothing else differs, so any number of threads gives the same bytes.
 */
#ifndef PLUMBLINE_RECORD_QUEUE_H
#define PLUMBLINE_RECORD_QUEUE_H

#include "record/obs.h"

struct obs_queue;

/*
 * `threads` above 1: `to` is called by a thread of the queue's own, in which no signal is delivered; where there is no
 * thread to be had, it is as with one. 0, or -ENOMEM. The sink's spans live as long as its call.
 */
int obs_queue_new(struct obs_queue **ret_q, unsigned threads, struct obs_sink to);
/* Where to put; one thread puts. An observation may come to the sink any time later, at the close at the latest. */
struct obs_sink obs_queue_sink(struct obs_queue *q);
/* Hands on all that was put, ends the thread and frees the queue. Accepts NULL. */
void obs_queue_close(struct obs_queue *q);

#endif
