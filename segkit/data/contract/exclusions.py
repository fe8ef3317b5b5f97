"""Which rows a study sets aside, and amounts in its currency."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from segkit.data import engines
from segkit.data.contract import identifiers, money, orderlines, rows
from segkit.data.contract.faults import Case
from segkit.words.errors import Fault


def reasons_of(case: Case, typed: Mapping[str, ir.Value]) -> dict[str, ir.BooleanColumn]:
    """Which rows are set aside, by reason, in the order of `rows.REASONS`."""
    rules, table, reasons = case.rules, case.table, {}
    customer = table["customer_id"] if "customer_id" in table.columns else None
    if case.is_total is not None and rules.totals == "set_aside":
        reasons["totals"] = case.is_total
    if customer is not None and rules.no_customer == "set_aside":
        reasons["no_customer"] = rows.is_empty(customer)
        if customer.type().is_string():
            reasons["damaged_ids"] = identifiers.is_damaged(customer)
    if customer is not None and (tests := rows.is_test_account(customer, rules.test_accounts)) is not None:
        reasons["test_accounts"] = tests
    is_proven = rules.duplicates == "proven" and case.proof and orderlines.n_repeated(table)
    if rules.duplicates == "set_aside" or is_proven:
        reasons["duplicates"] = ibis.literal(False)
    if case.as_of is not None and rules.after_as_of == "set_aside" and "date" in typed:
        reasons["after_as_of"] = typed["date"].cast("date") > ibis.date(case.as_of.isoformat())
    signed = [typed[name] for name in ("amount", "quantity") if name in typed and typed[name].type().is_numeric()]
    if signed and rules.returns == "set_aside":
        reasons["returns"] = ibis.or_(*[(v < 0).fill_null(False) for v in signed])
    status = table["order_status"] if "order_status" in table.columns else None
    if rules.cancelled == "set_aside" and status is not None and status.type().is_string() and (
            case.contract.role("order_status")):
        cancelled = orderlines.is_cancelled(status)
        reasons["cancelled"] = ibis.and_(cancelled, *[(v >= 0).fill_null(True) for v in signed])
    left_out = [code for code, rate in rules.currencies.items() if rate is None]
    if "currency" in table.columns and left_out:
        reasons["currencies"] = _code(table["currency"]).isin(left_out)
    return reasons


def _code(currency: ir.Column) -> ir.StringColumn:
    return engines.trimmed(currency.cast("string")).upper()


def converted(case: Case, typed: Mapping[str, ir.Value], faults: list[Fault]) -> dict[str, ir.Value]:
    """Amounts in the study's currency, where the table says each row's and the rules have rates."""
    if "currency" not in case.table.columns or "amount" not in typed:
        return {}
    codes = case.table.mutate(segkit_code=_code(case.table["currency"]))
    there = codes.group_by("segkit_code").aggregate(n=codes.count()).order_by("segkit_code").to_pyarrow().to_pylist()
    n_by_code = {r["segkit_code"] or "": r["n"] for r in there}
    rates = case.rules.currencies
    unknown = {code: n for code, n in n_by_code.items() if code not in rates}
    if not rates and len(n_by_code) <= 1:
        return {}
    if unknown:
        listed = ", ".join(f"{code or 'none'} ({n:,} rows)" for code, n in (unknown if rates else n_by_code).items())
        problem = "currencies without a rate" if rates else "several"
        example = ", ".join(f"{code or 'USD'}: …" for code in list(n_by_code)[:3])
        faults.append(Fault(case.where("currency"), f"holds {problem}: {listed}", "say what one unit is worth: "
                            f"`rows: {{currencies: {{{example}}}}}`, null to leave it out"))
        return {}
    if not typed["amount"].type().is_numeric():
        return {}
    worth = {code: float(rate) for code, rate in rates.items() if rate is not None}
    if all(rate == 1 for rate in worth.values()):
        return {}
    code = _code(case.table["currency"])
    rate = ibis.cases(*[(code == known, each) for known, each in worth.items()], else_=None)
    return {"amount": money.exact(typed["amount"].cast("float64") * rate)}
