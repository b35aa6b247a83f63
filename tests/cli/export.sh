#!/bin/sh
# plumbline profile export ID --to csv: the rules as a firewall change request, with what a site sets.
. "$(dirname "$0")/lib.sh"

mkdir lamps
cat >lamps/lamp.yaml <<'YAML'
format: 1
id: lamp
title: A lamp
parameters:
  proxy: {kind: endpoint, help: the proxy}
  hub: {kind: address, list: true, help: the hubs}
choices: {way: [direct, proxied]}
address_sets:
  cloud: {as_of: 2024-01, prefixes: [192.0.2.0/24, "2001:db8::/32"]}
  crowd: {file: crowd.txt, shared: true}
rules:
  - id: cloud
    service: Cloud, direct
    purpose: 'says "on", then waits'
    when: {way: direct}
    need: required
    transport: tcp
    ports: [443, 8000-8010]
    peers: {hosts: ["*.lamp.example.com"], addresses: [198.51.100.7], sets: [cloud, crowd]}
    expect: {min_idle_timeout: {value: 1500ms, cites: guide}}
    denied_means: it stays dark
    cites: [guide#1, guide#2]
  - {id: proxied, service: Cloud, when: {way: proxied}, need: required, transport: tcp, ports: [$proxy], peers: {parameter: proxy}}
  - {id: hub, service: Hub, need: optional, initiator: peer, transport: [tcp, udp], device_ports: [9], peer_ports: [7], peers: {parameter: hub}}
  - {id: other, service: Lamps, need: allowed, transport: icmp, peers: {profile: lamp}}
YAML
printf 'as_of: 2025-02-03\n203.0.113.0/24\n' >lamps/crowd.txt
cat >site.yaml <<'YAML'
site: test
parameters: {proxy: "proxy.example.com:3128"}
devices:
  - {address: 10.0.0.0/24, profile: lamp, choices: {way: proxied}}
  - {mac: "02:00:5e:00:00:17", profile: lamp, choices: {way: direct}, parameters: {hub: [10.1.0.1, 10.1.0.2]}}
  - {address: 10.9.0.1, profile: google-push}
YAML

# table: what was printed, as another program reads it: one line a record, fields apart by |, which none of ours holds.
table() {
	python3 - "$here/out" <<'PYTHON' >"$here/table" || fail "no CSV that Python reads"
import csv, sys
text = open(sys.argv[1], newline="").read()
assert text.endswith("\r\n") and text.count("\n") == text.count("\r\n"), "RFC 4180: lines end in CR LF"
rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
assert all(len(r) == 12 for r in rows), "12 columns"
for r in rows:
    print("|".join(r))
PYTHON
}

# has PATTERN N: so many lines fit.
has() {
	n=$(grep -c -- "$1" "$here/table")
	[ "$n" -eq "$2" ] || {
		cp "$here/table" "$here/out"
		fail "$n lines, not $2, fit: $1"
	}
}

try profile export lamp --to csv --profiles lamps
[ "$status" -eq 0 ] || fail "exit status $status, not 0"
table
has '^rule|service|source|destination|transport|ports|direction|purpose|need|consequence if denied|minimum idle timeout (seconds)|statements cited$' 1
has '' 9
has '^cloud|Cloud, direct|the device (not set)|\*.lamp.example.com|tcp|443, 8000-8010|outbound|says "on", then waits|required where way is direct|it stays dark|2|guide#1, guide#2$' 1
has '^cloud|[^|]*|[^|]*|198.51.100.7|' 1
has '^cloud|[^|]*|[^|]*|192.0.2.0/24|' 1
has '^cloud|[^|]*|[^|]*|2001:db8::/32|' 1
has '^cloud|[^|]*|[^|]*|address set crowd: file crowd.txt of 2025-02-03, 1 prefix, others live there too|' 1
has '^proxied|Cloud|the device (not set)|$proxy (not set)|tcp|$proxy (not set)|outbound||required where way is proxied|||$' 1
has '^hub|Hub|$hub (not set)|the device (not set)|tcp/udp|9 (from port 7)|inbound||optional|||$' 1
has '^other|Lamps|the device (not set)|a device that is lamp (not set)|icmp||outbound||allowed|||$' 1

try profile export lamp --to csv --profiles lamps --site site.yaml
[ "$status" -eq 0 ] || fail "exit status $status, not 0"
table
has '^proxied|Cloud|10.0.0.0/24|proxy.example.com|tcp|3128|outbound||required|||$' 1
has '^cloud|Cloud, direct|MAC address 02:00:5e:00:00:17|' 5
has '^hub|Hub|10.1.0.[12]|MAC address 02:00:5e:00:00:17|' 2
has '^hub|Hub|$hub (not set)|10.0.0.0/24|' 1
has '^other|Lamps|10.0.0.0/24|MAC address 02:00:5e:00:00:17|' 1
has '^other|Lamps|MAC address 02:00:5e:00:00:17|10.0.0.0/24|' 1
has '' 12

try profile export lamp --to csv --profiles lamps --device 10.5.0.1=lamp --set hub=10.7.0.1
table
has '^hub|Hub|10.7.0.1|10.5.0.1|' 1
try profile export google-push --to csv --output push.csv
[ "$status" -eq 0 ] && [ ! -s "$here/out" ] || fail 'not into the file alone'
grep -q '^push,Google push (FCM),the device (not set),mtalk.google.com,tcp,5228-5230,outbound,' push.csv ||
	fail 'the file does not hold the push rule'
leaves capture.pcap lamps push.csv site.yaml

for id in $("$PROGRAM" profile list | cut -d ' ' -f 1); do
	try profile export "$id" --to csv
	[ "$status" -eq 0 ] || fail "exit status $status, not 0"
	table
done

try profile export --to csv
gives 2 'profile export ID --to csv'
try profile export google-push
gives 2 'into which form?'
try profile export google-push --to cvs
gives 2 'did you mean csv?'
try profile export google-push --to xlsx
gives 2 "no such form 'xlsx'; it is csv"
try profile export google-psh --to csv
gives 2 'did you mean google-push?'
try profile export google-push --to csv --strict
gives 2 '--strict is no option of profile export'
try profile show google-push --to csv
gives 2 '--to is no option of profile show'
try profile list --output x
gives 2 '--output is no option of profile list'
try profile export google-push --to csv --output absent/x.csv
gives 2 'cannot write absent/x.csv'
try profile export google-push --to csv --output /dev/full
gives 2 'cannot write /dev/full'
done_testing
