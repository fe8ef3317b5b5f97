"""One table of customers from several sources: what is known of each, beside what each did."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from segkit.data import open as sources
from segkit.data import tables, worded
from segkit.data.contract import roles, rows
from segkit.words import labels, terms
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import LANGUAGES, N_

_PERSONAL = {"name", "phone", "mobile", "mail", "email", "address", "ten", "sdt", "thoai", "chi"}


def load(customer_data: Any = "", columns: Mapping[str, str] | None = None,
         read: Mapping[str, Any] | None = None, required: bool = False) -> pd.DataFrame:
    """The customer table, indexed by customer; an empty one when there is no source.

    Parameters
    ----------
    customer_data : any source of `segkit.data.open.table`, or "".
    columns : role → column.
    read : how to read a text file.
    required : whether the analysis makes no sense without it.

    Raises
    ------
    DataError
        With all faults of the table; an id that stands in two rows that differ is one. Without a source, where it is
        required.

    Notes
    -----
    A row that repeats another in every column is set aside, and a few words among the numbers of a column are missing:
    see `became`.
    """
    if customer_data is None or (isinstance(customer_data, str) and not customer_data):
        if required:
            raise DataError([Fault("`customer_data`", "is empty, but this report compares customers by what is known "
                                   "of them", "give a table with a row per customer and columns such as age or city")])
        return pd.DataFrame(index=pd.Index([], name="customer_id"))
    opened = tables.account(customer_data, "customers", columns, read=read)
    known = opened.table.execute().set_index("customer_id").sort_index()
    changes = [(reason, worded.REPEATED, n) for reason, n in opened.set_aside.items()
               if reason == rows.REASONS["duplicates"]]
    for name in known.columns:
        if worded.holds_words(known[name]) and (numbers := worded.numbers(known[name])) is not None:
            changes.append((name, worded.WORDS, int((known[name].notna() & numbers.isna()).sum())))
            known[name] = numbers
    known.attrs.update(own=True, became=changes)  # columns of the user, whatever they are called
    return known


def became(known: pd.DataFrame) -> pd.DataFrame:
    """What became of rows and values of a customer table that were not taken as they stood.

    Parameters
    ----------
    known : what `load` gave.

    Returns
    -------
    DataFrame indexed by `item` (a column, or the kind of rows): `became` (message id), `n`; without rows where all was
    taken as it stood.

    Examples
    --------
    >>> incomes = pd.DataFrame({"customer_id": range(21), "income": [*map(str, range(20, 40)), "n/a"]})
    >>> became(load(incomes))["n"].to_dict()
    {'income': 1}
    """
    return worded.became(known.attrs.get("became", []))


def counts(source: Any, customer_id: str, name: str) -> pd.Series:
    """Number of rows of each customer in a source (contacts, redemptions, visits); empty without a source.

    Parameters
    ----------
    source : any source of `segkit.data.open.table`, a row per contact; "" or None for none.
    customer_id : its column with the customers' ids. Rows without an id are not counted.
    name : what the result is called; with `n_…` at the front it is 0 in `join` and `beside` for a customer not listed.

    Returns
    -------
    Series of whole numbers from 1 on, indexed by `customer_id` in order of id; customers without a row are not in it.

    Raises
    ------
    SegkitError
        As `segkit.data.open.table`: the source is not there, or lacks the column.

    Examples
    --------
    >>> contacts = pd.DataFrame({"household": [1, 1, 2]})
    >>> counts(contacts, "household", "n_contacts").to_dict()
    {1: 2, 2: 1}
    """
    if source is None or (isinstance(source, str) and not source):
        return pd.Series(dtype=float, name=name)
    t = sources.table(source, {"customer_id": customer_id})
    t = t.filter(t.customer_id.notnull())
    per_customer = t.group_by("customer_id").aggregate(n=t.count()).order_by("customer_id")
    return per_customer.execute().set_index("customer_id")["n"].rename(name)


def column(known: pd.DataFrame, name: str) -> pd.Series:
    """A column's known values by customer; an empty series without a table or a name.

    Raises
    ------
    DataError
        When the table lacks the column.
    """
    if known.empty or not name:
        return pd.Series(dtype=object)
    check_columns([name], known.columns, "the customer data")
    return known[name].dropna()


def bands(known: pd.DataFrame, name: str) -> pd.Series:
    """The lower limits of a column of bands (see `lower_bounds`); missing for everybody without a name.

    Parameters
    ----------
    known : the customer table, by customer.
    name : its column of text bands, such as "50-74K"; "" for none.

    Returns
    -------
    Series of floats indexed as `known`; missing where the band is, or where it has no number.

    Raises
    ------
    DataError
        When the table lacks the column.

    Examples
    --------
    >>> bands(pd.DataFrame({"income": ["50-74K", None]}, index=["a", "b"]), "income").to_dict()
    {'a': 50000.0, 'b': nan}
    """
    return lower_bounds(column(known, name)).reindex(known.index)


def match(known: pd.DataFrame, customers: pd.Index, where: str = "`customer_data`") -> pd.DataFrame:
    """The customer table as it is; raises when it knows none of the customers who bought. `where` is where it is from.

    Parameters
    ----------
    known : the customer table, by customer; one without rows passes.
    customers : ids of those who bought.
    where : how the fault calls the table.

    Returns
    -------
    DataFrame: `known`, those who never bought with it (`unmatched` counts them).

    Raises
    ------
    DataError
        With some ids of either side.

    Examples
    --------
    >>> match(pd.DataFrame({"age": [20, 30]}, index=["a", "x"]), pd.Index(["a", "b"])).index.to_list()
    ['a', 'x']
    """
    if len(known) and not known.index.isin(customers).any():
        raise DataError([Fault(where, "knows none of the customers who bought: its ids are "
                               f"{', '.join(map(repr, known.index[:3].tolist()))}, …; the purchases' are "
                               f"{', '.join(map(repr, customers[:3].tolist()))}, …",
                               "map `customer_id` to the column with the same ids in both")])
    return known


def of_buyers(known: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    """What is known of those who bought, checked by `match`; without a customer table all of them, with nothing known.

    Parameters
    ----------
    known : the customer table, by customer; may be empty.
    ids : customers who bought.

    Returns
    -------
    DataFrame: `known` as it is, those who never bought with it; where it has no rows a table without columns, indexed
    by the sorted `ids`.

    Raises
    ------
    DataError
        As `match`: the table knows none of those who bought.

    Examples
    --------
    >>> of_buyers(load(""), pd.Index(["b", "a"])).index.to_list()
    ['a', 'b']
    """
    return match(known, ids) if len(known) else pd.DataFrame(index=ids.sort_values())


def unmatched(known: pd.DataFrame, customers: pd.Index) -> pd.DataFrame:
    """How many customers stand in one of two tables only, with some of their ids.

    Parameters
    ----------
    known : the customer table, by customer.
    customers : those who bought.

    Returns
    -------
    DataFrame with a row per `side` ("bought, not in the customer table", "in the customer table, never bought"):
    `n_customers`, `customer_share` of that side's customers, `examples`, up to three ids.

    Examples
    --------
    >>> known = pd.DataFrame({"age": [20, 30]}, index=["a", "x"])
    >>> unmatched(known, pd.Index(["a", "b", "c", "d"]))["examples"].to_list()
    ['b, c, d', 'x']
    """
    sides = {N_("bought, not in the customer table"): (customers, known.index),
             N_("in the customer table, never bought"): (known.index, customers)}
    rows = []
    for side, (mine, other) in sides.items():
        only = mine[~mine.isin(other)].unique()
        examples = ", ".join(map(str, only[:3])) + (", …" if len(only) > 3 else "")
        share = len(only) / mine.nunique() if len(mine) else 0.0
        rows.append({"side": side, "n_customers": len(only), "customer_share": share, "examples": examples})
    return pd.DataFrame(rows, columns=["side", "n_customers", "customer_share", "examples"]).set_index("side")


def descriptors(known: pd.DataFrame, wanted: Sequence[str] = ()) -> list[str]:
    """The columns that describe customers: those wanted, or all with 2 to 50 values.

    Columns with another value for more than half of the customers, and those called name, phone, e-mail or
    address (in English or Vietnamese), tell who somebody is, not how they are: they have to be wanted.

    Parameters
    ----------
    known : the customer table, by customer.
    wanted : columns to take, whatever their values; all that describe where it is empty.

    Returns
    -------
    list of names of columns, in the order wanted, else in that of the table. Missing values are no value.

    Raises
    ------
    DataError
        When a wanted column is missing.

    Examples
    --------
    >>> descriptors(pd.DataFrame({"age": ["19-24", "65+"] * 2, "country": ["VN"] * 4, "name": ["An", "Bi"] * 2}))
    ['age']
    """
    check_columns(map(str, wanted), known.columns, "the customer data")
    return list(wanted) or [c for c in known.columns if 2 <= known[c].nunique() <= min(50, len(known) / 2)
                            and not _PERSONAL & set(roles.plain(str(c)).split("_"))]


def described(known: pd.DataFrame, names: Sequence[str], customers: pd.Index) -> pd.Index:
    """Those of the customers of whom at least one of the columns is known.

    Parameters
    ----------
    known : the customer table, by customer.
    names : its columns, such as `descriptors` gives.
    customers : whom to choose from.

    Returns
    -------
    Index: part of `customers`, in their order; empty where `names` is.

    Examples
    --------
    >>> known = pd.DataFrame({"age": ["19-24", None], "town": [None, None]}, index=["a", "b"])
    >>> described(known, ["age", "town"], pd.Index(["a", "b", "c"])).to_list()
    ['a']
    """
    return customers[customers.isin(known.index[known[list(names)].notna().any(axis=1)])]


def join(base: pd.DataFrame, *others: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Tables side by side for the customers of the first; counts (`n_…`) of those not listed are 0.

    Examples
    --------
    >>> base = pd.DataFrame({"age": ["19-24", "65+"]}, index=[1, 2])
    >>> join(base, pd.Series({1: 3}, name="n_contacts"))["n_contacts"].to_list()
    [3.0, 0.0]
    """
    names = [c for o in (base, *others) for c in ([o.name] if isinstance(o, pd.Series) else o.columns)]
    if twice := sorted({str(c) for c in names if names.count(c) > 1}):
        raise DataError([Fault(f"column {c!r}", "is in two of the tables", "rename it in one") for c in twice])
    joined = base.join(list(others)) if len(others) > 1 else base.join(others[0]) if others else base.copy()
    empty = {o.name for o in others if isinstance(o, pd.Series) and o.empty}
    filled = [c for c in joined if str(c).startswith("n_") and c not in empty and c not in base]
    joined[filled] = joined[filled].fillna(0)
    return joined


