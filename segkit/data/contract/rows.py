"""What becomes of rows that are no plain purchase: a stated rule for each kind, and an account of them all.

Rows set aside are counted by reason: rows in the source = rows used + rows set aside.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import ibis
import ibis.expr.types as ir

from segkit.data import engines
from segkit.data.contract import clock, orderlines
from segkit.data.contract.orderlines import Note
from segkit.words.errors import Fault, SegkitError, did_you_mean
from segkit.words.language import N_

REASONS = {
    "totals": N_("totals of the file, which count other rows again"),
    "no_customer": N_("without a customer"),
    "damaged_ids": N_("with an id that a spreadsheet shortened, which may be anybody's"),
    "test_accounts": N_("of test accounts"),
    "duplicates": N_("repeated lines"),
    "after_as_of": N_("after the last day of the study"),
    "cancelled": N_("of cancelled orders"),
    "returns": N_("returns and corrections"),
    "currencies": N_("in a currency left out"),
}
"""Why a row is set aside, in the order in which the reasons are looked at; a row has one reason."""

TEST_ACCOUNTS = ("test", "demo", "dummy")
TOTAL = (r"(?i)^(grand total|sub-?total|total|totals|sum|tổng|tổng cộng|tổng số|cộng|tong|tong cong|cong)"
         r"( *[:.])?$")
_TOTALS_BEGIN = [a + b for pair in ("gr", "su", "to", "tổ", "co", "cộ") for a in (pair[0], pair[0].upper())
                 for b in (pair[1], pair[1].upper())]
"""The first two letters of what `TOTAL` knows."""

_OF_ONE = r"(?i)^(.*\S) +(sub-?total|total|totals|sum|tổng|tổng cộng|tổng số|cộng)( *[:.])?$"
"""What a spreadsheet's outline calls the total of the rows above: their id, and the word."""
_SUMMED = 10_000
"""Ids with such a word that are looked up, at most."""
_SAYING = 100
"""Columns of text that may say that a row is a total: the first ones."""

_CHOICES = {"returns": ("keep", "set_aside"), "duplicates": ("proven", "keep", "set_aside"),
            "cancelled": ("keep", "set_aside"), "no_customer": ("fault", "set_aside"),
            "after_as_of": ("fault", "set_aside"),
            "totals": ("set_aside", "keep", "fault")}


@dataclass(frozen=True)
class Rules:
    """What becomes of each kind of row; the defaults hold where a study says nothing.

    Attributes
    ----------
    returns : rows with a negative amount or quantity. "keep": their money is taken off the customer's revenue;
        "set_aside".
    duplicates : a row that repeats another in every column. "proven": it is set aside where the row has a
        `basket_id`, since one order was then exported twice, or the id of the one person that it is about; else two
        like purchases are two; "keep": all stay; "set_aside": the first stays.
    cancelled : rows whose `order_status` begins with cancelled, void, refunded, returned, declined or failed, or
        says so in Vietnamese, and which are no money back themselves. "set_aside", or "keep".
    no_customer : rows without a customer, or with an id that a spreadsheet shortened (8.49E+11). "fault": they are
        asked about; "set_aside".
    test_accounts : customers that are none. A word stands for itself, alone or followed by a digit, blank or mark
        (test, test1, TEST-A, test@…); with a ``*`` or ``?`` it is a pattern of the whole id.
    after_as_of : rows after the last day of a study. "fault", or "set_aside": the study looks back from that day.
    totals : rows of a text file or sheet that say "Total" and lack a date, an amount or a customer, or whose customer
        is called nothing but that, or "1001 Total" beside a customer 1001. "set_aside"; "keep": they are rows like
        others; "fault".
    time_zone : whose clock tells the day, such as Asia/Ho_Chi_Minh, where instants have a zone; "" takes the clock
        that was written beside them.
    currencies : currency → what one unit is worth in the study's currency; None sets its rows aside.
    """

    returns: str = "keep"
    duplicates: str = "proven"
    cancelled: str = "set_aside"
    no_customer: str = "fault"
    test_accounts: tuple[str, ...] = TEST_ACCOUNTS
    after_as_of: str = "fault"
    totals: str = "set_aside"
    time_zone: str = ""
    currencies: Mapping[str, float | None] = field(default_factory=dict)


