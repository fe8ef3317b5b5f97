"""Start a study from a data file: guess the column roles, say what was guessed, write a commented YAML."""

from __future__ import annotations

import functools
import json
import os
import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segkit.data import open as sources
from segkit.data import samples
from segkit.data.readers import place
from segkit.report import chain, inherited, inputs
from segkit.report import notebook as notebooks
from segkit.report import study as studies
from segkit.report.inputs import Input
from segkit.report.study import Parameter
from segkit.words.errors import Fault, StudyError, did_you_mean
from segkit.words.language import LANGUAGES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from segkit.data.contract.rows import Account

_OWN = {"currency": "", "contacts_id": "customer_id", "income": "", "groups": "", "preferred": ""}
"""What a study of own data begins with, where the notebook's default belongs to the bundled data."""
_LONGEST_LABEL = 48
"""Letters of a label of SPSS or Stata that a study takes: a figure has no room for more."""
_MOST_COMPARED = 8
"""The largest number of segments that the notebooks compare by default."""
_OF_FOUND = {"dont_know": "codes that lie apart from the other answers: missing; take one out if it is an answer"}
"""What is said of a proposal, where the parameter's comment does not say it."""


def fitting(data: str) -> tuple[str, str]:
    """The notebook that fits a table, and why.

    A customer, a day and an amount in each row are purchases, unless no customer stands there twice and there are
    columns beside them that describe people; anything else is read as a row per person.

    Examples
    --------
    >>> fitting("cdnow.transactions")[0], fitting("cafe_guests.guests")[0]
    ('01-customers', '07-survey')
    """
    from segkit.data.contract import orderlines, roles

    opened = sources.table(data)
    guessed = roles.guess(opened, "transactions")
    if {"customer_id", "date"} <= set(guessed) and ("amount" in guessed or orderlines.is_priced(set(guessed))):
        ids, n = opened[guessed["customer_id"]].nunique().execute(), opened.count().execute()
        if ids < n or len(opened.columns) <= len(guessed) + 2:
            return "01-customers", "each row has a customer, a day and an amount: purchases"
        return "07-survey", "no customer stands there twice: a row per person"
    return "07-survey", "no column of a day and an amount of purchases: a row per person"


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
    from segkit.data import surveys, tables
    from segkit.data.contract import orderlines, roles
    from segkit.data.contract.contracts import CONTRACTS

    _fit(name, notebook)
    path = studies.NOTEBOOKS / f"{notebook}.ipynb"
    metadata = notebooks.metadata(path)
    input_tables = inputs.inputs(path)
    main = next((table for table in input_tables if table.parameter == "data"), None)
    if main is not None and main.optional and fitting(data)[0] == "07-survey":
        main = next(table for table in input_tables if table.contract == "customers")
    kind = main.contract if main else ""
    if not kind:
        hint = 'name a brand, --brand "Vinamilk", or ' if "{brand}" in metadata.get("files", []) else ""
        raise StudyError([Fault("notebook", f"{notebook!r} does not take a data file", hint + "take "
                                + ", ".join(t for t in studies.templates() if t != notebook))])
    opened = sources.table(data)
    guessed = _distinct(opened, kind) if kind in ("survey", "customers") else roles.guess(opened, kind)
    is_people = kind in ("survey", "customers")
    missing = [r.name for r in CONTRACTS[kind].roles if r.required and r.name not in guessed and not is_people
               and not (r.name == "amount" and orderlines.is_priced(set(guessed)))]
    judge = surveys.check if kind == "survey" else surveys.check_customers if kind == "customers" else (
        functools.partial(tables.check, kind=kind))
    faults = judge(data, columns=guessed) if not missing else [
        Fault(f"role `{role}`", "could not be told from the column names",
              f"write its column under `columns:`; there are: {', '.join(opened.columns)}") for role in missing]
    if data not in samples.names():
        faults += [Fault(f"`{parameter}`", "is needed", why) for parameter, why in metadata.get("needs", {}).items()
                   if kind != "customers" or parameter != "customer_data"]
    starts: dict[str, Any] = dict(_OWN)
    if kind == "survey" and not faults:
        used, proposed = _proposed(surveys.account(data, guessed), data)
        starts |= proposed | _labels(data, opened.columns)
        faults += used
    if (paid := guessed.get("amount", guessed.get("unit_price"))) is not None:
        starts["currency"] = roles.currency(sources.raw(data), paid)
    parameters = studies.parameters(path)
    table_lines = _tables(_source(data), guessed, missing, opened.columns, input_tables, parameters, main)
    text = _text(name, notebook, table_lines, parameters, input_tables, starts, metadata.get("rules") == "segments")
    return text, guessed, faults


