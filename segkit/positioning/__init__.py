"""Floor 3: brands against each other, perceptual maps, brand cases."""
