"""How answers became numbers, as plain data, and the same done to a table wherever it lives.

Each variable is a mapping with its `variable`, the `column` it is from, and either `yes` and `known` (answers, in small
letters without blanks around them: 1 where it is one of `yes`), `words` and `known` (answers in small letters → as they
were given) or `low`, `width` and `log` (a number, or its logarithm, less `low`, divided by `width`); with `steps`,
words in an order, the number is the place of the word, from 1 on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from segkit.data import engines, worded
from segkit.segmentation.partition.membership import double
from segkit.words.errors import DataError, Fault, check_columns


def answer(value: Any) -> str:
    """An answer as it is compared: in small letters, without blanks around it, 1.0 as 1.

    Examples
    --------
    >>> answer(" Yes"), answer(1.0), answer(True)
    ('yes', '1', 'true')
    """
    return str(value).strip().casefold().removesuffix(".0")


def added(table: ir.Table, coding: Sequence[Mapping[str, Any]], dont_know: Sequence[Any] = ()) -> ir.Table:
    """The table with each variable as a column of numbers; null where its answer is missing.

    Parameters
    ----------
    table : the answers, in any engine.
    coding : how each variable was coded, as a saved segmentation has it.
    dont_know : answers that say nothing: missing where the segmentation knows no such answer. Words among numbers are
        missing, too, where they are few (5%).

    Raises
    ------
    DataError
        When a column is missing; when one holds an answer that was not there to learn from; when one holds text in
        place of numbers. All are listed.

    Examples
    --------
    >>> how = [{"variable": "wifi", "column": "wifi", "yes": ["yes"], "known": ["no", "yes"]}]
    >>> added(ibis.memtable({"wifi": ["Yes", "no", None]}), how).wifi.execute().fillna(-1).to_list()
    [1.0, 0.0, -1.0]
    """
    check_columns(list(dict.fromkeys(entry["column"] for entry in coding)), table.columns, "the table")
    table = _numbered(table, coding)
    table = _silenced(table, coding, [answer(value) for value in dont_know])
    faults = _unknown(table, coding)
    columns = {}
    for entry in coding:
        column = table[entry["column"]]
        if "known" in entry:
            answers = _said(column)
            columns[entry["variable"]] = (
                ibis.cases(*[(answers == short, word) for short, word in entry["words"].items()],
                           else_=ibis.null("string"))
                if "words" in entry else ibis.cases((answers.isnull(), ibis.null("float64")),
                                                    (answers.isin(entry["yes"]), double(1)), else_=double(0)))
        elif not (column.type().is_numeric() or column.type().is_boolean() or "steps" in entry):
            faults.append(Fault(f"column {entry['column']!r}", f"holds {column.type()}, where the segmentation has "
                                "numbers", "correct what is no number"))
        else:
            value = _place(column, entry["steps"]) if column.type().is_string() else column.cast("float64")
            value = ibis.ifelse(value > -1, value + 1, ibis.null("float64")).ln() if entry["log"] else value
            columns[entry["variable"]] = (value - double(entry["low"])) / double(entry["width"])
    if faults:
        raise DataError(faults)
    return table.mutate(**columns)


def _numbered(table: ir.Table, coding: Sequence[Mapping[str, Any]]) -> ir.Table:
    """Columns of text that are numbers but for a few words as numbers, with the words missing, as a build reads them;
    in the embedded DuckDB, which reads the files that hold such."""
    if engines.name(table) != "duckdb":
        return table
    texts = {entry["column"] for entry in coding if "low" in entry and "steps" not in entry}
    read = {name: table[name].strip().try_cast("float64") for name in texts if table[name].type().is_string()}
    if not read:
        return table
    known = {name: table[name].strip().nullif("").notnull() for name in read}
    counts = table.aggregate(**{f"n_{name}": known[name].sum() for name in read},
                             **{f"words_{name}": (known[name] & read[name].isnull()).sum() for name in read}
                             ).execute().iloc[0].fillna(0)
    return table.mutate(**{name: numbers for name, numbers in read.items()
                           if counts[f"words_{name}"] <= worded.FEW_WORDS * counts[f"n_{name}"]})


def _place(column: ir.Column, steps: Sequence[str]) -> ir.NumericValue:
    """The place of an answer among the steps of a rating, from 1 on."""
    answers = _said(column)
    return ibis.cases(*[(answers == answer(step), double(n)) for n, step in enumerate(steps, 1)],
                      else_=ibis.null("float64"))


def _said(column: ir.Column) -> ir.StringValue:
    """An answer as `answer` writes it."""
    return column.cast("string").strip().lower().re_replace(r"\.0$", "")


def _closed(coding: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[str]]:
    """Column → its answers, of those that have no others; an answer that is no step of a rating is missing, as in a
    build."""
    return {entry["column"]: entry["known"] for entry in coding if "known" in entry}


def _silenced(table: ir.Table, coding: Sequence[Mapping[str, Any]], dont_know: Sequence[str]) -> ir.Table:
    """The table without the answers that say nothing, where they are none the segmentation knows."""
    columns = {}
    for name, known in _closed(coding).items():
        if silent := [word for word in dont_know if word not in known]:
            columns[name] = ibis.ifelse(_said(table[name]).isin(silent), ibis.null(table[name].type()), table[name])
    for entry in coding:
        column, numbers = table[entry["column"]], [n for n in map(_number, dont_know) if n is not None]
        if "low" in entry and numbers and column.type().is_numeric() and not entry["log"]:
            beyond = (column < entry["low"]) | (column > entry["low"] + entry["width"])
            columns[entry["column"]] = ibis.ifelse(column.isin(numbers) & beyond, ibis.null(column.type()), column)
    return table.mutate(**columns) if columns else table


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _unknown(table: ir.Table, coding: Sequence[Mapping[str, Any]]) -> list[Fault]:
    faults = []
    for name, known in _closed(coding).items():
        answers = _said(table[name])
        odd_answers = table.filter(answers.notnull(), answers.notin(known)).select(value=table[name].cast("string"))
        odd_answers = odd_answers.value.value_counts(name="n").order_by(ibis.desc("n"), "value").limit(4).execute()
        if len(odd_answers):
            unknown = ", ".join(f"{v!r} ({n:,})" for v, n in odd_answers.itertuples(index=False))
            faults.append(Fault(f"column {name!r}", f"has answers the segmentation does not know: {unknown}",
                                f"it knows {', '.join(map(repr, known[:10]))}; write them so, or leave them empty"))
    return faults
