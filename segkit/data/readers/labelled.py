"""SPSS and Stata files: values by their labels, user-missing codes as missing, multiple-response sets as metadata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from segkit.data.readers import frames, textfile
from segkit.words.errors import DataError, Fault

SUFFIXES = (".sav", ".zsav", ".dta")
_STRAY = 0.05
"""Share of answers without a label up to which they are errors of coding, not steps of a scale; ours."""


@dataclass(frozen=True)
class ResponseSet:
    """A question with several answers, spread over columns.

    Attributes
    ----------
    label : the question.
    columns : its columns.
    counted : the value that means "named", where each column is one answer; None where each holds an answer's code.
    """

    label: str
    columns: tuple[str, ...]
    counted: str | None = None


@dataclass(frozen=True)
class Metadata:
    """What a labelled file says of its columns.

    Attributes
    ----------
    labels : column → its question or description.
    values : column → code → label.
    missing : column → the codes and ranges ("97–99") its author declared missing.
    n_missing : column → code → rows with it, of the codes declared missing.
    sets : name → multiple-response set.
    measures : column → "nominal", "ordinal", "scale" or "unknown", as its author set it.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    n_missing: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    sets: Mapping[str, ResponseSet] = field(default_factory=dict)
    measures: Mapping[str, str] = field(default_factory=dict)


def read(path: Path, encoding: str | None = None, codes: bool = False) -> ir.Table:
    """A file as a table.

    A column whose answers have labels holds labels; one with a label at some of its values only (a scale with named
    ends) keeps its numbers. A few stray codes without a label, up to 5 % of the answers, stand among the labels as
    their number. Two codes with one label are told apart: "Yes (1)", "Yes (2)". User-missing codes are missing.

    Parameters
    ----------
    path : a .sav, .zsav or .dta file.
    encoding : where the file does not say it, or says it wrongly.
    codes : keep codes instead of labels.

    Raises
    ------
    DataError
        When the file cannot be read, or has no rows.
    """
    columns, meta, declared = _opened(path, encoding)
    names = textfile.column_names(list(columns), path.name)
    arrays = {name: _column(columns[old], {} if codes else meta.variable_value_labels.get(old, {}), declared.get(old))
              for name, old in zip(names, columns, strict=True)}
    if not arrays or not len(next(iter(arrays.values()))):
        raise DataError([Fault(path.name, "has no rows", "save it with its cases")])
    return frames.create(pa.table(arrays))


def metadata(path: str | Path, encoding: str | None = None) -> Metadata:
    """Labels, user-missing codes and multiple-response sets of a file; takes what `read` takes.

    Examples
    --------
    >>> import pandas as pd, pyreadstat, tempfile
    >>> file = Path(tempfile.mkdtemp()) / "s.sav"
    >>> pyreadstat.write_sav(pd.DataFrame({"q1": [1.0, 2, 9]}), file, missing_ranges={"q1": [9]},
    ...                      variable_value_labels={"q1": {1: "Yes", 2: "No", 9: "Refused"}})
    >>> metadata(file).missing, metadata(file).n_missing
    ({'q1': ('9',)}, {'q1': {'9 Refused': 1}})
    """
    columns, meta, declared = _opened(Path(path), encoding)
    counts = {}
    for name, codes in declared.items():
        labels = meta.variable_value_labels.get(name, {})
        missing = [_key(v) for v in columns[name] if v is not None and codes.has(v)]
        counts[name] = {f"{_shown(v)} {labels.get(v, '')}".strip(): missing.count(v)
                        for v in sorted(set(missing), key=str)}
    sets = {name: ResponseSet(spec.get("label") or "", tuple(spec["variable_list"]),
                              str(spec["counted_value"]) if spec.get("is_dichotomy") else None)
            for name, spec in (getattr(meta, "mr_sets", None) or {}).items()}
    return Metadata({k: v for k, v in meta.column_names_to_labels.items() if v}, meta.variable_value_labels,
                    {name: codes.words for name, codes in declared.items()}, counts, sets,
                    dict(getattr(meta, "variable_measure", None) or {}))


