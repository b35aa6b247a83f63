#!/bin/sh
# Stations that are declared one by one, and of which the capture has nothing, are named; nothing else is.
. "$(dirname "$0")/lib.sh"

cp "$PROJECT/pcaps/push-healthy.pcap" phone.pcap # 10.0.0.5, 00:90:7a:1a:2b:05
cat >site.yaml <<'YAML'
site: test
devices:
  - {address: 10.0.0.5, name: here, profile: google-push}
  - {mac: "00:90:7a:1a:2b:05", name: here-too, profile: google-push}
  - {address: 10.0.0.77, name: gone, profile: google-push}
  - {mac: "00:90:7a:ff:ff:ff", name: gone-too, profile: google-push}
  - {address: 10.0.0.78, name: exempt, profiles: []}
  - {address: 10.9.0.0/16, name: network, profile: google-push}
  - {mac: "00:11:22", name: vendor, profile: google-push}
YAML

# absent NAME...: exactly these are named as absent, in the results and in what reads them again.
absent() {
	[ "$status" -le 1 ] || fail "exit status $status"
	have=$(sed -n 's/.*"type":"device","id":"\([^"]*\)".*"absent":true.*/\1/p' "$here/out" | tr '\n' ' ')
	[ "$have" = "$(printf '%s ' "$@")" ] || fail "absent are $have, not $*"
}

try audit --site site.yaml --format jsonl phone.pcap
absent gone gone-too
try audit --site site.yaml --format jsonl --device 10.0.0.5=ip-host --device 10.0.0.77=ip-host --device 10.0.0.79=ip-host \
	phone.pcap
absent gone 10.0.0.79 gone-too
sed -n 's/.*"type":"device","id":"10.0.0.79",//p' "$here/out" | grep -q '"identified_by":"--device"' ||
	fail "does not say who declared it"
cp "$here/out" results.jsonl

said='Declared, and not in the capture: gone (10.0.0.77), 10.0.0.79, gone-too.'
try report results.jsonl
tr -s ' \n' ' ' <"$here/out" | grep -qF "$said" || fail "the report does not say: $said"
grep -q '^1 device; findings' "$here/out" || fail "what is not there is counted"
try report --only 10.0.0.5 results.jsonl
grep -q 'not in the capture' "$here/out" && fail "--only another one names them too"
try report --only gone results.jsonl
tr -s ' \n' ' ' <"$here/out" | grep -qF 'Declared, and not in the capture: gone (10.0.0.77).' || fail "--only gone does not say it"

# Without a site file, what --device named is no thing that was recognised; and where it was seen, nothing is missing.
try audit --device 10.0.0.77=google-push phone.pcap
[ "$status" -eq 3 ] || fail "exit status $status, not 3: there was nothing to vouch for"
grep -q 'the devices are those of --device' "$here/out" || fail "the head does not say whose devices they are"
grep -q 'No device was recognised' "$here/out" && fail "asks for what was said"
try audit --device 10.0.0.5=google-push phone.pcap
grep -q 'Recognised by --device' "$here/out" || fail "does not say who declared it"
grep -q 'not in the capture' "$here/out" && fail "names one that is there"
try audit phone.pcap
grep -q 'devices are known by what they do' "$here/out" || fail "the head is wrong where nobody declared any"
done_testing
