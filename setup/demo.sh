#!/usr/bin/env bash
# The whole path on synthetic patients: warehouse, partition, leakage audit, evaluation, report.
. "$(dirname "$0")/lib.sh"
patients=${PATIENTS:-600}
seed=${SEED:-1}
work=.demo/$patients-$seed
nccid=.venv/bin/nccid-eval
mkdir -p .demo
[ -f "$work/warehouse/synthetic-truth.json" ] ||
  "$nccid" synth "$work/warehouse" --patients "$patients" --seed "$seed"
if ! "$nccid" partition show "$work/partition" >/dev/null 2>&1; then  # none yet, or an older version's
  rm -rf "$work/partition" "$work/leakage.json"
  "$nccid" partition build "$work/warehouse" -o "$work/partition"
fi
[ -f "$work/leakage.json" ] ||
  "$nccid" partition leakage "$work/warehouse" --out "$work/leakage.json" ||
  case $? in 1 | 3 | 4) ;; *) exit 1 ;; esac  # what was found is for the report to say
exec "$nccid" evaluate submissions/reference-densenet -p "$work/partition" --leakage "$work/leakage.json"
