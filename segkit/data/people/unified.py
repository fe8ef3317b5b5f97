"""What unifying several sources gives: people, links with their evidence, conflicts, and an account of every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.data.people import linkage, placeholders
from segkit.words.errors import DataError, Fault, check_option, did_you_mean
from segkit.words.language import N_

BASES = (N_("an id that both carry"), N_("phone and name"), N_("e-mail and name"), N_("the model"))
"""What a link rests on, in the order in which links are made."""
DECISIONS = (N_("linked"), N_("to review"), N_("refused"))
REASONS = (N_("another name"), N_("another birth date"), N_("too little is known"),
           N_("would join contradicting records"), N_("as sure as a link that contradicts it"))
APART = N_("groups taken apart because records in them contradict each other")
_DIFFERENT = {"n_names": "letters", "n_phones": "phone", "n_emails": "email", "n_birth_dates": "birth_date"}
_EXPLAINED = ["comparison", "value_a", "value_b", "level", "match_weight"]


@dataclass(frozen=True)
class Unified:
    """What `link` found.

    Attributes
    ----------
    customers : a row per person, indexed by `customer_id` ("source:id" of one of their records): one value per column,
        the `sources` that know them, `birth_decade`.
    members : a row per record: `data_source`, `source_id`, `customer_id`.
    links : a row per pair that was linked, is to be reviewed or was refused: both records, `match_probability`,
        `basis`, `decision`, `reason`, and the weight of each comparison (`weight_…`; 0 where it is not known of both).
    conflicts : a row per person and column whose sources disagree: `variable`, `kept`, `others`, `n_values`, `kept_by`.
    accounting : a row per source: rows in, linked, alone, duplicates, people.
    checks : what to look at: placeholders taken for no value, refusals, chains, large groups.
    parameters : m, u and weight of each level of the model.
    settings : the model as plain data, and the choices it was used with.
    set_aside : a row per value that is no key: `variable`, `found`, `reason`, `n_rows`; phones and e-mails masked.
    """

    customers: pd.DataFrame
    members: pd.DataFrame
    links: pd.DataFrame
    conflicts: pd.DataFrame
    accounting: pd.DataFrame
    checks: pd.DataFrame
    parameters: pd.DataFrame
    settings: Mapping[str, Any]
    set_aside: pd.DataFrame = field(default_factory=pd.DataFrame)
    records: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)

    @property
    def to_review(self) -> pd.DataFrame:
        """The pairs a person should look at, the likeliest first."""
        return self.links[self.links["decision"] == "to review"].sort_values("match_probability", ascending=False)

    def example(self, decision: str = "linked", basis: str = "the model") -> pd.DataFrame:
        """An explained pair of a kind, masked: of all such pairs the one in the middle by probability.

        Raises
        ------
        SegkitError
            When `decision` or `basis` is not one of `DECISIONS` or `BASES`.
        """
        check_option("decision", decision, DECISIONS)
        check_option("basis", basis, BASES)
        pairs = self.links[(self.links["decision"] == decision) & (self.links["basis"] == basis)]
        if pairs.empty:
            return pd.DataFrame(columns=[*_EXPLAINED, "match_probability"]).set_index("comparison")
        pair = pairs.sort_values("match_probability", kind="stable").iloc[len(pairs) // 2]
        a, b = ((pair[f"data_source_{side}"], pair[f"source_id_{side}"]) for side in "ab")
        return self.explain(a, b)

    def explain(self, a: tuple[str, str], b: tuple[str, str], masked: bool = True) -> pd.DataFrame:
        """Why two records are one person, or not: each comparison with both values and its weight.

        Parameters
        ----------
        a, b : (source, id) of the records.
        masked : whether names, numbers and addresses are shown by their first and last letters only.

        Returns
        -------
        A row per comparison, after one for the prior: `value_a`, `value_b`, `level`, `match_weight` (log2 of how
        much likelier it is for one person than for two), and the running `match_probability`.

        Raises
        ------
        DataError
            When a record is not there.
        """
        places = [self._place(*record) for record in (a, b)]
        pair = pd.DataFrame({"record_l": [places[0]], "record_r": [places[1]]})
        used = [linkage.BY_NAME[n] for n in self.settings["comparisons"]]
        levels = linkage.compare(self.records, pair, used).iloc[0]
        prior = self.settings["model"]["probability_two_random_records_match"]
        drawn = N_("two records drawn at random")
        rows: list[tuple[object, ...]] = [("prior", "", "", drawn, float(np.log2(prior / (1 - prior))))]
        for c in used:
            code = int(levels[f"gamma_{c.name}"])
            level = c.level(code)
            values = [self._shown(c, place, masked) for place in places]
            agreed = level.label if level else N_("not compared: missing or unusable in one")
            rows.append((c.name, *values, agreed, self._weight(c, code, places)))
        explanation = pd.DataFrame(rows, columns=_EXPLAINED)
        explanation = explanation.set_index("comparison")
        odds = 2.0 ** explanation["match_weight"].cumsum().clip(-60, 60)
        return explanation.assign(match_probability=odds / (1 + odds))

    def _place(self, source: str, key: str) -> int:
        places = np.flatnonzero((self.members["data_source"] == source) & (self.members["source_id"] == str(key)))
        if len(places) != 1:
            raise DataError([Fault(f"record {key!r}", f"is not in source {source!r}",
                                   did_you_mean(source, self.members["data_source"].unique()))])
        return int(places[0])

    def _shown(self, c: linkage.Comparison, place: int, masked: bool) -> str:
        columns = {"marks": ("name",), "home": ("address", "city")}.get(c.name, (c.name,))
        values = [self.records[f"raw_{column}"].iloc[place] for column in columns]
        return ", ".join(mask(str(v), column) if masked else str(v)
                         for v, column in zip(values, columns, strict=True) if pd.notna(v)) or "–"

    def _weight(self, c: linkage.Comparison, code: int, places: Sequence[int]) -> float:
        if code < 0:
            return 0.0
        row = self.parameters[self.parameters["comparison"] == c.name].iloc[len(c.levels) - 1 - code]
        weight = float(row["match_weight"])
        if c.rare and code == len(c.levels) - 1:
            values = self.records[c.rare]
            share = float((values == values.iloc[places[0]]).sum() / values.notna().sum())
            weight += float(np.log2(row["u_probability"] / share))
        return weight

    def relabel(self, transactions: ir.Table) -> ir.Table:
        """The purchases with each `customer_id` replaced by its person's; ids that no source knows are kept.

        Where the same id means two people in two sources, the purchases need a column `data_source`.

        Raises
        ------
        DataError
            When an id means two people and nothing says which.
        """
        if self.members.empty:
            return transactions
        known = self.members.rename(columns={"customer_id": "person_id"})
        keys = ["data_source", "source_id"] if "data_source" in transactions.columns else ["source_id"]
        known = known[[*keys, "person_id"]].drop_duplicates()
        if (twice := known[known.duplicated(keys)]["source_id"]).any():
            raise DataError([Fault("`sources`", f"{len(twice):,} ids mean different people in two sources, such as "
                                   f"{twice.iloc[0]!r}", "give the purchases a column `data_source` with the source's "
                                   "name, or put a letter before the ids of each source")])
        numbered = transactions.mutate(source_id=transactions.customer_id.cast("string"))
        joined = numbered.left_join(ibis.memtable(known), keys)
        joined = joined.mutate(customer_id=ibis.coalesce(joined.person_id, joined.source_id))
        return joined.select(*transactions.columns)

    def disagreements(self) -> pd.DataFrame:
        """A row per column: `n_conflicts`, and the `conflict_share` of the people of two records or more."""
        several = int((self.members.groupby("customer_id").size() > 1).sum())
        n = self.conflicts.groupby("variable").size().sort_values(ascending=False, kind="stable")
        return pd.DataFrame({"n_conflicts": n, "conflict_share": n / max(several, 1)}).rename_axis("variable")

    def summary(self) -> pd.DataFrame:
        """One row: `n_rows`, `n_customers`, `excess_share` (rows above people), `n_linked`, `n_review`,
        `n_conflicts`."""
        n_rows, n_people = len(self.members), self.members["customer_id"].nunique()
        return pd.DataFrame({"n_rows": [n_rows], "n_customers": [n_people],
                             "excess_share": [n_rows / n_people - 1 if n_people else None],
                             "n_linked": [int(self.accounting["n_linked"].sum())], "n_review": [len(self.to_review)],
                             "n_conflicts": [len(self.conflicts)]})

    def decisions(self) -> pd.DataFrame:
        """Pairs by `decision`, `basis` and `reason`: `n_pairs`, and their `lowest_probability`."""
        order = {word: i for i, word in enumerate((*DECISIONS, *BASES))}
        groups = self.links.groupby(["decision", "basis", "reason"])["match_probability"]
        counts = groups.agg(n_pairs="size", lowest_probability="min").reset_index()
        return counts.sort_values(["decision", "basis", "reason"], key=lambda c: c.map(lambda w: order.get(w, 0)),
                                  ignore_index=True, kind="stable")

    def largest(self) -> pd.DataFrame:
        """A row per person of two records or more, those of most records first: `n_records`, and how many different
        names, phones, e-mails and birth dates they have between them, `n_names` to `n_birth_dates`.

        Many records of one person are many visits, or many people whom a shared value has made one.
        """
        if self.records.empty:
            return pd.DataFrame(columns=["n_records", *_DIFFERENT]).rename_axis("customer_id")
        groups = self.records.groupby(self.members["customer_id"].to_numpy())
        people = groups[list(_DIFFERENT.values())].nunique().set_axis(list(_DIFFERENT), axis=1)
        people.insert(0, "n_records", groups.size())
        people = people[people["n_records"] > 1].rename_axis("customer_id")
        return people.sort_values("n_records", ascending=False, kind="stable")

    def per_hundred(self, what: str) -> float | None:
        """Pairs "to review", or groups taken "apart" as their records contradict each other, per hundred people."""
        check_option("what", what, ("to review", "apart"))
        n = len(self.to_review) if what == "to review" else self.checks["n"].get(APART, 0)
        return 100 * n / len(self.customers) if len(self.members) else None


def accounting(members: pd.DataFrame) -> pd.DataFrame:
    """What became of the rows of each source: every row is either linked or alone.

    Examples
    --------
    >>> told = accounting(pd.DataFrame({"data_source": ["crm", "crm", "web"], "source_id": ["1", "2", "9"],
    ...                                 "customer_id": ["crm:1", "crm:2", "crm:1"]}))
    >>> told.loc["crm"].to_list()
    [2, 1, 1, 0, 2]
    """
    size = members.groupby("customer_id")["source_id"].transform("size")
    again = members.duplicated(["data_source", "customer_id"])
    indicators = pd.DataFrame({"data_source": members["data_source"], "n_rows": 1, "n_linked": (size > 1).astype(int),
                               "n_alone": (size == 1).astype(int), "n_duplicates": again.astype(int),
                               "n_customers": (~again).astype(int)})
    return indicators.groupby("data_source").sum()


def checks(links: pd.DataFrame, members: pd.DataFrame, set_aside: pd.DataFrame,
           chains: Mapping[str, int]) -> pd.DataFrame:
    """What to look at: `n` of each `check`."""
    size = members.groupby("customer_id").size()
    rows = [(N_("rows whose id, phone, e-mail or birth date is no key"), int(set_aside["n_rows"].sum())),
            (N_("pairs refused because of another name or birth date"), int((links["decision"] == "refused").sum())),
            (N_("people of more than eight records"), int((size > placeholders.SHARED_BY).sum())),
            (N_("records of the largest person"), int(size.max())),
            (N_("people held together by a chain of links"), int(chains["n_chained"])),
            (APART, int(chains["n_split"]))]
    return pd.DataFrame(rows, columns=["check", "n"]).set_index("check")


def mask(value: str, column: str) -> str:
    """A value that shows how it is made and not whose it is.

    Examples
    --------
    >>> mask("Trần Thị Mai", "name"), mask("0912345678", "phone")
    ('T··· T·· M··', '·······678')
    >>> mask("mai@shop.vn", "email"), mask("1990-05-17", "birth_date")
    ('m··@s···.vn', '1990-··-··')
    """
    if column in ("gender", "city"):
        return value
    if column == "phone":
        return "·" * (len(value) - 3) + value[-3:]
    if column == "birth_date":
        return f"{value[:4]}-··-··"
    local, at, host = value.partition("@")
    words = [w[:1] + "·" * (len(w) - 1) for w in local.split()]
    if not at:
        return " ".join(words)
    first, _, last = host.rpartition(".")
    return f"{words[0]}@{first[:1]}{'·' * (len(first) - 1)}.{last}"