def orders(path: str | Path, encoding: str | None = None) -> dict[str, list[str]]:
    """Columns whose labels are steps of a scale → their labels from the lowest code to the highest.

    So is a column that its author called ordinal or a scale; one of which nothing is said, where three or more have the
    same three labels or more, as the questions of a block do. Columns called nominal are not. A label whose code lies
    two or more away from the others ("9 no answer" after 1 to 5) is no step, nor is a stray code without a label.

    Examples
    --------
    >>> import pandas as pd, pyreadstat, tempfile
    >>> file = Path(tempfile.mkdtemp()) / "s.sav"
    >>> pyreadstat.write_sav(pd.DataFrame({"q1": [1.0, 2, 3]}), file, variable_measure={"q1": "ordinal"},
    ...                      variable_value_labels={"q1": {1: "poor", 2: "fair", 3: "good"}})
    >>> orders(file)
    {'q1': ['poor', 'fair', 'good']}
    """
    columns, meta, declared = _opened(Path(path), encoding)
    measures = getattr(meta, "variable_measure", None) or {}
    steps = {}
    for name, values in columns.items():
        there = {_key(v) for v in values if v is not None and v == v and v != ""
                 and not (name in declared and declared[name].has(v))}
        code_labels = {_key(c): label for c, label in meta.variable_value_labels.get(name, {}).items()
                       if not (name in declared and declared[name].has(c))}
        if any(isinstance(c, str) for c in (*code_labels, *there)):
            continue
        words = _words(meta.variable_value_labels.get(name, {}), there)
        row = _in_a_row(sorted(code_labels))
        stray = there - set(code_labels)
        if len(row) >= 3 and len(there & set(row)) > len(stray) and (not stray or sum(
                _key(v) in stray for v in values if v is not None) <= _STRAY * len(values)):
            steps[name] = [words[code] for code in row]
    alike = Counter(tuple(s) for s in steps.values())
    names = dict(zip(columns, textfile.column_names(list(columns), Path(path).name), strict=True))
    return {names[name]: s for name, s in steps.items() if measures.get(name) in ("ordinal", "scale")
            or (measures.get(name, "unknown") == "unknown" and alike[tuple(s)] >= 3)}


def _in_a_row(codes: list[float]) -> list[float]:
    """The most codes of which each lies less than two from the next."""
    starts = [i for i, code in enumerate(codes) if i == 0 or code - codes[i - 1] >= 2]
    return max((codes[a:b] for a, b in pairwise([*starts, len(codes)])), key=len, default=[])


@dataclass(frozen=True)
class _Declared:
    """The codes of a column that its author declared missing."""

    ranges: tuple[tuple[Any, Any], ...]

    def has(self, value: Any) -> bool:
        return any(type(value) is type(low) and low <= value <= high for low, high in self.ranges)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(_shown(a) if a == b else f"{_shown(a)}–{_shown(b)}" for a, b in self.ranges)


def _opened(path: Path, encoding: str | None) -> tuple[dict[str, list[Any]], Any, dict[str, _Declared]]:
    import pyreadstat

    stata = path.suffix.lower() == ".dta"
    path.open("rb").close()  # a file without permission is told as one
    try:
        reader = pyreadstat.read_dta if stata else pyreadstat.read_sav
        columns, meta = reader(str(path), encoding=encoding, user_missing=True, output_format="dict")
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, OSError, UnicodeError, ValueError,
            OverflowError) as error:
        kind = "Stata" if stata else "SPSS"
        raise DataError([Fault(path.name, f"is not a readable {kind} file ({error})",
                               "save it again there; where letters are wrong, name its `read: {encoding: …}`")
                         ]) from None
    declared: dict[str, Any] = meta.missing_ranges
    ranges = {name: tuple((r["lo"], r["hi"]) for r in codes) for name, codes in declared.items()}
    ranges |= {name: tuple((v, v) for v in codes) for name, codes in (meta.missing_user_values or {}).items() if codes}
    return dict(columns), meta, {name: _Declared(r) for name, r in ranges.items() if name in columns}


def _column(values: Any, labels: Mapping[Any, str], declared: _Declared | None) -> pa.Array:
    kept = [None if v is None or v == "" or v != v or (declared and declared.has(v)) else v for v in values]
    there = {_key(v) for v in kept if v is not None}
    words = _words(labels, there)
    unlabelled = there - set(words)
    n_without = sum(_key(v) in unlabelled for v in kept if v is not None) if unlabelled else 0
    n_known = sum(v is not None for v in kept)
    if there - unlabelled and len(unlabelled) < len(there - unlabelled) and n_without <= _STRAY * n_known:
        return pa.array([None if v is None else words.get(_key(v), _shown(v)) for v in kept], pa.string())
    kinds = {type(v) for v in kept if v is not None}
    if kinds and all(issubclass(k, float | int) and not issubclass(k, bool) for k in kinds):
        if all(v is None or (float(v).is_integer() and abs(v) < 2**53) for v in kept):
            return pa.array([None if v is None else int(v) for v in kept], pa.int64())
        return pa.array([None if v is None else float(v) for v in kept], pa.float64())
    if len(kinds) > 1 and not all(hasattr(v, "isoformat") for v in kept if v is not None):
        kept = [None if v is None else frames.text(v) for v in kept]
    return pa.Array.from_pandas(pd.Series(kept, dtype=object))


def _words(labels: Mapping[Any, str], there: set[Any]) -> dict[Any, str]:
    """The label of each code; where two codes of the column have one label, with the code after it."""
    words = {_key(code): label for code, label in labels.items()}
    n = Counter(words[code] for code in there if code in words)
    return {code: f"{label} ({_shown(code)})" if n[label] > 1 else label for code, label in words.items()}


def _key(value: Any) -> Any:
    return float(value) if isinstance(value, int) else value


def _shown(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
