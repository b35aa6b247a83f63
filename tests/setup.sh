# What ./try and ./test have in common: the Debian packages, installed where they are missing, and a build folder.
# shellcheck shell=sh

# install_missing PACKAGE...: those, and what the build needs, that are not there yet; nothing else is touched.
install_missing() {
	command -v dpkg-query >/dev/null || return 0 # no Debian: meson says what it misses
	missing=
	for package in gcc libc6-dev meson ninja-build pkg-config libpcap-dev libyaml-dev uthash-dev libgcrypt20-dev \
		zlib1g-dev libzstd-dev libcbor-dev libndpi-dev libseccomp-dev check "$@"; do
		case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) in
		'install ok installed') ;;
		*) missing="$missing $package" ;;
		esac
	done
	[ -n "$missing" ] || return 0
	echo "installing:$missing" >&2
	root=
	if [ "$(id -u)" -ne 0 ]; then
		root=sudo
		command -v sudo >/dev/null || {
			echo "these packages are missing:$missing; install them, or run this as root" >&2
			return 1
		}
	fi
	$root apt-get -q update >&2 || return 1
	# shellcheck disable=SC2086 # words are meant
	$root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing >&2
}

# configure FOLDER OPTION...: once.
configure() {
	folder=$1
	shift
	[ -e "$folder/build.ninja" ] || meson setup "$folder" "$@" >&2
}
