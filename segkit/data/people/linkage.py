"""The linkage model: what two records are compared by, its estimation, and the score of every candidate pair.

The model of Fellegi and Sunter as Splink fits it. A comparison has levels from "the same" to "another"; each level has
m, how often it is seen when two records are of one person, and u, how often when they are of two. The weight of a level
is log2(m / u); weights add up, with a prior, to the probability of a match. All conditions are SQL that DuckDB and
Spark read alike.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from segkit.data import engines
from segkit.words.language import N_


@dataclass(frozen=True)
class Level:
    """A level of a comparison: its name, its condition, and m and u before any estimation."""

    label: str
    sql: str
    m: float
    u: float


@dataclass(frozen=True)
class Comparison:
    """What two records are compared by; the first level that holds counts, none where `unknown` does.

    `rare` is the column whose rare values weigh more on the first level; where a comparison `refuses`, its last level
    speaks against one person so clearly that no other evidence links the two; records that are joined by others must
    not be on it either, as far as the condition `refuses` holds too.
    """

    name: str
    columns: tuple[str, ...]
    unknown: str
    levels: tuple[Level, ...]
    rare: str = ""
    refuses: str = ""

    def level(self, code: int) -> Level | None:
        """The level behind Splink's number: -1 is unknown, 0 the last level."""
        return None if code < 0 else self.levels[len(self.levels) - 1 - code]


def _unknown(column: str) -> str:
    return f"{column}_l is null or {column}_r is null"


def _near(column: str, at_most: int) -> str:
    """At most so many letters differ; what is cheap to see, that lengths differ by more, is asked first."""
    return (f"(abs(length({column}_l) - length({column}_r)) <= {at_most} and "
            f"levenshtein({column}_l, {column}_r) <= {at_most})")


def _any(*conditions: str) -> str:
    """Whether one of the conditions holds.

    As a CASE: Splink brings ANDs and ORs into a normal form again and again, which takes long where they are nested.
    """
    return "case " + " ".join(f"when {c} then true" for c in conditions) + " else false end"


_PHONE_PIECE = "(" + " or ".join(
    f"contains(phone_r, substr(phone_l, {start}, {length}))" for start, length in ((3, 2), (5, 3), (8, 9))) + ")"
"""Two changes leave one of three pieces as it was."""
_DATE_PIECE = ("(substr(birth_date_l, 1, 7) = substr(birth_date_r, 1, 7) or "
               "substr(birth_date_l, 9, 2) = substr(birth_date_r, 9, 2))")
"""One digit changed leaves year and month, or the day, as they were."""


_TWO_GIVEN = "(given_l <> given_r and given_common_l and given_common_r)"
_TYPO = f"not {_TWO_GIVEN} and " + _any(_near("letters", 1), _near("plain", 1),
                                         f"anagram_l = anagram_r and {_near('plain', 2)}")
_PART = ("n_words_l <> n_words_r and family_l = family_r and given_l = given_r and "
         "(middle_l like '%' || middle_r or middle_r like '%' || middle_l or middle_l like middle_r || '%' "
         "or middle_r like middle_l || '%')")
_INITIALS = "(short_l or short_r) and initials_l = initials_r"
_LITTLE = f"n_words_l <> n_words_r and not {_TWO_GIVEN} and " + _any(
    "(n_words_l <= 2 or n_words_r <= 2) and levenshtein(given_l, given_r) <= 1",
    "(short_l or short_r) and (initials_l like '%' || initials_r || '%' or initials_r like '%' || initials_l || '%')")
_SWAPPED = ("substr(birth_date_l, 1, 4) = substr(birth_date_r, 1, 4) and "
            "substr(birth_date_l, 6, 2) = substr(birth_date_r, 9, 2) and "
            "substr(birth_date_l, 9, 2) = substr(birth_date_r, 6, 2)")
_HOME = ("(address_l is null or address_r is null) and (city_l is null or city_r is null)")