NAMES = tuple(f.name for f in fields(Rules))


def rules(given: Mapping[str, Any] | None) -> Rules:
    """The rules of a study.

    Raises
    ------
    SegkitError
        With every rule that is not one, or has a value it cannot take.

    Examples
    --------
    >>> rules({"returns": "set_aside"}).returns, rules(None).test_accounts
    ('set_aside', ('test', 'demo', 'dummy'))
    """
    faults, settings = [], dict(given or {})
    for name, value in settings.items():
        if name not in NAMES:
            faults.append(Fault("`rows`", f"has no rule {name!r}", did_you_mean(name, NAMES)))
        elif name in _CHOICES and value not in _CHOICES[name]:
            faults.append(Fault(f"`rows`, `{name}`", f"is {value!r}", f"take {' or '.join(_CHOICES[name])}"))
        elif name == "test_accounts" and not (isinstance(value, list | tuple) and all(
                isinstance(v, str | int) and str(v).strip() for v in value)):
            faults.append(Fault("`rows`, `test_accounts`", f"is {value!r}", "write a list of ids: [test, K000]"))
        elif name == "currencies" and not (isinstance(value, Mapping) and all(_is_rate(v) for v in value.values())):
            faults.append(Fault("`rows`, `currencies`", f"is {value!r}",
                                "write what one unit is worth: {VND: 1, USD: 25400}; null leaves a currency out"))
        elif name == "time_zone" and value != "":
            try:
                clock.check(value)
            except SegkitError as error:
                faults += error.faults
    if faults:
        raise SegkitError(faults)
    if "test_accounts" in settings:
        settings["test_accounts"] = tuple(str(v).strip() for v in settings["test_accounts"])
    if "currencies" in settings:
        settings["currencies"] = {str(k).strip().upper(): v for k, v in settings["currencies"].items()}
    return Rules(**settings)


def _is_rate(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e12)


@dataclass(frozen=True)
class Account:
    """A table with the account of its source's rows.

    Attributes
    ----------
    table : the rows used, roles named and typed.
    n_rows : rows of the source.
    n_used : rows of `table`.
    set_aside : reason → rows set aside; together with `n_used` they are `n_rows`.
    told : what to know of the rows used: how amounts were made, and lines that look odd.
    """

    table: ir.Table
    n_rows: int
    n_used: int
    set_aside: Mapping[str, int]
    told: tuple[Note, ...] = ()

    @functools.cached_property
    def n_repeated(self) -> int:
        """Rows used that repeat another in every column; counted when they are asked for."""
        return orderlines.n_repeated(self.table)

    @property
    def repeated_share(self) -> float:
        """Share of the rows used that repeat another in every column."""
        return self.n_repeated / self.n_used

    @property
    def notes(self) -> tuple[Note, ...]:
        """All there is to know of the rows used, repeated rows with it."""
        return (*self.told, *([Note(orderlines.REPEATED, {"n": self.n_repeated})] if self.n_repeated else []))


def is_test_account(customer: ir.Column, patterns: tuple[str, ...]) -> ir.BooleanColumn | None:
    """Where a customer is a test account; None where no pattern can meet the column's kind of value.

    Examples
    --------
    >>> t = ibis.memtable({"id": ["Test 1", "testa", "K1", "k2"]})
    >>> is_test_account(t.id, ("test", "k?")).execute().to_list()
    [True, False, True, True]
    """
    if not customer.type().is_string():
        numbers = [int(p) for p in patterns if re.fullmatch(r"-?[0-9]{1,18}", p)]
        return customer.isin(numbers) if numbers and customer.type().is_integer() else None
    if not patterns:
        return None
    meets = engines.trimmed(customer).re_search(f"(?i)^({'|'.join(map(_expression, patterns))})$")
    first = {letter for p in patterns for letter in (p[0].lower(), p[0].upper())}
    if engines.name(customer) != "duckdb" or not all(letter.isascii() and letter.isalnum() for letter in first):
        return meets
    maybe = ibis.or_(customer < "!", *[(customer >= c) & (customer < chr(ord(c) + 1)) for c in sorted(first)])
    return ibis.ifelse(maybe, meets, ibis.ifelse(customer.notnull(), False, ibis.null("boolean")))