def _fit(name: str, notebook: str) -> None:
    if not re.fullmatch(r"[^\W_][\w-]{0,99}", name):
        raise StudyError([Fault("name", f"{name!r} is not letters, digits, - and _, beginning with a letter or digit",
                                "take a name such as my-shop")])
    if name in studies.names():
        raise StudyError([Fault("name", f"there is already a study reports/{name}.yaml", "take another name")])
    if notebook not in studies.templates():
        raise StudyError([Fault("notebook", f"there is no notebook {notebook!r}",
                                did_you_mean(notebook, studies.templates()))])


def _distinct(opened: ir.Table, kind: str) -> dict[str, str]:
    """The roles guessed of people, a survey's or customers; an id that stands twice, such as that of a household,
    gives way to one that does not, where there is one."""
    from segkit.data.contract import roles
    from segkit.data.contract.contracts import CONTRACTS

    first = guessed = roles.guess(opened, kind)
    n, remaining, role = opened.count().execute(), opened, CONTRACTS[kind].counted
    while (column := guessed.get(role)) and opened[column].nunique().execute() < n:
        remaining = remaining.drop(column)
        guessed = roles.guess(remaining, kind) if remaining.columns else {}
    return guessed if role in guessed else first


def following(name: str, notebook: str, segments: str) -> str:
    """The text of a new study that starts from the segments of another one, and reads its tables.

    Parameters
    ----------
    name : name of the study.
    notebook : a template that takes segments.
    segments : the study whose segments it takes.

    Raises
    ------
    StudyError
        When the name is taken or unfit, the notebook takes no segments, or that study keeps none.
    """
    from segkit.targeting import people

    _fit(name, notebook)
    path = studies.NOTEBOOKS / f"{notebook}.ipynb"
    parameters = studies.parameters(path)
    if chain.PARAMETER not in {p.name for p in parameters}:
        taking = [t for t in studies.templates() if any(p.name == chain.PARAMETER for p in studies.parameters(
            studies.NOTEBOOKS / f"{t}.ipynb"))]
        raise StudyError([Fault("notebook", f"{notebook!r} takes no segments", f"take {', '.join(taking)}")])
    if segments not in studies.names():
        raise StudyError([Fault("`segments`", f"there is no study {segments!r}",
                                did_you_mean(segments, studies.names()))])
    source = studies.load(segments)
    if not chain.keeps(source):
        raise StudyError([Fault("`segments`", f"the study {segments!r} keeps no segments", "name a study that forms "
                                "segments, such as one of 02-segmentation or 07-survey")])
    input_tables = inputs.inputs(path)
    given, _ = inherited.tables(segments, input_tables, studies.REPORTS, studies.NOTEBOOKS)
    starts: dict[str, Any] = {**_OWN, "currency": source.values.get("currency", ""), chain.PARAMETER: segments}
    about = {}
    if "criteria" in {p.name for p in parameters} and "customers" in given and "purchases" not in given:
        spec = given["customers"]
        columns = people.load("", {}, spec["data"], spec.get("columns"), customer_read=spec.get("read")).doings
        starts["criteria"] = [{"column": "customer_share", "weight": 1, "better": "higher"}]
        about["criteria"] = f"what makes a segment attractive is yours to say; numbers: {', '.join(columns) or 'none'}"
    lines = [f"# The tables are those of {segments}; name others under `tables:` to take others."]
    return _text(name, notebook, lines, parameters, input_tables, starts, False, about)


