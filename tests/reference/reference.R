# Reference numbers from R's pROC and epiR and from base R, on cases.csv.
#   Rscript tests/reference/reference.R [output.csv]
# Columns: set, quantity, value. Sets have one case a patient.
Sys.setenv(TZ = "UTC")
suppressPackageStartupMessages({
  library(pROC)
  library(epiR)
})
arguments <- commandArgs(trailingOnly = FALSE)
folder <- dirname(sub("--file=", "", grep("--file=", arguments, value = TRUE)))
trailing <- commandArgs(trailingOnly = TRUE)
output <- if (length(trailing)) trailing[1] else file.path(folder, "reference.csv")
cases <- read.csv(file.path(folder, "cases.csv"), stringsAsFactors = FALSE)
threshold <- 0.5
result <- data.frame()
keep <- function(set, quantity, value) {
  result <<- rbind(result, data.frame(set = set, quantity = quantity, value = sprintf("%.17g", value)))
}
base_wilson <- function(hits, n) prop.test(hits, n, correct = FALSE)$conf.int

for (set in unique(cases$set)) {
  d <- cases[cases$set == set, ]
  curve <- roc(d$label, d$score, levels = c(0, 1), direction = "<", quiet = TRUE)
  keep(set, "auc", as.numeric(auc(curve)))
  keep(set, "auc_variance", var(curve, method = "delong"))
  plain <- as.numeric(ci.auc(curve, method = "delong"))
  keep(set, "auc_plain_low", plain[1])
  keep(set, "auc_plain_high", plain[3])
  error <- sqrt(var(curve, method = "delong")) / (plain[2] * (1 - plain[2]))
  keep(set, "auc_logit_low", plogis(qlogis(plain[2]) - qnorm(0.975) * error))
  keep(set, "auc_logit_high", plogis(qlogis(plain[2]) + qnorm(0.975) * error))

  called <- d$score >= threshold
  tp <- sum(called & d$label == 1); fn <- sum(!called & d$label == 1)
  fp <- sum(called & d$label == 0); tn <- sum(!called & d$label == 0)
  keep(set, "sensitivity_low", base_wilson(tp, tp + fn)[1])
  keep(set, "sensitivity_high", base_wilson(tp, tp + fn)[2])
  keep(set, "specificity_low", base_wilson(tn, tn + fp)[1])
  keep(set, "specificity_high", base_wilson(tn, tn + fp)[2])
  if (min(tp, fn, fp, tn) > 0) {
    found <- epi.tests(matrix(c(tp, fn, fp, tn), nrow = 2), method = "wilson", digits = 4, conf.level = 0.95)$detail
    for (name in c("se", "sp", "lr.pos", "lr.neg")) {
      row <- found[found$statistic == name, ]
      keep(set, paste0("epi_", name), row$est)
      keep(set, paste0("epi_", name, "_low"), row$lower)
      keep(set, paste0("epi_", name, "_high"), row$upper)
    }
  }

  # the sensitivity of group a less that of group b: Newcombe from prop.test's limits, z test from prop.test
  a <- d$group == "a" & d$label == 1; b <- d$group == "b" & d$label == 1
  hits <- c(sum(called & a), sum(called & b)); n <- c(sum(a), sum(b))
  p <- hits / n
  la <- base_wilson(hits[1], n[1]); lb <- base_wilson(hits[2], n[2])
  keep(set, "difference", p[1] - p[2])
  keep(set, "difference_low", p[1] - p[2] - sqrt((p[1] - la[1])^2 + (lb[2] - p[2])^2))
  keep(set, "difference_high", p[1] - p[2] + sqrt((la[2] - p[1])^2 + (p[2] - lb[1])^2))
  keep(set, "difference_p", suppressWarnings(prop.test(hits, n, correct = FALSE)$p.value))

  first <- roc(d$label[d$group == "a"], d$score[d$group == "a"], levels = c(0, 1), direction = "<", quiet = TRUE)
  second <- roc(d$label[d$group == "b"], d$score[d$group == "b"], levels = c(0, 1), direction = "<", quiet = TRUE)
  keep(set, "auc_difference", as.numeric(auc(first)) - as.numeric(auc(second)))
  keep(set, "auc_difference_variance", var(first, method = "delong") + var(second, method = "delong"))
}
raw <- c(0.001, 0.04, 0.03, 0.005, 0.2, 0.05)
for (at in seq_along(raw)) keep("holm", as.character(at - 1), p.adjust(raw, "holm")[at])
write.csv(result, output, row.names = FALSE, quote = FALSE)
