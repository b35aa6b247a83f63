#!/bin/sh
# Profiles and sites with an error, and names that do not exist.
. "$(dirname "$0")/lib.sh"

mkdir bad good
cat >bad/lamp.yaml <<'YAML'
format: 1
id: lamp
title: A lamp
rules:
  - {id: cloud, service: Cloud, need: required, transport: tcp, ports: [65536], peers: {hosts: [lamp.example.com]}}
YAML
sed 's/65536/443/' bad/lamp.yaml >good/lamp.yaml
cat >site.yaml <<'YAML'
site: test
devices:
  - {address: 10.0.0.1, profile: google-push, nme: desk}
YAML
cat >two.yaml <<'YAML'
site: test
vantage: under
devices:
  - {address: 10.0.0.999, profile: google-push}
YAML

for sub in audit why; do
	args=capture.pcap
	[ $sub = audit ] || args='capture.pcap 1'
	# shellcheck disable=SC2086 # two words are meant
	{
		try $sub --site site.yaml $args
		gives 2 'site.yaml:3:'
		try $sub --site absent.yaml $args
		gives 2 'absent.yaml'
		try $sub --profiles bad $args
		gives 2 'lamp.yaml:5:'
		try $sub --profiles absent $args
		gives 2 'absent'
		try $sub --device 10.0.0.1=google-psh $args
		gives 2 'google-push'
		try $sub --device nonsense $args
		gives 2 '--device'
		try $sub --set nonsense $args
		gives 2 '--set'
	}
done
try --site two.yaml capture.pcap
[ "$status" -eq 2 ] || fail "exit status $status, not 2"
[ "$(grep -c '^plumbline: two.yaml:' "$here/err")" -eq 2 ] || fail "both errors should be said"
[ ! -s "$here/out" ] || fail "something was printed"

try --only google-psh capture.pcap
gives 2 'did you mean google-push?'
try --only port-blocked capture.pcap
gives 2 'did you mean port-blocked-silently?'
try --only zzzzzz capture.pcap
gives 2 "no device, profile or finding code 'zzzzzz'"

try profile list
[ "$status" -eq 0 ] || fail "exit status $status, not 0"
grep -q '^google-push' "$here/out" || fail "google-push is not listed"
grep -q '^ip-host' "$here/out" || fail "ip-host is not listed"
try profile list --profiles good
grep -q '^lamp' "$here/out" || fail "the user's profile is not listed"
grep -q '^google-push' "$here/out" || fail "the shipped profiles are gone"
try profile show google-push
[ "$status" -eq 0 ] || fail "exit status $status, not 0"
grep -q 5228 "$here/out" || fail "no port 5228"
try profile show google-psh
gives 2 'did you mean google-push?'
try profile show
gives 2 'plumbline profile show ID'
try profile shwo google-push
gives 2 'did you mean show?'
try profile check
gives 2 'plumbline profile check'
try profile check bad/lamp.yaml
gives 2 'bad/lamp.yaml:5:'
try profile check absent.yaml
gives 2 'absent.yaml'
try profile check good/lamp.yaml
[ "$status" -eq 0 ] || fail "exit status $status, not 0"
try profile check --strict good/lamp.yaml
[ "$status" -eq 2 ] || fail "exit status $status, not 2"
grep -q 'warning: good/lamp.yaml:5:5: .*cites nothing' "$here/err" || fail "a rule without a source is no warning"
try profile check "$PROJECT"/profiles/*.yaml "$PROJECT"/profiles/sites/*.yaml --strict
[ "$status" -eq 0 ] || fail "our own profiles have warnings"

# Whichever thread reads the profiles says what is wrong; where packets come from a pipe, before there is anything in it.
for threads in 1 2 3; do
	try audit --threads $threads --site absent.yaml capture.pcap
	gives 2 'absent.yaml'
	try audit --threads $threads --only nobody capture.pcap
	gives 2 "no device, profile or finding code 'nobody'"
done
mkfifo pipe
try audit --threads 3 --site absent.yaml pipe
gives 2 'absent.yaml'

try explain port-blocked-silently
[ "$status" -eq 0 ] || fail "exit status $status, not 0"
grep -qi contrast "$here/out" || fail "does not say how it is proven"
try explain port-blockd-silently
gives 2 'did you mean port-blocked-silently?'
try explain xyzzy
gives 2 "no such finding code 'xyzzy'"

PLUMBLINE_PROFILES=$here/nowhere try capture.pcap
gives 2 'no such folder of profiles'
done_testing
