# Reliability and factors of R's data set `attitude` (Chatterjee & Price 1977; 30 departments x 7 items).
# Rscript tests/reference/scales.R, from the project's folder
here <- "tests/reference/"
write.csv(attitude, paste0(here, "attitude.csv"), row.names = FALSE)
alpha <- function(x) { k <- ncol(x); v <- var(x); k / (k - 1) * (1 - sum(diag(v)) / sum(v)) }
omega <- function(x) {
  f <- factanal(x, 1, control = list(opt = list(factr = 1)))
  l <- f$loadings[, 1] * apply(x, 2, sd)
  sum(l)^2 / (sum(l)^2 + sum(f$uniquenesses * apply(x, 2, var)))
}
rest <- sapply(names(attitude), function(i) cor(attitude[[i]], rowSums(attitude[, names(attitude) != i])))
two <- factanal(attitude, 2, rotation = "none", control = list(opt = list(factr = 1)))
loadings <- unclass(varimax(two$loadings, normalize = FALSE, eps = 1e-12)$loadings)
loadings <- loadings[, order(-colSums(loadings^2))]
loadings <- sweep(loadings, 2, sign(colSums(loadings)), "*")
scores <- scale(attitude) %*% solve(cor(attitude), loadings)
between <- cor(attitude)
value <- c(alpha = alpha(attitude), omega = omega(attitude), item_correlation = mean(between[lower.tri(between)]), rest,
           setNames(two$uniquenesses, paste0("uniqueness_", names(attitude))),
           setNames(as.vector(loadings), paste0("loading_", rep(1:2, each = 7), "_", names(attitude))),
           setNames(as.vector(scores[1:5, ]), paste0("score_", rep(1:2, each = 5), "_", rep(1:5, 2))))
write.csv(data.frame(name = names(value), value = trimws(format(value, digits = 12))), paste0(here, "scales.csv"),
          row.names = FALSE, quote = FALSE)
