/*
 * Where packets come from: files, directories, standard input; many files are one capture, in time order.
 *
 * Files are merged by head time, then index in the list; within a file the order is the file's. A file that is cut or
 * corrupt gives all packets up to there, then one break that says at which packet and byte. Formats: classic pcap
 * (draft-ietf-opsawg-pcap; both byte orders, microseconds, nanoseconds, Kuznetzov's variant), pcapng
 * (draft-ietf-opsawg-pcapng), either of them compressed by gzip or zstd; all recognised by content. Link types are
 * handed out as they are on disk.
 */
#ifndef PLUMBLINE_CAPTURE_CAPTURE_H
#define PLUMBLINE_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/frame.h"

enum { CAPTURE_LINK_TYPES = 8, CAPTURE_WHY = 160 };

struct capture_options {
	const char *filter; /* BPF, before tunnels are opened; NULL for none */
	int64_t since, until; /* ns; 0 for none; packets of `since` itself pass, those of `until` do not */
	/*
	 * Regular files grow: at the end of one more is waited for, a record half written included, until its path names
	 * another file or none. One that has nothing to read at its end is left out of the order of time meanwhile: what
	 * comes later comes after what the others gave. A file named by itself may still be empty.
	 */
	bool follow;
	bool ahead; /* a thread may read a long file ahead */
};

enum capture_state { CAPTURE_WAITING, CAPTURE_OPEN, CAPTURE_DONE, CAPTURE_CUT, CAPTURE_CORRUPT };

/* What is known of one file; totals grow while it is read. */
struct capture_file {
	char *name;              /* as the user wrote it, or directory/name; "-" for standard input */
	enum capture_state state;
	uint32_t link_types[CAPTURE_LINK_TYPES];
	uint8_t link_types_n;
	uint64_t packets, bytes; /* whole packets read, before the filter; bytes on the wire */
	uint64_t passed;
	uint64_t unfit;          /* of those that did not pass: the filter cannot be compiled for their link type */
	uint64_t in_time;        /* between `since` and `until` */
	int64_t first, last;     /* time of the first and last of these */
	uint64_t size;           /* bytes of the file, 0 unknown */
	/*
	 * Bytes of the file read so far, as it is on disk. Where it broke: offset of the record that could not be read,
	 * of a compressed file in what it unpacks to; but where the compression itself is broken, that byte of the file.
	 */
	uint64_t offset;
	/*
	 * Packets that the capturing side lost, as the file says so far (pcapng): in all, and by its statistics at the
	 * interface and in the kernel. The first may be more than both: some losses are told beside packets only.
	 */
	uint64_t dropped, dropped_interface, dropped_kernel;
	char why[CAPTURE_WHY];   /* CUT and CORRUPT: what is wrong, for people */
};

struct capture;

/*
 * Opens and recognises every path. Of a directory: its regular files in byte order of their names, those that are
 * captures; others are counted in a warning; names that begin with a dot and directories in it are not looked at. What
 * may well hold a capture but cannot be read (another compression, another format, no permission) is an input left out.
 * Problems go to `d` with the path: an unreadable path, a directory without captures, a file that is no capture, a bad
 * filter. 0 when at least one capture can be read, else -EINVAL (nothing is a capture) or -errno; *ret_c set only on 0.
 */
int capture_open(struct capture **ret_c, const char *const *paths, size_t n, const struct capture_options *o,
		 struct diag_list *d);
void capture_close(struct capture *c);

enum capture_event {
	CAPTURE_FRAME, /* *ret_f is valid until the next call */
	CAPTURE_FILE,  /* *ret_file is the index of a file that was opened or ended: see its state */
	CAPTURE_END,
	CAPTURE_IDLE,  /* following: nothing new came for a tenth of a second, or a signal did */
};
enum capture_event capture_next(struct capture *c, struct frame *ret_f, size_t *ret_file);

/*
 * After CAPTURE_FRAME: the frames behind it, so many at most, which are valid as long as it. Fewer where they are not at
 * hand, or something else comes first: capture_next() says.
 */
size_t capture_more(struct capture *c, struct frame *ret_f, size_t max);

/*
 * No longer follows: a file that was at its end when last looked at ends there, others where theirs is now, as if they
 * were whole; what is half written belongs to the future and breaks nothing.
 */
void capture_stop_following(struct capture *c);

size_t capture_files(const struct capture *c);
const struct capture_file *capture_file(const struct capture *c, size_t i);
/* For progress: bytes read and bytes in all, 0 where unknown. */
void capture_progress(const struct capture *c, uint64_t *ret_done, uint64_t *ret_all);
/* True when no input was left out: every path was a capture and every file ended whole. */
bool capture_complete(const struct capture *c);

#endif
