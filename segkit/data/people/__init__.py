"""Records of one person found in several tables."""