COMPARISONS = (
    Comparison("name", ("letters",), _unknown("letters"), (
        Level(N_("the same name, marks and order of words aside"), "letters_l = letters_r", 0.75, 3e-4),
        Level(N_("a letter or two differ"), _TYPO, 0.09, 1e-4),
        Level(N_("a part of the name is left out"), _PART, 0.09, 5e-4),
        Level(N_("initials for words"), _INITIALS, 0.04, 2e-4),
        Level(N_("too little is written out to tell"), _LITTLE, 0.02, 0.05),
        Level(N_("another name"), "ELSE", 0.03, 0.998)), rare="letters",
        refuses="levenshtein(given_l, given_r) * 2 >= length(given_l)"),
    Comparison("marks", ("marks",), "letters_l <> letters_r or " + _unknown("marks"), (
        Level(N_("the same tones and marks"), "marks_l = marks_r", 0.95, 0.6),
        Level(N_("other tones or marks"), "ELSE", 0.05, 0.4))),
    Comparison("phone", ("phone",), _unknown("phone"), (
        Level(N_("the same number"), "phone_l = phone_r", 0.75, 1e-4),
        Level(N_("a digit or two differ"), f"{_PHONE_PIECE} and {_near('phone', 2)}", 0.06, 1e-4),
        Level(N_("another number"), "ELSE", 0.19, 0.9998)), rare="phone"),
    Comparison("email", ("email",), _unknown("email"), (
        Level(N_("the same address"), "email_l = email_r", 0.8, 1e-4),
        Level(N_("the same before the @, or a letter or two differ"),
              f"mailbox_l = mailbox_r or (mail_digits_l = mail_digits_r and {_near('email', 2)})", 0.1, 2e-4),
        Level(N_("another address"), "ELSE", 0.1, 0.9997)), rare="email"),
    Comparison("birth_date", ("birth_date",), _unknown("birth_date"), (
        Level(N_("the same day"), "birth_date_l = birth_date_r", 0.88, 1e-4),
        Level(N_("a digit differs, or day and month are changed over"),
              _any(f"{_DATE_PIECE} and {_near('birth_date', 1)}", _SWAPPED), 0.06, 2e-3),
        Level(N_("the same year, or the same day of another year"),
              "substr(birth_date_l, 1, 4) = substr(birth_date_r, 1, 4) or "
              "substr(birth_date_l, 6, 5) = substr(birth_date_r, 6, 5)", 0.04, 0.02),
        Level(N_("another day"), "ELSE", 0.02, 0.978)), refuses="true"),
    Comparison("gender", ("gender",), _unknown("gender"), (
        Level(N_("the same"), "gender_l = gender_r", 0.98, 0.5),
        Level(N_("the other"), "ELSE", 0.02, 0.5))),
    Comparison("home", ("address", "city"), _HOME, (
        Level(N_("the same street address"), "address_l = address_r", 0.6, 3e-4),
        Level(N_("nearly the same street address"),
              "abs(length(address_l) - length(address_r)) * 8 <= length(address_l) and "
              "levenshtein(address_l, address_r) * 8 <= length(address_l)", 0.1, 1e-3),
        Level(N_("the same town"), "city_l = city_r", 0.2, 0.17),
        Level(N_("another place"), "ELSE", 0.1, 0.82))),
)
"""What records are compared by, in the order of an explanation."""

BY_NAME = {c.name: c for c in COMPARISONS}
_CANDIDATES = (
    ("phone",), ("email",), ("mailbox", "given"), ("rare_letters",), ("letters", "birth_year"), ("letters", "address"),
    ("address", "given"), ("letters", "phone_head"), ("letters", "phone_tail"), ("birth_date", "given"),
    ("birth_date", "initials"))
"""Pairs that share all columns of one of these are compared."""
_TRAINING = (("phone", "birth_date"), ("letters", "email"), ("email", "phone"), ("letters", "birth_date"),
             ("email", "birth_date"), ("letters", "phone"))
"""Pairs that share these are nearly all of one person: m is learned from what else they share."""
_TIMES = 2
"""Rules that each comparison is learned from, where there are enough; their mean counts."""
_ENOUGH = 60
_PAIRS_OF_TRAINING = 1_000_000
_FOUND_BY_KEYS = 0.7
"""Share of all matches that the exact keys are taken to find, for the prior."""
_OF_PRIOR = 0.1
"""How far m is drawn to its value before the estimation: a level that training never met is rare, not impossible."""
_DIGITS, _LEAST = 6, 1e-9
_SILENT: dict[str, Any] = {"log_level": None, "validate_settings": False}


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink's logger says nothing below an error inside the block."""
    logger = logging.getLogger("splink")
    before, logger.level = logger.level, logging.ERROR
    logger.manager._clear_cache()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        logger.setLevel(before)


def comparisons(records: pd.DataFrame) -> tuple[Comparison, ...]:
    """The comparisons that at least two records can be compared by."""
    return tuple(c for c in COMPARISONS if any(records[column].notna().sum() > 1 for column in c.columns))


