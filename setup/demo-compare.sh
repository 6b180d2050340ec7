#!/usr/bin/env bash
# The second model on the demo's partition, and both side by side. The demo has run before: make demo-compare.
. "$(dirname "$0")/lib.sh"
work=.demo/${PATIENTS:-600}-${SEED:-1}
nccid=.venv/bin/nccid-eval
"$nccid" evaluate submissions/reference-torchvision -p "$work/partition" --leakage "$work/leakage.json"
runs=()
for model in densenet shufflenet; do
  mapfile -t found < <(printf '%s\n' reports/*-reference-"$model"-* | sort)
  runs+=("${found[-1]}")  # names begin with the time
done
out=$work/compared/$(basename "${runs[1]}")
mkdir -p "$work/compared"
exec "$nccid" compare "${runs[@]}" -o "$out"
