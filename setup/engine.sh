#!/usr/bin/env bash
# A container engine that answers: the one that is there, else Debian's docker.io, installed and started after saying so.
# And what an evaluation needs beside it: a seccomp profile to derive the sandbox's from, and mksquashfs to seal the input.
. "$(dirname "$0")/lib.sh"
log=/var/log/nccid-eval-dockerd.log

answers() { command -v docker >/dev/null && docker info >/dev/null 2>&1; }
wait_for_it() { for _ in $(seq 60); do answers && return 0; sleep 1; done; return 1; }

needed=()
[ -f /etc/containers/seccomp.json ] || [ -f /usr/share/containers/seccomp.json ] ||
  needed+=(golang-github-containers-common)
[ "$(id -u)" != 0 ] || command -v mksquashfs >/dev/null || needed+=(squashfs-tools)  # root alone can mount
[ ${#needed[@]} -eq 0 ] || install "${needed[@]}"

answers && exit 0
if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then install docker.io; fi
if [ "${NO_INSTALL:-0}" = 1 ] || [ "$(id -u)" != 0 ]; then
  die "no container engine answers: start Docker, or set DOCKER_HOST to one"
fi
if [ -d /run/systemd/system ]; then
  say "starting Docker by systemd"
  systemctl start docker || true
else
  say "starting dockerd without bridge and firewall rules (no container here has a network); log: $log"
  setsid dockerd --iptables=false --bridge=none >"$log" 2>&1 </dev/null &
fi
wait_for_it || die "Docker did not start within a minute; see $log or 'journalctl -u docker'"