def _proposed(opened: Account, data: str) -> tuple[list[Fault], dict[str, list[Any]]]:
    """Which columns are proposed to form the segments, which to describe them, and which answers say nothing; fewer
    numbers of segments to compare, where few people answered differently."""
    from segkit.data import surveys
    from segkit.segmentation import respondents, responses

    answers = surveys.answers(surveys.people(opened, data))
    nothing = sorted(set(responses.suspects(answers)["code"].tolist()))
    tidied = responses.tidied(answers, nothing).table
    columns = respondents.columns(tidied)
    proposed = {name: columns.index[columns["use"] == use].to_list() for name, use in (
        ("variables", respondents.FORMS), ("descriptors", respondents.DESCRIBES))}
    proposed |= {"dont_know": nothing} if nothing else {}
    n = len(tidied[proposed["variables"]].dropna().drop_duplicates()) if proposed["variables"] else 0
    proposed |= {"k_values": list(range(2, n + 1))} if 2 <= n < _MOST_COMPARED else {}
    faults = [] if proposed["variables"] else [
        Fault("`variables`", "could not be proposed: no column looks as if it could form segments",
              "name the columns that say what people want or do")]
    return faults, proposed


def _labels(data: str, columns: Sequence[str]) -> dict[str, Any]:
    """The labels that a file of SPSS or Stata gives its columns, as words of the study in each language."""
    from segkit.data.readers import labelled

    if Path(data).suffix.lower() not in labelled.SUFFIXES:
        return {}
    words = {name: textwrap.shorten(label, _LONGEST_LABEL, placeholder="…")
             for name, label in labelled.metadata(data).labels.items() if name in columns and label != name}
    return {"labels": dict.fromkeys(LANGUAGES, words)} if words else {}


def case(name: str, notebook: str, brand: str) -> tuple[str, Path, str]:
    """A study of a brand and the brand's own file to fill, with a claim for each topic and no evidence.

    Parameters
    ----------
    name : name of the study.
    notebook : a template that reads the file of a brand.
    brand : the brand as people write it.

    Returns
    -------
    The text of the study, the path of the brand's file in the folder ``brands`` beside the studies, and its text; ""
    where there is such a file already, which is kept.

    Raises
    ------
    StudyError
        When the name is taken or unfit, the notebook reads no brand's file, or the brand has no name.
    """
    _fit(name, notebook)
    metadata = notebooks.metadata(studies.NOTEBOOKS / f"{notebook}.ipynb")
    if "{brand}" not in metadata.get("files", []):
        raise StudyError([Fault("notebook", f"{notebook!r} takes no `--brand`", "take "
                                + ", ".join(t for t in studies.templates() if "{brand}" in notebooks.metadata(
                                    studies.NOTEBOOKS / f"{t}.ipynb").get("files", [])))])
    if not brand.strip() or not brand.isprintable():
        raise StudyError([Fault("brand", f"{brand!r} is no name", 'write it as people do: --brand "Vinamilk"')])
    file = studies.REPORTS / "brands" / f"{_plain_name(brand) or name}.yaml"
    title = {"en": f"{brand}: claims and evidence", "vi": f"{brand}: nhận định và bằng chứng"}
    study = "\n".join([
        f"# A study: which notebook, with which parameters. Build it with: make report S={name}",
        f"notebook: {notebook}", f"title: {_yaml(title)}", "languages: [en, vi]",
        "audience: marketer    # or student (boxes to learn from, exercises), or researcher", "parameters:",
        f"  brand: {_yaml(_beside(file))}    # the claims and their evidence, to be filled in there",
        "  # beside: pepsi    # a second brand to set side by side with it", ""])
    return study, file, "" if file.exists() else _case_text(brand.strip())


