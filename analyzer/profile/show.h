/* Profiles for people: `profile list`, `profile show ID`, and a canonical text for tests. */
#ifndef PLUMBLINE_PROFILE_SHOW_H
#define PLUMBLINE_PROFILE_SHOW_H

#include <stdio.h>

#include "base/wr.h"
#include "profile/model.h"
#include "profile/policy.h"

/*
 * Reads like the document: sources, parameters, then each rule with service, direction, ports, peers, why, what breaks
 * when it is denied and which statement says so; notes. The caller looks at ferror() of `to`; 0, or -ENOMEM.
 */
int profile_show(const struct profile *p, FILE *to);

/* "google-push   Google push …" in one line. */
int profile_summary(const struct profile *p, FILE *to);

/* The profile as YAML with every value written out; it loads to the same profile, but for marks and files. */
void profile_dump(const struct profile *p, struct wr *w);

/* "tcp 5228-5230", "udp 67 from the device's 68", for reports; the text ends with a NUL. */
void rule_ports_text(const struct profile *p, const struct rule *r, struct wr *w);

/* "connectivity is simplified and vpn is no, or modem is yes"; nothing where the rule always holds. */
void rule_when_text(const struct profile *p, const struct rule *r, struct wr *w);

/* "mtalk.google.com (+ 13 names), address set google"; `max` names and addresses are written out, 0: all. */
void rule_peers_text(const struct profile *p, const struct rule *r, unsigned max, struct wr *w);

#endif
