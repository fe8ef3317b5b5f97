"""What is wrong with the audiences and lists of a study, told before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segkit.report.study import Study
from segkit.words.errors import DataError, Fault, SegkitError

if TYPE_CHECKING:
    import ibis.expr.types as ir

COMPUTED = ("stage", "n_days_bought", "first_date", "last_date", "gap_days", "recency_days", "recency_gaps",
            "won_back_date", "monetary", "yearly_spend", "r", "f", "m")
"""Columns that the notebook computes of each customer."""


def form(study: Study) -> list[Fault]:
    """Faults of the form of audiences, priorities and answers: what can be said without the data."""
    from segkit.targeting import audience_rules, funnels, readiness

    values = study.values
    if not isinstance(values.get("audiences"), dict):
        return []
    faults = audience_rules.check(values["audiences"]) if values["audiences"] else []
    try:
        funnels.order(list(_rules(study)), values.get("priority") or [])
        readiness.assess(values.get("readiness") or {})
    except SegkitError as error:
        faults += error.faults
    return faults


def columns(study: Study) -> list[Fault]:
    """Faults of what audiences and lists ask of the data: tables and columns that there are not."""
    import ibis

    from segkit.data import customers, tables
    from segkit.targeting import audiences, lists

    values = study.values
    if not isinstance(values.get("audiences"), dict):
        return []
    try:
        customer_table = customers.load(values.get("customer_data"), values.get("customer_columns"),
                                        values.get("customer_read"))
        tables_by_name: dict[str, ir.Table] = {"purchases": tables.load(
            values["data"], "transactions", values.get("columns"), values.get("as_of"), values.get("read"),
            values.get("rows"))}
        if values.get("event_data"):
            tables_by_name["events"] = tables.load(values["event_data"], "events", values.get("event_columns"),
                                                   values.get("as_of"), values.get("event_read"))
    except DataError as error:
        return error.faults
    computed = [*COMPUTED, *(["segment"] if values.get("segments") else [])]
    column_names = [str(c) for c in customer_table] + computed + [f"given_{c}" for c in customer_table if c in computed]
    tables_by_name["customers"] = ibis.table(dict.fromkeys(["customer_id", *column_names], "string"), name="customers")
    memberships = {"customer_id": "string", "date": "date", "audience": "string"}
    tables_by_name["memberships"] = ibis.table(memberships, name="memberships")
    return [*audiences.faults_in(tables_by_name, _rules(study)),
            *lists.check(values.get("lists") or {}, list(_rules(study)), column_names, values.get("consent") or "",
                         values.get("suppression") or "")]


def _rules(study: Study) -> dict:
    from segkit.targeting import proposals

    return study.values["audiences"] or proposals.usual()
