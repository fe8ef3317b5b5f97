# Makes mixed_customers.csv (40 customers with numbers, categories, missing answers and a case weight) and what R's
# hclust and cluster::daisy find on them. From this folder: Rscript hierarchical.R
# Packages: cluster 2.1.4, stats of R 4.2.2.
library(cluster)
set.seed(11, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
n <- 40
group <- rep(1:4, each = 10)
customers <- data.frame(
  customer_id = sprintf("c%02d", 1:n),
  spend = round(rnorm(n, c(20, 60, 100, 60)[group], 9), 3),
  visits = round(rnorm(n, c(3, 9, 4, 14)[group], 1.5), 3),
  age = round(rnorm(n, c(30, 45, 60, 35)[group], 6), 3),
  town = sample(c("Hue", "Hanoi", "Saigon"), n, TRUE),
  card = ifelse(runif(n) < c(.2, .9, .5, .8)[group], "yes", "no"),
  level = c("low", "mid", "high")[pmin(3, pmax(1, round(rnorm(n, c(1, 2, 3, 2)[group], .6))))],
  weight = sample(1:4, n, TRUE))
gappy <- customers
for (column in c("spend", "town", "level")) gappy[sample(n, 4), column] <- NA
write.csv(gappy, "mixed_customers.csv", row.names = FALSE, quote = FALSE)

mixed <- data.frame(spend = gappy$spend, visits = gappy$visits, age = gappy$age,
                    town = factor(gappy$town), card = factor(gappy$card), level = ordered(gappy$level, c("low", "mid", "high")))
gower <- daisy(mixed, "gower", weights = c(2, 1, 1, 1, 1, 1))
numbers <- dist(customers[c("visits", "age")])
w <- customers$weight
apart <- as.matrix(numbers)
between <- as.dist(apart * sqrt(2 * outer(w, w) / outer(w, w, "+")))

trees <- list(
  list("euclidean", "ward", "1", numbers, hclust(numbers, "ward.D2")),
  list("euclidean", "average", "1", numbers, hclust(numbers, "average")),
  list("euclidean", "complete", "1", numbers, hclust(numbers, "complete")),
  list("euclidean", "ward", "weight", numbers, hclust(between, "ward.D2", members = w)),
  list("euclidean", "average", "weight", numbers, hclust(numbers, "average", members = w)),
  list("gower", "ward", "1", sqrt(gower), hclust(sqrt(gower), "ward.D2")),
  list("gower", "average", "1", gower, hclust(gower, "average")),
  list("gower", "complete", "1", gower, hclust(gower, "complete")))
out <- do.call(rbind, lapply(trees, function(t) data.frame(
  distance = t[[1]], linkage = t[[2]], weights = t[[3]],
  cophenetic = if (t[[3]] == "1") format(cor(cophenetic(t[[5]]), t[[4]]), digits = 15) else "",
  heights = paste(format(sort(t[[5]]$height), digits = 15, trim = TRUE), collapse = " "),
  cut4 = paste(cutree(t[[5]], 4), collapse = " "))))
write.csv(out, "hierarchical.csv", row.names = FALSE)
write.csv(data.frame(distance = format(as.vector(gower), digits = 15)), "gower.csv", row.names = FALSE, quote = FALSE)
