#!/bin/sh
# No sample capture may show a fault to tshark: nothing malformed, no error, no wrong checksum. Skips (77) without tshark.
# usage: check_tshark.sh FOLDER
set -u
command -v tshark >/dev/null || { echo "skipped: tshark is not installed"; exit 77; }
fault='_ws.malformed || _ws.expert.severity == error || ip.checksum.status == "Bad" || tcp.checksum.status == "Bad"
	|| udp.checksum.status == "Bad" || icmp.checksum.status == "Bad" || icmpv6.checksum.status == "Bad"'
export fault

# Prints the faults of the captures given, under their names.
# shellcheck disable=SC2016 # it is for the shells below
faults='for capture; do
	found=$(tshark -n -r "$capture" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
		-Y "$fault" 2>&1 | grep -v "^Running as user")
	[ -z "$found" ] || printf "%s:\n%s\n" "${capture##*/}" "$found"
done'

# The check must be able to fail: the last byte of a good capture, which is TCP payload or header, changed.
damaged=$(mktemp) && trap 'rm -f "$damaged"' EXIT
size=$(wc -c <"$1/push-drop-alone.pcap")
head -c $((size - 1)) "$1/push-drop-alone.pcap" >"$damaged" && printf '\125' >>"$damaged"
[ -n "$(sh -c "$faults" faults "$damaged")" ] || { echo "tshark does not see a wrong checksum"; exit 1; }

found=$(printf '%s\0' "$1"/*.pcap | xargs -0 -n 8 -P 2 sh -c "$faults" faults)
[ -z "$found" ] || { echo "$found"; exit 1; }
