/* For the tests of pcapng: its blocks, made byte by byte. */
#ifndef PLUMBLINE_TESTS_UNIT_MADE_PCAPNG_H
#define PLUMBLINE_TESTS_UNIT_MADE_PCAPNG_H

#include "test_capture.h"

/* pcapng: a block of this type around the body, both lengths. */
static inline void made_block(struct made *m, uint32_t type, const struct made *body)
{
	size_t padded = (body->n + 3) / 4 * 4;

	made_32(m, type);
	made_32(m, padded + 12);
	made_put(m, body->b, body->n);
	made_put(m, "\0\0\0", padded - body->n);
	made_32(m, padded + 12);
}

static inline void made_section(struct made *m)
{
	struct made b = { .big = m->big };

	made_32(&b, 0x1a2b3c4d);
	made_16(&b, 1);
	made_16(&b, 0);
	made_number(&b, UINT64_MAX, 8);
	made_block(m, 0x0a0d0d0a, &b);
	made_free(&b);
}

/* resolution 0 and offset 0: that option is left out. */
static inline void made_interface(struct made *m, uint32_t link_type, uint32_t snap, uint8_t resolution, int64_t offset)
{
	struct made b = { .big = m->big };

	made_16(&b, link_type);
	made_16(&b, 0);
	made_32(&b, snap);
	made_16(&b, 2); /* if_name: one byte, three of padding */
	made_16(&b, 1);
	made_put(&b, "e\0\0\0", 4);
	if (resolution) {
		made_16(&b, 9);
		made_16(&b, 1);
		made_put(&b, &resolution, 1);
		made_put(&b, "\0\0\0", 3);
	}
	if (offset) {
		made_16(&b, 14);
		made_16(&b, 8);
		made_number(&b, (uint64_t)offset, 8);
	}
	made_32(&b, 0);
	made_block(m, 1, &b);
	made_free(&b);
}

/* type 6 enhanced, 2 obsolete, 3 simple: interface and ticks are not written then. */
static inline void made_packet(struct made *m, uint32_t type, uint32_t interface, uint64_t ticks, uint32_t cap, uint32_t len,
			uint32_t seed)
{
	struct made b = { .big = m->big };

	if (type == 6) {
		made_32(&b, interface);
	} else if (type == 2) {
		made_16(&b, interface);
		made_16(&b, 9);
	}
	if (type != 3) {
		made_32(&b, ticks >> 32);
		made_32(&b, ticks & 0xffffffff);
		made_32(&b, cap);
	}
	made_32(&b, len);
	made_fill(&b, seed, cap);
	made_block(m, type, &b);
	made_free(&b);
}

#endif
