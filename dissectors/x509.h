/* What an X.509 certificate says of itself: names, issuer, validity, key size. No signature is checked. */
#ifndef PLUMBLINE_DISSECTORS_X509_H
#define PLUMBLINE_DISSECTORS_X509_H

#include "base/fact.h"
#include "base/rd.h"

/*
 * A DER certificate. RD_OK: *ret_c is all of it. RD_SHORT: *ret_c has what was captured whole, in the certificate's
 * order (issuer, validity, subject, key, names); names_more says that names may be missing. RD_OVERRUN: malformed, do
 * not believe *ret_c. Times in ns since 1970, clamped to what 64 bits can say. Spans point into `der`.
 */
enum rd_err x509_read(struct rd der, struct fact_tls_cert *ret_c);

#endif
