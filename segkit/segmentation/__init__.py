"""Floor 2: form segments (rules, RFM, k-means, latent classes), profile them, label everyone."""
