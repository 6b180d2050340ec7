#!/usr/bin/env bash
# reports/example/: what may leave of the newest demo run and of the newest comparison, as the README shows it.
. "$(dirname "$0")/lib.sh"
newest() { mapfile -t found < <(printf '%s\n' "$@" | sort); printf '%s\n' "${found[-1]}"; }  # names begin with the time
run=$(newest reports/*-reference-densenet-*/release)
compared=$(newest .demo/"${PATIENTS:-600}-${SEED:-1}"/compared/*/release)
rm -rf reports/example
mkdir -p reports/example/comparison
cp "$run"/* reports/example/
cp "$compared"/* reports/example/comparison/
say "reports/example/ is that of $(basename "$(dirname "$run")")"