def _plain_name(text: str) -> str:
    """A name for a file: small letters and digits without accents."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower().replace("đ", "d")) if ord(c) < 128)
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:60]


_TOPICS = {"age": ("age", "độ tuổi"), "income": ("income", "thu nhập"), "geography": ("place", "địa lý"),
           "gender": ("gender", "giới tính"), "campaign": ("a campaign", "chiến dịch")}


def _case_text(brand: str) -> str:
    """The file of a brand with nothing in it but what there is to fill."""
    lines = [
        "# What is said of the brand's target customers, and the evidence. A text in one language stands for both;",
        "# {en: …, vi: …} gives each. A verdict has to follow from the evidence; see data/brands/pepsi.yaml.",
        f"brand: {_yaml(brand)}",
        f"said_by: {_yaml({'en': 'not filled in yet', 'vi': 'chưa điền'})}    # who makes the claims, and when",
        "# targets: {age: …, income: …, geography: …, gender: …, campaign: …}    # each in a few words", "claims:"]
    for topic, (en, vi) in _TOPICS.items():
        words = {"en": f"Not filled in yet ({en}).", "vi": f"Chưa điền ({vi})."}
        lines += [f"  - id: {topic}-1", f"    topic: {topic}", f"    claim: {_yaml(words)}"]
    lines += [
        "    # evidence: {supports: [a-document], contradicts: [], unclear: []}    # ids of figures and documents",
        "    # verdict: partly    # supported, partly, contradicted or cannot_tell",
        "    # reading: How far the evidence goes.",
        "documents: []    # each: id, title, source, link, date, retrieved (the day you read it), says, confidence",
        "  # (high: seen in the original; medium or low) and, if you like, note",
        "figures: []    # each: id, series, title, label, value, unit (percent, usd_million, people_million, usd,",
        "  # count), source, link, date, retrieved, confidence, note"]
    return "\n".join(lines) + "\n"


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
    from segkit.data.contract import orderlines, roles

    sentences = []
    if orderlines.is_priced(set(guessed)):
        discounts = [f" less {guessed['discount']}"] if "discount" in guessed else []
        discounts += [f" less the share {guessed['discount_share']}"] if "discount_share" in guessed else []
        sentences.append(f"a line is worth {guessed['unit_price']} × {guessed['quantity']}{''.join(discounts)}")
        charges = [c for c in available if roles.is_charge(c)]
        sentences += [f"tax and shipping are left out of it: {', '.join(charges)}"] if charges else []
    elif {"amount", "quantity"} <= set(guessed):
        sentences.append(f"a line is worth {guessed['amount']}, which is not multiplied by {guessed['quantity']}")
    if "order_status" in guessed:
        sentences.append(f"rows that {guessed['order_status']} calls cancelled, refunded or failed are set aside")
    return sentences


def set_aside(name: str) -> list[str]:
    """In plain words, which rows of the first table of a study that was written are left out, and why.

    Parameters
    ----------
    name : a study in ``reports/`` whose table has no faults.
    """
    from segkit.data import surveys, tables

    study = studies.load(name)
    main = next((table for table in study.inputs if study.values.get(table.parameter) and table.contract), None)
    if main is None:
        return []
    parts = main.given(study.values)
    if main.contract == "survey":
        opened = surveys.account(parts["data"], parts["columns"], parts["read"])
    elif main.contract == "customers":
        opened = surveys.account_customers(parts["data"], parts["columns"], parts["read"])
    else:
        opened = tables.account(parts["data"], main.contract, parts["columns"], read=parts["read"], rules=parts["rows"])
    return [f"{n:,} of {opened.n_rows:,} rows are set aside: {reason}" for reason, n in opened.set_aside.items()]


def _source(data: str) -> str:
    """The source as the study names it: what lies in the project by its place there, what lies elsewhere in the
    user's own folder by the way to it, and anything else by its full path."""
    source = place.find(data)
    if source is None or not source.files or data in samples.names() or data.startswith(samples.FULL + "."):
        return data
    if source.engine == "spark":
        head, _, path = data.partition("#")
        base = next((b for b in (Path(), samples.PROJECT) if place.find(path, b) == place.find(path)), Path())
        address = f"{head}#{_beside(base / path)}"
    elif len(source.files) == 1:
        address = _beside(source.files[0]) + (f"#{source.part}" if source.part else "")
    else:  # a folder or a pattern: its own name stays, not that of its files
        base = next(b for b in (Path(), samples.PROJECT) if place.find(data, b) == source)
        address = _beside(base / data)
    return address if place.find(address, samples.PROJECT) == source else data


