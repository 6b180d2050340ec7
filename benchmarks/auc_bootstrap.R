# Seconds for one stratified bootstrap interval of pROC: Rscript auc_bootstrap.R scores.csv replicates
suppressPackageStartupMessages(library(pROC))
arguments <- commandArgs(trailingOnly = TRUE)
cases <- read.csv(arguments[1])
curve <- roc(cases$label, cases$score, levels = c(0, 1), direction = "<", quiet = TRUE)
set.seed(1)
seconds <- system.time(
  limits <- ci.auc(curve, method = "bootstrap", boot.n = as.integer(arguments[2]), boot.stratified = TRUE,
                   progress = "none")
)[["elapsed"]]
cat(sprintf("%.6f %.6f %.6f\n", seconds, limits[1], limits[3]))
