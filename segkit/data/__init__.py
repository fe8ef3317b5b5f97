"""Floor 1: any source becomes an Ibis table, checked once where it comes in."""
