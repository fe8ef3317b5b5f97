"""A segmentation kept with a build: who is in which segment, and the rule, in one Parquet file.

One file, so that it is there whole or not at all. Its columns are the customer, the segment, its name, and how near the
customer is to the own segment and to the second-nearest; its metadata hold the rule, the names and how answers became
numbers, as JSON. Nothing in it is executed on reading. Other studies start from it (`segments: STUDY`), a rebuild holds
its names against it, and `segkit assign` labels new people with it.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segkit.data.readers import place
from segkit.segmentation.partition import nearest
from segkit.segmentation.result import Segmentation, from_plain, plain, to_plain
from segkit.words import labels
from segkit.words.errors import DataError, Fault
from segkit.words.language import LANGUAGES

FORMAT = "segkit.saved/1"
_KEY = b"segkit"
_AGAIN = "build that study again: make report S={study}"


@dataclass(frozen=True)
class Saved:
    """A saved segmentation, numbered as its page numbers it.

    Attributes
    ----------
    segmentation : its `assignments` hold, beside the segment, what `nearest.table` gives.
    names : label of a segment, as text → its name by language; only those that have one.
    coding : how answers became the segmentation variables, see `coded_answers.Coded`; [] where they are the columns.
    form : the short form that tells the segments, see `segkit.report.form`; {} without one.
    """

    segmentation: Segmentation
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    coding: tuple[Mapping[str, Any], ...] = ()
    form: Mapping[str, Any] = field(default_factory=dict)

    def name(self, label: Any, code: str = "en") -> str:
        """What a segment is called: its name, else its label."""
        return self.names.get(str(label), {}).get(code, str(label))

    @property
    def named(self) -> Segmentation:
        """The segmentation with its names for labels, where it has names; their translations are given to the page."""
        return named(self.segmentation, self.names)


def named(segmentation: Segmentation, names: Mapping[str, Mapping[str, str]]) -> Segmentation:
    """A segmentation with names (by language) for labels, in the same order; itself without names.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> named(kmeans.segment(X, 2, random_state=1), {"2": {"en": "Regulars"}}).segments["size"].to_dict()
    {'1': 3, 'Regulars': 3}
    """
    if not names:
        return segmentation
    mapping = {label: names.get(str(label), {}).get("en", str(label)) for label in segmentation.segments.index}
    words = {mapping[label]: names[str(label)] for label in mapping if str(label) in names}
    labels.give({code: {word: texts[code] for word, texts in words.items() if texts.get(code, word) != word}
                 for code in LANGUAGES})
    relabelled = segmentation.relabel(mapping)
    return replace(relabelled, segments=relabelled.segments.loc[list(mapping.values())])


def pack(segmentation: Segmentation, names: Mapping[str, Mapping[str, str]] | None = None,
         X: pd.DataFrame | None = None, coding: tuple[Mapping[str, Any], ...] = (),
         form: Mapping[str, Any] | None = None) -> bytes:
    """The Parquet file of a segmentation; the same segmentation gives the same bytes.

    Parameters
    ----------
    segmentation : by its own labels, not by names.
    names : label as text → name by language.
    X : the segmentation variables of its customers, for how near they are; left out where the rule has no centres.
    coding : how answers became the variables.
    form : the short form.
    """
    names, order = dict(names or {}), segmentation.assignments.sort_index(kind="stable").index
    near = segmentation.assignments if X is None else nearest.table(X, segmentation)
    near = near.drop(columns=[c for c in near if str(c).startswith("posterior_")]).reindex(order)
    called = {s: names.get(str(s), {}).get("en", str(s)) for s in segmentation.segments.index}
    near.insert(1, "name", near["segment"].map(called))
    metadata = {"format": FORMAT, "method": segmentation.method, "variables": list(segmentation.variables),
                "rule": dict(segmentation.rule), "segments": to_plain(segmentation.segments),
                "summary": to_plain(segmentation.summary), "names": names, "coding": list(coding),
                "id": str(order.name or "customer_id"), **({"form": form} if form else {})}
    table = pa.Table.from_pandas(near.rename_axis("id").reset_index(), preserve_index=False)
    table = table.replace_schema_metadata(
        {_KEY: json.dumps(metadata, ensure_ascii=False, sort_keys=True, default=plain)})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def read(path: str | Path) -> Saved:
    """Read what `pack` made.

    Raises
    ------
    DataError
        When the file is not there, or not one of these.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError([Fault(path.stem, "has no saved segmentation: it was never built",
                               _AGAIN.format(study=path.stem))]) from None
    except OSError as error:
        raise DataError([Fault(str(path), f"cannot be read: {error.strerror or error}",
                               _AGAIN.format(study=path.stem))]) from None
    return unpack(content, path.stem)


def unpack(content: bytes, study: str) -> Saved:
    """The saved segmentation of a study from its bytes; raises as `read`."""
    try:
        table = pq.read_table(pa.BufferReader(content))
        metadata = json.loads(table.schema.metadata[_KEY])
        if metadata["format"] != FORMAT:
            raise KeyError("format")
        people = table.replace_schema_metadata(None).to_pandas().set_index("id").rename_axis(metadata["id"])
        parts = {name: from_plain(metadata[name]) for name in ("segments", "summary")}
        if all(isinstance(label, int) for label in parts["segments"].index) and people["segment"].notna().all():
            people["segment"] = people["segment"].astype("int64")
        segmentation = Segmentation(metadata["method"], tuple(metadata["variables"]), people.drop(columns="name"),
                                    rule=metadata["rule"], **parts)
    except (ValueError, KeyError, TypeError, OSError, pa.ArrowException):
        raise DataError([Fault(study, "has no saved segmentation that this version can read",
                               _AGAIN.format(study=study))]) from None
    return Saved(segmentation, metadata["names"], tuple(metadata["coding"]), metadata.get("form", {}))


def folder() -> Path:
    """Where the build that runs this notebook keeps saved segmentations; that of reports/html by hand."""
    return Path(os.environ.get(place.STATE) or place.PAGES / place.BUILD)


def of_study(study: str) -> Saved:
    """The saved segmentation of a study by its name; takes the path of such a file too."""
    return read(study if str(study).endswith(".parquet") else folder() / f"{study}.parquet")


def before() -> Saved | None:
    """What the last build of the study that runs now has kept; None by hand, and where there is none."""
    study = os.environ.get(place.STUDY)
    path = folder() / f"{study}.parquet"
    return read(path) if study and path.is_file() else None
