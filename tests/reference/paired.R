# Reference numbers of two index tests on the same cases, from R's pROC and base R, on paired_cases.csv.
#   Rscript tests/reference/paired.R [output.csv]
Sys.setenv(TZ = "UTC")
suppressPackageStartupMessages(library(pROC))
arguments <- commandArgs(trailingOnly = FALSE)
folder <- dirname(sub("--file=", "", grep("--file=", arguments, value = TRUE)))
trailing <- commandArgs(trailingOnly = TRUE)
output <- if (length(trailing)) trailing[1] else file.path(folder, "paired.csv")
cases <- read.csv(file.path(folder, "paired_cases.csv"), stringsAsFactors = FALSE)
thresholds <- c(0.5, 0.45)
result <- data.frame()
keep <- function(set, quantity, value) {
  result <<- rbind(result, data.frame(set = set, quantity = quantity, value = sprintf("%.17g", value)))
}
wilson <- function(hits, n) prop.test(hits, n, correct = FALSE)$conf.int

# Newcombe 1998, Stat Med 17:2635-2650, method 10
newcombe <- function(x, y) {
  n <- length(x)
  cells <- c(sum(x & y), sum(x & !y), sum(!x & y), sum(!x & !y))
  margins <- prod(sum(x), n - sum(x), sum(y), n - sum(y))
  product <- cells[1] * cells[4] - cells[2] * cells[3]
  if (product > 0) product <- max(product - n / 2, 0)
  phi <- if (margins == 0) 0 else product / sqrt(margins)
  p <- mean(x); q <- mean(y); a <- wilson(sum(x), n); b <- wilson(sum(y), n)
  down <- sqrt((p - a[1])^2 - 2 * phi * (p - a[1]) * (b[2] - q) + (b[2] - q)^2)
  up <- sqrt((a[2] - p)^2 - 2 * phi * (a[2] - p) * (q - b[1]) + (q - b[1])^2)
  c(p - q - down, p - q + up)
}

for (set in unique(cases$set)) {
  d <- cases[cases$set == set, ]
  first <- roc(d$label, d$first, levels = c(0, 1), direction = "<", quiet = TRUE)
  second <- roc(d$label, d$second, levels = c(0, 1), direction = "<", quiet = TRUE)
  test <- roc.test(first, second, paired = TRUE, method = "delong")
  keep(set, "auc", as.numeric(auc(first)) - as.numeric(auc(second)))
  keep(set, "auc_p", test$p.value)
  variance <- var(first, method = "delong") + var(second, method = "delong") - 2 * cov(first, second, method = "delong")
  keep(set, "auc_variance", variance)
  keep(set, "auc_low", test$conf.int[1])
  keep(set, "auc_high", test$conf.int[2])
  for (sick in c(1, 0)) {
    name <- if (sick == 1) "sensitivity" else "specificity"
    e <- d[d$label == sick, ]
    x <- (e$first >= thresholds[1]) == (sick == 1)
    y <- (e$second >= thresholds[2]) == (sick == 1)
    b <- sum(x & !y); c <- sum(!x & y)
    keep(set, name, mean(x) - mean(y))
    keep(set, paste0(name, "_p"), if (b + c == 0) 1 else binom.test(b, b + c, 0.5)$p.value)
    limits <- newcombe(x, y)
    keep(set, paste0(name, "_low"), limits[1])
    keep(set, paste0(name, "_high"), limits[2])
  }
}
write.csv(result, output, row.names = FALSE, quote = FALSE)
