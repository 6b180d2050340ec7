# Shared by the set-up scripts: saying what happens, and installing system packages only after saying so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'setup: %s\n' "$*" >&2; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# install PACKAGE… : Debian packages, as root, unless NO_INSTALL=1; otherwise says what to install.
install() {
  if [ "${NO_INSTALL:-0}" = 1 ]; then die "NO_INSTALL=1 is set. Please install: $*"; fi
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    die "Please install (on Debian or Ubuntu, as root: apt-get install $*): $*"
  fi
  say "installing Debian packages: $*"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends "$@" >&2
}

# stamp FILE… : one digest of their names and content, to see whether something must be made again.
stamp() { sha256sum "$@" | sha256sum | cut -c1-64; }
