#!/usr/bin/env bash
# make reference: the generated data and R's numbers again. What differs afterwards shows in git diff.
. "$(dirname "$0")/../../setup/lib.sh"
Rscript -e 'for (one in c("pROC", "epiR", "rms", "metafor")) library(one, character.only = TRUE)' >/dev/null 2>&1 ||
  install r-base-core r-cran-proc r-cran-epir r-cran-rms r-cran-metafor
for data in tests/reference/*_data.py; do .venv/bin/python "$data"; done
for script in tests/reference/*.R; do Rscript "$script"; done
