"""Floor 3: where customers are in their life with the business: stages, cohorts, migration, lifetime value."""
