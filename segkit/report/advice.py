"""What to do: the decision that a page supports, and a table of actions for groups of customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from segkit.report import judgement
from segkit.report.findings import Display, chosen_words, derived, filled, table
from segkit.words import language
from segkit.words.errors import Fault, SegkitError, did_you_mean
from segkit.words.language import N_

ENTRIES = ("action", "channel", "owner", "trial")
"""What is said of each group in a table of actions; editorial, not computed."""


def decision(name: str, said: Any = None, changed_by: Any = None, **values: Any) -> Display:
    """The decision that the page supports, and what it recommends. The page begins with it, and says how sure it is by
    the checks.

    Parameters
    ----------
    name : in ``notebooks/decisions.yaml``: the question, the recommendation, what would change it, and the checks that
        it rests on.
    said, values : as for `finding`.
    changed_by : what else would change it, computed: `sentence` and `values`; it stands before what the file says.

    Examples
    --------
    >>> decision("customers_first", share=0.2, n=494, revenue=0.546, risk=108, risk_revenue=0.022)
    Keep the best 20% of the customers first: 494 people who brought 54.6% of revenue. Next, write to the 108 people who
    are lapsing by their own rhythm of purchases; they brought 2.2% so far.
    """
    rule = judgement.decision(name)
    words, sentence_values = chosen_words(rule.text, said, values)
    if words is None:
        words, sentence_values = N_("No recommendation, for want of data."), {}
    first = {} if changed_by is None else {"changed_by": filled(changed_by.sentence, changed_by.values)}
    return Display({"kind": "decision", **filled(words, sentence_values), "question": rule.question,
                    "changes": rule.changes, "figure": rule.figure, "rests_on": list(rule.rests_on), **first,
                    **({"partly_rests_on": list(rule.partly_rests_on)} if rule.partly_rests_on else {}),
                    **derived(rule, sentence_values)})


def actions(caption: str, name: str, groups: pd.DataFrame, columns: Sequence[str],
            given: Mapping[str, Mapping[str, str]] | None = None, **values: Any) -> Display:
    """A table of what to do with each group: the computed columns beside action, channel, owner and trial.

    Parameters
    ----------
    caption, values : as for `table`.
    name : in ``notebooks/actions.yaml``: the editorial entries by group.
    groups : a row per group; groups without people are left out.
    columns : its computed columns, `size` first.
    given : entries of the study, by group, in place of those of the kit.

    Raises
    ------
    SegkitError
        When `given` names a group or an entry that there is not.
    """
    kit_entries = judgement.actions(name)
    faults = [Fault("`actions`", f"names the group {group!r}, which there is not", did_you_mean(group, groups.index))
              for group in given or {} if group not in groups.index]
    faults += [Fault(f"`actions`, {group!r}", f"has no entry {key!r}", did_you_mean(key, ENTRIES))
               for group, entries in (given or {}).items() for key in entries if key not in ENTRIES]
    if faults:
        raise SegkitError(faults)
    frame = groups.loc[groups["size"] > 0, list(columns)].copy()
    own_entries = {str(group): entries for group, entries in (given or {}).items()}
    for key in ENTRIES:
        frame[key] = [_by_language(own_entries[g][key]) if key in own_entries.get(g, {})
                      else kit_entries.get(g, {}).get(key, "") for g in map(str, frame.index)]
    return table(caption, frame, **values)


def _by_language(given: str | Mapping[str, str]) -> dict[str, str]:
    """A user's words for each language: the same ones where the study gives no translation."""
    return dict.fromkeys(language.LANGUAGES, given) if isinstance(given, str) else dict(given)
