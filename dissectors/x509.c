/*
 * X.509 certificates, read straight through without recursion: the nesting that matters is fixed.
 *
 * RFC 5280, 4.1 (fields), 4.1.2.5 (times), 4.2.1.6 (subjectAltName); RFC 3279 and RFC 5480 (keys); X.690 (DER)
 */
#include "dissectors/x509.h"

#include "base/span.h"
#include "base/time.h"

enum der_tag {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	TBS_VERSION = 0xa0,    /* [0] EXPLICIT */
	TBS_EXTENSIONS = 0xa3, /* [3] EXPLICIT */
	NAME_DNS = 0x82,       /* GeneralName: [2] IMPLICIT IA5String */
};

#define OID_COMMON_NAME SPAN("\x55\x04\x03")
#define OID_ORGANIZATION SPAN("\x55\x04\x0a")
#define OID_SUBJECT_ALT_NAME SPAN("\x55\x1d\x11")
#define OID_RSA SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")

/* Curves by their parameters; the Edwards ones are the algorithm itself (RFC 8410). */
static const struct {
	const char *oid;
	uint8_t n;
	uint16_t bits;
} curves[] = {
	{ "\x2a\x86\x48\xce\x3d\x03\x01\x07", 8, 256 }, /* secp256r1 */
	{ "\x2b\x81\x04\x00\x22", 5, 384 },             /* secp384r1 */
	{ "\x2b\x81\x04\x00\x23", 5, 521 },             /* secp521r1 */
	{ "\x2b\x65\x70", 3, 256 },                     /* Ed25519 */
	{ "\x2b\x65\x71", 3, 456 },                     /* Ed448 */
};

/* The next element's content, and its tag; an empty reader after a failure of r. Lengths up to four bytes. */
static struct rd der_any(struct rd *r, uint8_t *ret_tag)
{
	uint8_t tag = rd_u8(r), first = rd_u8(r);
	size_t n = first;

	if (first & 0x80) {
		unsigned bytes = first & 0x7f;
		if (!r->err && (bytes == 0 || bytes > 4))
			rd_fail(r); /* indefinite, or beyond any certificate */
		for (n = 0; bytes && !r->err; bytes--)
			n = n << 8 | rd_u8(r);
	}
	*ret_tag = tag;
	return rd_sub(r, n);
}

/* The next element, which must have this tag. */
static struct rd der_expect(struct rd *r, uint8_t tag)
{
	uint8_t found;
	struct rd body = der_any(r, &found);

	if (!r->err && found != tag) {
		rd_fail(r);
		body.err = RD_OVERRUN;
		body.cap = body.len = 0;
	}
	return body;
}

static bool is_whole(const struct rd *r)
{
	return !r->err && r->cap == r->len;
}

struct name {
	struct span common, organization;
};

/* RFC 5280, 4.1.2.4: SEQUENCE OF SET OF SEQUENCE { type, value }. The last common name is the most specific. */
static enum rd_err name_read(struct rd r, struct name *ret_name)
{
	struct name name = { 0 };
	uint8_t tag;

	if (!is_whole(&r))
		return r.err ? r.err : RD_SHORT;
	while (rd_more(&r)) {
		struct rd set = der_expect(&r, DER_SET);
		while (rd_more(&set)) {
			struct rd pair = der_expect(&set, DER_SEQUENCE);
			struct rd type = der_expect(&pair, DER_OID), value = der_any(&pair, &tag);
			if (set.err || pair.err)
				return RD_OVERRUN;
			if (span_eq(rd_rest(&type), OID_COMMON_NAME))
				name.common = rd_rest(&value);
			else if (span_eq(rd_rest(&type), OID_ORGANIZATION))
				name.organization = rd_rest(&value);
		}
		if (set.err)
			return RD_OVERRUN;
	}
	if (r.err)
		return RD_OVERRUN;
	*ret_name = name;
	return RD_OK;
}

static uint8_t two_digits(struct rd *r)
{
	unsigned tens = rd_u8(r) - (unsigned)'0', ones = rd_u8(r) - (unsigned)'0';

	if (!r->err && (tens > 9 || ones > 9))
		rd_fail(r);
	return r->err ? 0 : (uint8_t)(tens * 10 + ones);
}

/* RFC 5280, 4.1.2.5: YYMMDDHHMMSSZ with 1950 to 2049, or YYYYMMDDHHMMSSZ. */
static int64_t time_read(struct rd *r)
{
	uint8_t tag;
	struct rd text = der_any(r, &tag);
	struct civil c = { 0 };

	if (r->err)
		return 0;
	if (tag == DER_GENERALIZED_TIME) {
		c.year = two_digits(&text) * 100;
		c.year += two_digits(&text);
	} else if (tag == DER_UTC_TIME) {
		c.year = two_digits(&text);
		c.year += c.year < 50 ? 2000 : 1900;
	} else {
		rd_fail(r);
		return 0;
	}
	c.month = two_digits(&text);
	c.day = two_digits(&text);
	c.hour = two_digits(&text);
	c.minute = two_digits(&text);
	c.second = two_digits(&text);
	if (!text.err && (c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31 || c.hour > 23 || c.minute > 59 ||
			  c.second > 60))
		rd_fail(&text);
	if (text.err) {
		r->err = text.err;
		r->cap = r->len = 0;
		return 0;
	}
	if (c.year > 2261)
		return INT64_MAX; /* 99991231235959Z: for ever (RFC 5280, 4.1.2.5) */
	return c.year < 1678 ? INT64_MIN : time_from_civil(&c);
}

