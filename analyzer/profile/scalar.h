/*
 * The scalars of the profile language: what a value's text may be, and what it means. Every check returns NULL where
 * the text is right, else what is wrong with it as the end of a sentence; parsers trust the check and give zero
 * otherwise.
 */
#ifndef PLUMBLINE_PROFILE_SCALAR_H
#define PLUMBLINE_PROFILE_SCALAR_H

#include "profile/model.h"

enum { SCALAR_ID = 64, SCALAR_TEXT = 2000 };

/* A closed list of words; the last has a NULL word. */
struct word {
	const char *word;
	int value;
};

extern const struct word SCALAR_BOOLS[], SCALAR_INITIATORS[], SCALAR_TRANSPORTS[], SCALAR_REPLIES[], SCALAR_UPS[],
        SCALAR_NEEDS[], SCALAR_SCOPES[], SCALAR_GROUPS[], SCALAR_TLS[], SCALAR_KINDS[], SCALAR_DHCP[],
        SCALAR_SEVERITIES[], SCALAR_VANTAGES[], SCALAR_YESNO[], SCALAR_FORMATS[], SCALAR_FAMILIES[];

/* The word's value, or -1. */
int scalar_word(const struct word *words, struct span text);
/* The word of a value; "" where there is none. */
const char *scalar_word_of(const struct word *words, int value);

const char *scalar_check_text(struct span s);
const char *scalar_check_id(struct span s);
const char *scalar_check_port(struct span s); /* number, range, any, $parameter */
const char *scalar_check_status(struct span s); /* a status code or range of them: 204, 200-299 */
const char *scalar_check_prefix(struct span s);
const char *scalar_check_host(struct span s);     /* exact, *.below, .name-and-below */
const char *scalar_check_duration(struct span s); /* 900s, 15m, …, or $parameter */
const char *scalar_check_date(struct span s);     /* 2017, 2017-12, 2017-12-24 */
const char *scalar_check_oui(struct span s);
const char *scalar_check_mac(struct span s);  /* a whole address or an OUI */
const char *scalar_check_file(struct span s); /* a name beside the profile: no folder */

/* "5228" or "5228-5230". False for any and $parameter. */
bool scalar_port(struct span s, struct port_range *ret_r);
bool scalar_date(struct span s, int64_t *ret_ns);
/* "00:90:7a" into the first three bytes. */
bool scalar_oui(struct span s, struct mac *ret_m);
/* "$name": the name, else empty. */
struct span scalar_parameter(struct span s);

/* The value of a parameter of this kind; NULL, or what is wrong with it. The host points into the text. */
const char *scalar_value(enum parameter_kind kind, struct span s, struct parameter_value *ret_v);

/*
 * Of the n words, or ids at equal strides, the one that was probably meant: at most a third of the letters differ.
 * Empty where there is none.
 */
struct span scalar_nearest(struct span wrong, struct span (*at)(const void *list, size_t i), const void *list,
                           size_t n);

#endif
