"""The card of a persona: each measured sentence leads to its row of the table, the editorial ones are told as such."""

from __future__ import annotations

from segkit.report.findings import Display, filled
from segkit.targeting.personas import FIELDS, KINDS, Persona
from segkit.words import labels
from segkit.words.language import N_

ROWS = "persona"
"""What the rows of the table of statements are called as places on the page: persona-1, persona-2, …"""
SIZE = N_("{size:count} people of the segment “{segment:segment}”.")
DOUBT = N_("In what message and offer rest on, they are as everybody else: the message would suit everybody as well.")
UNKNOWN = N_("{field:message}: the study does not say it (`persona`). Look at what sets them apart above, or ask them.")


def persona(made: Persona) -> Display:
    """The card of a persona. The table of its statements, ``report.table(…, anchors="persona")``, follows it.

    Parameters
    ----------
    made : what `targeting.personas.build` gives.
    """
    groups = []
    for kind in KINDS.values():
        own = [(i, row) for i, row in enumerate(made.statements.itertuples(), 1) if row.persona_kind == kind]
        if own:
            groups.append({"title": kind, "lines": [{"row": i, "text": row.statement} for i, row in own]})
    segment = labels.by_language(made.segment) if isinstance(made.segment, str) else made.segment
    own = made.statements["persona_kind"].iloc[made.rests_on]
    doubt = {"doubt": filled(DOUBT, {})} if len(own) and (own == KINDS["alike"]).all() else {}
    return Display({
        **doubt, "kind": "persona", **filled(SIZE, {"size": made.size, "segment": made.segment}), "segment": segment,
        "size": made.size, "groups": groups, "typical": filled(made.typical, made.typical_values),
        "name": made.editorial.get("name"), "rests_on": [i + 1 for i in made.rests_on],
        "editorial": [{"field": FIELDS[key], "text": text, "rests": key in ("message", "offer", "form")}
                      for key, text in made.editorial.items() if key != "name"],
        "unknown": [filled(UNKNOWN, {"field": FIELDS[key]}) for key in made.unknown]})
