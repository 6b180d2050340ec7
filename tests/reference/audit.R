# Reference numbers of the confounding audit and of power, from R's pROC and base R, on cases.csv.
#   Rscript tests/reference/audit.R [output.csv]
# Columns: set, quantity, value. Sets have one case a patient.
Sys.setenv(TZ = "UTC")
suppressPackageStartupMessages(library(pROC))
arguments <- commandArgs(trailingOnly = FALSE)
folder <- dirname(sub("--file=", "", grep("--file=", arguments, value = TRUE)))
trailing <- commandArgs(trailingOnly = TRUE)
output <- if (length(trailing)) trailing[1] else file.path(folder, "audit.csv")
cases <- read.csv(file.path(folder, "cases.csv"), stringsAsFactors = FALSE)
result <- data.frame()
keep <- function(set, quantity, value) {
  result <<- rbind(result, data.frame(set = set, quantity = quantity, value = sprintf("%.17g", value)))
}
curve_of <- function(d, score) roc(d$label, score, levels = c(0, 1), direction = "<", quiet = TRUE)

for (set in unique(cases$set)) {
  d <- cases[cases$set == set, ]
  # prevalence of a stratum
  a <- d$label[d$group == "a"]
  limits <- suppressWarnings(prop.test(sum(a), length(a), correct = FALSE))$conf.int
  keep(set, "prevalence", mean(a))
  keep(set, "prevalence_low", limits[1])
  keep(set, "prevalence_high", limits[2])
  # without one stratum
  rest <- d[d$group != "a", ]
  keep(set, "without", as.numeric(auc(curve_of(rest, rest$score))))
  keep(set, "without_variance", var(curve_of(rest, rest$score), method = "delong"))
  # healthy cases of one stratum against healthy cases of the other
  healthy <- d[d$label == 0, ]
  shift <- roc(as.integer(healthy$group == "a"), healthy$score, levels = c(0, 1), direction = "<", quiet = TRUE)
  keep(set, "shift", as.numeric(auc(shift)))
  keep(set, "shift_variance", var(shift, method = "delong"))
  # within strata: all pairs of one stratum, by wilcox.test's count of pairs
  inside <- sapply(c("a", "b"), function(g) {
    x <- d$score[d$group == g & d$label == 1]; y <- d$score[d$group == g & d$label == 0]
    c(unname(suppressWarnings(wilcox.test(x, y, exact = FALSE))$statistic), length(x) * length(y))
  })
  keep(set, "within", sum(inside[1, ]) / sum(inside[2, ]))
}

# power: two proportions with as many cases each, and one proportion against a bar
for (n in c(60, 200, 1000)) for (share in c(0.75, 0.9)) {
  found <- power.prop.test(n = n, p1 = 1 - share, power = 0.9, sig.level = 0.05, tol = 1e-13)$p2
  keep("difference", sprintf("%d at %g", n, share), found - (1 - share))
  limits <- prop.test(n * share, n, correct = FALSE)$conf.int
  keep("half_width", sprintf("%d at %g", n, share), (limits[2] - limits[1]) / 2)
}
# two proportions with unlike numbers: Fleiss's formula, solved here
lacking <- function(d, share, n1, n2) {
  p <- c(share - d, share); n <- c(n1, n2); pooled <- sum(n * p) / sum(n)
  reach <- d - qnorm(0.975) * sqrt(pooled * (1 - pooled) * sum(1 / n))
  pnorm(reach / sqrt(sum(p * (1 - p) / n))) - 0.9
}
for (n1 in c(40, 150)) {
  solved <- uniroot(lacking, c(1e-6, 0.8), share = 0.8, n1 = n1, n2 = 500, tol = 1e-13)$root
  keep("difference", sprintf("%d of 500 at 0.8", n1), solved)
}
for (bar in c(0.7, 0.85)) {
  truth <- bar + 0.05
  wanted <- (qnorm(0.975) * sqrt(bar * (1 - bar)) + qnorm(0.9) * sqrt(truth * (1 - truth)))^2 / 0.05^2
  keep("needed", sprintf("%g", bar), ceiling(wanted))
  # the exact power of that number: binomial chance that the lower Wilson limit lies above the bar
  n <- ceiling(wanted)
  low <- sapply(0:n, function(hits) suppressWarnings(prop.test(hits, n, correct = FALSE)$conf.int[1]))
  keep("exact_power", sprintf("%g", bar), sum(dbinom(0:n, n, truth)[low > bar]))
}
# the correlation of a patient's answers, by R's analysis of variance
answers <- data.frame(patient = factor(c(1, 1, 1, 2, 2, 3, 3, 3, 4, 5, 5, 6, 6, 6, 6)),
                      right = c(1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1))
squares <- summary(aov(right ~ patient, answers))[[1]][["Mean Sq"]]
sizes <- as.numeric(table(answers$patient))
n0 <- (sum(sizes) - sum(sizes^2) / sum(sizes)) / (length(sizes) - 1)
keep("icc", "answers", (squares[1] - squares[2]) / (squares[1] + (n0 - 1) * squares[2]))
write.csv(result, output, row.names = FALSE, quote = FALSE)
