"""Audiences to begin with, for any purchases: new, best, stopped buying."""

from __future__ import annotations

from typing import Any

from segkit.words.language import LANGUAGES, S_, segment

NEW_DAYS = 60
_NAMES = {"new_customers": S_("New customers"), "best_customers": S_("Best customers"),
          "stopped_buying": S_("Stopped buying")}


def usual() -> dict[str, Any]:
    """Three audiences that any purchases have columns for: the first purchase lies at most 60 days back; recency,
    frequency and money all among the best two fifths; a regular customer away for longer than the own rhythm explains.

    They read what `segkit.targeting.population.people` puts together: `stage`, `r`, `f`, `m`.

    Examples
    --------
    >>> list(usual())
    ['stopped_buying', 'new_customers', 'best_customers']
    """
    rules: dict[str, dict[str, Any]] = {
        "stopped_buying": {"who": {"stage": ["Lapsing", "Lapsed"], "f": {"at_least": 3}}},
        "new_customers": {"who": {"days_since": {"of": "purchases", "which": "first", "at_most": NEW_DAYS}}},
        "best_customers": {"who": {"r": {"at_least": 4}, "f": {"at_least": 4}, "m": {"at_least": 4}}},
    }
    return {name: {"name": {code: segment(_NAMES[name], code) for code in LANGUAGES}, **rule}
            for name, rule in rules.items()}
