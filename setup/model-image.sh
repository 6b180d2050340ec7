#!/usr/bin/env bash
# model-image.sh SUBMISSION… : collects a reference model's wheels on the host, builds its image without a network,
# and saves it beside its submission.toml. Nothing is done where nothing has changed.
. "$(dirname "$0")/lib.sh"
base=${BASE:-nccid-eval-base:bookworm}

build() {
  local folder=$1 name tag wanted wheels
  name=$(basename "$folder")
  tag=nccid-eval-$name:build
  wanted=$(stamp $(git ls-files "$folder" 2>/dev/null || find "$folder" -maxdepth 1 -type f ! -name '*.tar'))-$base
  if [ -s "$folder/$name.tar" ] && [ "$(cat "$folder/wheels/stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
  mkdir -p "$folder/wheels"
  wheels=$(stamp "$folder/requirements.txt")
  if [ "$(cat "$folder/wheels/requirements-stamp" 2>/dev/null)" != "$wheels" ]; then
    say "collecting the wheels of $name (torch among them: some 200 MB for the CPU)"
    .venv/bin/python -m pip download --quiet --disable-pip-version-check --only-binary=:all: --python-version 3.11 \
      -r "$folder/requirements.txt" -d "$folder/wheels"
    printf '%s\n' "$wheels" > "$folder/wheels/requirements-stamp"
  fi
  say "building the image of $name without a network"
  DOCKER_BUILDKIT=0 docker build --quiet --network none --build-arg "BASE=$base" -t "$tag" "$folder" >/dev/null
  docker image prune --force --filter label=org.nccid-eval.stage=wheels >/dev/null
  docker save "$tag" -o "$folder/$name.tar.part"
  mv "$folder/$name.tar.part" "$folder/$name.tar"
  printf '%s\n' "$wanted" > "$folder/wheels/stamp"
}

for folder in "$@"; do build "$folder"; done
