"""Floor 1: any source becomes an Ibis table, checked once at the door."""
