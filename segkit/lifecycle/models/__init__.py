"""Models of repeat buying and spending, a module per family, all fitted by maximum likelihood."""
