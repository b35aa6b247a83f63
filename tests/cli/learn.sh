#!/bin/sh
# plumbline profile learn: what was seen of a device as a profile and a site that load, and by which it is judged.
. "$(dirname "$0")/lib.sh"
cp "$PROJECT/pcaps/branch.pcap" branch.pcap || exit 99

# holds FILE TEXT
holds() {
	grep -qF -- "$2" "$1" || {
		cp "$1" "$here/out"
		fail "$1 does not hold: $2"
	}
}

try profile learn branch.pcap --device 10.0.0.5 --output phone.yaml
[ "$status" -eq 0 ] || fail "exit status $status, not 0"
[ ! -s "$here/out" ] || fail 'something was printed'
leaves branch.pcap capture.pcap phone.yaml phone-site.yaml
holds phone.yaml 'title: "learnt from branch.pcap", date: "2'
holds phone.yaml 'peers: {hosts: ["firebaseinstallations.googleapis.com"]}'
holds phone.yaml '# seen once, 1 came up; '
holds phone.yaml '  - id: in-tcp-22-198-51-100-23'
holds phone.yaml '    initiator: peer'
holds phone.yaml '#   - id: tcp-5228-mtalk.google.com'
holds phone.yaml 'failed (no-reply)'
holds phone-site.yaml 'address: "10.0.0.5", profiles: [learnt-10-0-0-5]'
try profile check --strict phone.yaml phone-site.yaml
[ "$status" -eq 0 ] || fail 'what was learnt does not load without a warning'

# What works is declared now; what failed is not.
try --profiles phone.yaml --site phone-site.yaml --format jsonl branch.pcap
[ "$status" -eq 1 ] || [ "$status" -eq 0 ] || fail "exit status $status"
! grep '"code":"undeclared-' "$here/out" | grep -q firebaseinstallations || fail 'a learnt service is undeclared'
grep '"type":"rule"' "$here/out" | grep -q '"rule":"tcp-443-firebaseinstallations.googleapis.com".*"status":"met"' ||
	fail 'a learnt rule is not met'

# The failed rules load too, once the # in front of them is gone.
sed 's/^# \( \)/\1/' phone.yaml >all.yaml
try profile check --strict all.yaml
[ "$status" -eq 0 ] || fail 'the failed rules do not load'
rm all.yaml

# A peer inside is the site's business.
python3 - branch.pcap inside.pcap <<'PYTHON' || exit 99
import sys
data = open(sys.argv[1], "rb").read()
open(sys.argv[2], "wb").write(data.replace(bytes([198, 51, 100, 23]), bytes([10, 3, 0, 23])))
PYTHON
try profile learn inside.pcap --device 10.0.0.5 --output inside.yaml
[ "$status" -eq 0 ] || fail "exit status $status, not 0"
holds inside.yaml 'peer_10_3_0_23: {kind: address, help: "the peer on tcp 22"}'
holds inside.yaml 'peers: {parameter: peer_10_3_0_23}'
holds inside-site.yaml 'peer_10_3_0_23: "10.3.0.23"'
try profile check --strict inside.yaml inside-site.yaml
[ "$status" -eq 0 ] || fail 'what was learnt does not load without a warning'

# On standard output the site is a comment of the profile.
try profile learn branch.pcap --device 10.0.0.5
[ "$status" -eq 0 ] || fail "exit status $status, not 0"
cp "$here/out" both.yaml
holds both.yaml '# site: learnt-10-0-0-5'
try profile check --strict both.yaml
[ "$status" -eq 0 ] || fail 'the text does not load without a warning'

head -c 3000 branch.pcap >cut.pcap
try profile learn cut.pcap --device 10.0.0.5
[ "$status" -eq 3 ] || fail "exit status $status, not 3"
holds "$here/out" 'was not read to its end'

rm -f ./*.yaml cut.pcap inside.pcap branch.pcap
try profile learn
gives 2 'profile learn CAPTURE --device ADDR'
try profile learn capture.pcap
gives 2 'profile learn CAPTURE --device ADDR'
try profile learn capture.pcap --device 10.0.0.1 --device 10.0.0.2
gives 2 'profile learn CAPTURE --device ADDR'
try profile learn capture.pcap --device 10.0.0.1=google-push
gives 2 'is no address'
try profile learn capture.pcap --device 192.0.2.77
gives 2 '192.0.2.77 is an end of no flow in capture.pcap'
try profile learn absent.pcap --device 10.0.0.5
gives 2 'absent.pcap'
try profile learn capture.pcap --device 10.0.10.5 --output absent/x.yaml
gives 2 'cannot write absent/x-site.yaml'
try profile learn capture.pcap --device 10.0.10.5 --output /dev/full
gives 2 'cannot write /dev/full'
try profile learn capture.pcap --device 10.0.10.5 --site x
gives 2 '--site is no option of profile learn'
leaves capture.pcap
done_testing
