/* MACsec: IEEE 802.1AE. Integrity alone leaves the frame readable; the check value at its end is behind IP's length. */
#include "packet/step.h"

enum header step_macsec(struct walk *w)
{
	enum { ENCRYPTED = 0x08, CHANGED = 0x04, SECURE_CHANNEL = 0x20, VERSION = 0x80 };
	uint8_t tag = rd_u8(&w->r);

	rd_skip(&w->r, 1 + 4); /* short length, packet number */
	if (tag & SECURE_CHANNEL)
		rd_skip(&w->r, 8);
	if (w->r.err)
		return step_stop(w, w->r.err);
	if (tag & VERSION)
		return HEADER_OTHER;
	if (tag & (ENCRYPTED | CHANGED))
		return HEADER_ENCRYPTED;
	uint16_t type = rd_u16(&w->r);
	return w->r.err ? step_stop(w, w->r.err) : step_ethertype(w, type);
}
