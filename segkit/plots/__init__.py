"""Floor 1: a finished table in, matplotlib Axes out. Nothing is computed here, no style is global.

Every function takes ``ax=None`` and returns the Axes. It leaves a sentence on the Axes that says what
the picture shows, made from the data (`theme.alt_text`).
"""
