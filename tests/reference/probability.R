# Reference numbers of calibration, partial AUC and exact intervals from rms, pROC and base R, on probability_cases.csv.
#   Rscript tests/reference/probability.R [output.csv]
# Columns: set, quantity, value. Variances are clustered by patient, times J/(J-1).
suppressPackageStartupMessages({
  library(pROC)
  library(rms)
  library(splines)
})
arguments <- commandArgs(trailingOnly = FALSE)
folder <- dirname(sub("--file=", "", grep("--file=", arguments, value = TRUE)))
trailing <- commandArgs(trailingOnly = TRUE)
output <- if (length(trailing)) trailing[1] else file.path(folder, "probability.csv")
cases <- read.csv(file.path(folder, "probability_cases.csv"), stringsAsFactors = FALSE)
result <- data.frame()
keep <- function(set, quantity, value) {
  result <<- rbind(result, data.frame(set = set, quantity = quantity, value = sprintf("%.17g", value)))
}
tight <- glm.control(epsilon = 1e-15, maxit = 100)
clustered <- function(fit, patient) {
  x <- model.matrix(fit)
  sums <- rowsum(x * residuals(fit, "response"), patient)
  bread <- solve(t(x) %*% (x * fit$family$variance(fitted(fit))))
  bread %*% crossprod(sums) %*% bread * nrow(sums) / (nrow(sums) - 1)
}

for (set in unique(cases$set)) {
  d <- cases[cases$set == set, ]
  y <- d$label; p <- d$score; lp <- qlogis(p)
  patients <- length(unique(d$patient))

  offset_fit <- glm(y ~ 1, offset = lp, family = binomial, control = tight)
  keep(set, "intercept", coef(offset_fit)[1])
  keep(set, "intercept_error", sqrt(clustered(offset_fit, d$patient)[1, 1]))
  slope_fit <- glm(y ~ lp, family = binomial, control = tight)
  keep(set, "slope", coef(slope_fit)[2])
  keep(set, "slope_error", sqrt(clustered(slope_fit, d$patient)[2, 2]))
  robust <- robcov(lrm(y ~ lp, x = TRUE, y = TRUE, eps = 1e-9), d$patient)
  keep(set, "rms_slope", coef(robust)[2])
  keep(set, "rms_slope_error", sqrt(vcov(robust)[2, 2] * patients / (patients - 1)))
  whole <- val.prob(p, y, pl = FALSE)
  keep(set, "rms_brier", whole["Brier"])
  keep(set, "rms_slope_of_val_prob", whole["Slope"])

  poisson_fit <- glm(y ~ 1, offset = log(p), family = poisson, control = tight)
  keep(set, "observed_expected", exp(coef(poisson_fit)[1]))
  keep(set, "observed_expected_log_error", sqrt(clustered(poisson_fit, d$patient)[1, 1]))
  squared <- (p - y)^2
  mean_fit <- glm(squared ~ 1, family = gaussian)
  keep(set, "brier", coef(mean_fit)[1])
  keep(set, "brier_error", sqrt(clustered(mean_fit, d$patient)[1, 1]))

  knots <- quantile(lp, c(.05, .35, .65, .95))
  curve_fit <- glm(y ~ ns(lp, knots = knots[2:3], Boundary.knots = knots[c(1, 4)]), family = binomial, control = tight)
  grid <- seq(quantile(p, .01), quantile(p, .99), length.out = 41)
  columns <- cbind(1, ns(qlogis(grid), knots = knots[2:3], Boundary.knots = knots[c(1, 4)]))
  centre <- drop(columns %*% coef(curve_fit))
  error <- sqrt(rowSums((columns %*% clustered(curve_fit, d$patient)) * columns))
  for (at in c(1, 11, 21, 31, 41)) {
    keep(set, paste0("curve_x_", at - 1), grid[at])
    keep(set, paste0("curve_y_", at - 1), plogis(centre[at]))
    keep(set, paste0("curve_low_", at - 1), plogis(centre[at] - qnorm(.975) * error[at]))
    keep(set, paste0("curve_high_", at - 1), plogis(centre[at] + qnorm(.975) * error[at]))
  }

  curve <- roc(y, p, levels = c(0, 1), direction = "<", quiet = TRUE)
  for (correct in c(FALSE, TRUE)) {
    value <- auc(curve, partial.auc = c(1, .9), partial.auc.focus = "specificity", partial.auc.correct = correct)
    keep(set, if (correct) "partial_auc_standardised" else "partial_auc", as.numeric(value))
  }
  called <- p >= 0.5
  exact <- binom.test(sum(called & y == 1), sum(y == 1))$conf.int
  keep(set, "exact_sensitivity_low", exact[1])
  keep(set, "exact_sensitivity_high", exact[2])
}
write.csv(result, output, row.names = FALSE, quote = FALSE)