/* RFC 3279, 2.3.1: SEQUENCE { modulus INTEGER, exponent INTEGER } in a BIT STRING. */
static uint16_t rsa_bits(struct rd bits)
{
	rd_skip(&bits, 1); /* number of unused bits */
	struct rd key = der_expect(&bits, DER_SEQUENCE), modulus = der_expect(&key, DER_INTEGER);
	size_t n = modulus.len;
	uint8_t top = rd_u8(&modulus);

	if (n > 1 && top == 0 && !modulus.err) {
		top = rd_u8(&modulus);
		n--;
	}
	if (bits.err || key.err || modulus.err || n > 8191 || top == 0)
		return 0;
	unsigned used = 8;
	while (!(top & 0x80)) {
		top = (uint8_t)(top << 1);
		used--;
	}
	return (uint16_t)((n - 1) * 8 + used);
}

/* RFC 5280, 4.1.2.7: SEQUENCE { SEQUENCE { algorithm, parameters }, BIT STRING }. 0 where the kind is unknown. */
static uint16_t key_bits_read(struct rd key)
{
	struct rd algorithm = der_expect(&key, DER_SEQUENCE);
	struct rd oid = der_expect(&algorithm, DER_OID);
	struct span kind = rd_rest(&oid);
	uint8_t tag;

	if (span_eq(kind, OID_RSA))
		return rsa_bits(der_expect(&key, DER_BIT_STRING));
	if (rd_more(&algorithm)) {
		struct rd parameters = der_any(&algorithm, &tag);
		if (tag == DER_OID)
			kind = rd_rest(&parameters);
	}
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (span_eq(kind, (struct span){ (const uint8_t *)curves[i].oid, curves[i].n }))
			return curves[i].bits;
	return 0;
}

/* RFC 5280, 4.2.1.6: SEQUENCE OF GeneralName. */
static enum rd_err alt_names_read(struct rd value, struct fact_tls_cert *c)
{
	struct rd list = der_expect(&value, DER_SEQUENCE);
	uint8_t tag;

	while (rd_more(&list)) {
		struct rd name = der_any(&list, &tag);
		if (list.err)
			break;
		if (tag != NAME_DNS)
			continue;
		if (!is_whole(&name))
			return RD_SHORT;
		if (c->names_n < FACT_NAMES)
			c->names[c->names_n++] = rd_rest(&name);
		else if (c->names_more < UINT16_MAX)
			c->names_more++;
	}
	return value.err ? value.err : list.err;
}

/* RFC 5280, 4.1.2.9: SEQUENCE OF SEQUENCE { OID, critical BOOLEAN DEFAULT FALSE, OCTET STRING } */
static enum rd_err extensions_read(struct rd r, struct fact_tls_cert *c)
{
	struct rd list = der_expect(&r, DER_SEQUENCE);
	uint8_t tag;

	while (rd_more(&list)) {
		struct rd ext = der_expect(&list, DER_SEQUENCE);
		struct rd oid = der_expect(&ext, DER_OID), value = der_any(&ext, &tag);
		if (rd_more(&ext) && tag != DER_OCTET_STRING)
			value = der_any(&ext, &tag);
		if (list.err || ext.err)
			return list.err ? list.err : ext.err;
		if (span_eq(rd_rest(&oid), OID_SUBJECT_ALT_NAME))
			return alt_names_read(value, c);
	}
	return r.err ? r.err : list.err;
}

/* Everything up to the key, in order; what was not captured whole stays empty. */
static enum rd_err body_read(struct rd *tbs, struct fact_tls_cert *c)
{
	struct name issuer = { 0 }, subject = { 0 };
	enum rd_err err;

	if (rd_peek(tbs, 0) == TBS_VERSION)
		(void)der_expect(tbs, TBS_VERSION);
	(void)der_expect(tbs, DER_INTEGER);  /* serial number */
	(void)der_expect(tbs, DER_SEQUENCE); /* signature algorithm */
	struct rd name = der_expect(tbs, DER_SEQUENCE);
	if (tbs->err || (err = name_read(name, &issuer)))
		return tbs->err ? tbs->err : err;
	c->issuer_org = issuer.organization;
	c->issuer = issuer.common.n ? issuer.common : issuer.organization;

	struct rd validity = der_expect(tbs, DER_SEQUENCE);
	int64_t before = time_read(&validity), after = time_read(&validity);
	if (tbs->err || validity.err)
		return tbs->err ? tbs->err : validity.err;
	c->not_before = before;
	c->not_after = after;

	name = der_expect(tbs, DER_SEQUENCE);
	if (tbs->err || (err = name_read(name, &subject)))
		return tbs->err ? tbs->err : err;
	c->subject = subject.common;

	struct rd key = der_expect(tbs, DER_SEQUENCE);
	if (tbs->err)
		return tbs->err;
	c->key_bits = key_bits_read(key);
	return is_whole(&key) ? RD_OK : RD_SHORT;
}

enum rd_err x509_read(struct rd der, struct fact_tls_cert *ret_c)
{
	struct fact_tls_cert c = { 0 };
	struct rd certificate = der_expect(&der, DER_SEQUENCE);
	struct rd tbs = der_expect(&certificate, DER_SEQUENCE);
	enum rd_err err = der.err ? der.err : certificate.err ? certificate.err : body_read(&tbs, &c);
	uint8_t tag;

	while (!err && rd_more(&tbs)) {
		struct rd field = der_any(&tbs, &tag);
		if (tbs.err)
			err = tbs.err;
		else if (tag == TBS_EXTENSIONS)
			err = extensions_read(field, &c);
	}
	if (err == RD_OVERRUN)
		return err;
	if (err == RD_SHORT && c.names_more < UINT16_MAX)
		c.names_more++;
	*ret_c = c;
	return err;
}
