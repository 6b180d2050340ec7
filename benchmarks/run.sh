#!/usr/bin/env bash
# make bench: speed against peers as ratios in one run, the whole scorecard, coverage and false alarms. About ten minutes.
. "$(dirname "$0")/../setup/lib.sh"
if ! Rscript -e 'library(pROC)' >/dev/null 2>&1; then install r-base-core r-cran-proc; fi
python=.venv/bin/python
$python benchmarks/auc_bootstrap.py
$python benchmarks/scoring.py speed
$python benchmarks/scoring.py coverage --studies "${STUDIES:-5000}"
$python benchmarks/scoring.py coverage --studies "${STUDIES:-5000}" --patients 30
