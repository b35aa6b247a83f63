#!/bin/sh
# What a device did that nobody declared weighs as the strictest of its profiles says, whichever stands first.
. "$(dirname "$0")/lib.sh"

profile() {
	cat <<YAML
format: 1
id: $1
title: $1
undeclared: {severity: $2, why: test}
rules:
  - {id: never, service: Never, need: optional, transport: tcp, ports: [9], peers: {hosts: [never.example.com]}}
YAML
}

# weighs SEVERITY PROFILE...: every undeclared destination of the device that has these profiles.
weighs() {
	want=$1
	shift
	printf 'site: test\ndevices:\n  - {address: 10.0.0.5, profiles: [%s]}\n' "$(echo "$*" | tr ' ' ,)" >site.yaml
	try audit --profiles own --site site.yaml --format jsonl --only 10.0.0.5 "$PROJECT/pcaps/call-healthy.pcap"
	grep '"code":"undeclared-destination"' "$here/out" | grep '"device":"10.0.0.5' >found || fail "nothing undeclared"
	if grep -v "\"severity\":\"$want\"" found >other; then
		fail "not all of them are $want: $(head -n 1 other)"
	fi
}

mkdir own
profile quiet info >own/quiet.yaml
profile middling low >own/middling.yaml
profile strict high >own/strict.yaml
weighs info quiet
weighs high quiet strict
weighs high strict quiet
weighs low quiet middling
weighs high middling strict quiet
done_testing
