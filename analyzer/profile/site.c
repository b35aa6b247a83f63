/* A site from its tree: who is which device, what the profiles' parameters are here, what is of no interest. */
#include <errno.h>

#include "base/span.h"
#include "base/wr.h"
#include "profile/build.h"

enum { RAW_MAX = 64 * 1024 };

static uint32_t map_size(const struct yaml_node *map)
{
	return map && map->kind == YAML_MAP ? map->n : 0;
}

/* List items joined by ",": that is how the command line writes them. */
static struct span raw_value(struct build *b, const struct yaml_node *n)
{
	struct wr w;
	struct span s = { NULL, 0 };

	if (n->kind == YAML_TEXT)
		return n->text;
	wr_init(&w, RAW_MAX);
	for (const struct yaml_node *c = build_first(n); c; c = build_next(n, c)) {
		if (w.n)
			wr_char(&w, ',');
		wr_span(&w, c->text);
	}
	if (w.failed)
		build_error(b, n, "the list is too long");
	else
		s = w.n ? arena_copy(b->arena, (struct span){ (const uint8_t *)w.p, w.n }) : SPAN("");
	if (!w.failed && !s.p)
		b->no_memory = true;
	wr_free(&w);
	return s;
}

static struct setting *settings_build(struct build *b, const struct yaml_node *map, uint32_t *ret_n)
{
	struct setting *v = build_array(b, map_size(map), sizeof(*v));

	*ret_n = 0;
	for (const struct yaml_node *k = v ? map->first : NULL; k; k = k->next)
		if (k->value->kind != YAML_MAP)
			v[(*ret_n)++] = (struct setting){ build_mark(b, k), k->text, raw_value(b, k->value) };
	return v;
}

static struct pick *picks_build(struct build *b, const struct yaml_node *map, uint32_t *ret_n)
{
	struct pick *v = build_array(b, map_size(map), sizeof(*v));

	*ret_n = 0;
	for (const struct yaml_node *k = v ? map->first : NULL; k; k = k->next)
		if (k->value->kind == YAML_TEXT)
			v[(*ret_n)++] = (struct pick){ build_mark(b, k), k->text, k->value->text };
	return v;
}

static void device_profiles(struct build *b, const struct yaml_node *n, struct site_device *d)
{
	const struct yaml_node *list = yaml_get(n, "profiles"), *one = yaml_get(n, "profile");

	if ((list != NULL) == (one != NULL))
		build_error(b, n, "a device has profiles (an empty list exempts it) or one profile");
	if (list ? list->kind == YAML_LIST : one && one->kind == YAML_TEXT)
		d->profiles = build_texts(b, list ? list : one);
}

static void device_build(struct build *b, const struct yaml_node *n, struct site_device *d)
{
	struct span address = build_text(n, "address"), mac = build_text(n, "mac");

	d->mark = build_mark(b, n);
	d->name = build_text(n, "name");
	d->group = build_text(n, "group");
	d->many = build_bool(n, "many");
	d->has_prefix = address.n && prefix_parse(address, &d->prefix);
	d->has_oui = mac.n && scalar_oui(mac, &d->mac);
	d->has_mac = mac.n && !d->has_oui && mac_parse(mac, &d->mac);
	if (n->kind == YAML_MAP && !yaml_get(n, "address") && !yaml_get(n, "mac"))
		build_error(b, n, "a device needs an address or a mac");
	if (n->kind == YAML_MAP)
		device_profiles(b, n, d);
	d->settings = settings_build(b, yaml_get(n, "parameters"), &d->settings_n);
	d->choices = picks_build(b, yaml_get(n, "choices"), &d->choices_n);
	d->features = picks_build(b, yaml_get(n, "features"), &d->features_n);
}

/* The same address twice: only one of the entries could hold. */
static void check_twice(struct build *b, const struct yaml_node *n, const struct site *s, const struct site_device *d)
{
	for (const struct site_device *e = s->devices; e < d; e++)
		if (d->has_prefix && e->has_prefix && !d->has_mac && !d->has_oui && !e->has_mac && !e->has_oui &&
		    d->prefix.bits == e->prefix.bits && addr_eq(&d->prefix.addr, &e->prefix.addr))
			build_error(b, n, "this address is there twice, first in line %u", e->mark.line);
}

static void ignore_build(struct build *b, const struct yaml_node *n, struct site_ignore *i)
{
	i->mark = build_mark(b, n);
	i->transports = build_bits(yaml_get(n, "transport"), SCALAR_TRANSPORTS);
	ports_build(b, yaml_get(n, "ports"), NULL, &i->ports);
	i->ports.any = i->ports.n == 0;
	i->peers = build_prefixes(b, yaml_get(n, "peers"), &i->peers_n);
	i->why = build_text(n, "why");
	if (n->kind == YAML_MAP && !i->transports && i->ports.any && !yaml_get(n, "peers"))
		build_error(b, n, "an entry of ignore that names nothing would ignore everything");
}

int site_build(struct build *b, const struct yaml_node *root, struct site *ret_s)
{
	const struct yaml_node *devices = yaml_get(root, "devices"), *ignores = yaml_get(root, "ignore");
	struct site s = { .mark = build_mark(b, root), .id = build_text(root, "site") };

	s.vantage = (enum vantage)build_word(root, "vantage", SCALAR_VANTAGES, VANTAGE_UNKNOWN);
	s.networks = build_prefixes(b, yaml_get(root, "networks"), &s.networks_n);
	s.settings = settings_build(b, yaml_get(root, "parameters"), &s.settings_n);
	uint32_t n = devices && devices->kind == YAML_LIST ? devices->n : 0;
	s.devices = build_array(b, n, sizeof(*s.devices));
	for (const struct yaml_node *c = s.devices ? devices->first : NULL; c; c = c->next) {
		struct site_device *d = &s.devices[s.devices_n++];
		device_build(b, c, d);
		check_twice(b, c, &s, d);
	}
	n = ignores && ignores->kind == YAML_LIST ? ignores->n : 0;
	s.ignores = build_array(b, n, sizeof(*s.ignores));
	for (const struct yaml_node *c = s.ignores ? ignores->first : NULL; c; c = c->next)
		ignore_build(b, c, &s.ignores[s.ignores_n++]);
	if (b->no_memory)
		return -ENOMEM;
	*ret_s = s;
	return 0;
}
