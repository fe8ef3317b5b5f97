"""What a table must hold: roles, values, days, money, and what is wrong with it."""
