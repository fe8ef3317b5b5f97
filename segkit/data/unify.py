"""Several sources of customers, one table of people: exact keys, then a linkage model, then one value per column.

Every row of every source ends in exactly one person. A pair is linked by an exact key, or by the model's probability,
and never against a contradiction; what is likely but not sure is given for review and not merged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from segkit.data import customers, grouping, linkage, names, phones, survivorship, tables
from segkit.data import open as opening
from segkit.words.errors import DataError, Fault, SegkitError, check_option, did_you_mean
from segkit.words.language import N_

THRESHOLD, REVIEW = 0.95, 0.5
"""Probability from which a pair is linked, and from which it is given for review."""
BASES = (N_("an id that both carry"), N_("phone and name"), N_("e-mail and name"), N_("the model"))
"""What a link rests on, in the order in which links are made."""
DECISIONS = (N_("linked"), N_("to review"), N_("refused"))
REASONS = {"name": N_("another name"), "birth_date": N_("another birth date"), "few": N_("too little is known"),
           "chain": N_("would join contradicting records")}
FIELDS = ("name", "phone", "email", "birth_date", "gender", "address", "city")
_GENDERS = {"m": "m", "male": "m", "nam": "m", "man": "m", "f": "f", "female": "f", "nu": "f", "woman": "f", "gai": "f", "trai": "m"}
_TOWN = "^(thanh pho|tp|tinh|thi xa|tx) "
_SHARED_BY, _RARE, _COMMON, _COMMON_SHARE = 8, 40, 8, 5e-4
_FREQUENT_DAY, _FREQUENT_ROWS = 0.01, 30
_KEYS = ("data", "columns", "read")


@dataclass(frozen=True)
class Unified:
    """What `link` found.

    Attributes
    ----------
    customers : a row per person, indexed by `customer_id` ("source:id" of one of their records): one value per column,
        the `sources` that know them, `birth_decade`.
    members : a row per record: `data_source`, `source_id`, `customer_id`.
    links : a row per pair that was linked, is to be reviewed or was refused: both records, `match_probability`, `basis`,
        `decision`, `reason`, and the weight of each comparison (`weight_…`; 0 where it is not known of both).
    conflicts : a row per person and column whose sources disagree: `variable`, `kept`, `others`, `n_values`, `kept_by`.
    accounting : a row per source: rows in, linked, alone, duplicates, people.
    checks : what to look at: placeholders taken for no value, refusals, chains, large groups.
    parameters : m, u and weight of each level of the model.
    settings : the model as plain data, and the choices it was used with.
    """

    customers: pd.DataFrame
    members: pd.DataFrame
    links: pd.DataFrame
    conflicts: pd.DataFrame
    accounting: pd.DataFrame
    checks: pd.DataFrame
    parameters: pd.DataFrame
    settings: Mapping[str, Any]
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
        found = self.links[(self.links["decision"] == decision) & (self.links["basis"] == basis)]
        if found.empty:
            return pd.DataFrame(columns=["comparison", "value_a", "value_b", "level", "match_weight",
                                         "match_probability"]).set_index("comparison")
        pair = found.sort_values("match_probability", kind="stable").iloc[len(found) // 2]
        return self.explain(*((pair[f"data_source_{side}"], pair[f"source_id_{side}"]) for side in "ab"))

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
        rows = [("prior", "", "", N_("two records drawn at random"), float(np.log2(prior / (1 - prior))))]
        for c in used:
            code = int(levels[f"gamma_{c.name}"])
            level = c.level(code)
            shown = [self._shown(c, place, masked) for place in places]
            rows.append((c.name, *shown, level.label if level else N_("not known of both"), self._weight(c, code, places)))
        told = pd.DataFrame(rows, columns=["comparison", "value_a", "value_b", "level", "match_weight"])
        told = told.set_index("comparison")
        odds = 2.0 ** told["match_weight"].cumsum().clip(-60, 60)
        return told.assign(match_probability=odds / (1 + odds))

    def _place(self, source: str, key: str) -> int:
        found = np.flatnonzero((self.members["data_source"] == source) & (self.members["source_id"] == str(key)))
        if len(found) != 1:
            raise DataError([Fault(f"record {key!r}", f"is not in source {source!r}",
                                   did_you_mean(source, self.members["data_source"].unique()))])
        return int(found[0])

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
                                   f"{twice.iloc[0]!r}", "give the purchases a column `data_source` with the source's name, "
                                   "or put a letter before the ids of each source")])
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
        """One row: `n_rows`, `n_customers`, `n_linked`, `n_review`, `n_conflicts`."""
        return pd.DataFrame({"n_rows": [len(self.members)], "n_customers": [len(self.customers)],
                             "n_linked": [int(self.accounting["n_linked"].sum())], "n_review": [len(self.to_review)],
                             "n_conflicts": [len(self.conflicts)]})


def link(sources: Mapping[str, Any], shared_ids: Sequence[str] = (), threshold: float = THRESHOLD, review: float = REVIEW,
         priority: Sequence[str] = (), survivors: Mapping[str, Any] | None = None, u_pairs: float = 2e6,
         random_state: int | None = None) -> Unified:
    """One table of people from several tables of customers.

    Parameters
    ----------
    sources : name → table, or name → ``{"data": table, "columns": {role: column}, "read": {…}}``; a table is anything
        `segkit.data.open.table` takes. Roles: `customer_id` (the source's own, one row each), `name`, `phone`, `email`,
        `birth_date`, `gender`, `address`, `city`, `updated` (when the row was last changed); other columns come along.
    shared_ids : columns with an id that several sources carry, such as a membership number.
    threshold : probability from which a pair is linked, in (0.5, 1).
    review : probability from which a pair that is not linked is listed for review.
    priority : the sources in the order in which their values are trusted; that of their names by default.
    survivors : column → rule, see `segkit.data.survivorship`.
    u_pairs : random pairs from which chance agreement is estimated.
    random_state : seed of that sample; 0 when None. The order of rows and sources never changes the result.

    Raises
    ------
    SegkitError
        With all faults of the sources and the arguments.

    Examples
    --------
    >>> shop = pd.DataFrame({"customer_id": ["S1", "S2"], "name": ["LE VAN HOA", "Trần Thị Mai"],
    ...                      "phone": ["0912 345 678", "0168 222 3333"]})
    >>> web = pd.DataFrame({"customer_id": ["W1"], "name": ["Hoà Lê Văn"], "phone": ["+84912345678"]})
    >>> unified = link({"shop": shop, "web": web})
    >>> unified.customers["name"].to_list()
    ['Hoà Lê Văn', 'Trần Thị Mai']
    >>> unified.links["basis"].to_list()
    ['phone and name']
    """
    opened, spark = _open(sources)
    _check(opened, shared_ids, threshold, review, priority)
    rank = {s: i for i, s in enumerate([*priority, *sorted(set(opened) - set(priority))])}
    records, values, set_aside = _records(opened, shared_ids)
    used = linkage.comparisons(records)
    _comparable(used, shared_ids)
    keys = grouping.exact(records, shared_ids)
    first = ~pd.Series(keys).duplicated().to_numpy()
    matches = int((pd.Series(keys).value_counts() * (pd.Series(keys).value_counts() - 1) // 2).sum())
    table = pa.Table.from_pandas(records.drop(columns=[c for c in records if c.startswith("raw_")]), preserve_index=False)
    engine = linkage.database(spark)
    model, parameters = linkage.fit(table, first, used, shared_ids, matches, random_state or 0, u_pairs, engine)
    scored = linkage.score(table, model, used, _kept(used, shared_ids, review), engine)
    links = grouping.decide(scored, used, shared_ids, threshold, review)
    labels, links, chains = grouping.people(records, links, used)
    return _result(records, values, links, labels, rank, survivors, set_aside, chains, parameters,
                   {"model": model, "comparisons": [c.name for c in used], "shared_ids": list(shared_ids),
                    "threshold": threshold, "review": review, "priority": sorted(rank, key=rank.__getitem__),
                    "survivors": dict(survivors or {}), "u_pairs": u_pairs, "random_state": random_state or 0})


def load(sources: Mapping[str, Any] | None = None, customer_data: Any = "", columns: Mapping[str, str] | None = None,
         **options: Any) -> Unified:
    """What is known of each customer: `link` of several sources, or the one customer table as it is.

    Parameters
    ----------
    sources : as `link` takes them; {} or None for one table.
    customer_data, columns : the one table, as `segkit.data.customers.load` takes it.
    options : further arguments of `link`.
    """
    if sources:
        return link(sources, **options)
    known = customers.load(customer_data, columns)
    members = pd.DataFrame(columns=["data_source", "source_id", "customer_id"])
    links = pd.DataFrame(columns=["match_probability", "basis", "decision", "reason"])
    conflicts = pd.DataFrame(columns=["variable", "kept", "others", "n_values", "kept_by"])
    parameters = pd.DataFrame(columns=["comparison", "level", "m_probability", "u_probability", "match_weight", "is_estimated"])
    return Unified(known, members, links, conflicts, accounting(members), pd.DataFrame(columns=["check", "n"]).set_index("check"),
                   parameters, {})


def _open(sources: Mapping[str, Any]) -> tuple[dict[str, ir.Table], Any]:
    """Each source as a table of records, sorted by name, and the Spark session where all live in one."""
    if not isinstance(sources, Mapping) or not sources:
        raise DataError([Fault("`sources`", "names no table", "give name: {data: …, columns: {…}} for each")])
    opened, faults = {}, []
    for name in sorted(sources, key=str):
        spec = sources[name] if isinstance(sources[name], Mapping) else {"data": sources[name]}
        for key in spec:
            if key not in _KEYS:
                faults.append(Fault(f"source {name!r}", f"has no key {key!r}", did_you_mean(str(key), _KEYS)))
        if "data" not in spec:
            faults.append(Fault(f"source {name!r}", "names no data", "give the table under `data:`"))
            continue
        try:
            opened[str(name)] = tables.load(spec["data"], "records", spec.get("columns"), read=spec.get("read"))
        except SegkitError as error:
            faults += [Fault(f"source {name!r}, {f.where}", f.found, f.fix, f.rows) for f in error.faults]
    if faults:
        raise DataError(faults, "sources")
    backends = {id(t._find_backend(use_default=True)): t._find_backend(use_default=True) for t in opened.values()}
    alone = next(iter(backends.values())) if len(backends) == 1 else None
    return opened, getattr(alone, "_session", None) if alone is not None and alone.name == "pyspark" else None


def _check(opened: Mapping[str, ir.Table], shared_ids: Sequence[str], threshold: float, review: float,
           priority: Sequence[str]) -> None:
    columns = sorted({c for t in opened.values() for c in t.columns})
    faults = [Fault(f"`shared_ids`, {c!r}", "is not a column of any source", did_you_mean(c, columns))
              for c in shared_ids if c not in columns]
    faults += [Fault(f"`shared_ids`, {c!r}", "is what people are compared by already", "name a column with an id")
               for c in shared_ids if c in (*FIELDS, "customer_id", "updated")]
    faults += [Fault(f"`priority`, {s!r}", "is not a source", did_you_mean(s, opened)) for s in priority if s not in opened]
    for name, value, least in (("threshold", threshold, 0.5), ("review", review, 0.0)):
        if not (isinstance(value, int | float) and least < value < 1):
            faults.append(Fault(f"`{name}`", f"is {value!r}", f"give a probability between {least:g} and 1"))
    if not faults and review > threshold:
        faults.append(Fault("`review`", f"is {review}, above the threshold {threshold}", "give a smaller probability"))
    if faults:
        raise SegkitError(faults)


def _comparable(used: Sequence[linkage.Comparison], shared_ids: Sequence[str]) -> None:
    known = {c.name for c in used}
    if not shared_ids and not known & {"phone", "email"} and not {"name", "birth_date"} <= known:
        raise DataError([Fault("`sources`", "hold too little to tell people by: "
                               + (", ".join(sorted(known)) or "none of the roles"),
                               "map at least `phone`, `email`, or `name` and `birth_date`, or give `shared_ids`")])


def _records(opened: Mapping[str, ir.Table], shared_ids: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """All records in the order of source and id: as they are compared, as they stand, and placeholders set aside."""
    parts, values = [], []
    for source, t in opened.items():
        plain = t.mutate(customer_id=t.customer_id.cast("string"))
        frame = plain.order_by("customer_id").to_pandas()
        values.append(frame.assign(segkit_source=source))
        parts.append(_compared(plain, shared_ids).order_by("customer_id").to_pandas().assign(source=source))
    records, stands = pd.concat(parts, ignore_index=True), pd.concat(values, ignore_index=True)
    for column in FIELDS:
        records[f"raw_{column}"] = stands[column] if column in stands else None
    aside = _placeholders(records)
    often = records.groupby("letters")["letters"].transform("size")
    given = records.groupby("given")["given"].transform("size")
    records["given_common"] = (given >= max(_COMMON, _COMMON_SHARE * len(records))).fillna(False)
    records["rare_letters"] = records["letters"].where(often <= _RARE)
    records.insert(0, "record", range(len(records)))
    return records, stands, aside


def _compared(t: ir.Table, shared_ids: Sequence[str]) -> ir.Table:
    """The columns that records are compared by."""
    def text(column: str) -> ir.StringValue:
        return t[column].cast("string") if column in t.columns else ibis.null("string")

    def day(column: str) -> ir.StringValue:
        return t[column].cast("timestamp").strftime("%Y-%m-%d") if column in t.columns else ibis.null("string")

    s = t.select(customer_id=t.customer_id, name=text("name"), phone=phones.national(text("phone")),
                 email=phones.mailbox(text("email")), birth_date=day("birth_date"), gender=names.folded(text("gender")),
                 address=names.folded(text("address")), city=names.folded(text("city")),
                 **{c: text(c).strip().nullif("") for c in shared_ids})
    s = names.add(s)
    gender = s.gender.cases(*_GENDERS.items(), else_=ibis.null("string"))
    return s.mutate(gender=gender, mail_digits=s.email.re_replace("@.*$", "").re_replace("[^0-9]", ""), city=s.city.re_replace(_TOWN, ""), mailbox=s.email.re_extract("^([^@]*)@", 1).nullif(""),
                    birth_year=s.birth_date.substr(0, 4), phone_head=s.phone.substr(0, 7), phone_tail=s.phone.substr(6, 5))


def _placeholders(records: pd.DataFrame) -> pd.DataFrame:
    """Take values that too many different names share for no value; tells which and in how many rows."""
    told = []
    for column in ("phone", "email"):
        shared = records.dropna(subset=[column, "letters"]).groupby(column)["letters"].nunique()
        told += [(column, value) for value in shared.index[shared > _SHARED_BY]]
    days = records["birth_date"].value_counts()
    told += [("birth_date", d) for d in sorted(days.index[(days >= _FREQUENT_ROWS) & (days > _FREQUENT_DAY * days.sum())])]
    rows = []
    for column, value in told:
        held = records[column] == value
        rows.append((column, value, int(held.sum())))
        records.loc[held, [column, *_DERIVED[column]]] = None
    return pd.DataFrame(rows, columns=["column", "value", "n_rows"])


_DERIVED = {"phone": ["phone_head", "phone_tail"], "email": ["mailbox", "mail_digits"], "birth_date": ["birth_year"]}


def _kept(used: Sequence[linkage.Comparison], shared_ids: Sequence[str], review: float) -> str:
    """SQL of the pairs that are kept after scoring: likely ones, and those with an exact key."""
    by = {c.name: len(c.levels) - 1 for c in used}
    kept = [f"match_probability >= {review}", *(f"{c}_l = {c}_r" for c in shared_ids)]
    kept += [f"(gamma_name >= 2 and gamma_{c} = {by[c]})" for c in ("phone", "email") if {"name", c} <= set(by)]
    return " or ".join(kept)


def _result(records: pd.DataFrame, values: pd.DataFrame, links: pd.DataFrame, labels: np.ndarray, rank: Mapping[str, int],
            survivors: Mapping[str, Any] | None, set_aside: pd.DataFrame, chains: Mapping[str, int],
            parameters: pd.DataFrame, settings: Mapping[str, Any]) -> Unified:
    source = records["source"]
    order = pd.DataFrame({"label": labels, "rank": source.map(rank), "id": records["customer_id"]})
    best = order.sort_values(["label", "rank", "id"]).drop_duplicates("label")
    ids = (source + ":" + records["customer_id"])[best.index].set_axis(best["label"])
    person = pd.Series(labels, name="customer_id").map(ids)
    extra = [c for c in values.columns if c not in (*FIELDS, "customer_id", "segkit_source", "updated")]
    fields = [f for f in FIELDS if f in values]
    kept_values = values[[*fields, *extra]].copy()
    same = pd.DataFrame({c: records["letters" if c == "name" else c] for c in fields})
    for column in ("phone", "email", "birth_date"):
        if column in fields:
            kept_values[column] = records[column]
    if "email" in fields:
        kept_values["email"] = values["email"].str.strip().str.lower().where(records["email"].notna())
    for column in extra:
        same[column] = values[column].astype(str).str.casefold().where(values[column].notna())
    updated = pd.to_datetime(values["updated"]) if "updated" in values else pd.Series(pd.NaT, values.index)
    people, conflicts = survivorship.keep(kept_values, same, person, source.map(rank), updated, survivors)
    people["sources"] = source.groupby(person).agg(lambda s: " + ".join(sorted(set(s)))).reindex(people.index)
    if "birth_date" in fields:
        decade = pd.to_numeric(people["birth_date"].str[:3])
        people["birth_decade"] = decade.map(lambda d: None if pd.isna(d) else f"{int(d)}0–{int(d)}9")
    members = pd.DataFrame({"data_source": source, "source_id": records["customer_id"], "customer_id": person})
    sides = [members[["data_source", "source_id"]].iloc[links[f"record_{record}"]].add_suffix(side).reset_index(drop=True)
             for record, side in (("l", "_a"), ("r", "_b"))]
    weights = links.filter(like="mw_").rename(columns=lambda c: c.replace("mw_", "weight_"))
    shown = pd.concat([*sides, links[["match_probability", "basis", "decision", "reason"]], weights], axis=1)
    return Unified(people, members, shown, conflicts, accounting(members), _checks(shown, members, set_aside, chains),
                   parameters, settings, records)


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
    told = pd.DataFrame({"data_source": members["data_source"], "n_rows": 1, "n_linked": (size > 1).astype(int),
                         "n_alone": (size == 1).astype(int), "n_duplicates": again.astype(int),
                         "n_customers": (~again).astype(int)})
    return told.groupby("data_source").sum()


def _checks(links: pd.DataFrame, members: pd.DataFrame, set_aside: pd.DataFrame, chains: Mapping[str, int]) -> pd.DataFrame:
    size = members.groupby("customer_id").size()
    rows = [(N_("rows whose phone, e-mail or birth date is a placeholder"), int(set_aside["n_rows"].sum())),
            (N_("pairs refused because of another name or birth date"), int((links["decision"] == "refused").sum())),
            (N_("people of more than eight records"), int((size > 8).sum())),
            (N_("records of the largest person"), int(size.max())),
            (N_("people held together by a chain of links"), int(chains["n_chained"])),
            (N_("groups taken apart because records in them contradict each other"), int(chains["n_split"]))]
    return pd.DataFrame(rows, columns=["check", "n"]).set_index("check")


def mask(value: str, column: str) -> str:
    """A value that shows how it is made and not whose it is.

    Examples
    --------
    >>> mask("Trần Thị Mai", "name"), mask("0912345678", "phone"), mask("mai@shop.vn", "email"), mask("1990-05-17", "birth_date")
    ('T··· T·· M··', '·······678', 'm··@s···.vn', '1990-··-··')
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
