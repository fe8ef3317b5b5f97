"""Everything that can be said about a study before it runs: its file, and its data."""

from __future__ import annotations

import json

from segkit.report import study as studies
from segkit.words.errors import Fault, SegkitError


def faults(name: str) -> list[Fault]:
    """Faults of a study's file; when that is good, of the data it names.

    The notebook's metadata says what kind of table each source is:
    ``{"segkit": {"data": "transactions", "customer_data": "customers"}}``.
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
    for parameter, kind in kinds.items():
        if isinstance(kind, str) and kind in CONTRACTS and values.get(parameter):
            prefix = parameter.removesuffix("data")
            found += tables.check(values[parameter], kind, values.get(f"{prefix}columns"),
                                  values.get("as_of") if parameter == "data" else None,
                                  values.get("read"), values.get("rows") if parameter == "data" else None)
    return found
