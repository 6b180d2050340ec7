# Reference numbers for the summary over sites, from R's metafor.
#   Rscript tests/reference/random_effects.R [output.csv]
# Columns: set, quantity, value. Sets are written out here and in test_sites_against_r.py.
suppressPackageStartupMessages(library(metafor))
arguments <- commandArgs(trailingOnly = FALSE)
folder <- dirname(sub("--file=", "", grep("--file=", arguments, value = TRUE)))
trailing <- commandArgs(trailingOnly = TRUE)
output <- if (length(trailing)) trailing[1] else file.path(folder, "random_effects.csv")
sets <- list(
  unlike = list(hits = c(40, 25, 61, 18, 33), cases = c(50, 40, 70, 40, 37)),
  alike = list(hits = c(16, 24, 41, 33), cases = c(20, 30, 50, 41)),
  perfect = list(hits = c(12, 30, 9, 22), cases = c(12, 41, 20, 30)),
  three = list(hits = c(10, 45, 70), cases = c(30, 60, 80))
)
result <- data.frame()
keep <- function(set, quantity, value) {
  result <<- rbind(result, data.frame(set = set, quantity = quantity, value = sprintf("%.17g", value)))
}
for (set in names(sets)) {
  d <- sets[[set]]
  # half a case is added to both sides of a site where one is empty, and to no other
  made <- escalc(measure = "PLO", xi = d$hits, ni = d$cases, add = 0.5, to = "only0")
  fit <- rma(yi, vi, data = made, method = "PM", test = "adhoc", control = list(tol = 1e-15, maxiter = 10000))
  predicted <- predict(fit, transf = transf.ilogit)
  keep(set, "mean", predicted$pred)
  keep(set, "low", predicted$ci.lb)
  keep(set, "high", predicted$ci.ub)
  keep(set, "prediction_low", predicted$pi.lb)
  keep(set, "prediction_high", predicted$pi.ub)
  keep(set, "tau", sqrt(fit$tau2))
  keep(set, "i_squared", fit$I2 / 100)
}
raw <- c(0.001, 0.04, 0.03, 0.005, 0.2, 0.05)
for (at in seq_along(raw)) keep("benjamini_hochberg", as.character(at - 1), p.adjust(raw, "BH")[at])
write.csv(result, output, row.names = FALSE, quote = FALSE)
