/* Which format an input has, by its first bytes, and what to say of those that we do not read. */
#include "capture/source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct format *const formats[] = { &format_pcap, &format_pcapng };

/* Formats that people hand us by mistake. */
static const struct {
	const char *magic;
	size_t n;
	enum source_kind kind;
	const char *name;
} strangers[] = {
	{ "\x1f\x8b", 2, SOURCE_COMPRESSED, "gzip" },
	{ "\x28\xb5\x2f\xfd", 4, SOURCE_COMPRESSED, "zstd" },
	{ "\xfd" "7zXZ\0", 6, SOURCE_COMPRESSED, "xz" },
	{ "BZh", 3, SOURCE_COMPRESSED, "bzip2" },
	{ "\x04\x22\x4d\x18", 4, SOURCE_COMPRESSED, "lz4" },
	{ "PK\x03\x04", 4, SOURCE_COMPRESSED, "zip" },
	{ "snoop\0\0\0", 8, SOURCE_OTHER_FORMAT, "a snoop capture" },
	{ "GMBU", 4, SOURCE_OTHER_FORMAT, "a Network Monitor capture" },
	{ "RTSS", 4, SOURCE_OTHER_FORMAT, "a Network Monitor capture" },
	{ "TRSNIFF data", 12, SOURCE_OTHER_FORMAT, "a Sniffer capture" },
	{ "XCP", 4, SOURCE_OTHER_FORMAT, "a Sniffer capture" },
};

enum source_event source_broke(struct source *s, enum source_event e, uint64_t at, const char *format, ...)
{
	va_list ap;

	s->broke_at = at;
	va_start(ap, format);
	(void)vsnprintf(s->why, sizeof(s->why), format, ap);
	va_end(ap);
	size_t n = strlen(s->why);
	if (s->unpack && !s->unpack->broken)
		(void)snprintf(s->why + n, sizeof(s->why) - n, " (counted after unpacking)");
	return e;
}

/* What was read so far is all that can be unpacked. */
static enum source_event unpacking_broke(struct source *s, const char *what, uint64_t number)
{
	const struct unpack *u = s->unpack;

	if (u->broken == UNPACK_CUT)
		return source_broke(s, SOURCE_CUT, u->broke_at,
				    "the %s data ends too early, at byte %" PRIu64 " of the file: %s %" PRIu64
				    " is not whole", u->packing->name, u->broke_at, what, number);
	return source_broke(s, SOURCE_CORRUPT, u->broke_at,
			    "the %s data cannot be unpacked from byte %" PRIu64 " of the file on (%s): %s %" PRIu64
			    " is lost",
			    u->packing->name, u->broke_at, u->why, what, number);
}

static const char *error_text(int error)
{
	return error == ESTALE ? "it was replaced or made shorter meanwhile" : strerror(error);
}

enum source_event source_cut(struct source *s, uint64_t at, uint64_t want, const char *what, uint64_t number)
{
	uint64_t before = block_tell(&s->block) - at;

	if (s->block.waiting)
		return SOURCE_WAIT;
	if (s->unpack && s->unpack->broken)
		return unpacking_broke(s, what, number);
	if (s->block.error)
		return source_broke(s, SOURCE_CUT, at, "reading fails in %s %" PRIu64 " at byte %" PRIu64 ": %s", what,
				    number, at, error_text(-s->block.error));
	return source_broke(s, SOURCE_CUT, at,
			    "the file ends in %s %" PRIu64 " at byte %" PRIu64 ": %" PRIu64 " of %" PRIu64
			    " bytes are there", what, number, at, before + block_left(&s->block), before + want);
}

/* `in` says what it was unpacked from. */
static enum source_kind stranger(const uint8_t *head, size_t n, const char *in, char why[CAPTURE_WHY])
{
	if (!n) {
		(void)snprintf(why, CAPTURE_WHY, "%sempty file", in);
		return SOURCE_EMPTY;
	}
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		if (n < strangers[i].n || memcmp(head, strangers[i].magic, strangers[i].n) != 0)
			continue;
		if (strangers[i].kind == SOURCE_COMPRESSED)
			(void)snprintf(why, CAPTURE_WHY, "%scompressed (%s): unpack it first", in, strangers[i].name);
		else
			(void)snprintf(why, CAPTURE_WHY, "%s%s, not pcap or pcapng: convert it with editcap", in,
				       strangers[i].name);
		return strangers[i].kind;
	}
	(void)snprintf(why, CAPTURE_WHY, "%snot a pcap or pcapng capture; editcap converts captures of other formats",
		       in);
	return SOURCE_NO_CAPTURE;
}

/* All that is there of the first SOURCE_HEAD bytes. */
static const uint8_t *read_head(struct block *b, size_t *ret_n)
{
	const uint8_t *p = block_run(b, SOURCE_HEAD);

	*ret_n = p ? SOURCE_HEAD : block_left(b);
	return p ? p : block_run(b, *ret_n);
}

/* What is compressed is unpacked from here on. */
static int see_through(struct source *s, size_t block_size, unsigned window_log)
{
	struct input in;
	size_t n;
	const uint8_t *head = read_head(&s->block, &n);
	const struct packing *packing = unpack_recognise(head, n);

	if (!packing || s->block.waiting || s->block.error)
		return 0;
	int r = unpack_open(&s->unpack, &in, packing, &s->block, window_log);
	return r ? r : block_open(&s->block, in, block_size);
}

/* The first bytes, or what comes before the first record, could not be read. */
static int broken(struct source *s, enum source_kind *ret_kind, char why[CAPTURE_WHY])
{
	if (s->block.waiting)
		return -EAGAIN;
	if (s->block.error && !(s->unpack && s->unpack->broken))
		return s->block.error;
	memcpy(why, s->why, CAPTURE_WHY);
	*ret_kind = SOURCE_BROKEN;
	return -EINVAL;
}

static int choose_format(struct source *s, enum source_kind *ret_kind, char why[CAPTURE_WHY])
{
	char in[32] = "";
	size_t n;
	const uint8_t *head = read_head(&s->block, &n);

	if (s->block.waiting || s->block.error) {
		(void)source_cut(s, 0, SOURCE_HEAD, "packet", 1);
		return broken(s, ret_kind, why);
	}
	if (s->unpack)
		(void)snprintf(in, sizeof(in), "%s, and in it: ", s->unpack->packing->name);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]) && !s->format; i++)
		if (formats[i]->recognises(head, n))
			s->format = formats[i];
	if (!s->format) {
		*ret_kind = stranger(head, n, in, why);
		return -EINVAL;
	}
	s->state = calloc(1, s->format->state_size);
	return s->state ? 0 : -ENOMEM;
}

int source_open(struct source **ret_s, struct input in, size_t block_size, unsigned window_log,
		enum source_kind *ret_kind, char why[CAPTURE_WHY])
{
	struct source *s = calloc(1, sizeof(*s));
	if (!s) {
		in.type->close(in.state);
		return -ENOMEM;
	}
	s->link_type = SOURCE_NO_LINK_TYPE;
	int r = block_open(&s->block, in, block_size);
	if (!r)
		r = see_through(s, block_size, window_log);
	if (!r)
		r = choose_format(s, ret_kind, why);
	if (!r && s->format->open(s) != SOURCE_FRAME)
		r = broken(s, ret_kind, why);
	if (r) {
		source_close(s);
		return r;
	}
	*ret_s = s;
	return 0;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	if (s->state && s->format->close)
		s->format->close(s);
	free(s->state);
	block_close(&s->block);
	free(s);
}
