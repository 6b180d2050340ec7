#!/usr/bin/env bash
# make bench: speed against peers as ratios in one run, the whole scorecard, coverage and false alarms, what the
# sandbox costs, what building a partition does, what reports and MLflow cost. About twenty-five minutes. Exits with 1
# where a bar is missed, after everything has run.
. "$(dirname "$0")/../setup/lib.sh"
if ! Rscript -e 'library(pROC)' >/dev/null 2>&1; then install r-base-core r-cran-proc; fi
bash setup/engine.sh
bash setup/base-image.sh
bash setup/browser.sh
bash setup/pdf.sh
python=.venv/bin/python
status=0
$python benchmarks/auc_bootstrap.py || status=1
$python benchmarks/scoring.py speed
$python benchmarks/scoring.py coverage --studies "${STUDIES:-5000}"
$python benchmarks/scoring.py coverage --studies "${STUDIES:-5000}" --patients 30
$python benchmarks/partition.py || status=1
$python benchmarks/report.py || status=1
for what in peer overhead hardening sustained; do
  $python benchmarks/sandbox.py "$what" || status=1
done
exit "$status"
