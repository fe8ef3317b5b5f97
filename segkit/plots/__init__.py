"""Floor 1: a finished table in, a figure as data out (`.panel`). Nothing is computed here, no style is global.

Called, every function draws on matplotlib's Axes, those given as `ax` or its own, and returns them. It leaves a
sentence on them that says what the picture shows, made from the data (`theme.alt_text`).
"""
