# Correspondence analysis of the two typed tables with the package ca: writes ca_inertia.csv and
# ca_smoking_coordinates.csv. Run in this folder: Rscript ca.R
library(ca)

tables <- list(smoking = read.csv("smoking.csv", row.names = 1), hair_eye_color = read.csv("hair_eye_color.csv", row.names = 1))
fits <- lapply(tables, function(counts) ca(as.matrix(counts)))

inertia <- do.call(rbind, lapply(names(fits), function(name) {
  sv <- fits[[name]]$sv
  data.frame(table = name, dimension = seq_along(sv), inertia = sv^2)
}))
write.csv(format(inertia, digits = 13), "ca_inertia.csv", row.names = FALSE, quote = FALSE)

smoking <- fits$smoking
principal <- rbind(sweep(smoking$rowcoord, 2, smoking$sv, "*"), sweep(smoking$colcoord, 2, smoking$sv, "*"))
points <- data.frame(
  point = c(smoking$rownames, smoking$colnames),
  kind = rep(c("row", "column"), c(length(smoking$rownames), length(smoking$colnames))),
  mass = c(smoking$rowmass, smoking$colmass),
  inertia = c(smoking$rowinertia, smoking$colinertia),
  dim_1 = principal[, 1], dim_2 = principal[, 2], dim_3 = principal[, 3]
)
write.csv(format(points, digits = 13), "ca_smoking_coordinates.csv", row.names = FALSE, quote = FALSE)
