"""Where a table is and how its file is read."""
