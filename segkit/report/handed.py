"""What a notebook hands to other studies: its segmentation, under a type of its own beside the sentence that tells it.

In a build the bytes travel with the outputs of the notebook and are taken out before a page is made; run by hand, a
notebook keeps nothing, so that no ids stay in a saved notebook.
"""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from segkit.data.people import hashed
from segkit.data.readers import place
from segkit.report import KEPT, LISTS, shortform
from segkit.report.findings import Display, text
from segkit.segmentation import saved, typing_tool
from segkit.segmentation.naming import Bound
from segkit.segmentation.result import Segmentation
from segkit.words import labels, terms
from segkit.words.language import LANGUAGES, N_

_TOLD = N_("Who is in which segment, and the rule that tells it, are kept with this build. A study of the target "
           "market, of competitors or of the lifecycle starts from these segments with the line “segments: "
           "{study:text}”: “make new S=my-target SEGMENTS={study:text}” writes one.")
_WITHOUT_RULE = N_("Who is in which group is kept with this build. A study of the target market, of competitors or "
                   "of the lifecycle starts from these groups with the line “segments: {study:text}”: “make new "
                   "S=my-target SEGMENTS={study:text}” writes one.")


_LISTS = N_("The lists are written beside this page where the study says so: `export: [csv, xlsx, parquet]`. "
            "Control groups stand in files of their own. No name, number or address is on the page.")
_NO_LISTS = N_("The study names no lists. `lists: {{mail: {{audience: …, department: Marketing, columns: [name, "
               "email], consent: …}}}}` hands an audience over to a department.")


class Kept(Display):
    """The sentence that tells of what is handed on; in a build, with its content under a type of its own."""

    def __init__(self, payload: Mapping[str, Any], content: bytes = b"", lists: Any = None) -> None:
        super().__init__(payload)
        self.content, self.lists = content, lists

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        payloads = {KEPT: base64.b64encode(self.content).decode()} if self.content else {}
        payloads |= {LISTS: base64.b64encode(json.dumps(self.lists).encode()).decode()} if self.lists else {}
        return {**super()._repr_mimebundle_(include, exclude), **payloads}


def keep(segmentation: Segmentation | Bound, X: pd.DataFrame | None = None,
         coding: Sequence[Mapping[str, Any]] = (), form: typing_tool.Tool | None = None) -> Kept:
    """Keep a segmentation with the build of this study, for other studies and for exports.

    Parameters
    ----------
    segmentation : a segmentation, or one with the names of a study (`naming.bound`).
    X : its segmentation variables, for how near each customer is to the segments.
    coding : how answers became these variables (`coded_answers.Coded.coding`).
    form : the short form that tells the segments, for `export: [form]`.
    """
    study = os.environ.get(place.STUDY)
    if not study:
        return Kept(text(N_("Run by hand, this notebook keeps nothing. A build keeps who is in which segment, and the "
                            "rule, for other studies to start from.")).payload)
    names: dict[str, Any] = dict(segmentation.names) if isinstance(segmentation, Bound) else {}
    unbound = segmentation.segmentation if isinstance(segmentation, Bound) else segmentation
    if unbound.rule["kind"] == "groups":
        names = {str(s): labels.by_language(s) for s in unbound.segments.index if labels.has(s)}
    sentence = _WITHOUT_RULE if unbound.rule["kind"] == "groups" else _TOLD
    return Kept(text(sentence, study=study).payload, saved.pack(
        unbound, names, X, tuple(coding), shortform.plain(form, names) if form else None))


def hand_over(lists: Any) -> Kept:
    """Hand the lists of a study over: in a build they are written where the study exports something.

    Parameters
    ----------
    lists : `segkit.targeting.lists.Lists`.
    """
    if not lists.people:
        return Kept(text(_NO_LISTS).payload)
    if not os.environ.get(place.STUDY):
        return Kept(text(N_("Run by hand, this notebook writes no lists; a build does.")).payload)
    summaries = lists.summary.astype(object).where(lists.summary.notna(), None).to_dict("index")
    records = [{"name": str(name), "told": summaries[name], "people": _parquet(people), "heads": _heads(people),
                "words": _words(people), "control": _parquet(lists.control[name]) if len(lists.control[name]) else ""}
               for name, people in lists.people.items()]
    return Kept(text(_LISTS).payload, lists=records)


def _heads(people: pd.DataFrame) -> dict[str, Any]:
    """What a list calls its columns, by language: the user's own by the labels of the study or the data."""
    labelled = {c: labels.by_language(c) for c in people if labels.has(c)}
    return {c: {code: terms.label(c, code) for code in LANGUAGES} for c in people if c == "customer_id"} | labelled


def _words(people: pd.DataFrame) -> dict[str, Any]:
    """What a list calls values that have labels, by column and language; identifiers stay as they are."""
    distinct = {c: people[c].dropna().unique() for c in people if c != "customer_id" and not hashed.kind(c)}
    labelled = {c: {v: labels.by_language(v) for v in values if isinstance(v, str) and labels.has(v)}
                for c, values in distinct.items()}
    return {c: words for c, words in labelled.items() if words}


def _parquet(people: pd.DataFrame) -> str:
    buffer = io.BytesIO()
    people.to_parquet(buffer, index=False, compression="zstd")
    return base64.b64encode(buffer.getvalue()).decode()
