"""What a notebook hands to other studies: its segmentation, under a type of its own beside the sentence that tells it.

In a build the bytes travel with the outputs of the notebook and are taken out before a page is made; run by hand, a
notebook keeps nothing, so that no ids stay in a saved notebook.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from segkit.data import place
from segkit.report import KEPT
from segkit.report.findings import Display, text
from segkit.segmentation import saved
from segkit.segmentation.naming import Bound
from segkit.segmentation.result import Segmentation
from segkit.words.language import N_

_TOLD = N_("Who is in which segment, and the rule that tells it, are kept with this build. A study of the target "
           "market, of competitors or of the lifecycle starts from these segments with the line “segments: "
           "{study:text}”.")
_WITHOUT_RULE = N_("Who is in which group is kept with this build. A study of the target market, of competitors or "
                   "of the lifecycle starts from these groups with the line “segments: {study:text}”.")


class Kept(Display):
    """The sentence that tells of a saved segmentation; in a build, with its bytes."""

    def __init__(self, payload: Mapping[str, Any], content: bytes = b"") -> None:
        super().__init__(payload)
        self.content = content

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        held = {KEPT: base64.b64encode(self.content).decode()} if self.content else {}
        return {**super()._repr_mimebundle_(include, exclude), **held}


def keep(segmentation: Segmentation | Bound, X: pd.DataFrame | None = None,
         coding: Sequence[Mapping[str, Any]] = ()) -> Kept:
    """Keep a segmentation with the build of this study, for other studies and for exports.

    Parameters
    ----------
    segmentation : a segmentation, or one with the names of a study (`naming.bound`).
    X : its segmentation variables, for how near each customer is to the segments.
    coding : how answers became these variables (`coded_answers.Coded.coding`).
    """
    study = os.environ.get(place.STUDY)
    if not study:
        return Kept(text(N_("Run by hand, this notebook keeps nothing. A build keeps who is in which segment, and the "
                            "rule, for other studies to start from.")).payload)
    made, names = (segmentation.segmentation, segmentation.names) if isinstance(segmentation, Bound) else (
        segmentation, {})
    told = _WITHOUT_RULE if made.rule["kind"] == "groups" else _TOLD
    return Kept(text(told, study=study).payload, saved.pack(made, names, X, tuple(coding)))
