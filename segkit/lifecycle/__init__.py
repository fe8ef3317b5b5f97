"""Floor 3: customers over time: what they will buy, what they are worth, at which stage they are."""