def beside(known: pd.DataFrame, *computed: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """What is known of customers beside what a report computed of them, for the customers of the first computed table.

    A column of the customer table that has the name of a computed one keeps its values as `given_…`: a table that was
    exported with its own `frequency` does no harm. A count without a source leaves the customer table's own column.

    Parameters
    ----------
    known : the customer table, by customer.
    computed : tables or series with a name, each by customer, such as purchases first and `counts` after them.

    Returns
    -------
    DataFrame indexed as `known`, of those of its customers who are in the first computed table: the columns of
    `known`, then those computed. What a later table does not tell of a customer is missing, and 0 in a count (`n_…`)
    that has a source.

    Raises
    ------
    DataError
        When two of the tables have a column of one name.

    Examples
    --------
    >>> known = pd.DataFrame({"age": ["19-24", "65+"], "frequency": [9, 9]}, index=[1, 2])
    >>> beside(known, pd.DataFrame({"frequency": [3]}, index=[1])).to_dict("records")
    [{'age': '19-24', 'given_frequency': 9, 'frequency': 3}]
    """
    computed = tuple(o for o in computed if not (isinstance(o, pd.Series) and o.empty and o.name in known))
    names = {c for o in computed for c in ([o.name] if isinstance(o, pd.Series) else o.columns)}
    labels.give({code: {c: terms.label(c, code) for c in sorted(names)} for code in LANGUAGES})
    renamed = known.rename(columns={c: f"given_{c}" for c in known.columns if c in names})
    first, *others = computed
    return join(renamed[renamed.index.isin(first.index)].join(first), *others)


_UNDER = re.compile(r"(?i)^\s*(under|below|less than|up to|<|≤|dưới|đến|tới)")
_AMOUNT = re.compile(r"(?i)(\d+(?:[.,\s]\d{3})+(?!\d)|\d+(?:[.,]\d+)?)\s*(k|nghìn|ngàn|m|tr|triệu)?(?![^\W\d])")
_UNITS = {"k": 1e3, "nghìn": 1e3, "ngàn": 1e3, "m": 1e6, "tr": 1e6, "triệu": 1e6}


def lower_bounds(bands: pd.Series) -> pd.Series:
    """The lower limit of text bands such as "50-74K", "Under 15K" (0) and "250K+", as numbers.

    A unit after the last number of a band holds for a number without one. A text without a number is missing.

    Examples
    --------
    >>> lower_bounds(pd.Series(["50-74K", "Under 15K", "250K+", "15.000 - 20.000", "5-10 triệu", None])).to_list()
    [50000.0, 0.0, 250000.0, 15000.0, 5000000.0, nan]
    """
    def lower(text: Any) -> float:
        amounts = [] if pd.isna(text) else _AMOUNT.findall(str(text))
        if not amounts:
            return float("nan")
        if _UNDER.match(str(text)):
            return 0.0
        (number, unit), (last, last_unit) = amounts[0], amounts[-1]
        grouped = re.fullmatch(r"\d+([.,\s]\d{3})+", number)
        plain = float(re.sub(r"[.,\s]", "", number) if grouped else number.replace(",", "."))
        upper = float(re.sub(r"[.,\s]", "", last))
        shared = last_unit if not unit and plain < upper else unit  # "50-74K", but not "500-1K"
        return plain * _UNITS.get(shared.lower(), 1.0)

    return bands.map(lower).astype(float)