def settings(used: Sequence[Comparison], shared_ids: Sequence[str], prior: float = 1e-4,
             learned: Mapping[tuple[str, int], tuple[float, float]] | None = None) -> dict[str, Any]:
    """Splink's settings, as plain data.

    Parameters
    ----------
    used : comparisons.
    shared_ids : columns of ids that several sources carry.
    prior : probability that two records drawn at random are of one person.
    learned : (comparison, position of the level) → (m, u); the values of `COMPARISONS` for the others.
    """
    learned = learned or {}
    comparison_specs = []
    for c in used:
        levels: list[dict[str, Any]] = [{"sql_condition": c.unknown, "label_for_charts": "unknown",
                                         "is_null_level": True}]
        for i, level in enumerate(c.levels):
            m, u = learned.get((c.name, i), (level.m, level.u))
            rare = {"tf_adjustment_column": c.rare, "tf_adjustment_weight": 1.0} if c.rare and i == 0 else {}
            levels.append({"sql_condition": level.sql, "label_for_charts": level.label, "m_probability": m,
                           "u_probability": u, **rare})
        comparison_specs.append({"output_column_name": c.name, "comparison_levels": levels})
    known = {column for c in used for column in c.columns}
    needs = {"mailbox": "email", "birth_year": "birth_date", "phone_head": "phone", "phone_tail": "phone",
             "given": "letters", "rare_letters": "letters", "initials": "letters"}
    rules = [r for r in _CANDIDATES if all(needs.get(column, column) in known for column in r)]
    return {"link_type": "dedupe_only", "unique_id_column_name": "record", "comparisons": comparison_specs,
            "blocking_rules_to_generate_predictions": [_rule(r) for r in (*((c,) for c in shared_ids), *rules)],
            "probability_two_random_records_match": prior, "retain_intermediate_calculation_columns": True,
            "retain_matching_columns": True, "additional_columns_to_retain": list(shared_ids), "linker_uid": "segkit"}


def _rule(columns: Sequence[str]) -> dict[str, str]:
    return {"blocking_rule": " and ".join(f"l.{c} = r.{c}" for c in columns)}


def database(spark: Any = None) -> Any:
    """Splink's engine: a DuckDB of its own, or the Spark session given."""
    import splink

    if spark is not None:
        return splink.SparkAPI(spark_session=spark, register_udfs_automatically=False,
                               break_lineage_method="persist")
    import duckdb

    connection = duckdb.connect(config=engines.threads())
    connection.execute("PRAGMA disable_progress_bar")  # `SET` would want ipywidgets in Jupyter
    return splink.DuckDBAPI(connection=connection)


def fit(records: pa.Table, first: Sequence[bool], used: Sequence[Comparison], shared_ids: Sequence[str], matches: int,
        seed: int, u_pairs: float, engine: Any) -> tuple[dict[str, Any], pd.DataFrame]:
    """The settings with estimated parameters, and these as a table.

    u is estimated on one record of each group that the exact keys join (`first`), so that pairs of one person do not
    pass for chance; m by expectation maximisation within pairs that share two keys. Parameters are kept to six digits,
    as sums of many parts differ in the last ones from run to run.

    Returns
    -------
    settings, and a row per comparison and level: `comparison`, `level`, `m_probability`, `u_probability`,
    `match_weight`, `is_estimated`.
    """
    with _quiet():
        from splink import Linker
        from splink.internals.exceptions import EMTrainingException

        n = len(records)
        prior = min(0.5, max(matches, 1) / _FOUND_BY_KEYS / max(n * (n - 1) / 2, 1))
        spec = settings(used, shared_ids, prior)
        mask = pa.array(list(first))
        alone = Linker(engine.register(_registered(records.filter(mask), engine)), spec, **_SILENT)
        alone.training.estimate_u_using_random_sampling(
                max_pairs=u_pairs, seed=seed, min_count_per_level=None, num_chunks=1)
        whole = Linker(engine.register(_registered(records, engine)), spec, **_SILENT)
        for rule in _training(records, used):
            with suppress(EMTrainingException):  # nothing is left to be estimated within these pairs
                whole.training.estimate_parameters_using_expectation_maximisation(
                    _rule(rule)["blocking_rule"], max_pairs=_PAIRS_OF_TRAINING, record_sample_proportion=1.0)
        ms, us = _learned(whole), _learned(alone)
        learned: dict[tuple[str, int], tuple[float, float]] = {}
        rows = []
        for c in used:
            for i, level in enumerate(c.levels):
                m, u = ms[c.name, i][0], us[c.name, i][1]
                drawn = (1 - _OF_PRIOR) * m + _OF_PRIOR * level.m
                learned[c.name, i] = _short(drawn), _short(u)
                rows.append((c.name, level.label, *learned[c.name, i], m != level.m))
    table = pd.DataFrame(rows, columns=["comparison", "level", "m_probability", "u_probability", "is_estimated"])
    table.insert(4, "match_weight", np.log2(table["m_probability"] / table["u_probability"]))
    return settings(used, shared_ids, float(f"{prior:.{_DIGITS}g}"), learned), table


