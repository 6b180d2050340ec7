#!/usr/bin/env bash
# The whole path on synthetic patients: warehouse, partition, evaluation, report.
. "$(dirname "$0")/lib.sh"
patients=${PATIENTS:-600}
seed=${SEED:-1}
work=.demo/$patients-$seed
nccid=.venv/bin/nccid-eval
mkdir -p .demo
[ -f "$work/warehouse/synthetic-truth.json" ] ||
  "$nccid" synth "$work/warehouse" --patients "$patients" --seed "$seed"
[ -f "$work/partition/manifest.json" ] ||
  "$nccid" partition build "$work/warehouse" -o "$work/partition"
exec "$nccid" evaluate submissions/reference-densenet -p "$work/partition"
