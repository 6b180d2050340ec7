#!/usr/bin/env bash
# The base image: Debian with Python 3.11 and pip, made from Debian's packages. BASE=… names another one that is there.
. "$(dirname "$0")/lib.sh"
if [ -n "${BASE:-}" ]; then
  docker image inspect "$BASE" >/dev/null 2>&1 || die "the image BASE=$BASE is not on the engine: pull or load it first"
  exit 0
fi
name=nccid-eval-base:bookworm
docker image inspect "$name" >/dev/null 2>&1 && exit 0
command -v mmdebstrap >/dev/null || install mmdebstrap
say "making the base image $name from Debian packages"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mmdebstrap --quiet --variant=minbase --include=python3,python3-pip bookworm "$work/base.tar"
docker import "$work/base.tar" "$name" >/dev/null