def _short(p: float) -> float:
    """A probability as it is kept."""
    return max(float(f"{p:.{_DIGITS}g}"), _LEAST)


def _registered(records: pa.Table, engine: Any) -> Any:
    if engine.sql_dialect.sql_dialect_str == "duckdb":
        return records
    plain = {pa.null(): pa.string(), pa.large_string(): pa.string()}  # a column without values has no type of its own
    schema = pa.schema([(f.name, plain.get(f.type, f.type)) for f in records.schema])
    return engine.spark.createDataFrame(records.cast(schema))


def _training(records: pa.Table, used: Sequence[Comparison]) -> list[tuple[str, ...]]:
    """The training rules with enough pairs, for the columns there are, until all comparisons are learned."""
    known = {column for c in used for column in c.columns}
    enough: list[tuple[str, ...]] = []
    for rule in _TRAINING:
        teaches = [c for c in used if not set(c.columns) & set(rule)]
        times = [sum(not set(c.columns) & set(r) for r in enough) for c in teaches]
        if set(rule) <= known and min(times, default=_TIMES) < _TIMES:
            n = records.select(list(rule)).to_pandas().dropna().value_counts(sort=False)
            if (n * (n - 1) / 2).sum() >= _ENOUGH:
                enough.append(rule)
    return enough


def _learned(linker: Any) -> dict[tuple[str, int], tuple[float, float]]:
    """(comparison, position of the level) → (m, u) of a trained model; what was never seen stays as it was given."""
    model = linker.misc.save_model_to_json(out_path=None)
    return {(c["output_column_name"], i): (level["m_probability"], level["u_probability"])
            for c in model["comparisons"]
            for i, level in enumerate(v for v in c["comparison_levels"] if not v.get("is_null_level"))}


def score(records: pa.Table, spec: Mapping[str, Any], used: Sequence[Comparison], keep: str,
          engine: Any) -> pd.DataFrame:
    """The candidate pairs that `keep` (SQL) lets through, in the order of their records.

    Returns
    -------
    `record_l` < `record_r`, `match_probability`, for each comparison its level (`gamma_…`) and weight (`mw_…`, with
    what a rare value adds), and the shared ids of both.
    """
    with _quiet():
        from splink import Linker

        linker = Linker(engine.register(_registered(records, engine)), dict(spec), **_SILENT)
        scored = linker.inference.predict(warning_mode="never")
        weights = [f"mw_{c.name}" + (f" + mw_tf_adj_{c.name}" if c.rare else "") + f" as mw_{c.name}" for c in used]
        ids = [f"{c}_{side}" for c in spec["additional_columns_to_retain"] for side in "lr"]
        columns = ["record_l", "record_r", "match_probability", *(f"gamma_{c.name}" for c in used), *weights, *ids]
        query = f"select {', '.join(columns)} from {scored.physical_name} where {keep}"
        pairs = engine.query_sql(query, output_type="pandas")
    return pairs.sort_values(["record_l", "record_r"], ignore_index=True)


def compare(records: pd.DataFrame, pairs: pd.DataFrame, used: Sequence[Comparison]) -> pd.DataFrame:
    """The level of each comparison (`gamma_…`) for any pairs, in their order, and whether it `refuses_…` to join them.

    Parameters
    ----------
    records : a row per record, in the order of `record`.
    pairs : `record_l` and `record_r`.
    """
    import duckdb

    columns = sorted(c for c in records.columns if c != "record" and not c.startswith("raw_"))
    sides = [records[columns].iloc[pairs[f"record_{side}"]].add_suffix(f"_{side}").reset_index(drop=True)
             for side in "lr"]
    wide = pd.concat([*sides, pd.Series(range(len(pairs)), name="position")], axis=1)
    cases = []
    for c in used:
        steps = [f"when {level.sql} then {len(c.levels) - 1 - i}" for i, level in enumerate(c.levels[:-1])]
        cases.append(f"case when {c.unknown} then -1 {' '.join(steps)} else 0 end as gamma_{c.name}")
        if c.refuses:
            cases.append(f"gamma_{c.name} = 0 and ({c.refuses}) as refuses_{c.name}")
    with duckdb.connect(config=engines.threads()) as connection:
        connection.register("wide", pa.Table.from_pandas(wide, preserve_index=False))
        return connection.sql(f"select {', '.join(cases)} from wide order by position").df()
