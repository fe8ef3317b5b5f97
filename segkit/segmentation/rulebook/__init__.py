"""Rules as data: conditions, derived columns, ready specs, what is wrong with them."""
