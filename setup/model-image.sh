#!/usr/bin/env bash
# model-image.sh SUBMISSION… : builds a reference model's image without a network and saves it beside its submission.toml;
# where it has requirements.txt, their wheels are collected on the host first. Nothing is done where nothing has changed.
# The first ARG of a Dockerfile names its base image; a variable of that name (BASE, TORCHVISION_BASE) names another.
. "$(dirname "$0")/lib.sh"

# collect FOLDER NAME : the wheels of requirements.txt, where these have changed.
collect() {
  local folder=$1 wheels
  mkdir -p "$folder/wheels"
  wheels=$(stamp "$folder/requirements.txt")
  [ "$(cat "$folder/wheels/requirements-stamp" 2>/dev/null)" != "$wheels" ] || return 0
  say "collecting the wheels of $2 (torch among them: some 200 MB for the CPU)"
  .venv/bin/python -m pip download --quiet --disable-pip-version-check --only-binary=:all: --python-version 3.11 \
    -r "$folder/requirements.txt" -d "$folder/wheels"
  printf '%s\n' "$wheels" > "$folder/wheels/requirements-stamp"
}

build() {
  local folder=$1 name tag argument base wanted
  name=$(basename "$folder")
  tag=nccid-eval-$name:build
  IFS='= ' read -r _ argument base < <(grep -m1 '^ARG ' "$folder/Dockerfile")
  base=${!argument:-$base}
  wanted=$(stamp $(git ls-files --cached --others --exclude-standard "$folder" 2>/dev/null || find "$folder" -maxdepth 1 -type f ! -name '*.tar*'))-$base
  if [ -s "$folder/$name.tar" ] && [ "$(cat "$folder/$name.tar.stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
  if [ -f "$folder/requirements.txt" ]; then collect "$folder" "$name"; fi
  say "building the image of $name without a network"
  DOCKER_BUILDKIT=0 docker build --quiet --network none --build-arg "$argument=$base" -t "$tag" "$folder" >/dev/null
  docker image prune --force --filter label=org.nccid-eval.stage=wheels >/dev/null
  docker save "$tag" -o "$folder/$name.tar.part"
  mv "$folder/$name.tar.part" "$folder/$name.tar"
  printf '%s\n' "$wanted" > "$folder/$name.tar.stamp"
}

for folder in "$@"; do build "$folder"; done
