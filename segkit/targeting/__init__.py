"""Floor 3: compare segments and decide which to serve."""