def _expression(pattern: str) -> str:
    escaped = re.sub(r"([.+(){}|^$\[\]\\])", r"\\\1", pattern)
    if "*" in pattern or "?" in pattern:
        return escaped.replace("*", ".*").replace("?", ".")
    return f"{escaped}([0-9 _.@-].*)?"


def totals(table: ir.Table, needed: list[str], customer: str = "customer_id") -> ir.BooleanColumn | None:
    """Where a row is a total, as `is_total` says, or has the id "1001 Total" beside a customer 1001; None where no
    row is one, so that no question after this has to ask of every row. Takes what `is_total` takes.

    Examples
    --------
    >>> t = ibis.memtable({"customer_id": ["1001", "1001 Total", "Energy Total"], "amount": [5, 5, 7]})
    >>> totals(t, ["amount"]).execute().to_list()
    [False, True, False]
    """
    is_total_row = is_total(table, needed, customer)
    if is_total_row is None:
        return None
    ids = table[customer] if customer in table.columns and table[customer].type().is_string() else None
    asked = {"one": is_total_row.any()}
    if ids is not None and engines.name(table) == "duckdb":
        of_one = ibis.ifelse(ids.contains(" "), engines.trimmed(ids).re_search(_OF_ONE), False).fill_null(False)
        asked["ids"] = ids.collect(where=of_one, distinct=True)
    answers = table.aggregate(**asked).to_pyarrow().to_pylist()[0]
    owners = {i: re.sub(_OF_ONE, r"\1", i.strip()) for i in sorted(answers.get("ids") or [])[:_SUMMED]}
    if owners and ids is not None:
        there = ids.strip().name("id").as_table()
        known = set(there.filter(there.id.isin(sorted(set(owners.values())))).distinct().to_pyarrow()["id"].to_pylist())
        if summed := [i for i, owner in owners.items() if owner in known]:
            return ids.isin(summed).fill_null(False) | is_total_row
    return is_total_row if answers["one"] else None


def is_total(table: ir.Table, needed: list[str], customer: str = "customer_id",
             names: tuple[str, ...] = ("brand", "product_id")) -> ir.BooleanColumn | None:
    """Where a row of text is a total: it says so, and lacks a value that every other row needs, or a customer.

    A row that has them all is one where the customer's id itself is the word. A customer with an id of its own who
    is called Total is none, nor is a product.

    Parameters
    ----------
    table : a table as it was read.
    needed : columns a row of data has a value in; where there are none, there are no totals.
    customer : column of the customers' ids.
    names : columns whose word is a name, where only the customer is missing.
    """
    texts = [c for c in table.columns if table[c].type().is_string()][:_SAYING]
    if not texts or not needed:
        return None

    def said(columns: list[str]) -> ir.BooleanValue:
        says = [engines.trimmed(table[c]).re_search(TOTAL).fill_null(False) for c in columns]
        return ibis.or_(*says) if says else ibis.literal(False)

    lacks = ibis.or_(*[is_empty(table[c]) for c in needed])
    complete = ibis.literal(False)
    if customer in table.columns:
        unnamed = said([c for c in texts if c not in (customer, *names)])
        complete = ibis.ifelse(is_empty(table[customer]), unnamed, _begins_as_total(table, customer, said([customer]))
                               if customer in texts else False)
    return ibis.ifelse(lacks, said(texts), complete)  # few rows lack one: only these are looked at in every column


def _begins_as_total(table: ir.Table, customer: str, says: ir.BooleanValue) -> ir.BooleanValue:
    """Whether an id says that its row is a total; one that begins with other letters is not looked at further."""
    if engines.name(table) != "duckdb":
        return says
    column = table[customer]
    maybe = column.left(2).isin(_TOTALS_BEGIN) | (column < "!") | (column > "~")
    return ibis.ifelse(maybe, says, False).fill_null(False)


def is_empty(column: ir.Column) -> ir.BooleanColumn:
    """Where a column has no value; blank text is none."""
    if not column.type().is_string():
        return column.isnull()
    blank = (engines.trimmed(column) == "").fill_null(False)
    if engines.name(column) == "duckdb":
        blank = ibis.ifelse(column < "!", blank, False)  # only what begins with a blank is looked at
    return column.isnull() | blank
