"""Everything that can be said about a study before it runs: its file, and its data."""

from __future__ import annotations

import json

from segkit.report import study as studies
from segkit.words.errors import Fault, SegkitError


def faults(name: str) -> list[Fault]:
    """Faults of a study's file; when that is good, of the data it names.

    The notebook's metadata says what kind of table each source is:
    ``{"segkit": {"data": "transactions", "customer_data": "customers"}}``. Each of `sources` is a table of records,
    which stand in for `customer_data`.
    """
    try:
        study = studies.load(name)
    except SegkitError as error:
        return error.faults
    from segkit.data import tables
    from segkit.data.contracts import CONTRACTS

    kinds = json.loads(study.notebook.read_text(encoding="utf-8"))["metadata"].get("segkit", {})
    values = study.values
    found: list[Fault] = []
    for name, source in (values.get("sources") or {}).items():
        spec = source if isinstance(source, dict) else {"data": source}
        told = tables.check(spec.get("data"), "records", spec.get("columns"), read=spec.get("read"))
        found += [Fault(f"source {name!r}, {f.where}", f.found, f.fix, f.rows) for f in told]
    for parameter, kind in kinds.items():
        if parameter == "customer_data" and values.get("sources"):
            continue
        if isinstance(kind, str) and kind in CONTRACTS and values.get(parameter):
            prefix = parameter.removesuffix("data")
            found += tables.check(values[parameter], kind, values.get(f"{prefix}columns"),
                                  values.get("as_of") if parameter == "data" else None,
                                  values.get("read"), values.get("rows") if parameter == "data" else None)
    return found
