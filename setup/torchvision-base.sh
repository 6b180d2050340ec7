#!/usr/bin/env bash
# The base image of submissions/reference-torchvision: Debian with its own torch, torchvision and pydicom (120 MB to fetch,
# 1 GB on the engine). TORCHVISION_BASE=… names another one that is there.
. "$(dirname "$0")/lib.sh"
if [ -n "${TORCHVISION_BASE:-}" ]; then
  docker image inspect "$TORCHVISION_BASE" >/dev/null 2>&1 ||
    die "the image TORCHVISION_BASE=$TORCHVISION_BASE is not on the engine: pull or load it first"
  exit 0
fi
name=nccid-eval-torchvision:bookworm
docker image inspect "$name" >/dev/null 2>&1 && exit 0
command -v mmdebstrap >/dev/null || install mmdebstrap
say "making the base image $name from Debian packages"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What no model reads is left out: documents, maps, drivers of screens, torch's own tests.
left_out=('/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*' '/usr/share/proj/*' '/usr/lib/*/dri/*'
  '/usr/lib/python3/dist-packages/torch/bin/test_*' '/usr/lib/python3/dist-packages/torch/include/*')
mmdebstrap --quiet --variant=minbase --dpkgopt=force-unsafe-io "${left_out[@]/#/--dpkgopt=path-exclude=}" \
  --include=python3,python3-torch,python3-torchvision,python3-pydicom,python3-gdcm bookworm "$work/base.tar"
docker import "$work/base.tar" "$name" >/dev/null
