"""What every segmentation method returns: three tables and the rule that labels anyone.

``assignments`` has a row per customer, ``segments`` a row per segment, ``summary`` exactly one row.
The rule is plain data, so a segmentation is saved as JSON and runs as an Ibis expression in DuckDB,
Spark or a warehouse.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis.common.exceptions import OperationNotDefinedError
from ibis.util import backend_entry_points

from segkit.segmentation.partition import cityblock, medoids, membership
from segkit.segmentation.rulebook import conditions
from segkit.words.errors import DataError, Fault, SegkitError, check_columns, check_option

FORMAT = "segkit.segmentation/1"


@dataclass(frozen=True)
class Segmentation:
    """A finished segmentation.

    Attributes
    ----------
    method : "k-means", "latent class", "rules", ….
    variables : names of the segmentation variables.
    assignments : DataFrame indexed by customer: `segment`, and membership probabilities where there are any.
    segments : DataFrame indexed by segment: `size`, `segment_share`, and its centroid or rule.
    summary : DataFrame of one row: method, k, criterion, ….
    rule : plain data that labels new customers: ``{"kind": "centroids", …}``, or with the kind "medians", "jaccard",
        "classes", "medoids" or "rules"; of segments that a study merged or split see `regrouping`.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]}, index=list("abcdef"))
    >>> s = kmeans.segment(X, k=2, random_state=1)
    >>> s.segments["size"].to_list()
    [3, 3]
    >>> s.assign(ibis.memtable({"visits": [0.0, 10.0]})).execute()["segment"].to_list()
    [1, 2]
    """

    method: str
    variables: tuple[str, ...]
    assignments: pd.DataFrame
    segments: pd.DataFrame
    summary: pd.DataFrame
    rule: Mapping[str, Any]

    @property
    def k(self) -> int:
        """Number of segments."""
        return len(self.segments)

    @property
    def labels(self) -> pd.Series:
        """Segment of each customer, indexed by customer."""
        return self.assignments["segment"]

    def check_of(self, X: pd.DataFrame, about: str) -> None:
        """Raise where the segmentation is not of the rows of X, in their order; `about` is what was asked for."""
        if not X.index.equals(self.assignments.index):
            raise DataError([Fault("`segmentation`", "is not of the customers of X, in their order",
                                   "segment X first, and give the same rows")], about)

    def assign(self, table: ir.Table) -> ir.Table:
        """The table with a column `segment`, computed where the table lives.

        A row with a missing segmentation variable (or one without a logarithm, where logarithms are taken)
        gets a null segment. Latent classes leave missing answers out; a row without any, or with an answer that
        was not there to learn from, gets a null segment. Medoids leave them out too; to them an unknown answer is
        unlike every other. A tie goes to the first segment.

        Raises
        ------
        DataError
            When the table lacks a segmentation variable.
        """
        if self.rule["kind"] == "groups":
            raise SegkitError([Fault("this segmentation", "has no rule that labels others", "take one with a rule")])
        check_columns(self.variables, table.columns)
        labelled = self._formed(table)
        for part in self.rule.get("splits", ()):
            labelled = self._split(labelled, part)
        return labelled

    def _formed(self, table: ir.Table) -> ir.Table:
        """The table with the segment that the method formed; where segments were merged, with the one they are in."""
        if self.rule["kind"] == "rules":
            return conditions.label(table, self.rule["segments"], self.rule.get("otherwise"), self.rule.get("columns"))
        if self.rule["kind"] == "classes":
            return self._first_of(table, membership.scores(table, self.rule), ibis.greatest)
        if self.rule["kind"] == "medoids":
            return self._first_of(table, medoids.expressions(table, self.rule), ibis.least)
        if self.rule["kind"] in ("medians", "jaccard"):
            apart = cityblock.expressions(self._values(table), self.rule)
            return self._first_of(table, apart, ibis.least, 1 + cityblock.TIE)
        return self._nearest(table)

    def _split(self, table: ir.Table, part: Mapping[str, Any]) -> ir.Table:
        """The table with one of its segments split by a rule of its own."""
        parts = replace(self, rule=part["rule"])._formed(table.rename(segkit_whole="segment"))
        before = parts.segkit_whole
        after = ibis.ifelse(before == part["segment"], ibis.coalesce(parts.segment.cast(before.type()), before), before)
        return parts.mutate(segment=after).drop("segkit_whole")

    def _values(self, table: ir.Table) -> list[ir.NumericValue]:
        """The segmentation variables, scaled as the rule says; null where missing."""
        if self.rule.get("log"):
            raw = [membership.number_of(table[v]) for v in self.variables]
            values = [ibis.ifelse((x > -1) & ~x.isnan(), x + 1, ibis.null("float64")).ln() for x in raw]
        else:
            values = [membership.value_of(table[v], False) for v in self.variables]
        mean, scale = (self.rule.get(key, [default] * len(values)) for key, default in (("mean", 0), ("scale", 1)))
        return [x if (m, s) == (0, 1) else (x - float(m)) / float(s)
                for x, m, s in zip(values, mean, scale, strict=True)]

    def _nearest(self, table: ir.Table) -> ir.Table:
        centroids = np.asarray(self.rule["centroids"], dtype=float)
        names = [f"segkit_z{i}" for i in range(1, len(self.variables) + 1)]
        table = table.mutate(**dict(zip(names, self._values(table), strict=True)))  # each is computed once
        scaled = [table[name] for name in names]
        # |x − c|² without |x|², which is the same for every segment
        distances = [sum((x * float(-2 * w) for x, w in zip(scaled, c, strict=True)), ibis.literal(float(c @ c)))
                     for c in centroids]
        return self._first_of(table, distances, ibis.least).drop(*names)

    def _first_of(self, table: ir.Table, measures: list[ir.NumericValue], best: Callable[..., ir.Value],
                  tie: float | None = None) -> ir.Table:
        """The table with the label of the first of the measures that is the best; null where they are null.

        `tie`: measures up to so many times the least are as good.
        """
        names = [f"segkit_d{j}" for j in range(1, len(measures) + 1)]
        measured = table.mutate(**dict(zip(names, measures, strict=True)))
        extreme = best(*[measured[name] for name in names])
        labels = self.rule["labels"]
        reached = [measured[name] <= extreme * membership.double(tie) if tie else measured[name] == extreme
                   for name in names]
        branches = list(zip(reached, labels, strict=True))
        known = measured[names[0]].notnull()
        return measured.mutate(segment=ibis.ifelse(known, ibis.cases(*branches), ibis.null(_type(labels)))).drop(*names)

    def to_sql(self, dialect: str = "duckdb", table: str = "customers") -> str:
        """The SQL that labels a table of the segmentation variables.

        Parameters
        ----------
        dialect : any of Ibis: "duckdb", "postgres", "bigquery", "snowflake", "pyspark", ….
        table : name of the table in the query.

        Raises
        ------
        SegkitError
            When there is no such dialect, or the rule needs what it has no words for.
        """
        types = self.rule.get("types") or dict.fromkeys(self.variables, "float64")
        unbound = ibis.table(dict(types), name=table)
        check_option("dialect", dialect, sorted(entry.name for entry in backend_entry_points()))
        try:
            return str(ibis.to_sql(self.assign(unbound), dialect=dialect))
        except OperationNotDefinedError as error:
            raise SegkitError([Fault(f"`dialect` {dialect!r}", "has no words for this rule: "
                                     f"{str(error).splitlines()[0]}", "take duckdb or postgres, or label the table "
                                     "with `assign`")]) from None

    def align(self, other: Segmentation) -> Segmentation:
        """`other` with its segments numbered as here, so that most customers keep their number (Hungarian).

        Segments of `other` beyond `self.k` keep the free numbers in order. Numbered segments only.
        """
        joined = self.assignments.join(other.labels.rename("other"), how="inner")
        ours, theirs = self.segments.index.tolist(), other.segments.index.tolist()
        table = pd.crosstab(joined["other"], joined["segment"]).reindex(index=theirs, columns=ours, fill_value=0)
        from scipy.optimize import linear_sum_assignment  # slow to load, and few solutions are aligned

        rows, columns = linear_sum_assignment(-table.to_numpy())
        mapping = {theirs[r]: ours[c] for r, c in zip(rows, columns, strict=True)}
        free = (n for n in range(1, self.k + other.k + 1) if n not in mapping.values())
        mapping |= {label: next(free) for label in theirs if label not in mapping}
        return other.relabel(mapping)

    def relabel(self, mapping: Mapping[Any, Any]) -> Segmentation:
        """The same segmentation under other labels, in the order of the new labels."""
        mapping = {_plain_label(old): _plain_label(new) for old, new in mapping.items()}
        if set(mapping) != set(self.segments.index) or len(set(mapping.values())) != self.k:
            raise SegkitError([Fault("`mapping`", "must give each segment one new label",
                                     f"segments: {', '.join(map(str, self.segments.index))}")])
        segments = self.segments.rename(index=dict(mapping)).sort_index()
        rule = _relabelled(self.rule, mapping)
        places = [c for c in ("segment", "second_segment") if c in self.assignments]
        assignments = self.assignments.assign(**{c: self.assignments[c].map(dict(mapping)) for c in places})
        posterior = {f"posterior_{new}": f"posterior_{old}" for old, new in sorted(mapping.items(), key=lambda m: m[1])}
        if set(posterior.values()) <= set(assignments):
            posteriors = assignments[list(posterior.values())].set_axis(list(posterior), axis=1)
            assignments = assignments.drop(columns=list(posterior.values())).join(posteriors)
        return replace(self, assignments=assignments, segments=segments, rule=rule)

    def save(self, path: str | Path) -> Path:
        """Write the segmentation as JSON (plain data; nothing in it is executed on loading)."""
        path = Path(path)
        data = {
            "format": FORMAT, "method": self.method, "variables": list(self.variables), "rule": dict(self.rule),
            **{name: to_plain(getattr(self, name)) for name in ("assignments", "segments", "summary")},
        }
        text = json.dumps(data, ensure_ascii=False, indent=1, default=plain)
        partial = path.with_name(path.name + ".partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
        return path

    @classmethod
    def load(cls, path: str | Path) -> Segmentation:
        """Read what `save` wrote.

        Raises
        ------
        SegkitError
            When the file is not a saved segmentation.
        """
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
            if data["format"] != FORMAT:
                raise KeyError("format")
            tables = {name: from_plain(data[name]) for name in ("assignments", "segments", "summary")}
            return cls(data["method"], tuple(data["variables"]), rule=data["rule"], **tables)
        except OSError:
            raise SegkitError([Fault(str(path), "cannot be opened", "check the path")]) from None
        except (ValueError, KeyError, TypeError):
            raise SegkitError([Fault(str(path), "is not a saved segmentation",
                                     "save one with `.save(path)`")]) from None


def _relabelled(rule: Mapping[str, Any], mapping: Mapping[Any, Any]) -> dict[str, Any]:
    """A rule with other labels, and so those of segments that were split."""
    rule = dict(rule)
    if rule["kind"] == "rules":
        rule["segments"] = [{**s, "name": mapping[s["name"]]} for s in rule["segments"]]
        rule["otherwise"] = mapping.get(rule.get("otherwise"), rule.get("otherwise"))
    elif rule["kind"] != "groups":
        rule["labels"] = [mapping[label] for label in rule["labels"]]
    if "splits" in rule:
        rule["splits"] = [{**part, "segment": mapping[part["segment"]], "labels": [mapping[s] for s in part["labels"]],
                           "rule": _relabelled(part["rule"], mapping)} for part in rule["splits"]]
    return rule


def _plain_label(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def _type(labels: list[Any]) -> str:
    return "int64" if all(isinstance(label, int) for label in labels) else "string"


def plain(value: Any) -> Any:
    """What JSON does not know: days as text, NumPy's numbers as numbers."""
    return value.item() if isinstance(value, np.generic) else str(value)


def to_plain(frame: pd.DataFrame) -> dict[str, Any]:
    """A table as plain data."""
    return {"index_name": frame.index.name, "index": frame.index.tolist(), "columns": list(frame.columns),
            "dtypes": [str(t) for t in frame.dtypes],
            "data": [[None if pd.isna(v) else v for v in frame[c].tolist()] for c in frame.columns]}


def from_plain(data: dict[str, Any]) -> pd.DataFrame:
    """The table of what `to_plain` made."""
    index = pd.Index(data["index"], name=data["index_name"])
    series = {c: pd.Series(v, index=index).astype(t)
              for c, v, t in zip(data["columns"], data["data"], data["dtypes"], strict=True)}
    return pd.DataFrame(series, index=index)
