"""Floor 2: form segments (rules, RFM, k-means), profile them, label everyone."""
