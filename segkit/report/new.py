"""Start a study from a data file: guess the column roles, say what was guessed, write a commented YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from segkit.data import open as sources
from segkit.data import samples
from segkit.report import study as studies
from segkit.report.study import Parameter
from segkit.words.errors import Fault, StudyError, did_you_mean

_OWN = {"currency": "", "customer_columns": {}, "contacts_id": "customer_id", "income": "", "groups": ""}
"""What a study of own data begins with, where the notebook's default belongs to the bundled data."""


def draft(name: str, notebook: str, data: str) -> tuple[str, dict[str, str], list[Fault]]:
    """The text of a new study, the roles guessed, and the faults the data still have.

    Parameters
    ----------
    name : name of the study: letters, digits, - and _.
    notebook : a template of ``notebooks/``.
    data : path of the data, or a bundled name.

    Raises
    ------
    StudyError, DataError
        When the name is taken or unfit, there is no such notebook, or the data cannot be opened.
    """
    from segkit.data import orderlines, roles, tables
    from segkit.data.contracts import CONTRACTS

    if not re.fullmatch(r"[^\W_][\w-]{0,99}", name):
        raise StudyError([Fault("name", f"{name!r} is not letters, digits, - and _, beginning with a letter or digit",
                                "take a name such as my-shop")])
    if name in studies.names():
        raise StudyError([Fault("name", f"there is already a study reports/{name}.yaml", "take another name")])
    if notebook not in studies.templates():
        raise StudyError([Fault("notebook", f"there is no notebook {notebook!r}",
                                did_you_mean(notebook, studies.templates()))])
    path = studies.NOTEBOOKS / f"{notebook}.ipynb"
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("segkit", {})
    kind = metadata.get("data")
    if kind is None:
        raise StudyError([Fault("notebook", f"{notebook!r} does not take a data file", "take "
                                + ", ".join(t for t in studies.templates() if t != notebook))])
    opened = sources.table(data)
    guessed = roles.guess(opened, kind)
    missing = [r.name for r in CONTRACTS[kind].roles if r.required and r.name not in guessed
               and not (r.name == "amount" and orderlines.is_priced(set(guessed)))]
    faults = tables.check(data, kind, guessed) if not missing else [
        Fault(f"role `{role}`", "could not be told from the column names",
              f"write its column under `columns:`; there are: {', '.join(opened.columns)}") for role in missing]
    if data not in samples.names():
        faults += [Fault(f"`{parameter}`", "is needed", why) for parameter, why in metadata.get("needs", {}).items()]
    own = {**_OWN, "currency": ""}
    if (paid := guessed.get("amount", guessed.get("unit_price"))) is not None:
        own["currency"] = roles.currency(sources.raw(data), paid)
    text = _text(name, notebook, _source(data), guessed, missing, studies.parameters(path), opened.columns, own)
    return text, guessed, faults


def amounts(guessed: Mapping[str, str], available: Sequence[str]) -> list[str]:
    """In plain words, what a line is worth under the roles guessed, and what was not taken.

    Parameters
    ----------
    guessed : role → column.
    available : columns of the data.

    Examples
    --------
    >>> amounts({"unit_price": "Price", "quantity": "Qty"}, ["Price", "Qty", "Tax"])
    ['a line is worth Price × Qty', 'tax and shipping are left out of it: Tax']
    """
    from segkit.data import orderlines, roles

    told = []
    if orderlines.is_priced(set(guessed)):
        off = [f" less {guessed['discount']}"] if "discount" in guessed else []
        off += [f" less the share {guessed['discount_share']}"] if "discount_share" in guessed else []
        told.append(f"a line is worth {guessed['unit_price']} × {guessed['quantity']}{''.join(off)}")
        charges = [c for c in available if roles.is_charge(c)]
        told += [f"tax and shipping are left out of it: {', '.join(charges)}"] if charges else []
    elif {"amount", "quantity"} <= set(guessed):
        told.append(f"a line is worth {guessed['amount']}, which is not multiplied by {guessed['quantity']}")
    if "order_status" in guessed:
        told.append(f"rows that {guessed['order_status']} calls cancelled, refunded or failed are set aside")
    return told


def _source(data: str) -> str:
    """The source as the study names it: a file by its place in the project, or its full path."""
    place = sources.find(data)
    bundled = data in samples.names() or data.startswith(samples.FULL + ".")
    if place is None or bundled or place.engine != "duckdb" or len(place.files) != 1 or sources.is_address(data):
        return data
    path, part = place.files[0], f"#{place.part}" if place.part else ""
    return (str(path.relative_to(samples.PROJECT)) if path.is_relative_to(samples.PROJECT) else str(path)) + part


def _yaml(value: Any) -> str:
    """A value as one line of YAML (JSON is YAML); what cannot be printed is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)


def _text(name: str, notebook: str, data: str, columns: dict[str, str], missing: list[str],
          parameters: tuple[Parameter, ...], available: tuple[str, ...], own: dict[str, Any]) -> str:
    title = name.replace("-", " ").replace("_", " ").capitalize()
    roles = [f"    {role}: {_yaml(column)}" for role, column in columns.items()]
    roles += [f"    # {role}: ?    # needed, could not be guessed" for role in missing]
    lines = [
        f"# A study: which notebook, with which parameters. Build it with: make report S={name}",
        f"notebook: {notebook}",
        f"title: {{en: {_yaml(title)}, vi: {_yaml(title)}}}",
        "languages: [en, vi]",
        "audience: marketer    # or student (boxes to learn from, exercises), or researcher",
        "parameters:",
        f"  data: {_yaml(data)}",
        f"  # role: column of your file. It has: {', '.join(c if c.isprintable() else _yaml(c) for c in available)}",
        "  columns:" if columns else "  columns: {}",
        *roles,
        *[f"  # {told if told.isprintable() else _yaml(told)}" for told in amounts(columns, available)],
    ]
    lines += ["  # The rest have defaults; to change one, take away its `# ` (with the blank)."]
    for p in parameters:
        if p.name not in ("data", "columns") and (p.name in own or p.default in samples.names()):
            lines.append(f"  {p.name}: {_yaml(own.get(p.name, ''))}  # {p.comment}")
        elif p.name not in ("data", "columns"):
            lines.append(f"  # {p.name}: {_yaml(p.default)}  # {p.comment}")
        if p.name == "rules":
            lines += _templates()
    return "\n".join(lines) + "\n"


def _templates() -> list[str]:
    """The ready rule specs, as comments."""
    from segkit.segmentation import rules

    listed = [f"  #   {name} ({row.about.lower()}); reads {row.reads}" for name, row in rules.templates().iterrows()]
    return ["  # or ready rules, such as `rules: {template: company, columns: {employees: your_column}}`:", *listed]
