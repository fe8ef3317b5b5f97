"""Order lines: what a line is worth by its unit price, quantity and discount, and which rows repeat each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from segkit.data import engines
from segkit.data.contract import money
from segkit.data.contract.contracts import Contract
from segkit.words.language import N_

PARTS = ("unit_price", "discount", "discount_share")
"""Roles an amount is made of, beside `quantity`; they count where there is no amount, or where a study names them."""

PRICED = N_("The amount of a line is its unit price times its quantity.")
REDUCED = N_("The amount of a line is its unit price times its quantity, less its discount.")
TURNED = N_("Lines with a negative quantity beside an amount above 0, taken as money back: {n:count}.")
DIFFERENT = N_("Lines whose amount is not unit price times quantity, less any discount; the amount was taken as it "
               "stands: {n:count} of {all:count}.")
REPEATED = N_("Rows used that repeat another in every column: {n:count}.")

_AT_ONCE = 20_000_000
"""Rows compared at once, by eight bytes each."""

CANCELLED = "^(order )?(cancel|void|refund|return|declin|fail)|^(đã |da )?(hủy|huỷ|huy|hoàn tiền|hoàn trả|trả hàng)"
"""What the status of an order that came to nothing begins with, in small letters."""


@dataclass(frozen=True)
class Note:
    """Something to know of a table though nothing is wrong: a message to translate and its counts."""

    text: str
    values: Mapping[str, Any]


def is_priced(roles: set[str]) -> bool:
    """Whether amounts are made of unit prices and quantities: both are there, and no amount is."""
    return "amount" not in roles and {"unit_price", "quantity"} <= roles


def contract(of: Contract, columns: Mapping[str, str], there: tuple[str, ...]) -> Contract:
    """A contract as it holds for a table: with an amount, or with what makes one.

    Parameters
    ----------
    of : the contract of the kind of table.
    columns : role → column, as the study says.
    there : columns of the table, in their roles.
    """
    if of.role("amount") is None:
        return of
    if is_priced(set(there)):
        needed = [replace(r, required=True) if r.name in ("unit_price", "quantity") else r for r in of.roles]
        return replace(of, roles=tuple(r for r in needed if r.name != "amount"))
    return replace(of, roles=tuple(r for r in of.roles if r.name not in PARTS or r.name in columns))


def worth(typed: Mapping[str, ir.Value]) -> ir.NumericValue | None:
    """What each line is worth by its parts, with all its decimals; None where there are no such numbers.

    A line with a negative quantity gives money back, less the discount it was bought at; a discount counts as a
    positive number whatever its sign, and a missing one as 0.

    Examples
    --------
    >>> t = ibis.memtable({"unit_price": [2.5, 2.5], "quantity": [10, -4], "discount": [5.0, 2.0]})
    >>> t.select(worth=worth({c: t[c] for c in t.columns})).execute()["worth"].to_list()
    [20.0, -8.0]
    """
    parts = {name: typed[name].cast("float64") for name in (*PARTS, "quantity")
             if name in typed and typed[name].type().is_numeric()}
    if not {"unit_price", "quantity"} <= set(parts):
        return None
    back = parts["quantity"] < 0
    amount = parts["unit_price"] * parts["quantity"]
    amount = ibis.ifelse(back, -amount.abs(), amount)
    if "discount_share" in parts:
        amount = amount * (1 - parts["discount_share"].fill_null(0))
    if "discount" in parts:
        amount = amount + ibis.ifelse(back, 1, -1) * parts["discount"].abs().fill_null(0)
    return amount


def amounts(typed: Mapping[str, ir.Value]) -> dict[str, ir.Value]:
    """The amount of each line: made of its parts, or as it stands; below 0 where the quantity is."""
    if "amount" not in typed:
        computed = worth(typed)
        return {} if computed is None else {"amount": money.exact(computed)}
    amount, quantity = typed["amount"], typed.get("quantity")
    if quantity is None or not (quantity.type().is_numeric() and amount.type().is_numeric()):
        return {}
    return {"amount": ibis.ifelse((quantity < 0) & (amount > 0), -amount, amount)}


def questionable(typed: Mapping[str, ir.Value]) -> dict[str, ir.BooleanValue]:
    """Message → the lines it speaks of: what was turned into money back, and totals that their parts contradict.

    A total may differ from price times quantity by what the price was rounded by: half a cent a piece.
    """
    amount, quantity = typed.get("amount"), typed.get("quantity")
    conditions: dict[str, ir.BooleanValue] = {}
    if amount is None or quantity is None or not (amount.type().is_numeric() and quantity.type().is_numeric()):
        return conditions
    conditions[TURNED] = (quantity < 0) & (amount > 0)
    if (computed := worth(typed)) is not None:
        amount = ibis.ifelse(quantity < 0, -amount.abs(), amount).cast("float64")
        conditions[DIFFERENT] = (amount - computed).abs() > 0.01 + 0.005 * quantity.abs()
    return conditions


def is_cancelled(status: ir.StringColumn) -> ir.BooleanValue:
    """Where the status of an order says that nothing came of it.

    Examples
    --------
    >>> t = ibis.memtable({"status": ["Cancelled", "partially refunded", "Đã hủy", "paid", None]})
    >>> t.select(x=is_cancelled(t.status).fill_null(False)).execute()["x"].to_list()
    [True, False, True, False, False]
    """
    return engines.trimmed(status).lower().re_search(CANCELLED)


def _n_equal(rows: ir.Table) -> int:
    """How many of the numbers of a column repeat another: equal ones are neighbours once they are sorted."""
    numbers = np.sort(rows.to_pyarrow()["row"].to_numpy())
    return int(np.count_nonzero(numbers[1:] == numbers[:-1]))


def n_repeated(table: ir.Table) -> int:
    """How many rows repeat an earlier one in every column.

    Examples
    --------
    >>> n_repeated(ibis.memtable({"a": [1, 1, 1, 2], "b": ["x", "x", "y", "x"]}))
    1
    """
    if engines.name(table) == "duckdb":
        t = table.select(row=ibis.struct({c: table[c] for c in table.columns}).hash())
        parts = 1 << (int(table.count().to_pyarrow().as_py()) // _AT_ONCE).bit_length()
        return sum(_n_equal(t if parts == 1 else t.filter((t["row"] & (parts - 1)) == i)) for i in range(parts))
    return int(table.count().to_pyarrow().as_py() - table.distinct().count().to_pyarrow().as_py())