def _beside(path: Path) -> str:
    """A path as it is written in the project's folder; it tells the user's name only where there is no other way."""
    path, home = Path(os.path.abspath(path)), Path.home()
    if path.is_relative_to(samples.PROJECT):
        return str(path.relative_to(samples.PROJECT))
    shared = path.is_relative_to(home) and samples.PROJECT.is_relative_to(home)
    return os.path.relpath(path, samples.PROJECT) if shared else str(path)


def _yaml(value: Any) -> str:
    """A value as one line of YAML (JSON is YAML); what cannot be printed is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)


def _tables(data: str, columns: dict[str, str], missing: list[str], available: tuple[str, ...],
            taken: tuple[Input, ...], parameters: tuple[Parameter, ...], main: Input | None = None) -> list[str]:
    """The tables of a study: the one that is there, and how to name the others."""
    about = {p.name: p.comment for p in parameters}
    roles = [f"      {role}: {_yaml(column)}" for role, column in columns.items()]
    roles += [f"      # {role}: ?    # needed, could not be guessed" for role in missing]
    first = next(table for table in taken if table is main or (main is None and table.parameter == "data"))
    lines = [
        "tables:",
        f"  {first.name}:",
        f"    data: {_yaml(data)}",
        f"    # role: column of your file. It has: {', '.join(c if c.isprintable() else _yaml(c) for c in available)}",
        "    columns:" if columns else "    columns: {}",
        *roles,
        *[f"    # {sentence if sentence.isprintable() else _yaml(sentence)}"
          for sentence in amounts(columns, available)],
        *[f"    # {p}: {{}}  # {about[first.parameter_of(p)]}" for p in ("read", "rows") if p in first.parts],
    ]
    for table in taken:
        if table is not first:
            columns_hint = ", columns: {customer_id: …}" if "columns" in table.parts else ""
            comment = about[table.parameter].partition(";")[0]
            lines.append(f"  # {table.name}: {{data: …{columns_hint}}}  # {comment}")
    return lines


def _text(name: str, notebook: str, tables: list[str], parameters: tuple[Parameter, ...], taken: tuple[Input, ...],
          own: dict[str, Any], rule_templates: bool, about: Mapping[str, str] | None = None) -> str:
    title = name.replace("-", " ").replace("_", " ").capitalize()
    lines = [
        f"# A study: which notebook, with which parameters. Build it with: make report S={name}",
        f"notebook: {notebook}",
        f"title: {{en: {_yaml(title)}, vi: {_yaml(title)}}}",
        "languages: [en, vi]",
        "audience: marketer    # or student (boxes to learn from, exercises), or researcher",
        *_lists(notebook),
        *tables,
        "parameters:",
        "  # These have defaults; to change one, take away its `# ` (with the blank).",
    ]
    of_tables = {table.parameter_of(part) for table in taken for part in table.parts}
    for p in parameters:
        if p.name in own:
            comment = {**_OF_FOUND, **(about or {})}.get(p.name, p.comment)
            lines.append(f"  {p.name}: {_yaml(own[p.name])}  # {comment}")
        elif p.name not in of_tables:
            lines.append(f"  # {p.name}: {_yaml(p.default)}  # {p.comment}")
        if p.name == "rules" and rule_templates:
            lines += _templates()
    return "\n".join(lines) + "\n"


def _lists(notebook: str) -> list[str]:
    """How to ask for lists, where a notebook forms segments."""
    text = (studies.NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8")
    line = "# export: [csv, xlsx]    # beside the page: who is in which segment; also parquet, sav, sql, json, figures"
    return [line] if "report.keep(" in text else []


def _templates() -> list[str]:
    """The ready rule specs, as comments."""
    from segkit.segmentation import rules

    lines = [f"  #   {name} ({row.about.lower()}); reads {row.reads}" for name, row in rules.templates().iterrows()]
    return ["  # or ready rules, such as `rules: {template: company, columns: {employees: your_column}}`:", *lines]
